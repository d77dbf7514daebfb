//! A web server for one person who reads or writes the book: files of one folder, on this machine only.
//!
//! Knows HTTP as far as a browser needs it for files; nothing of what is in them.

use std::io::{BufRead as _, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

/// How long a browser may take over its request.
const PATIENCE: Duration = Duration::from_secs(5);

/// A port that answers nobody yet.
///
/// # Errors
/// The port is taken.
pub fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("failed to listen on 127.0.0.1:{port}"))
}

/// Answers requests for the files of this folder for ever; calls `before` ahead of each page.
///
/// # Errors
/// The port cannot be listened on any more. A request that fails is no error: the browser asks again.
pub fn serve(
    listener: &TcpListener,
    folder: &Path,
    mut before: impl FnMut(),
) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().context("failed to accept a connection")?;
        // The browser went away; there is nobody left to tell.
        let _ = answer(stream, folder, &mut before);
    }
}

fn answer(mut stream: TcpStream, folder: &Path, before: &mut impl FnMut()) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut reader = BufReader::new(&stream);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let Some(path) = file(&request) else {
        return reply(
            &mut stream,
            "400 Bad Request",
            "text/plain",
            b"bad request\n",
        );
    };
    if path.extension().is_some_and(|ending| ending == "html") {
        before();
    }
    match std::fs::read(folder.join(&path)) {
        Ok(content) => reply(&mut stream, "200 OK", kind(&path), &content),
        Err(_) => reply(
            &mut stream,
            "404 Not Found",
            "text/plain",
            b"no such page\n",
        ),
    }
}

/// The file that a request line asks for, below the folder.
fn file(request: &str) -> Option<PathBuf> {
    let path = request.strip_prefix("GET /")?.split_whitespace().next();
    let path = path
        .filter(|path| !path.starts_with("HTTP/"))
        .unwrap_or_default();
    let path = path.split(['?', '#']).next()?;
    if path.split('/').any(|part| part == "..") || path.starts_with('/') {
        return None;
    }
    let path = PathBuf::from(path);
    Some(if path.extension().is_none() {
        path.join("index.html")
    } else {
        path
    })
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

fn reply(stream: &mut impl Write, status: &str, kind: &str, content: &[u8]) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        content.len()
    )?;
    stream.write_all(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stays_below_the_folder() {
        assert_eq!(file("GET / HTTP/1.1\r\n"), Some("index.html".into()));
        assert_eq!(
            file("GET /runbook/taints.html?search=x HTTP/1.1\r\n"),
            Some("runbook/taints.html".into())
        );
        assert_eq!(file("GET /../secret HTTP/1.1\r\n"), None);
        assert_eq!(file("GET //etc/passwd HTTP/1.1\r\n"), None);
        assert_eq!(file("POST / HTTP/1.1\r\n"), None);
    }
}
