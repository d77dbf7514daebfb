//! The events of a session on disk: `record/events.jsonl`, to which lines are added and of which none is ever changed.
//!
//! A line that a kill cut off is left where it is, told, and counts as nothing. Knows files, not what the events come to.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use provider::lock::{Lock, Mode};
use provider::make_folder;

use crate::events::Event;
use crate::failure::{Failure, Result};
use crate::place::Place;

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The oldest first.
    pub(crate) events: Vec<Event>,
    /// The numbers of the lines that are none, from 1.
    pub(crate) damaged: Vec<usize>,
    /// Whether the last of these has no end: it was cut off, or is just being written.
    is_open: bool,
}

/// Where it is.
pub(crate) fn path(place: &Place) -> PathBuf {
    place.record("events.jsonl")
}

/// Reads all of it; nothing there is no event.
///
/// # Errors
/// It cannot be read.
pub(crate) fn read(place: &Place) -> Result<Record> {
    let path = path(place);
    let record = read_once(&path)?;
    if !record.is_open {
        return Ok(record);
    }
    // Only who holds this lock writes; whoever is at it just now ends its line.
    match Lock::attempt(&place.lock("file"), Mode::Shared) {
        Ok(Some(_nobody_writes)) => read_once(&path),
        _ => Ok(without_last(record)),
    }
}

/// The same for the holder of the session's file.
pub(crate) fn read_locked(place: &Place) -> Result<Record> {
    read_once(&path(place))
}

fn without_last(mut record: Record) -> Record {
    record.damaged.pop();
    record
}

fn read_once(path: &Path) -> Result<Record> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Record::default()),
        bytes => bytes.map_err(|error| failed("read", path, &error))?,
    };
    Ok(parsed(&bytes))
}

fn parsed(bytes: &[u8]) -> Record {
    let mut record = Record::default();
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if lines.is_empty() {
        return record;
    }
    let mut is_last_damaged = false;
    for (index, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        let read = serde_json::from_slice(line);
        is_last_damaged = read.is_err();
        match read {
            Ok(event) => record.events.push(event),
            Err(_) => record.damaged.push(index + 1),
        }
    }
    record.is_open = is_last_damaged && lines.len() == bytes.len();
    record
}

/// Adds events, each a line; for the holder of the session's file.
///
/// # Errors
/// They cannot be written.
pub(crate) fn append(place: &Place, events: &[Event]) -> Result<()> {
    let path = path(place);
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let text = lines(&path, events)?;
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed("write", &path, &error))?;
    let begun = if ends_in_a_line(&mut file).map_err(|error| failed("read", &path, &error))? {
        text
    } else {
        // What a kill cut off stays a line of its own.
        [b"\n", text.as_slice()].concat()
    };
    file.write_all(&begun)
        .map_err(|error| failed("write", &path, &error))
}

fn lines(path: &Path, events: &[Event]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)
            .map_err(|error| failed("write", path, &error.into()))?;
        text.push(b'\n');
    }
    Ok(text)
}

fn ends_in_a_line(file: &mut std::fs::File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::bad_input(format!("failed to {what} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::What;

    fn event(number: u32) -> Event {
        Event {
            at: "2026-01-01T00:00:00Z".to_owned(),
            what: What::Hint { number },
        }
    }

    #[test]
    fn a_line_cut_off_anywhere_costs_only_itself() {
        let home = tempfile::tempdir().unwrap();
        let place = Place(home.path().join("sessions/a"));
        append(&place, &[event(1), event(2)]).unwrap();
        let whole = std::fs::read(path(&place)).unwrap();
        let second = whole.len() / 2;
        for end in second..whole.len() {
            std::fs::write(path(&place), &whole[..end]).unwrap();
            let read_before = read(&place).unwrap();
            append(&place, &[event(3)]).unwrap();
            let read = read(&place).unwrap();
            let is_whole = end == second || end == whole.len() - 1;
            let expected = match end {
                end if end == second => vec![event(1)],
                _ if is_whole => vec![event(1), event(2)],
                _ => vec![event(1)],
            };
            assert_eq!(read_before.events, expected, "cut off at {end}");
            assert_eq!(
                read_before.damaged.len(),
                usize::from(!is_whole),
                "at {end}"
            );
            assert_eq!(read.events, [expected, vec![event(3)]].concat(), "at {end}");
            assert_eq!(read.damaged, read_before.damaged, "at {end}");
        }
    }

    #[test]
    fn a_line_that_somebody_is_just_writing_is_not_damaged() {
        let home = tempfile::tempdir().unwrap();
        let place = Place(home.path().join("sessions/a"));
        append(&place, &[event(1)]).unwrap();
        let whole = std::fs::read(path(&place)).unwrap();
        let half = [whole.as_slice(), &whole[..9]].concat();
        std::fs::write(path(&place), half).unwrap();
        let writing = Lock::attempt(&place.lock("file"), Mode::Alone).unwrap();
        let read_meanwhile = read(&place).unwrap();
        drop(writing);
        assert!(read_meanwhile.damaged.is_empty());
        assert_eq!(read_meanwhile.events, [event(1)]);
        assert_eq!(read(&place).unwrap().damaged, [2]);
    }

    #[test]
    fn letters_that_are_none_are_a_damaged_line() {
        let record =
            parsed(b"\xff\xfe\n{\"at\":\"\",\"event\":\"reset\"}\n{\"event\":\"later\"}\n");
        assert_eq!((record.events.len(), record.damaged), (1, vec![1, 3]));
    }
}
