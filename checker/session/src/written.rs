//! Reads what the learner wrote: regular files of a size that a person writes, and nothing that could be waited for.
//!
//! Knows files, not what is in them.

use std::fs::{File, FileType, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use grade::evidence::FileSeen;
use rustix::fs::OFlags;

/// No person writes more.
const LIMIT_MIB: u64 = 1;

/// Why a file is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is none.
    Absent,
    /// It is no file that can be read, such as `is a pipe, not a file`.
    Unusable(String),
    /// The system does not let it be read; says why.
    Refused(String),
}

/// The text of a file, wherever it is.
///
/// # Errors
/// It is not there, is no regular file, has more than 1 MiB, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, Unread> {
    // Opening a device can do something, and opening a pipe waits for its other end.
    regular(std::fs::metadata(path).map_err(unread)?.file_type())?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(unread)?;
    regular(file.metadata().map_err(unread)?.file_type())?;
    let bytes = limited(&file)?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        let mut backwards = before.rsplit(|byte| *byte == b'\n');
        let last = backwards.next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count() + 1;
        Unread::Unusable(format!("is not UTF-8 in line {line}, column {column}"))
    })
}

/// A file of the learner's folder, by its path there; no link leads out of the folder.
#[must_use]
pub fn in_folder(folder: &Path, path: &str) -> FileSeen {
    match inside(folder, path).and_then(|file| text(&file)) {
        Ok(text) => FileSeen::Text(text),
        Err(Unread::Absent) => FileSeen::Absent,
        Err(Unread::Unusable(what)) => FileSeen::Unusable(what),
        Err(Unread::Refused(why)) => {
            FileSeen::Unreadable(format!("failed to read `{path}`: {why}"))
        }
    }
}

fn inside(folder: &Path, path: &str) -> Result<std::path::PathBuf, Unread> {
    let folder = folder.canonicalize().map_err(unread)?;
    let file = folder.join(path).canonicalize().map_err(unread)?;
    if file.starts_with(&folder) {
        Ok(file)
    } else {
        Err(Unread::Unusable(
            "is a link that leads out of your folder".to_owned(),
        ))
    }
}

fn regular(kind: FileType) -> Result<(), Unread> {
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "folder"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    };
    Err(Unread::Unusable(format!("is a {what}, not a file")))
}

fn limited(file: &File) -> Result<Vec<u8>, Unread> {
    let limit = LIMIT_MIB << 20;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    if bytes.len() as u64 > limit {
        return Err(Unread::Unusable(format!("has more than {LIMIT_MIB} MiB")));
    }
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn unread(error: std::io::Error) -> Unread {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Unread::Absent,
        _ => Unread::Refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn unusable(what: &str) -> FileSeen {
        FileSeen::Unusable(what.to_owned())
    }

    #[test]
    fn only_a_file_of_the_folder_is_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("work");
        fs::create_dir_all(folder.join("inner")).unwrap();
        fs::write(home.path().join("outside"), "secret: 1").unwrap();
        fs::write(folder.join("file"), "a: 1").unwrap();
        fs::write(folder.join("latin"), b"a: 1\nb: gr\xfcn").unwrap();
        fs::write(folder.join("great"), vec![b'a'; 10 << 20]).unwrap();
        fs::write(folder.join("most"), vec![b'a'; 1 << 20]).unwrap();
        symlink("file", folder.join("link")).unwrap();
        symlink("../outside", folder.join("out")).unwrap();
        symlink("/dev/zero", folder.join("zero")).unwrap();
        symlink("loop", folder.join("loop")).unwrap();
        symlink("nothing", folder.join("dangling")).unwrap();
        let _socket = UnixListener::bind(folder.join("socket")).unwrap();
        let most = "a".repeat(1 << 20);
        for (path, expected) in [
            ("file", FileSeen::Text("a: 1".to_owned())),
            ("link", FileSeen::Text("a: 1".to_owned())),
            ("most", FileSeen::Text(most)),
            ("none", FileSeen::Absent),
            ("file/none", FileSeen::Absent),
            ("dangling", FileSeen::Absent),
            ("inner", unusable("is a folder, not a file")),
            ("socket", unusable("is a socket, not a file")),
            ("latin", unusable("is not UTF-8 in line 2, column 6")),
            ("great", unusable("has more than 1 MiB")),
            ("out", unusable("is a link that leads out of your folder")),
            ("zero", unusable("is a link that leads out of your folder")),
        ] {
            assert_eq!(in_folder(&folder, path), expected, "{path}");
        }
        assert!(matches!(
            in_folder(&folder, "loop"),
            FileSeen::Unreadable(why) if why.starts_with("failed to read `loop`: ")
        ));
    }

    #[test]
    fn a_device_is_not_read() {
        assert_eq!(
            text(Path::new("/dev/zero")),
            Err(Unread::Unusable("is a device, not a file".to_owned()))
        );
    }
}
