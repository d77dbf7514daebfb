//! The sandbox's HTTP API on the unix socket in its folder.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Asks a sandbox to end. It answers at once and ends after that.
pub(super) fn ask_to_stop(folder: &Path) -> std::io::Result<()> {
    // The folder's descriptor stands for its path, which may be longer than a socket's address can be.
    let directory = File::open(folder)?;
    let socket = format!("/proc/self/fd/{}/api.sock", directory.as_raw_fd());
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(
        b"POST /v1/stop HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    if answer.ends_with(b"202") {
        Ok(())
    } else {
        Err(std::io::Error::other(
            String::from_utf8_lossy(&answer).into_owned(),
        ))
    }
}
