//! The other end of a connection.

use std::net::IpAddr;

/// The address at the other end of a connection, in the extensions of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer(pub(super) IpAddr);
