//! The bytes of an archive, from a running server or made here.

use super::Client;
use crate::{
    failure::Failure,
    options::GlobalOptions,
    serve::{OpenLog, runtime},
};
use axum::body::Bytes;
use khata_application::Clock;
use khata_archive::{Asked, MEDIA_TYPE, Pieces};
use khata_infrastructure::SystemClock;
use std::io::{self, Read};
use tokio::{runtime::Runtime, sync::mpsc, task::JoinHandle};

/// So many pieces may be ready before they are read.
const READY: usize = 4;

/// An archive as it comes: from the server that `--url` names, or the one that holds the data directory; else
/// made here.
pub(crate) fn incoming(options: &GlobalOptions, asked: Asked) -> Result<Box<dyn Read>, Failure> {
    match Client::running(options)? {
        Some(server) => Ok(Box::new(server.follow(&path(asked), MEDIA_TYPE)?)),
        None => Ok(Box::new(MadeHere::open(options, asked)?)),
    }
}

fn path(asked: Asked) -> String {
    match asked {
        Asked::Backup => "/v1/admin/backup".to_owned(),
        Asked::Export { after, up_to: None } => format!("/v1/admin/export?after={after}"),
        Asked::Export { after, up_to: Some(up_to) } => {
            format!("/v1/admin/export?after={after}&up_to={up_to}")
        }
    }
}

/// An archive made in this process: pieces are made ready while others are read. Dropped, it closes the log.
struct MadeHere {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    /// Makes the pieces.
    pump: JoinHandle<()>,
    piece: Bytes,
    /// Both are `None` once it is closed.
    runtime: Option<Runtime>,
    log: Option<OpenLog>,
}

impl MadeHere {
    fn open(options: &GlobalOptions, asked: Asked) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let log = runtime.block_on(OpenLog::open(options))?;
        let mut pieces =
            runtime.block_on(Pieces::of(log.vault(), asked, SystemClock.now())).map_err(Failure::plain)?;
        let (send, ready) = mpsc::channel(READY);
        let pump = runtime.spawn(async move {
            loop {
                let piece = match pieces.next().await {
                    Ok(Some(piece)) => Ok(piece),
                    Ok(None) => return,
                    Err(error) => Err(io::Error::other(error)),
                };
                let ended = piece.is_err();
                // Whoever read it may have gone.
                if send.send(piece).await.is_err() || ended {
                    return;
                }
            }
        });
        Ok(Self { pieces: ready, pump, piece: Bytes::new(), runtime: Some(runtime), log: Some(log) })
    }
}

impl Read for MadeHere {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = into.len().min(self.piece.len());
        into[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

impl Drop for MadeHere {
    fn drop(&mut self) {
        let (Some(runtime), Some(log)) = (self.runtime.take(), self.log.take()) else { return };
        // First whoever reads the log, then the log.
        self.pieces.close();
        self.pump.abort();
        runtime.block_on(async {
            let _aborted = (&mut self.pump).await;
            log.close().await;
        });
    }
}
