//! What connections under TLS are made with: rustls over ring, and the certificates that the system trusts.

mod server;

pub use server::{ServerTls, TlsError};

use rustls::crypto::{CryptoProvider, ring};
use std::sync::{Arc, OnceLock};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Whether the other side has to show who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// By a certificate that the system trusts, of the name that was asked for.
    Full,
    /// It is known otherwise.
    None,
}

/// The cryptography of all connections.
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(ring::default_provider())).clone()
}

/// How clients of this process speak TLS.
pub fn of_clients(verification: Verification) -> TlsConfig {
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider())
        .root_certs(roots())
        .disable_verification(verification == Verification::None)
        .build()
}

/// What the system trusts. Certificates of it that cannot be read are left out; without any, no other side is trusted.
fn roots() -> RootCerts {
    static ROOTS: OnceLock<RootCerts> = OnceLock::new();
    let load = || {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            tracing::debug!(errors = ?found.errors, "the system has no certificates to trust");
        }
        let certificates =
            found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned());
        RootCerts::from(certificates.collect::<Vec<_>>())
    };
    ROOTS.get_or_init(load).clone()
}
