//! A proxy between a store and its server that loses answers, or holds requests back until those who sent
//! them have long gone.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex, mpsc, watch},
};

/// How every message ends with which a client asks for an answer.
const SYNC: [u8; 5] = [b'S', 0, 0, 0, 4];

/// What happens to connections that exist when it begins. Later ones are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mischief {
    None,
    /// The next answer is lost, and the connection with it.
    LoseAnswers,
    /// The next request is kept, and its sender's connection closed.
    HoldRequests,
}

pub struct Proxy {
    address: SocketAddr,
    mischief: watch::Sender<Mischief>,
    held: Mutex<mpsc::UnboundedReceiver<Held>>,
    lost: Arc<AtomicUsize>,
}

/// A request on its way, with the server's side of its connection.
pub struct Held {
    request: Vec<u8>,
    to_server: OwnedWriteHalf,
    answers: mpsc::UnboundedReceiver<()>,
}

impl Proxy {
    /// Stands before the server of an address.
    pub async fn before(url: &str) -> Self {
        let server = server(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mischief, watched) = watch::channel(Mischief::None);
        let (keep, held) = mpsc::unbounded_channel();
        let lost = Arc::new(AtomicUsize::new(0));
        let count = lost.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(to_server) = TcpStream::connect(&server).await else { continue };
                // What was begun before this connection does not concern it.
                let mut watched = watched.clone();
                watched.mark_unchanged();
                tokio::spawn(forward(client, to_server, watched, keep.clone(), count.clone()));
            }
        });
        Self { address, mischief, held: Mutex::new(held), lost }
    }

    /// The same database through this proxy.
    pub fn through(&self, url: &str) -> String {
        url.replacen(server(url), &self.address.to_string(), 1)
    }

    /// Loses the next answer on every connection that there is.
    pub fn lose_answers(&self) {
        self.mischief.send_replace(Mischief::LoseAnswers);
    }

    /// How many answers were lost so far.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }

    /// Keeps the next request on every connection that there is.
    pub fn hold_requests(&self) {
        self.mischief.send_replace(Mischief::HoldRequests);
    }

    /// The next request that was kept and holds these bytes.
    pub async fn held(&self, bytes: &[u8]) -> Held {
        let mut held = self.held.lock().await;
        loop {
            let next = held.recv().await.expect("a proxy");
            if next.request.windows(bytes.len()).any(|window| window == bytes) {
                return next;
            }
        }
    }
}

impl Held {
    /// Lets the request go on to the server at last, and waits until that has answered it.
    pub async fn arrives(mut self) {
        self.to_server.write_all(&self.request).await.unwrap();
        self.answers.recv().await.expect("an answer of the server");
    }
}

fn server(url: &str) -> &str {
    let behind = url.split_once('@').map_or(url, |(_, behind)| behind);
    behind.split('/').next().unwrap()
}

async fn forward(
    client: TcpStream,
    server: TcpStream,
    mut mischief: watch::Receiver<Mischief>,
    keep: mpsc::UnboundedSender<Held>,
    lost: Arc<AtomicUsize>,
) {
    let (mut from_client, to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let to_client = Arc::new(Mutex::new(Some(to_client)));
    let (tell, told) = mpsc::unbounded_channel();
    let (answered, mut watched) = (to_client.clone(), mischief.clone());
    let answers = tokio::spawn(async move {
        while let Some(bytes) = next(&mut from_server).await {
            // Of a client that is gone, nobody but the test wants to know.
            let mut client = answered.lock().await;
            let Some(to_client) = client.as_mut() else {
                let _ = tell.send(());
                continue;
            };
            if begun(&mut watched) == Mischief::LoseAnswers {
                lost.fetch_add(1, Ordering::SeqCst);
                return drop(client.take());
            }
            if to_client.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    while let Some(mut request) = next(&mut from_client).await {
        if begun(&mut mischief) == Mischief::HoldRequests {
            while !request.ends_with(&SYNC) {
                let Some(more) = next(&mut from_client).await else { return };
                request.extend(more);
            }
            // The sender is gone from here on; the server does not know.
            drop((to_client.lock().await.take(), from_client));
            let _ = keep.send(Held { request, to_server, answers: told });
            return;
        }
        if to_server.write_all(&request).await.is_err() {
            break;
        }
    }
    answers.abort();
}

/// What has begun since the connection was made.
fn begun(mischief: &mut watch::Receiver<Mischief>) -> Mischief {
    if mischief.has_changed().unwrap_or(false) { *mischief.borrow() } else { Mischief::None }
}

async fn next(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 64 * 1024];
    let length = from.read(&mut bytes).await.ok().filter(|length| *length > 0)?;
    bytes.truncate(length);
    Some(bytes)
}
