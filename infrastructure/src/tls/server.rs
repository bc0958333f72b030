//! How a server shows who it is: a certificate and its key, out of files that can be read again while it serves.

use super::provider;
use crate::private_file::{self, PrivateFileError};
use parking_lot::RwLock;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Khata speaks HTTP/1.1.
const PROTOCOL: &[u8] = b"http/1.1";
/// No key is longer.
const LONGEST_KEY: u64 = 64 * 1024;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file of the key cannot be taken.
    #[error(transparent)]
    Key(#[from] PrivateFileError),
    /// A file holds no certificate, or no key, as PEM.
    #[error("{} holds no {what} in the form of PEM", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// They do not belong together, or are of a kind that is not known.
    #[error("the certificate {} cannot be used with the key {}", certificate.display(), key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// A server's certificate in use.
pub struct ServerTls {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Reads the certificate, with those behind it that lead to one that clients trust, and its key.
    ///
    /// # Errors
    /// A file cannot be taken, others may read the key, or the two do not belong together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = RwLock::new(Arc::new(read(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), config })
    }

    /// Reads both again, for connections that come from now on.
    ///
    /// # Errors
    /// As at first; then those that were in use stay.
    pub fn renew(&self) -> Result<(), TlsError> {
        let config = read(&self.certificate, &self.key)?;
        *self.config.write() = Arc::new(config);
        Ok(())
    }

    /// What a new connection is made with: TLS 1.2 or 1.3.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let not_pem = |path: &Path, what| TlsError::NotPem { path: path.to_owned(), what };
    let bytes = fs::read(certificate)
        .map_err(|source| TlsError::Unreadable { path: certificate.to_owned(), source })?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| not_pem(certificate, "certificate"))?;
    let secret = private_file::read(key, LONGEST_KEY)?;
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|_| not_pem(key, "private key"))?;
    let unusable =
        |source| TlsError::Unusable { certificate: certificate.to_owned(), key: key.to_owned(), source };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}
