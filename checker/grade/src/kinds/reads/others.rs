//! Whatever else a container reads is as it was: variables, volumes, mounts and arguments.
//!
//! Compares two templates. Knows no value that is kept elsewhere.

use serde_json::Value;

use super::{Reads, given};
use crate::fields;

/// What differs, each as a sentence; a template is its Pod's specification with its container.
pub(super) fn faults(
    reads: &Reads,
    (old_pod, old): (&Value, &Value),
    (new_pod, new): (&Value, &Value),
) -> Vec<String> {
    let mut faults = variables(reads, old, (new_pod, new));
    faults.extend(volumes(reads, old_pod, new_pod));
    faults.extend(mounts(reads, old, (new_pod, new)));
    faults.extend(arguments(reads, old, new));
    faults
}

/// Whether an object is one of those where settings are kept.
fn keeps(reads: &Reads, kind: &str, name: &str) -> bool {
    let mut objects = reads.kept.values();
    objects.any(|(object, _)| object.kind == kind && object.name == name)
}

/// What of the other variables is not as it was.
fn variables(reads: &Reads, old: &Value, (new_pod, new): (&Value, &Value)) -> Vec<String> {
    let [was, is] = [old, new].map(|it| fields::list(it, "/env"));
    let named = |all: &[Value], name: &str| {
        all.iter()
            .rev()
            .find(|it| fields::name_of_part(it) == name)
            .cloned()
    };
    let mut faults = Vec::new();
    for variable in was.iter().chain(is) {
        let name = fields::name_of_part(variable);
        let (before, after) = (named(was, name), named(is, name));
        if reads.kept.contains_key(name) || before == after {
            continue;
        }
        let may_be = reads.one_of.get(name);
        let text = after.as_ref().and_then(|it| it.get("value")?.as_str());
        let is_meant = |text| {
            may_be.is_some_and(|all| {
                all.iter()
                    .any(|one| given::meant(one) == given::meant(text))
            })
        };
        if text.is_some_and(is_meant) {
            continue;
        }
        if reads.writes.iter().any(|it| it == name) {
            let outside = text.filter(|folder| !is_in_scratch(new_pod, new, folder));
            let fault = outside.map(|folder| {
                format!("`{name}` is `{folder}`, in no volume that is made with the Pod")
            });
            faults.extend(fault.filter(|it| !faults.contains(it)));
            continue;
        }
        let fault = match (&before, &after, text) {
            (_, None, _) => format!("`{name}` is not set any more"),
            (None, ..) => format!("`{name}` is new"),
            (_, _, Some(text)) => format!("`{name}` is `{text}`"),
            _ => format!("`{name}` is another"),
        };
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    let [was, is] = [old, new].map(|it| fields::list(it, "/envFrom"));
    let own = |source: &&Value| {
        given::whole_object(source).is_some_and(|(kind, name)| keeps(reads, kind, name))
    };
    if is.iter().any(|it| !was.contains(it) && !own(&it)) {
        faults.push("`envFrom` reads an object in which none of its settings is kept".to_owned());
    }
    faults
}

/// Whether a folder is in a volume that is made with its Pod.
fn is_in_scratch(pod: &Value, container: &Value, folder: &str) -> bool {
    let name = given::mount(container, folder).map(|(mount, _)| fields::name_of_part(mount));
    let mut volumes = fields::list(pod, "/volumes").iter();
    let stays = folder.split('/').all(|part| part != "..");
    stays && volumes.any(|it| Some(fields::name_of_part(it)) == name && is_scratch(it))
}

/// Whether a volume is made with its Pod, and goes with it.
fn is_scratch(volume: &Value) -> bool {
    volume.get("emptyDir").is_some()
}

/// What of the volumes is neither as it was nor made of where settings are kept.
fn volumes(reads: &Reads, old: &Value, new: &Value) -> Vec<String> {
    let [was, is] = [old, new].map(|it| fields::list(it, "/volumes"));
    let added = is
        .iter()
        .filter(|it| !was.contains(it) && is_other(reads, it));
    let gone = was
        .iter()
        .filter(|it| !is.contains(it) && is_other(reads, it));
    let added = added.map(|it| format!("volume `{}` is another or new", fields::name_of_part(it)));
    added
        .chain(gone.map(|it| format!("volume `{}` is not as it was", fields::name_of_part(it))))
        .collect()
}

/// Whether a volume holds something to read that is no setting.
fn is_other(reads: &Reads, volume: &Value) -> bool {
    !is_kept(reads, volume) && !is_scratch(volume)
}

/// Whether a volume is made of keys of objects where settings are kept, and of nothing else.
fn is_kept(reads: &Reads, volume: &Value) -> bool {
    let parts: Vec<_> = given::parts(volume).collect();
    let n_sources = fields::list(volume, "/projected/sources").len().max(1);
    parts.len() == n_sources && parts.iter().all(|(kind, name, _)| keeps(reads, kind, name))
}

/// What is mounted that was not, of volumes that are not of where settings are kept, and the other way round.
fn mounts(reads: &Reads, old: &Value, (new_pod, new): (&Value, &Value)) -> Vec<String> {
    let volumes = fields::list(new_pod, "/volumes");
    let is_other = |mount: &&Value| {
        let name = fields::name_of_part(mount);
        let volume = volumes.iter().find(|it| fields::name_of_part(it) == name);
        volume.is_some_and(|volume| is_other(reads, volume))
    };
    let [was, is] = [old, new].map(|it| fields::list(it, "/volumeMounts"));
    let differ = |one: &[Value], other: &[Value], what: &str| -> Vec<String> {
        let found = one.iter().filter(|it| !other.contains(it) && is_other(it));
        found
            .map(|it| format!("`{}` is {what}", fields::text(it, "/mountPath")))
            .collect()
    };
    let mut faults = differ(is, was, "mounted otherwise than it was");
    faults.extend(differ(was, is, "not mounted any more"));
    faults
}

fn arguments(reads: &Reads, old: &Value, new: &Value) -> Option<String> {
    let [was, is] = [old, new].map(|it| {
        let texts = fields::list(it, "/args").iter().filter_map(Value::as_str);
        texts.collect::<Vec<_>>()
    });
    let now = given::flags(&is);
    let may_be = reads.arguments.iter().any(|one| {
        let one: Vec<&str> = one.iter().map(String::as_str).collect();
        given::flags(&one) == now
    });
    (!may_be && given::flags(&was) != now).then(|| match is.join(" ") {
        none if none.is_empty() => "it has no arguments any more".to_owned(),
        all => format!("its arguments are `{all}`"),
    })
}
