//! Connections: accepting them, bounding what a slow or greedy client can hold, and ending them in order.

use crate::app::HttpSettings;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The most that a request's line and headers may weigh before reading stops, in bytes. Well-formed ones over 16 KiB are told so.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long accepting rests when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves routes on a listener until `stopping` turns true; then takes no more connections, lets requests under way come to their
/// end, and returns. Whoever has not ended by `shutdown_patience`, such as a client that does not read its answer, is left behind.
pub async fn serve(listener: TcpListener, routes: Router, settings: &HttpSettings, mut stopping: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    // hyper takes up to 100 headers by itself; saying so would cost an allocation per request.
    builder.timer(TokioTimer::new()).header_read_timeout(settings.header_timeout).max_buf_size(MAX_HEAD_BYTES);
    // Every connection holds a receiver: the channel is closed when the last one has ended.
    let (ended, connections) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stopping) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection =
                    Connection { builder: builder.clone(), routes: routes.clone(), stopping: stopping.clone(), alive: connections.clone() };
                tokio::spawn(connection.run(stream));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, connections));
    if tokio::time::timeout(settings.shutdown_patience, ended.closed()).await.is_err() {
        tracing::warn!(connections = ended.receiver_count(), "connections that do not end are left behind");
    }
}

/// Resolves when the server is to stop; also when whoever could tell is gone.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _told_or_gone = stopping.wait_for(|stopping| *stopping).await;
}

struct Connection {
    builder: http1::Builder,
    routes: Router,
    stopping: watch::Receiver<bool>,
    alive: watch::Receiver<()>,
}

impl Connection {
    async fn run(mut self, stream: TcpStream) {
        // Answers are small and written whole: waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection without TCP_NODELAY");
        }
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.routes)));
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = stopped(&mut self.stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            // A client that went away or spoke no HTTP: its own affair.
            tracing::debug!(%error, "a connection broke off");
        }
        drop(self.alive);
    }
}
