//! Connections: accepting them, bounding what a slow or greedy client can hold, and ending them in order.

mod crowd;
mod held;
mod line;
mod paced;
mod words;

use super::{peer::Peer, problem::codes};
use crate::app::HttpSettings;
use axum::{
    Router,
    http::{HeaderValue, header},
};
use crowd::{Crowd, Seat};
use held::Held;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use khata_infrastructure::tls::ServerTls;
use line::Line;
use paced::Paced;
use std::{
    io,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// The most that a request's line and headers may weigh before reading stops, in bytes. Well-formed ones over 16 KiB are told so.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long a client may take until it and the server have agreed on keys.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How long accepting rests when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often it is told that connections cannot be accepted.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// So many who cannot be let in are told so at once; beyond that they are cut off.
const TOLD_AT_ONCE: usize = 32;
/// So much of what a client still sends is taken from it after its answer, so that it is not cut off before it has read that.
const FAREWELL_BYTES: usize = 1024 * 1024;
/// And so long it is listened to.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// Serves routes on a listener until `stopping` turns true; then takes no more connections, lets requests under way come to their
/// end, and returns. Whoever has not ended by `shutdown_patience`, such as a client that does not read its answer, is left behind.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    settings: &HttpSettings,
    mut stopping: watch::Receiver<bool>,
) {
    let mut builder = http1::Builder::new();
    // hyper takes up to 100 headers by itself; saying so would cost an allocation per request.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(MAX_HEAD_BYTES);
    let mut door = Door {
        crowd: Crowd::of_at_most(settings.max_connections),
        told: Arc::new(Semaphore::new(TOLD_AT_ONCE)),
        last_told: None,
    };
    // Every connection holds a receiver: the channel is closed when the last one has ended.
    let (ended, connections) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stopping) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(seat) = door.crowd.enter() else {
                    door.turn_away(stream, settings.tls.is_some());
                    continue;
                };
                let (builder, routes) = (builder.clone(), routes.clone());
                let (stopping, alive) = (stopping.clone(), connections.clone());
                let connection = Connection {
                    builder,
                    routes,
                    seat: Arc::new(seat),
                    peer: Peer(peer.ip().to_canonical()),
                    tls: settings.tls.clone(),
                    write_timeout: settings.write_timeout,
                    stopping,
                    alive,
                };
                tokio::spawn(connection.run(stream));
            }
            Err(error) => {
                door.tell(|| tracing::warn!(%error, "a connection could not be accepted"));
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

/// Who is let in, and who is told that there is no place.
struct Door {
    crowd: Arc<Crowd>,
    told: Arc<Semaphore>,
    last_told: Option<Instant>,
}

impl Door {
    /// Tells a client that there is no place for it, unless many are being told so already.
    fn turn_away(&mut self, mut stream: TcpStream, is_secret: bool) {
        self.tell(|| tracing::warn!("there are as many connections as there may be, all with requests under way; others are turned away"));
        metrics::counter!("khata_http_connections_turned_away_total").increment(1);
        // Before keys are agreed on nothing can be told.
        if is_secret {
            return;
        }
        let Ok(permit) = Arc::clone(&self.told).try_acquire_owned() else { return };
        tokio::spawn(async move {
            let answer = words::turned_away(
                &codes::TOO_MANY_CONNECTIONS,
                "All connections are taken by requests in progress.",
            );
            let told = async { stream.write_all(&answer).await };
            if matches!(tokio::time::timeout(FAREWELL_PATIENCE, told).await, Ok(Ok(()))) {
                part(Line::Plain(stream)).await;
            }
            drop(permit);
        });
    }

    /// Tells now and then what may happen many times a second.
    fn tell(&mut self, line: impl FnOnce()) {
        if self.last_told.is_none_or(|last| last.elapsed() >= TOLD_EVERY) {
            self.last_told = Some(Instant::now());
            line();
        }
    }
}

struct Connection {
    builder: http1::Builder,
    routes: Router,
    seat: Arc<Seat>,
    peer: Peer,
    tls: Option<Arc<ServerTls>>,
    write_timeout: Duration,
    stopping: watch::Receiver<bool>,
    alive: watch::Receiver<()>,
}

impl Connection {
    async fn run(mut self, stream: TcpStream) {
        // Answers are small and written whole: waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection without TCP_NODELAY");
        }
        let Some(line) = self.agreed(stream).await else { return };
        let (paced, returned) = Paced::new(line, self.write_timeout);
        let result = self.converse(paced).await;
        let refused = result.as_ref().is_err_and(hyper::Error::is_parse);
        if let Err(error) = result {
            // A client that went away or spoke no HTTP: its own affair.
            tracing::debug!(%error, "a connection broke off");
        }
        let stream = returned.lock().take();
        if let Some(stream) = stream.filter(|_| refused || self.seat.guest.parts_slowly()) {
            part(stream).await;
        }
        drop(self.alive);
    }

    /// The connection, under TLS if that is spoken here. `None` if the client does not come to that.
    async fn agreed(&mut self, stream: TcpStream) -> Option<Line> {
        let Some(tls) = &self.tls else { return Some(Line::Plain(stream)) };
        let agreeing = TlsAcceptor::from(tls.config()).accept(stream);
        tokio::select! {
            agreed = tokio::time::timeout(HANDSHAKE_PATIENCE, agreeing) => match agreed {
                Ok(Ok(stream)) => return Some(Line::Secret(Box::new(stream))),
                Ok(Err(error)) => tracing::debug!(%error, "a client and this server could not agree on keys"),
                Err(_) => tracing::debug!("a client did not agree on keys in time"),
            },
            () = stopped(&mut self.stopping) => {}
            () = self.seat.has_to_go() => {}
        }
        metrics::counter!("khata_tls_failed_handshakes_total").increment(1);
        None
    }

    async fn converse(&mut self, paced: Paced) -> hyper::Result<()> {
        let (routes, seat, peer) = (self.routes.clone(), Arc::clone(&self.seat), self.peer);
        let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let (under_way, answered, seat) =
                (seat.begin(), routes.clone().oneshot(request), Arc::clone(&seat));
            async move {
                let answer = answered.await?;
                if answer.headers().get(header::CONNECTION) == Some(&HeaderValue::from_static("close")) {
                    seat.guest.part_slowly();
                }
                Ok::<_, std::convert::Infallible>(answer.map(|body| Held::new(body, under_way)))
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(paced), answer));
        tokio::select! {
            result = connection.as_mut() => return result,
            () = stopped(&mut self.stopping) => {}
            // A request that began in this very moment is still answered.
            () = self.seat.has_to_go() => if !self.seat.guest.is_at_it() { return Ok(()) },
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    }
}

/// Ends a connection whose client may still be sending: what comes is taken for a moment and dropped. A socket that is closed with
/// unread bytes is reset, and the answer with it.
async fn part(mut stream: Line) {
    let farewell = async {
        stream.shutdown().await?;
        let mut dropped = 0;
        let mut into = [0; 4096];
        while dropped < FAREWELL_BYTES {
            match stream.read(&mut into).await? {
                0 => break,
                read => dropped += read,
            }
        }
        io::Result::Ok(())
    };
    // The client has closed too, does not come to an end, or is gone: all the same.
    let _parted = tokio::time::timeout(FAREWELL_PATIENCE, farewell).await;
}
