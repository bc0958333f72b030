//! What a route leaves unread of a request's body. An answer that is given before all of it has come must not end the connection
//! unsaid: the client's next request would be lost with it. A little is read and dropped; of more, the answer says that it is the last.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// So much of a body is read for nobody.
const DROPPED_BYTES: u64 = 64 * 1024;
/// And so long it is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// What may be left of a request's body.
pub(in crate::http) struct Rest {
    /// None where there was no body.
    unread: Option<Unread>,
    /// The client waits to be told before it sends its body. Reading would tell it.
    waits_to_be_told: bool,
}

type Unread = Arc<Mutex<Option<Body>>>;

impl Rest {
    /// Keeps an eye on a request's body.
    pub(in crate::http) fn of(request: Request) -> (Request, Self) {
        let waits_to_be_told = request.headers().contains_key(header::EXPECT);
        if request.body().is_end_stream() {
            return (request, Self { unread: None, waits_to_be_told });
        }
        let unread = Unread::default();
        let watched =
            request.map(|body| Body::new(Watched { body, ended: false, unread: Arc::clone(&unread) }));
        (watched, Self { unread: Some(unread), waits_to_be_told })
    }

    /// Reads what is left if that is little, or else says that the connection ends.
    pub(in crate::http) async fn settle(self, answer: &mut HeaderMap) {
        let Some(mut body) = self.unread.and_then(|unread| unread.lock().take()) else { return };
        let announced = body.size_hint().lower();
        let read =
            async { !self.waits_to_be_told && announced <= DROPPED_BYTES && is_read_to_end(&mut body).await };
        if !tokio::time::timeout(PATIENCE, read).await.unwrap_or(false) {
            answer.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

async fn is_read_to_end(body: &mut Body) -> bool {
    let mut dropped = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        dropped += frame.data_ref().map_or(0, |data| data.len() as u64);
        if dropped > DROPPED_BYTES {
            return false;
        }
    }
    true
}

/// A body that is given back when whoever reads it lets go of it before its end.
struct Watched {
    body: Body,
    ended: bool,
    unread: Unread,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            *self.unread.lock() = Some(std::mem::replace(&mut self.body, Body::empty()));
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.ended |= matches!(frame, Poll::Ready(None | Some(Err(_))));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
