//! Where the server listens: on loopback and nowhere else, unless it asks who sends a request.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs},
    str::FromStr,
};

/// An address to listen on, as it was written: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. Port 0 takes
/// a free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress(String);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The name stands for no address.
    #[error("the listen address {written} cannot be resolved")]
    Unresolved {
        /// As it was written.
        written: String,
        #[source]
        source: io::Error,
    },
    /// Others could reach it.
    #[error(
        "without keys (--token-secret-file or --jwks) Khata asks nobody who they are and listens on loopback only; {written} can be reached from elsewhere ({address})"
    )]
    NotLoopback {
        /// As it was written.
        written: String,
        /// The address it stands for.
        address: SocketAddr,
    },
    /// Another process listens there.
    #[error("{address} is in use by another process; choose another port with --listen")]
    InUse { address: SocketAddr },
    /// The system refuses.
    #[error("cannot listen on {address}")]
    Refused {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
}

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) =
            text.rsplit_once(':').ok_or("not an address with a port, such as 127.0.0.1:8080")?;
        let host_fits =
            !host.is_empty() && (!host.contains(':') || (host.starts_with('[') && host.ends_with(']')));
        if host_fits && port.parse::<u16>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("not an address with a port, such as 127.0.0.1:8080")
        }
    }
}

impl ListenAddress {
    /// The address it stands for. Unless it may be reached from `anywhere`, every address that a name stands for
    /// must be a loopback one.
    pub(super) fn resolve(&self, anywhere: bool) -> Result<SocketAddr, ListenError> {
        let unresolved = |source| ListenError::Unresolved { written: self.0.clone(), source };
        let addresses: Vec<SocketAddr> = self.0.to_socket_addrs().map_err(unresolved)?.collect();
        if let Some(address) = addresses.iter().copied().find(|address| !anywhere && !is_loopback(*address)) {
            return Err(ListenError::NotLoopback { written: self.0.clone(), address });
        }
        addresses.first().copied().ok_or_else(|| unresolved(io::ErrorKind::NotFound.into()))
    }
}

/// Whether only this machine reaches an address.
pub(super) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// How this machine reaches a server that listens on an address: all of them means loopback, too.
pub(super) fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Listens on an address.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { address },
        _ => ListenError::Refused { address, source },
    })?;
    listener.set_nonblocking(true).map_err(|source| ListenError::Refused { address, source })?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(text: &str) -> Result<TcpListener, ListenError> {
        text.parse::<ListenAddress>().unwrap().resolve(false).and_then(super::bind)
    }

    #[test]
    fn loopback_addresses_are_taken() {
        for text in ["127.0.0.1:0", "127.0.0.2:0", "localhost:0"] {
            assert!(bind(text).unwrap().local_addr().unwrap().ip().is_loopback(), "{text}");
        }
    }

    #[test]
    fn addresses_that_others_could_reach_are_refused() {
        for text in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080", "[::ffff:192.0.2.1]:8080"] {
            assert!(matches!(bind(text), Err(ListenError::NotLoopback { .. })), "{text}");
        }
    }

    #[test]
    fn a_server_that_asks_who_sends_a_request_listens_anywhere() {
        for (text, reached) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("192.0.2.1:8080", "192.0.2.1:8080"),
        ] {
            let address = text.parse::<ListenAddress>().unwrap().resolve(true).unwrap();
            assert_eq!((address.to_string(), reached_at(address).to_string()), (text.into(), reached.into()));
            assert!(!is_loopback(address), "{text}");
        }
    }

    #[test]
    fn a_port_in_use_is_named() {
        let holder = bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap();
        let error = bind(&address.to_string()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{address} is in use by another process; choose another port with --listen")
        );
    }

    #[test]
    fn texts_that_are_no_address_with_a_port_are_refused() {
        for text in
            ["", "8080", "127.0.0.1", ":8080", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "localhost:http"]
        {
            assert!(text.parse::<ListenAddress>().is_err(), "{text:?}");
        }
    }
}
