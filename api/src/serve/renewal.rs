//! Reading keys and certificates again while the server serves: on SIGHUP. What cannot be taken changes nothing.

use super::{LIFECYCLE, tokens::Keys};
use crate::failure::Failure;
use khata_infrastructure::tls::ServerTls;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// What is read again.
pub(super) struct Renewal {
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) tls: Option<Arc<ServerTls>>,
}

impl Renewal {
    /// Waits for SIGHUP from now on. Without anything to read again the signal does what it always did.
    ///
    /// # Errors
    /// The system lets no signal be received.
    pub(super) fn begin(self) -> Result<(), Failure> {
        if self.keys.is_none() && self.tls.is_none() {
            return Ok(());
        }
        let hangup = signal(SignalKind::hangup());
        let mut hangup = hangup.map_err(|error| Failure::because("signals cannot be received", error))?;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                self.renew();
            }
        });
        Ok(())
    }

    fn renew(&self) {
        if let Some(keys) = &self.keys {
            told("keys of tokens", keys.renew());
        }
        if let Some(tls) = &self.tls {
            told("certificate", tls.renew().map_err(Failure::plain));
        }
    }
}

fn told(what: &str, renewed: Result<(), Failure>) {
    match renewed {
        Ok(()) => tracing::info!(target: LIFECYCLE, what, "read again"),
        Err(failure) => {
            let reason = failure.to_string();
            tracing::error!(what, reason, "cannot be read again; what was in use stays in use");
        }
    }
}
