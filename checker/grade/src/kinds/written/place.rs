//! Where the entries of a file stand: a path such as `options.shared.cost` and its line.

use super::Read;
use crate::tree::{Location, Node, Value};
use crate::wording;

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

/// What is shown of an entry without a value.
pub(super) const NOTHING: &str = "nothing yet";

/// What stands at such a path, to show: a value as it is, of others how many there are. `None` where there is no such entry.
pub(super) fn value(files: &[Read<'_>], path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.')?;
    let file = files.iter().find(|file| file.name == name)?;
    let (node, _, is_whole) = walk(&file.node, rest);
    if !is_whole {
        return None;
    }
    Some(match &node.value {
        Value::Null => NOTHING.to_owned(),
        Value::Bool(truth) => format!("`{truth}`"),
        Value::Number(_, written) => format!("`{written}`"),
        Value::Text(text) => format!("`{}`", wording::shorten(text, 60)),
        Value::List(items) => match items.len() {
            0 => "an empty list".to_owned(),
            count => format!("a list of {count}"),
        },
        Value::Map(_) => return None,
    })
}

fn line(node: &Node, path: &str) -> Location {
    walk(node, path).1
}

/// The entry of a path or the last one on the way to it, its place, and whether it is all the way.
fn walk<'a>(node: &'a Node, path: &str) -> (&'a Node, Location, bool) {
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
            return (node, at, false);
        };
        (node, at) = (value, place);
    }
    (node, at, true)
}
