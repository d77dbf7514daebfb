//! One case as `cases.yaml` has it, and the lines that a patch is played as.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::fix::Fix;
use crate::scenario::VariantReader;
use crate::tree::Node;

/// How long a patch is given to come true, unless the case says otherwise.
const TIMEOUT: &str = "60s";

/// Steps that must solve the variant, or must not: a patch of the subject, or lines for a shell.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Case")]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCase {
    /// What it does, in one line.
    says: Spanned<String>,
    /// Why it is right or wrong. Unset when that is plain.
    because: Option<String>,
    /// Ids of the checks that must all fail after it, at least one. Of every wrong fix, and of no other.
    caught_by: Option<Spanned<Vec<Spanned<String>>>>,
    /// A patch of the subject's Pod template (of its `spec`), strategic as `kubectl patch` takes it; a list of them is laid over each
    /// other. Excludes `run`.
    patch: Option<Spanned<Value>>,
    /// A patch of the container in it that is called as the subject is, laid over `patch`. Excludes `run`.
    container: Option<Map<String, Value>>,
    /// A patch of the subject's own `spec`, such as its replicas. Excludes `run`.
    spec: Option<Map<String, Value>>,
    /// Lines for a shell that come before the patch. Excludes `run`.
    #[serde(default)]
    before: Vec<String>,
    /// Lines for a shell that come after the patch and what is waited for. Excludes `run`.
    #[serde(default)]
    after: Vec<String>,
    /// How the patch gets into the cluster.
    #[serde(default, rename = "as")]
    way: Way,
    /// What is waited for after the patch.
    #[serde(default)]
    wait: Wait,
    /// How long that is waited for. Unset: `60s`.
    timeout: Option<String>,
    /// Files for the folder where the lines run, by their names: a text as it is, any other value as YAML. A map for a file that `write`
    /// writes is laid over it, key by key.
    #[serde(default)]
    files: BTreeMap<String, Spanned<Value>>,
    /// Files written from templates, by their names: each is the path of one below the variant's folder `cases`, with the names of
    /// `cases.yaml` and, as `with`, those of the case filled in. Without `patch` and `run` the case writes these and does nothing else.
    #[serde(default)]
    write: BTreeMap<String, Spanned<String>>,
    /// What the templates of `write` may name besides, of any shape.
    #[serde(default)]
    with: Map<String, Value>,
    /// Lines for a shell, as a person would type them; an empty list is "do nothing".
    run: Option<Spanned<Vec<String>>>,
}

/// How a patch gets into the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// `kubectl patch`.
    #[default]
    Patch,
    /// The object is read, patched and replaced by a new one: `kubectl replace --force`.
    Replace,
}

/// What is waited for after a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wait {
    /// `kubectl rollout status`.
    #[default]
    Rollout,
    /// Until the first Pod is ready.
    Ready,
    /// Nothing.
    Nothing,
}

/// What the cases of a variant have around them.
pub(crate) struct Setting<'a> {
    /// `cases.yaml`.
    pub(crate) document: &'a Document<'a>,
    pub(crate) reader: &'a VariantReader<'a>,
    /// What its templates may name.
    pub(crate) names: &'a Map<String, Value>,
    /// Unset where there is no cluster.
    pub(crate) subject: Option<Subject>,
}

/// The workload that a case is about, as kubectl names it.
pub(crate) struct Subject {
    /// `deployment`.
    pub(crate) kind: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
}

impl RawCase {
    /// The fix of this name.
    pub(crate) fn fix(
        &self,
        setting: &Setting<'_>,
        name: &Spanned<String>,
    ) -> Result<Fix, Diagnostic> {
        let document = setting.document;
        if let Some(caught_by) = &self.caught_by {
            let message = message!(FixCaught, name.value);
            return Err(document.fault(caught_by.defined, message));
        }
        if let Some(run) = self.run.as_ref().filter(|run| run.value.is_empty()) {
            return Err(document.fault(run.defined, message!(FixWithoutCommand)));
        }
        self.steps(setting, name)
    }

