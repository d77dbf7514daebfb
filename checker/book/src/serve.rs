//! A web server for one person who reads or writes the book, on this machine only.
//!
//! Knows HTTP as far as a browser needs it for files; not where they come from, and nothing of what is in them.

use std::io::{BufRead as _, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context as _;

/// How long a browser may take over its request, and over taking the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often is looked whether it is over.
const STEP: Duration = Duration::from_millis(100);

/// A port that answers nobody yet.
///
/// # Errors
/// The port is taken.
pub fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!("failed to listen on 127.0.0.1:{port} (`--port` takes another, 0 any free one)")
    })
}

/// Answers requests until it is over with what `file` has for a path, such as `pending/events.html`.
///
/// # Errors
/// The port cannot be listened on any more. A request that fails is no error: the browser asks again.
pub fn serve(
    listener: &TcpListener,
    mut file: impl FnMut(&Path) -> Option<Vec<u8>>,
    is_over: impl Fn() -> bool,
) -> anyhow::Result<()> {
    let (sender, requests) = channel();
    let listener = listener.try_clone().context("failed to share the port")?;
    std::thread::spawn(move || {
        loop {
            let accepted = listener.accept();
            let failed = accepted.is_err();
            let sender = sender.clone();
            match accepted {
                // A browser opens connections ahead of its requests: each is waited for by itself.
                Ok((stream, _)) => drop(std::thread::spawn(move || {
                    if let Ok(request) = request(&stream) {
                        // Nobody answers any more when the program ends.
                        let _ = sender.send(Ok((stream, request)));
                    }
                })),
                Err(error) => drop(sender.send(Err(error))),
            }
            if failed {
                return;
            }
        }
    });
    while !is_over() {
        let accepted = match requests.recv_timeout(STEP) {
            Ok(accepted) => accepted,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let (mut stream, request) = accepted.context("failed to accept a connection")?;
        // The browser went away; there is nobody left to tell.
        let _ = answer(&mut stream, &request, &mut file);
    }
    Ok(())
}

/// The request line; its headers are read and left.
fn request(stream: &TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut reader = BufReader::new(stream);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    Ok(request)
}

fn answer(
    stream: &mut impl Write,
    request: &str,
    file: &mut impl FnMut(&Path) -> Option<Vec<u8>>,
) -> std::io::Result<()> {
    let Some(path) = wanted(request) else {
        return reply(stream, "400 Bad Request", "text/plain", b"bad request\n");
    };
    if let Some(content) = file(&path) {
        return reply(stream, "200 OK", kind(&path), &content);
    }
    if file(&path.join("index.html")).is_some() {
        // Without a slash at its end, a page's links would lead beside it.
        let status = format!("301 Moved Permanently\r\nLocation: /{}/", path.display());
        return reply(stream, &status, "text/plain", b"");
    }
    let page = file("404.html".as_ref());
    let kind = kind(if page.is_some() { "404.html" } else { "" }.as_ref());
    let content = page.unwrap_or_else(|| b"no such page\n".to_vec());
    reply(stream, "404 Not Found", kind, &content)
}

/// The file that a request line asks for.
fn wanted(request: &str) -> Option<PathBuf> {
    let address = request.strip_prefix("GET ")?.split_whitespace().next()?;
    let path = address.split(['?', '#']).next()?.strip_prefix('/')?;
    if path.split('/').any(|part| part == "..") || path.starts_with('/') {
        return None;
    }
    Some(if path.is_empty() || path.ends_with('/') {
        Path::new(path).join("index.html")
    } else {
        path.into()
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
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_request_stays_below_the_folder() {
        let wanted = |line: &str| wanted(&format!("{line} HTTP/1.1\r\n"));
        let file = |path: &str| Some(PathBuf::from(path));
        assert_eq!(wanted("GET /"), file("index.html"));
        assert_eq!(wanted("GET /runbook/"), file("runbook/index.html"));
        assert_eq!(wanted("GET /runbook?x"), file("runbook"));
        assert_eq!(
            wanted("GET /runbook/taints.html?search=x"),
            file("runbook/taints.html")
        );
        assert_eq!(wanted("GET /../secret"), None);
        assert_eq!(wanted("GET //etc/passwd"), None);
        assert_eq!(wanted("POST /"), None);
    }

    #[test]
    fn a_page_a_folder_and_nothing() {
        let mut file =
            |path: &Path| (path == Path::new("part/index.html")).then(|| b"page".to_vec());
        let mut get = |path: &str| {
            let mut answered = Vec::new();
            answer(
                &mut answered,
                &format!("GET {path} HTTP/1.1\r\n"),
                &mut file,
            )
            .unwrap();
            String::from_utf8(answered).unwrap()
        };
        assert!(get("/part/").ends_with("\r\n\r\npage"));
        assert!(get("/part").starts_with("HTTP/1.1 301 Moved Permanently\r\nLocation: /part/\r\n"));
        assert!(
            get("/other.html").starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain")
        );
    }

    #[test]
    fn a_connection_without_a_request_keeps_nobody_waiting() {
        let listener = listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || serve(&listener, |_| Some(b"the book".to_vec()), || false));
        let _silent = TcpStream::connect(address).unwrap();
        let mut browser = TcpStream::connect(address).unwrap();
        browser.set_read_timeout(Some(PATIENCE / 2)).unwrap();
        browser.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        browser.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("the book"), "{answer}");
    }
}
