//! A small blocking HTTP/1.1 client over one kept-alive connection: sends exactly the bytes a test wants,
//! never repeats a request by itself, and tells a lost answer apart from an answer. One client serves one
//! thread.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longer than any honest answer takes: a hanging server fails a test instead of hanging it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path with query, e.g. `/v1/accounts?limit=2`.
    pub path: String,
    /// Headers beside Host and Content-Length.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; none sends no Content-Length either.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET".into(), path: path.into(), headers: Vec::new(), body: None }
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("a body that serialises");
        Self::post_bytes(path, "application/json", bytes)
    }

    /// A POST of anything.
    pub fn post_bytes(path: impl Into<String>, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { method: "POST".into(), path: path.into(), headers, body: Some(body.into()) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds an idempotency key.
    #[must_use]
    pub fn key(self, key: impl ToString) -> Self {
        self.header("Idempotency-Key", key)
    }

    fn to_bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Headers in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, decoded from any chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of a name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.parse()
    }

    /// The body as something read from JSON.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error} in {}: {:?}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    /// The JSON body, after making sure of the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

/// A connection to one server, opened when first needed.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client of the server at an address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Sends a request and waits for its whole answer.
    ///
    /// # Errors
    /// The connection could not be made or broke: whether the server did what was asked is unknown.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.get_mut().write_all(&request.to_bytes(self.address))?;
        let response = read_response(&mut connection, &request.method)?;
        let closing = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        self.connection = (!closing).then_some(connection);
        Ok(response)
    }

    /// Asks for a path; a broken connection fails the test.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Response {
        self.send(&Request::get(path)).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// Posts JSON; a broken connection fails the test.
    #[track_caller]
    pub fn post(&mut self, path: &str, body: &impl Serialize) -> Response {
        self.send(&Request::post(path, body)).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, ANSWER_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(BufReader::new(stream))
    }
}

fn read_response(connection: &mut impl BufRead, method: &str) -> io::Result<Response> {
    let (status, headers) = read_head(connection)?;
    let mut response = Response { status, headers, body: Vec::new() };
    if method == "HEAD" || status == 204 || status == 304 {
        return Ok(response);
    }
    let chunked =
        response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = response
        .header("content-length")
        .map(|value| value.parse::<usize>().map_err(|_| malformed("Content-Length")));
    match (chunked, length.transpose()?) {
        (true, _) => read_chunks(connection, &mut response.body)?,
        (false, Some(length)) => {
            response.body.resize(length, 0);
            connection.read_exact(&mut response.body)?;
        }
        (false, None) => {
            connection.read_to_end(&mut response.body)?;
        }
    }
    Ok(response)
}

type Head = (u16, Vec<(String, String)>);

fn read_head(connection: &mut impl BufRead) -> io::Result<Head> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if connection.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    parsed.parse(&head).map_err(|_| malformed("head"))?;
    let status = parsed.code.ok_or_else(|| malformed("status"))?;
    let headers = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    Ok((status, headers))
}

fn read_chunks(connection: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let size = line.trim_end().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        let start = body.len();
        body.resize(start + size, 0);
        connection.read_exact(&mut body[start..])?;
        let mut line_end = [0; 2];
        connection.read_exact(&mut line_end)?;
        if line_end != *b"\r\n" {
            return Err(malformed("chunk end"));
        }
        if size == 0 {
            return Ok(());
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what} in an answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &str) -> io::Result<Response> {
        read_response(&mut bytes.as_bytes(), "GET")
    }

    #[test]
    fn an_answer_of_known_length_is_read_to_its_end_and_no_further() {
        let response =
            read("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\n{}HTTP/1.1").unwrap();
        assert_eq!((response.status, response.text(), response.header("etag")), (201, "{}", Some("\"1\"")));
    }

    #[test]
    fn chunks_are_put_together() {
        let response = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n").unwrap();
        assert_eq!(response.text(), "abc0123456789");
    }

    #[test]
    fn an_answer_cut_short_is_an_error_and_not_an_answer() {
        for cut in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        ] {
            assert!(read(cut).is_err(), "{cut:?}");
        }
    }
}
