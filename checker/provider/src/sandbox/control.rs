//! The sandbox's HTTP API on the unix socket in its folder.

use std::fs::File;
use std::io::{Error, Read as _, Result, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Asks a sandbox to end. It answers at once and ends after that.
pub(super) fn ask_to_stop(folder: &Path) -> Result<()> {
    ask(folder, "POST", "/v1/stop", 202).map(drop)
}

/// One request without a body; what came with this status, and anything else as an error.
pub(super) fn ask(folder: &Path, method: &str, path: &str, status: u16) -> Result<String> {
    // The folder's descriptor stands for its path, which may be longer than a socket's address can be.
    let directory = File::open(folder)?;
    let socket = format!("/proc/self/fd/{}/api.sock", directory.as_raw_fd());
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    // In HTTP/1.0 an answer is not cut into chunks, and its end is the connection's.
    let request = format!("{method} {path} HTTP/1.0\r\nHost: sandbox\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some(&status.to_string()) {
        Ok(body.to_owned())
    } else {
        let line = head.lines().next().unwrap_or_default();
        Err(Error::other(format!("{line} {}", body.trim_end())))
    }
}
