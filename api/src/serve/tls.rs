//! TLS of the server itself: which certificate, and reading it again.

use crate::failure::Failure;
use clap::Args;
use khata_infrastructure::tls::ServerTls;
use std::{path::PathBuf, sync::Arc};

/// The certificate that the server shows.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsOptions {
    /// Speak TLS with this certificate, as PEM, with those behind it that lead to one that clients trust. SIGHUP reads it again.
    #[arg(long, env = "KHATA_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, as PEM, for its owner alone.
    #[arg(long, env = "KHATA_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl TlsOptions {
    /// Reads the certificate, if there is one.
    ///
    /// # Errors
    /// It cannot be used, or only one of the two is named.
    pub(super) fn read(&self) -> Result<Option<Arc<ServerTls>>, Failure> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                ServerTls::read(certificate, key).map(|tls| Some(Arc::new(tls))).map_err(Failure::plain)
            }
            (None, None) => Ok(None),
            _ => Err(Failure::usage("--tls-cert and --tls-key go together")),
        }
    }
}
