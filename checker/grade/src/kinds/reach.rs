//! `reach`: a request that is made in a Pod of a workload gets the answer that it should, or none where it should get none.
//!
//! Asked with the tools of the Pod's image, `curl` and `nslookup`, so it is the Pod's own way that is looked at: its name servers, its search
//! list, its policies.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CelObject, Facts, Kind, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::evidence::Evidence;
use crate::fields;
use crate::judge::{Undecided, failed, one, passed_by};
use crate::observation::{ObjectRef, Observation, Observations, Question};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// A request comes to what it should.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// The workload in whose Pod it is made.
    pub from: ObjectRef,
    /// A URL, a name to look up, or an address whose name is looked up.
    pub to: String,
    /// What should come of it.
    pub comes: Comes,
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comes {
    /// An answer with this HTTP status.
    Status(u16),
    /// Addresses: of this Service, or whatever they are.
    Addresses(Option<ObjectRef>),
    /// Nothing: nobody knows the name, nobody listens, or nobody says anything.
    Nothing,
    /// That there is no such name, said by a name server.
    NoSuchName,
}

/// A request that is made in a Pod of a workload, with `curl` or `nslookup`, which its image must have.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Reach")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// A `Deployment`, `StatefulSet` or `DaemonSet`: the request is made in the first container of its newest Pod that runs.
    from: Spanned<RawObject>,
    /// Where to: a URL that begins with `http://`, a name to look up, or an address whose name is looked up.
    to: Spanned<String>,
    /// The HTTP status that the URL answers. Unset: 200, unless it should fail.
    status: Option<u16>,
    /// The Service whose address the name leads to. Unset: any address will do.
    address_of: Option<Spanned<RawObject>>,
    /// Whether it should come to nothing, because something keeps it back: no such name, nobody who listens, or no answer at all.
    #[serde(default)]
    fails: bool,
    /// Whether a name server should say that there is no such name. With `fails` its silence, its failure or its refusal would do.
    #[serde(default)]
    no_such_name: bool,
}

impl Kind for Reach {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: false,
        symptom: true,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        place: Location,
    ) -> Result<Self, Diagnostic> {
        let to = objects::not_empty(document, &written.to, "to")?;
        let is_url = to.starts_with("http://");
        if !is_url && to.contains(['/', ':', ' ']) {
            return Err(document.fault(written.to.defined, message!(NoTarget, to)));
        }
        let fails = (written.fails, written.no_such_name);
        let is_address = to.parse::<IpAddr>().is_ok();
        let comes = match (is_url, written.status, &written.address_of, fails) {
            (_, None, None, (true, false)) => Comes::Nothing,
            (false, None, None, (false, true)) if !is_address => Comes::NoSuchName,
            (true, status, None, (false, false)) => Comes::Status(status.unwrap_or(200)),
            (false, None, None, (false, false)) => Comes::Addresses(None),
            (false, None, Some(service), (false, false)) if !is_address => {
                match objects::object(document, service)? {
                    CelObject::One(service) => Comes::Addresses(Some(service)),
                    CelObject::Many(_) => {
                        return Err(document.fault(service.defined, message!(NameMissing)));
                    }
                }
            }
            _ => return Err(document.fault(place, message!(NotOneOutcome))),
        };
        Ok(Self {
            from: objects::workload(document, &written.from)?,
            to,
            comes,
        })
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = vec![self.question()];
        questions.extend(self.service());
        questions
    }

    fn requests(&self) -> Vec<&Reach> {
        vec![self]
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let (pod, code, said) = match evidence.observed.to(&self.question()) {
            Some(Observation::Ran { pod, code, said }) => (pod, *code, said),
            Some(Observation::Unreadable(why)) => return Err(why.clone()),
            Some(_) => return Err("the observation of the request is of another kind".to_owned()),
            None => return Err("the request: not asked".to_owned()),
        };
        Ok(match self.came_of(code, said, &evidence.observed)? {
            Came::AsItShould(found) => passed_by(format!("asked in Pod `{pod}`: {found}")),
            Came::Otherwise(found) => {
                failed(self.expected(), format!("asked in Pod `{pod}`: {found}"))
            }
        })
    }
}

/// What came of a request, in words.
pub(super) enum Came {
    AsItShould(String),
    Otherwise(String),
}

impl Reach {
    /// The name beyond the cluster from which an answer is wanted. A name of two labels is one of the cluster if the second is a namespace.
    #[must_use]
    pub fn outside(&self, is_namespace: impl Fn(&str) -> bool) -> Option<&str> {
        let to = self.to.strip_prefix("http://").unwrap_or(&self.to);
        let host = to.split(['/', ':']).next()?;
        let name = host.strip_suffix('.').unwrap_or(host);
        let labels: Vec<&str> = name.split('.').collect();
        let is_of_cluster = match labels.as_slice() {
            [_] | [.., "svc"] | [.., "cluster", "local"] => true,
            [_, of] => is_namespace(of),
            _ => name.parse::<IpAddr>().is_ok(),
        };
        let wants_nobody = matches!(self.comes, Comes::Nothing | Comes::NoSuchName);
        (!wants_nobody && !is_of_cluster).then_some(name)
    }

