//! Requests and answers as bytes on a connection, for stand-ins of peers.

use serde_json::Value;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Its idempotency key; empty without one.
    pub key: String,
    pub authorization: Option<String>,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// Whether it hands an order over.
    pub fn is_order(&self) -> bool {
        self.method == "POST"
    }

    /// Its body, or null if that is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The next request of a connection.
pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |wanted: &str| {
        let named = head.lines().filter_map(|line| line.split_once(':'));
        let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.next().map(|(_, value)| value.trim().to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let mut words = head.split(' ').map(str::to_owned);
    Ok(Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        key: header("idempotency-key").unwrap_or_default(),
        authorization: header("authorization"),
        body,
    })
}

/// Writes an answer.
pub(crate) fn answer(stream: &mut TcpStream, status: u16, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} So\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Waits until the other side has had enough.
pub(crate) fn wait_until_gone(stream: &mut TcpStream) {
    while matches!(stream.read(&mut [0]), Ok(1..)) {}
}

/// Posts to a URL of plain HTTP, and gives the status that comes back.
pub(crate) fn post(url: &str, headers: &[(&str, &str)], body: &str) -> io::Result<u16> {
    let malformed = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let rest = url.strip_prefix("http://").ok_or_else(|| malformed("a URL that is not plain HTTP"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    let length = body.len();
    let mut head = format!("POST /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    write!(stream, "{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| malformed("an answer without a status"))
}
