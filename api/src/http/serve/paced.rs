//! A connection's socket as the HTTP library sees it. Whoever takes nothing of what is written to him is given up after a while, and
//! what the library answers in its own words, to what is no HTTP, goes out as a problem like every other.

use super::{line::Line, words};
use parking_lot::Mutex;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// Where the socket is to be found when the library has done with it.
pub(super) type Returned = Arc<Mutex<Option<Line>>>;

/// A socket that is written to with limited patience.
pub(super) struct Paced {
    /// `None` never, until it is dropped.
    stream: Option<Line>,
    patience: Duration,
    /// Runs from the moment on when nothing more could be written.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Goes out in the place of the library's own words.
    instead: Option<Instead>,
    returned: Returned,
}

struct Instead {
    bytes: Vec<u8>,
    written: usize,
    /// How long the library's words were.
    of: usize,
}

impl Paced {
    pub(super) fn new(stream: Line, patience: Duration) -> (Self, Returned) {
        let returned = Returned::default();
        (
            Self {
                stream: Some(stream),
                patience,
                stalled: None,
                instead: None,
                returned: Arc::clone(&returned),
            },
            returned,
        )
    }

    fn stream(&mut self) -> io::Result<Pin<&mut Line>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Measures how long nothing could be written.
    fn paced<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes nothing of its answer",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = self.stream()?.poll_write(context, bytes);
        self.paced(context, outcome)
    }

    /// Writes what goes out instead, to its end.
    fn write_instead(&mut self, context: &mut Context<'_>, mut instead: Instead) -> Poll<io::Result<usize>> {
        while instead.written < instead.bytes.len() {
            match self.write(context, &instead.bytes[instead.written..]) {
                Poll::Ready(Ok(written)) => instead.written += written,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.instead = Some(instead);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(instead.of))
    }

    /// What is to be written instead of these bytes, if they are the library's own words.
    fn instead_of(&mut self, bytes: &[u8]) -> Option<Instead> {
        self.instead.take().or_else(|| {
            words::replaced(bytes).map(|replaced| Instead { bytes: replaced, written: 0, of: bytes.len() })
        })
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        *self.returned.lock() = self.stream.take();
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, into)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.instead_of(bytes) {
            Some(instead) => self.write_instead(context, instead),
            None => self.write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [bytes] = slices {
            return self.poll_write(context, bytes);
        }
        let outcome = self.stream()?.poll_write_vectored(context, slices);
        self.paced(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}