    /// Whether a connection is to come to nothing, and not only a name.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.comes == Comes::Nothing && self.is_url()
    }

    /// What came of it, by how its command ended and what that said.
    pub(super) fn came_of(
        &self,
        code: Option<i32>,
        said: &str,
        observed: &Observations,
    ) -> Result<Came, Undecided> {
        let found = if self.is_url() {
            by_curl(code, said)?
        } else {
            by_nslookup(code, said)?
        };
        let is_so = match (&self.comes, &found) {
            (Comes::Status(wanted), Found::Status(status)) => wanted == status,
            (Comes::Addresses(Some(service)), Found::Addresses(all)) => {
                let Some(object) = one(observed, service)? else {
                    let gone = format!("{}, and {} is gone", found.text(), wording::one(service));
                    return Ok(Came::Otherwise(gone));
                };
                matches!(all.as_slice(), [one] if one == fields::text(object, "/spec/clusterIP"))
            }
            (Comes::Addresses(None), Found::Addresses(_) | Found::Names(_))
            | (Comes::Nothing, Found::Nothing(_))
            | (Comes::NoSuchName, Found::Nothing(NO_NAME)) => true,
            _ => false,
        };
        Ok(if is_so {
            Came::AsItShould(found.text())
        } else {
            Came::Otherwise(found.text())
        })
    }

    /// The Service to whose address it should lead.
    pub(super) fn service(&self) -> Option<Question> {
        match &self.comes {
            Comes::Addresses(Some(service)) => Some(Question::Object(service.clone())),
            _ => None,
        }
    }

    fn is_url(&self) -> bool {
        self.to.starts_with("http://")
    }

    fn question(&self) -> Question {
        Question::Run {
            workload: self.from.clone(),
            command: self.command(),
        }
    }

    /// The command by which it is made.
    pub(super) fn command(&self) -> Vec<String> {
        // Where nothing is to come, nobody waits longer than an answer within a cluster takes at most.
        let seconds = if self.comes == Comes::Nothing {
            "2"
        } else {
            "5"
        };
        let curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m"];
        let command = if self.is_url() {
            [curl.as_slice(), &[seconds]].concat()
        } else {
            vec!["nslookup"]
        };
        let words = command.into_iter().chain([self.to.as_str()]);
        words.map(str::to_owned).collect()
    }

    pub(super) fn expected(&self) -> String {
        let to = &self.to;
        match &self.comes {
            Comes::Status(status) => format!("{to} answers with status {status}"),
            Comes::Addresses(None) if to.parse::<IpAddr>().is_ok() => format!("{to} has a name"),
            Comes::Addresses(None) => format!("`{to}` has an address"),
            Comes::Addresses(Some(service)) => {
                format!("`{to}` leads to the address of {}", wording::one(service))
            }
            Comes::Nothing => format!("{to} is out of reach"),
            Comes::NoSuchName => format!("a name server says that there is no `{to}`"),
        }
    }
}

/// What came of the request.
#[derive(Debug)]
enum Found {
    Status(u16),
    Addresses(Vec<String>),
    /// Of an address.
    Names(Vec<String>),
    /// Says how it failed.
    Nothing(&'static str),
}

impl Found {
    fn text(&self) -> String {
        match self {
            Self::Status(status) => format!("status {status}"),
            Self::Addresses(all) | Self::Names(all) => all.join(", "),
            Self::Nothing(how) => (*how).to_owned(),
        }
    }
}

const NO_NAME: &str = "no such name";
const NO_ANSWER: &str = "no answer in time";

/// By the exit codes that curl's manual lists.
fn by_curl(code: Option<i32>, said: &str) -> Result<Found, Undecided> {
    Ok(match code {
        Some(0) => match said.trim().parse() {
            Ok(status) => Found::Status(status),
            Err(_) => return Err(unclear("curl", 0, said)),
        },
        Some(6) => Found::Nothing(NO_NAME),
        Some(7) => Found::Nothing("the connection is refused"),
        Some(52 | 56) => Found::Nothing("the connection ends without an answer"),
        Some(28) | None => Found::Nothing(NO_ANSWER),
        Some(code) => return Err(unclear("curl", code, said)),
    })
}

/// By what it prints, in which all of them are alike: the server first, then each address of the name, or each name of the address.
fn by_nslookup(code: Option<i32>, said: &str) -> Result<Found, Undecided> {
    let answer = said.split_once("\nName:").map_or("", |(_, answer)| answer);
    let addresses: Vec<String> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("Address:"))
        .map(|address| address.trim().to_owned())
        .filter(|address| address.parse::<IpAddr>().is_ok())
        .collect();
    let names = said.lines().filter_map(|line| line.split_once("\tname = "));
    let names: Vec<String> = names.map(|(_, name)| name.trim().to_owned()).collect();
    Ok(match code {
        Some(0) if !names.is_empty() => Found::Names(names),
        Some(0) if !addresses.is_empty() => Found::Addresses(addresses),
        None => Found::Nothing(NO_ANSWER),
        Some(_) if said.contains("NXDOMAIN") => Found::Nothing(NO_NAME),
        Some(_) if said.contains("SERVFAIL") => Found::Nothing("the name server fails"),
        Some(_) if said.contains("no servers could be reached") => Found::Nothing(NO_ANSWER),
        Some(code) => return Err(unclear("nslookup", code, said)),
    })
}

fn unclear(tool: &str, code: i32, said: &str) -> Undecided {
    format!(
        "`{tool}` ended with {code} and said: {}",
        wording::shorten(said, 200)
    )
}