    /// The wrong fix of this name; what catches it must be among these checks.
    pub(crate) fn wrong_fix(
        &self,
        setting: &Setting<'_>,
        name: &Spanned<String>,
        checks: &[Check],
    ) -> Result<Fix, Diagnostic> {
        let document = setting.document;
        let Some(caught_by) = &self.caught_by else {
            let message = message!(WrongFixNotCaught, name.value);
            return Err(document.fault(name.defined, message));
        };
        if caught_by.value.is_empty() {
            return Err(document.fault(caught_by.defined, message!(CaughtByNothing)));
        }
        for id in &caught_by.value {
            is_known(document, id, checks)?;
        }
        let ids = caught_by.value.iter();
        Ok(Fix {
            caught_by: ids.map(|id| id.value.clone()).collect(),
            ..self.steps(setting, name)?
        })
    }

    fn steps(&self, setting: &Setting<'_>, name: &Spanned<String>) -> Result<Fix, Diagnostic> {
        let document = setting.document;
        let mut files = self.written(setting)?;
        let patches = self.patch.is_some() || self.container.is_some() || self.spec.is_some();
        let around = !self.before.is_empty() || !self.after.is_empty();
        let run = match (patches, &self.run) {
            (false, Some(run)) if !around => run.value.clone(),
            (false, None) if !around && !self.write.is_empty() => Vec::new(),
            (true, None) => {
                let Some(subject) = &setting.subject else {
                    let what = format!("the patch of case `{}`", name.value);
                    return Err(document.fault(name.defined, message!(NeedsCluster, what)));
                };
                let patch = self.patch_file(document, subject)?;
                files.insert("patch.yaml".to_owned(), patch);
                let lines = [&self.before, &self.lines(subject), &self.after];
                lines.into_iter().flatten().cloned().collect()
            }
            _ => {
                return Err(document.fault(name.defined, message!(PatchOrRun, name.value)));
            }
        };
        Ok(Fix {
            name: name.value.clone(),
            says: crate::scenario::objects::not_empty(document, &self.says, "says")?,
            because: self.because.clone(),
            files,
            run,
            caught_by: Vec::new(),
        })
    }

    /// The files of the case: those from templates, and over them or beside them those that are given as they are.
    fn written(&self, setting: &Setting<'_>) -> Result<BTreeMap<String, String>, Diagnostic> {
        let document = setting.document;
        let mut files = BTreeMap::new();
        for (name, template) in &self.write {
            check_file_name(document, template.defined, name)?;
            let path = format!("cases/{}", template.value);
            let text = setting
                .reader
                .render_case(&path, setting.names, &self.with)?;
            files.insert(name.clone(), text);
        }
        for (name, file) in &self.files {
            check_file_name(document, file.defined, name)?;
            let text = match (&file.value, files.get(name)) {
                (Value::String(text), _) => text.clone(),
                (over, None) => format!("{over}\n"),
                (over, Some(below)) => {
                    let trees = Document::plain(name, below).trees()?;
                    let below = trees.first().map_or(Value::Null, Node::plain);
                    format!("{}\n", laid_over(below, over.clone()))
                }
            };
            files.insert(name.clone(), text);
        }
        Ok(files)
    }

    /// The patch of the whole workload, as YAML on one line.
    fn patch_file(&self, document: &Document<'_>, subject: &Subject) -> Result<String, Diagnostic> {
        let mut spec = self.spec.clone().unwrap_or_default();
        let mut whole = json!({});
        if let Some(patch) = &self.patch {
            for part in parts(&patch.value) {
                if !part.is_object() {
                    return Err(document.fault(patch.defined, message!(PatchNoMap)));
                }
                whole = laid_over(whole, part.clone());
            }
        }
        if let Some(container) = &self.container {
            let named = laid_over(json!({"name": subject.name}), json!(container));
            whole = laid_over(whole, json!({"containers": [named]}));
        }
        if self.patch.is_some() || self.container.is_some() {
            spec.insert("template".to_owned(), json!({"spec": whole}));
        }
        Ok(format!("{}\n", json!({"spec": spec})))
    }

