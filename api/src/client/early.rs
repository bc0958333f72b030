//! Answers that come while a request is still being sent. A server that refuses a long body early answers and
//! hangs up; what is written after that fails, and its answer waits to be read. The HTTP client would tell of
//! the failed write alone.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use ureq::{
    Error,
    unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport},
};

/// Makes connections over which the server's answer is heard even if it takes no more of the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Attentive {
    hung_up: Arc<AtomicBool>,
}

impl Attentive {
    /// A body that ends where the server hangs up.
    pub(super) fn body<R: Read>(&self, body: R) -> Body<R> {
        self.hung_up.store(false, Ordering::Relaxed);
        Body { hung_up: self.hung_up.clone(), body }
    }
}

impl<T: Transport> Connector<T> for Attentive {
    type Out = Line<T>;

    fn connect(&self, _: &ConnectionDetails<'_>, made: Option<T>) -> Result<Option<Line<T>>, Error> {
        Ok(made.map(|inner| Line { inner, hung_up: self.hung_up.clone(), failed: None }))
    }
}

/// A body of which nothing more is read once the server has hung up.
pub(super) struct Body<R> {
    hung_up: Arc<AtomicBool>,
    body: R,
}

impl<R: Read> Read for Body<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.hung_up.load(Ordering::Relaxed) { Ok(0) } else { self.body.read(into) }
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Line<T> {
    inner: T,
    hung_up: Arc<AtomicBool>,
    /// Why nothing more is sent.
    failed: Option<io::Error>,
}

impl<T: Transport> Transport for Line<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.failed.is_some() {
            return Ok(());
        }
        match self.inner.transmit_output(amount, timeout) {
            Err(Error::Io(error)) => {
                self.failed = Some(error);
                self.hung_up.store(true, Ordering::Relaxed);
                Ok(())
            }
            sent => sent,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let heard = self.inner.await_input(timeout);
        // Without an answer, what failed first is the reason.
        match self.failed.take_if(|_| !matches!(heard, Ok(true))) {
            Some(failed) => Err(Error::Io(failed)),
            None => heard,
        }
    }

    fn is_open(&mut self) -> bool {
        self.failed.is_none() && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
