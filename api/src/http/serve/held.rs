//! An answer on its way out: its connection is at it until the last byte is handed over.

use super::crowd::UnderWay;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A body, and that its connection is at it.
pub(super) struct Held {
    body: Body,
    _until_sent: UnderWay,
}

impl Held {
    pub(super) fn new(body: Body, under_way: UnderWay) -> Self {
        Self { body, _until_sent: under_way }
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
