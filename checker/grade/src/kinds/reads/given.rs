//! What a container is given by its Pod template: where a variable and a file come from, and its arguments as flags.
//!
//! Knows how kubelets read a template, and no check.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use crate::fields;

/// Where a variable or a file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// From a key of an object.
    Key {
        kind: &'static str,
        name: String,
        key: String,
    },
    /// It is written into the template.
    Text(String),
    /// From something else, in words.
    Elsewhere(&'static str),
    /// From nowhere.
    Nothing,
}

/// The volume sources that are made of keys, each with the kind that it reads and the field that names the object: of a volume of
/// its own and of one among several.
const OF_KEYS: [(&str, &str, [&str; 2]); 2] = [
    ("configMap", "ConfigMap", ["name", "name"]),
    ("secret", "Secret", ["secretName", "name"]),
];

/// Whether an object has a key: its kind, its name and the key.
pub(super) type HasKey<'a> = dyn Fn(&str, &str, &str) -> bool + 'a;

/// Where a variable of a container comes from; `env` counts before `envFrom`, and of each the last.
pub(super) fn variable(container: &Value, name: &str, has_key: &HasKey<'_>) -> Given {
    let own = fields::list(container, "/env").iter().rev();
    if let Some(own) = own.into_iter().find(|it| fields::name_of_part(it) == name) {
        return of_variable(own);
    }
    let sources = fields::list(container, "/envFrom").iter().rev();
    let found = sources.into_iter().find_map(|source| {
        let key = name.strip_prefix(fields::text(source, "/prefix"))?;
        let (kind, object) = whole_object(source)?;
        has_key(kind, object, key).then(|| Given::Key {
            kind,
            name: object.to_owned(),
            key: key.to_owned(),
        })
    });
    found.unwrap_or(Given::Nothing)
}

/// The object that an entry of `envFrom` reads: its kind and its name.
pub(super) fn whole_object(source: &Value) -> Option<(&'static str, &str)> {
    [("configMapRef", "ConfigMap"), ("secretRef", "Secret")]
        .into_iter()
        .find_map(|(field, kind)| {
            Some((kind, source.pointer(&format!("/{field}/name"))?.as_str()?))
        })
}

fn of_variable(variable: &Value) -> Given {
    let Some(source) = variable.get("valueFrom") else {
        return Given::Text(fields::text(variable, "/value").to_owned());
    };
    for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
        if let Some(reference) = source.get(field) {
            return Given::Key {
                kind,
                name: fields::name_of_part(reference).to_owned(),
                key: fields::text(reference, "/key").to_owned(),
            };
        }
    }
    Given::Elsewhere("a field of the Pod")
}

/// Where a file of a container comes from: by the mount that is nearest to it and what its volume is made of.
pub(super) fn file(pod: &Value, container: &Value, path: &str, has_key: &HasKey<'_>) -> Given {
    let Some((mount, rest)) = mount(container, path) else {
        return Given::Nothing;
    };
    if mount.get("subPathExpr").is_some() {
        return Given::Elsewhere("a path that is made of variables");
    }
    let inside = [fields::text(mount, "/subPath"), rest].map(|part| part.trim_matches('/'));
    let inside = inside.join("/");
    let volumes = fields::list(pod, "/volumes").iter();
    let name = fields::name_of_part(mount);
    let volume = volumes
        .into_iter()
        .find(|it| fields::name_of_part(it) == name);
    volume.map_or(Given::Nothing, |volume| {
        of_volume(volume, inside.trim_matches('/'), has_key)
    })
}

/// The mount that is nearest to a path, with what is left of the path below it.
pub(super) fn mount<'a>(container: &'a Value, path: &'a str) -> Option<(&'a Value, &'a str)> {
    let mounts = fields::list(container, "/volumeMounts").iter();
    mounts
        .filter_map(|mount| Some((mount, below(path, fields::text(mount, "/mountPath"))?)))
        .min_by_key(|(_, rest)| rest.len())
}

/// What is left of a path below a folder; empty when it is the path itself.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn of_volume(volume: &Value, path: &str, has_key: &HasKey<'_>) -> Given {
    let mut parts = parts(volume).peekable();
    if parts.peek().is_none() {
        return Given::Elsewhere("a volume that is made of no ConfigMap and no Secret");
    }
    let found = parts.filter_map(|(kind, name, source)| {
        let key = match source.get("items").and_then(Value::as_array) {
            Some(items) => {
                let item = items.iter().find(|it| fields::text(it, "/path") == path)?;
                fields::text(item, "/key")
            }
            None => path,
        };
        let is_named = source.get("items").is_some();
        (is_named || has_key(kind, name, key)).then(|| Given::Key {
            kind,
            name: name.to_owned(),
            key: key.to_owned(),
        })
    });
    // Of several that give the same file the last counts.
    found.last().unwrap_or(Given::Nothing)
}

/// What a volume is made of, where that is keys of objects: kind, name and source of each.
pub(super) fn parts(volume: &Value) -> impl Iterator<Item = (&'static str, &str, &Value)> {
    let one = OF_KEYS.iter().filter_map(move |(field, kind, names)| {
        let source = volume.get(field)?;
        Some((
            *kind,
            fields::text(source, &format!("/{}", names[0])),
            source,
        ))
    });
    let several = fields::list(volume, "/projected/sources").iter();
    let several = several.flat_map(|part| {
        OF_KEYS.iter().filter_map(move |(field, kind, names)| {
            let source = part.get(field)?;
            Some((
                *kind,
                fields::text(source, &format!("/{}", names[1])),
                source,
            ))
        })
    });
    one.chain(several)
}

/// Arguments as a program reads its flags: `-a=1`, `--a=1` and `-a 1` are the same, in any order, and of a flag given twice the last counts.
/// What is no flag has its place as its name. Values are as they are meant.
pub(super) fn flags(arguments: &[&str]) -> BTreeMap<String, String> {
    let mut flags = BTreeMap::new();
    let mut rest = arguments.iter().enumerate().peekable();
    while let Some((place, argument)) = rest.next() {
        let Some(flag) = argument.strip_prefix('-') else {
            flags.insert(format!("#{place}"), (*argument).to_owned());
            continue;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, value),
            None => match rest.next_if(|(_, next)| !next.starts_with('-')) {
                Some((_, value)) => (flag, *value),
                None => (flag, "true"),
            },
        };
        flags.insert(name.to_owned(), meant(value));
    }
    flags
}

/// What a program makes of a value: a time span and a whole number are the same however they are written.
pub(super) fn meant(value: &str) -> String {
    if let Ok(number) = value.parse::<i128>() {
        return number.to_string();
    }
    match value.parse::<SignedDuration>() {
        Ok(span) => format!("{} ns", span.as_nanos()),
        Err(_) => value.to_owned(),
    }
}
