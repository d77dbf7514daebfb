//! Where the entries of a file stand: a path such as `options.shared.cost` and its line.

use super::Read;
use crate::tree::{Location, Node, Value};

/// `decision.yaml:23`, for a path that begins with the file's name in expressions. Of an entry that is not there, the one that it would be in.
pub(super) fn of(files: &[Read<'_>], path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let file = files.iter().find(|file| file.name == name)?;
    let at = line(&file.node, rest);
    Some(shown(file.path, at))
}

/// `decision.yaml:23`, or the path alone where there is no line.
pub(super) fn shown(path: &str, at: Location) -> String {
    match at.line {
        0 => path.to_owned(),
        line => format!("{path}:{line}"),
    }
}

fn is_named(item: &Node, name: &str) -> bool {
    let named = item.get("name");
    named.is_some_and(|own| matches!(&own.value, Value::Text(own) if own == name))
}

fn line(node: &Node, path: &str) -> Location {
    let (mut node, mut at) = (node, node.at);
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let inner = match &node.value {
            Value::Map(fields) => {
                let field = fields.iter().find(|(key, _)| key.name == part);
                field.map(|(key, value)| (key.at, value))
            }
            Value::List(items) => match part.parse::<usize>() {
                Ok(place) => items.get(place),
                Err(_) => items.iter().find(|item| is_named(item, part)),
            }
            .map(|item| (item.at, item)),
            _ => None,
        };
        let Some((place, value)) = inner else {
            break;
        };
        (node, at) = (value, place);
    }
    at
}
