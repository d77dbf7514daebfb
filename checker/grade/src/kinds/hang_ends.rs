//! `hang_ends`: a program that hangs is ended in time, by a probe that asks the program itself.
//!
//! How that time is made up is not judged: period, threshold, time-out, delay and grace are added up as a kubelet spends them. Knows
//! fields of Kubernetes, no lab.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, one, passed};
use crate::observation::{ObjectRef, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;

/// How long a program of a workload may hang.
#[derive(Debug, Clone, PartialEq)]
pub struct HangEnds {
    /// The workload; its first container is meant.
    pub workload: ObjectRef,
    /// The path that its program answers as long as it works.
    pub path: String,
    /// The port of that path.
    pub port: u16,
    /// How long one may hang that has answered before.
    pub within: Duration,
    /// How long after its start one may be there that never answers.
    pub after_start: Duration,
}

/// The first container of a workload has a liveness probe that asks its program over HTTP, and one that hangs is gone in time: with what
/// its probes and its grace period take together.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "HangEnds")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`.
    workload: Spanned<RawObject>,
    /// The path that the program answers as long as it works.
    path: String,
    /// The port of that path.
    port: u16,
    /// How long one may hang that has answered before, such as `2m`.
    within: Spanned<String>,
    /// How long after its start one may be there that never answers.
    after_start: Spanned<String>,
}

impl Kind for HangEnds {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            workload: objects::workload(document, &written.workload)?,
            path: written.path.clone(),
            port: written.port,
            within: duration::read(document, &written.within)?,
            after_start: duration::read(document, &written.after_start)?,
        })
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::Object(self.workload.clone())]
    }

    fn reads_the_specification_only(&self) -> bool {
        true
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        // That the workload is gone is another check's to say.
        let Some(workload) = one(&evidence.observed, &self.workload)? else {
            return Ok(passed());
        };
        let fault = workload
            .pointer("/spec/template/spec")
            .and_then(|pod| self.fault(pod));
        Ok(match fault {
            None => passed(),
            Some(found) => failed(self.expected(), found),
        })
    }
}

impl HangEnds {
    fn expected(&self) -> String {
        format!(
            "a liveness probe that asks `{}` on port {} over HTTP, and no program that is there {} after it began to hang, or {} after its start without an answer",
            self.path,
            self.port,
            duration::text(self.within),
            duration::text(self.after_start)
        )
    }

    fn fault(&self, pod: &Value) -> Option<String> {
        let container = fields::list(pod, "/containers").first()?;
        let Some(liveness) = container.get("livenessProbe") else {
            return Some("no liveness probe".to_owned());
        };
        if !self.is_asked(liveness, container) {
            return Some(format!("its liveness probe asks {}", asked(liveness)));
        }
        let hangs = longest(liveness, pod);
        if hangs > self.within {
            let time = duration::text(hangs);
            return Some(format!("one that hangs may be there for {time}"));
        }
        let starts = self.until_it_answers(container, pod, hangs);
        (starts > self.after_start).then(|| {
            let time = duration::text(starts);
            format!("one that does not answer after its start may be there for {time}")
        })
    }

    /// How long after its start a program may be there that never answers.
    fn until_it_answers(&self, container: &Value, pod: &Value, hangs: Duration) -> Duration {
        match container.get("startupProbe") {
            None => hangs,
            Some(startup) if self.is_asked(startup, container) => longest(startup, pod),
            // It may pass at its last try, whatever it asks; then it is the liveness probe's turn.
            Some(startup) => longest(startup, pod).saturating_add(hangs),
        }
    }

    /// Whether a probe asks the program, and nobody else, for its path.
    fn is_asked(&self, probe: &Value, container: &Value) -> bool {
        let path = fields::text(probe, "/httpGet/path");
        let own = fields::text(probe, "/httpGet/host").is_empty();
        let plain = matches!(fields::text(probe, "/httpGet/scheme"), "" | "HTTP");
        let port = match probe.pointer("/httpGet/port") {
            Some(Value::String(name)) => port_called(container, name),
            Some(number) => number.as_i64(),
            None => None,
        };
        own && plain
            && port == Some(i64::from(self.port))
            && path.split('?').next() == Some(&self.path)
    }
}

/// The number of a container's port.
fn port_called(container: &Value, name: &str) -> Option<i64> {
    let ports = fields::list(container, "/ports").iter();
    ports
        .filter(|it| fields::name_of_part(it) == name)
        .find_map(|it| fields::number(it, "/containerPort"))
}

/// How long a program that stops answering at the worst moment may still be there. A kubelet waits for the delay, then asks once a period, or
/// after each time-out where that is longer, until so many probes have failed; then it gives the program its grace period.
fn longest(probe: &Value, pod: &Value) -> Duration {
    let seconds = |field: &str, unset: u64| {
        let said = fields::number(probe, field).and_then(|it| u64::try_from(it).ok());
        said.unwrap_or(unset)
    };
    let (period, timeout) = (seconds("/periodSeconds", 10), seconds("/timeoutSeconds", 1));
    let pods = fields::number(pod, "/terminationGracePeriodSeconds");
    let grace = pods.and_then(|it| u64::try_from(it).ok()).unwrap_or(30);
    let tries = seconds("/failureThreshold", 3).saturating_mul(period.max(timeout));
    let parts = [
        seconds("/initialDelaySeconds", 0),
        tries,
        period.min(timeout),
        seconds("/terminationGracePeriodSeconds", grace),
    ];
    Duration::from_secs(parts.into_iter().fold(0, u64::saturating_add))
}

/// What a probe asks, for people.
fn asked(probe: &Value) -> String {
    if let Some(http) = probe.get("httpGet") {
        let port = http.get("port").map(ToString::to_string);
        let whom = fields::text(http, "/host");
        return format!(
            "`{}` on port {}{}",
            fields::text(http, "/path"),
            port.unwrap_or_default().trim_matches('"'),
            if whom.is_empty() {
                String::new()
            } else {
                format!(" of `{whom}`")
            }
        );
    }
    let how = ["tcpSocket", "exec", "grpc"]
        .into_iter()
        .find(|it| probe.get(it).is_some());
    match how {
        Some("tcpSocket") => "for a connection alone".to_owned(),
        Some("exec") => "a command, and not its program by `httpGet`".to_owned(),
        _ => "nothing over HTTP".to_owned(),
    }
}