    fn lines(&self, subject: &Subject) -> Vec<String> {
        let Subject {
            kind,
            namespace,
            name,
        } = subject;
        let mut lines = match self.way {
            Way::Patch => vec![format!(
                "kubectl -n {namespace} patch {kind} {name} --patch-file patch.yaml"
            )],
            Way::Replace => vec![
                format!("kubectl -n {namespace} get {kind} {name} -o yaml > old.yaml"),
                "kubectl patch --local -f old.yaml --patch-file patch.yaml -o yaml > new.yaml"
                    .to_owned(),
                format!("kubectl -n {namespace} replace --force -f new.yaml"),
            ],
        };
        let timeout = self.timeout.as_deref().unwrap_or(TIMEOUT);
        match self.wait {
            Wait::Rollout => lines.push(format!(
                "kubectl -n {namespace} rollout status {kind} {name} --timeout={timeout}"
            )),
            Wait::Ready => lines.push(format!(
                "kubectl -n {namespace} wait {kind} {name} --for=jsonpath='{{.status.readyReplicas}}' --timeout={timeout}"
            )),
            Wait::Nothing => {}
        }
        lines
    }
}

/// That a wrong fix is caught by a check that there is, or by a rule of one: `check` or `check/rule`.
fn is_known(
    document: &Document<'_>,
    id: &Spanned<String>,
    checks: &[Check],
) -> Result<(), Diagnostic> {
    let (check, rule) = match id.value.split_once('/') {
        Some((check, rule)) => (check, Some(rule)),
        None => (id.value.as_str(), None),
    };
    let Some(found) = checks.iter().find(|known| known.id == check) else {
        return Err(document
            .fault(id.defined, message!(UnknownCheck, check))
            .known("checks", check, checks.iter().map(|check| &check.id)));
    };
    let rules = found.ask.rules();
    match rule {
        Some(rule) if !rules.contains(&rule) => Err(document
            .fault(id.defined, message!(UnknownRule, check, rule))
            .known("rules", rule, rules)),
        _ => Ok(()),
    }
}

fn check_file_name(document: &Document<'_>, at: Location, name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() || name.starts_with('.') || name.contains('/') {
        Err(document.fault(at, message!(NoFileName, name)))
    } else {
        Ok(())
    }
}

/// A patch, or the patches of a list and of the lists in it.
fn parts(patch: &Value) -> Vec<&Value> {
    match patch {
        Value::Array(patches) => patches.iter().flat_map(parts).collect(),
        one => vec![one],
    }
}

/// One patch with another on top: maps merge, and containers of one name; all else is the upper one's.
fn laid_over(lower: Value, upper: Value) -> Value {
    match (lower, upper) {
        (Value::Object(mut lower), Value::Object(upper)) => {
            for (key, value) in upper {
                let below = lower.remove(&key);
                let value = match (below, value) {
                    (Some(Value::Array(below)), Value::Array(above)) if key == "containers" => {
                        containers(below, above)
                    }
                    (Some(below), value) => laid_over(below, value),
                    (None, value) => value,
                };
                lower.insert(key, value);
            }
            Value::Object(lower)
        }
        (_, upper) => upper,
    }
}

fn containers(mut lower: Vec<Value>, upper: Vec<Value>) -> Value {
    for container in upper {
        let same = lower
            .iter_mut()
            .find(|below| below.get("name") == container.get("name"));
        match same {
            Some(below) => *below = laid_over(below.take(), container),
            None => lower.push(container),
        }
    }
    Value::Array(lower)
}
