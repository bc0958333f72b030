//! A line between Khata and its server that can go dead: connections that exist stay open and nothing comes
//! through any more, as behind a router that forgot them. New ones are served.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Stands before a server.
pub struct Line {
    address: SocketAddr,
    /// How often it went dead: a connection that was made before the last time is mute.
    deaths: Arc<AtomicUsize>,
}

impl Line {
    /// Before the server of an address.
    #[track_caller]
    pub fn before(url: &str) -> Self {
        let server = server(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let deaths = Arc::new(AtomicUsize::new(0));
        let counted = deaths.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(&server) {
                    forward(client, server, &counted);
                }
            }
        });
        Self { address, deaths }
    }

    /// The same database through this line.
    pub fn through(&self, url: &str) -> String {
        url.replacen(server(url), &self.address.to_string(), 1)
    }

    /// Lets all connections that there are fall silent, for good.
    pub fn goes_dead(&self) {
        self.deaths.fetch_add(1, Ordering::SeqCst);
    }
}

fn server(url: &str) -> &str {
    let behind = url.split_once('@').map_or(url, |(_, behind)| behind);
    behind.split('/').next().unwrap_or(behind)
}

fn forward(client: TcpStream, server: TcpStream, deaths: &Arc<AtomicUsize>) {
    let born = deaths.load(Ordering::SeqCst);
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (Ok(mut from), Ok(mut to), deaths) = (from.try_clone(), to.try_clone(), deaths.clone()) else {
            return;
        };
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            loop {
                let read = from.read(&mut bytes).unwrap_or(0);
                if deaths.load(Ordering::SeqCst) > born {
                    // Both ends stay open, and hear nothing of each other.
                    std::mem::forget((from, to));
                    return;
                }
                if read == 0 || to.write_all(&bytes[..read]).is_err() {
                    let _gone_already = to.shutdown(Shutdown::Write);
                    return;
                }
            }
        });
    }
}
