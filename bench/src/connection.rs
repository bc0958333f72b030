//! One keep-alive connection: sends prepared bytes, cuts the answer out of the stream.

use super::BenchError;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection and what was read from it beyond the last answer.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// One answer. The body stays valid until the next is read.
pub(super) struct Reply<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

/// Opens a connection.
pub(super) async fn connect(address: SocketAddr) -> Result<Connection, BenchError> {
    let stream = TcpStream::connect(address).await.map_err(BenchError::io("connecting"))?;
    stream.set_nodelay(true).map_err(BenchError::io("setting up a connection"))?;
    Ok(Connection { stream, buffer: vec![0; 8 * 1024], filled: 0 })
}

impl Connection {
    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Reply<'_>, BenchError> {
        self.send(request).await?;
        self.answer().await
    }

    /// Sends a request, or a part of one.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        self.stream.write_all(bytes).await.map_err(BenchError::io("sending"))
    }

    /// Waits for the answer to what was sent.
    pub(super) async fn answer(&mut self) -> Result<Reply<'_>, BenchError> {
        self.filled = 0;
        let (status, start, end) = loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let count = self.stream.read(free).await.map_err(BenchError::io("reading an answer"))?;
            if count == 0 {
                return Err(BenchError::Answer("the server closed the connection".to_owned()));
            }
            self.filled += count;
            if let Some(found) = complete(self.buffer.get(..self.filled).unwrap_or_default())? {
                break found;
            }
        };
        Ok(Reply { status, body: self.buffer.get(start..end).unwrap_or_default() })
    }
}

/// Status and the body's place, once the whole answer is there.
fn complete(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, BenchError> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut response = httparse::Response::new(&mut headers);
    let parsed =
        response.parse(bytes).map_err(|error| BenchError::Answer(format!("no HTTP answer: {error}")))?;
    let httparse::Status::Complete(start) = parsed else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    let length = length.ok_or_else(|| BenchError::Answer("an answer without content-length".to_owned()))?;
    Ok((bytes.len() >= start + length).then_some((status, start, start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_complete_with_its_whole_body() {
        let whole = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(complete(whole).unwrap(), Some((201, whole.len() - 2, whole.len())));
        for cut in 0..whole.len() {
            assert_eq!(complete(&whole[..cut]).unwrap(), None, "cut at {cut}");
        }
    }

    #[test]
    fn an_answer_of_unknown_length_is_an_error() {
        assert!(complete(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(complete(b"no answer at all\r\n\r\n").is_err());
    }
}
