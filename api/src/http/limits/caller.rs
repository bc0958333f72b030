//! Where a request comes from, also where proxies pass it on: the rightmost address that no trusted proxy has. What stands to the left of
//! it the client may have written itself.

use axum::http::{HeaderMap, HeaderName};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Networks whose addresses are proxies of one's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a list names no networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address or network, such as 10.0.0.7 or 10.0.0.0/8, in a list with commas")]
pub struct NoNetwork(String);

impl Networks {
    fn have(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Who asks, as far as it can be believed.
    pub(super) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer;
        // Several headers of the name are one, in their order. What a client wrote need not be text.
        let hops: Vec<&[u8]> = headers
            .get_all(&FORWARDED_FOR)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .collect();
        for hop in hops.iter().rev() {
            if !self.have(nearest) {
                break;
            }
            let hop = std::str::from_utf8(hop.trim_ascii());
            let Some(address) = hop.ok().and_then(address) else { break };
            nearest = address;
        }
        nearest
    }
}

/// An address, also with a port behind it, as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let address =
        text.parse::<IpAddr>().or_else(|_| text.parse().map(|socket: std::net::SocketAddr| socket.ip()));
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.ok().or_else(bare).map(|address: IpAddr| address.to_canonical())
}

/// What is kept account of for an address: of IPv6 the first half, which one client has all of.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

impl Network {
    fn has(self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(all), |bits| bits.parse().ok()).filter(|bits| *bits <= all)?;
        Some(Self { address, bits })
    }
}

impl FromStr for Networks {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| Network::parse(part).ok_or_else(|| NoNetwork(part.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> =
            self.0.iter().map(|network| format!("{}/{}", network.address, network.bits)).collect();
        f.write_str(&told.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_rightmost_address_that_is_no_proxy_of_ones_own_asks() {
        let proxies: Networks = "10.0.0.0/8, 192.0.2.7, 2001:db8::/32".parse().unwrap();
        for (peer, forwarded, caller) in [
            ("198.51.100.1", &["203.0.113.9"][..], "198.51.100.1"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["1.2.3.4, 203.0.113.9, 192.0.2.7, 10.9.9.9"], "203.0.113.9"),
            ("10.1.2.3", &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
            ("10.1.2.3", &["203.0.113.9, unknown"], "10.1.2.3"),
            ("10.1.2.3", &["\u{fc}, 203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["1.2.3.4\u{fc}, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
            ("10.1.2.3", &["203.0.113.9, \u{fc}"], "10.1.2.3"),
            ("10.1.2.3", &["203.0.113.9:4711"], "203.0.113.9"),
            ("2001:db8::1", &["[2001:db9::5]:80"], "2001:db9::5"),
            ("2001:db8::1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("192.0.2.8", &["203.0.113.9"], "192.0.2.8"),
        ] {
            let headers = forwarded
                .iter()
                .map(|value| (FORWARDED_FOR.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
                .collect();
            let found = proxies.caller(peer.parse().unwrap(), &headers);
            assert_eq!(found.to_string(), caller, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn networks_are_read_to_the_bit() {
        let have = |networks: &str, address: &str| {
            networks.parse::<Networks>().unwrap().have(address.parse().unwrap())
        };
        assert!(have("10.0.0.0/9", "10.127.255.255") && !have("10.0.0.0/9", "10.128.0.0"));
        assert!(have("0.0.0.0/0", "8.8.8.8") && !have("0.0.0.0/0", "::1"));
        assert!(have("10.0.0.7/32", "10.0.0.7") && !have("10.0.0.7/32", "10.0.0.6"));
        assert!(have("fe80::/10", "febf::1") && !have("fe80::/10", "fec0::1"));
        for none in ["10.0.0.0/33", "::/129", "10.0.0", "example.com", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(none.parse::<Networks>(), Err(NoNetwork(none.to_owned())), "{none}");
        }
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6".parse().unwrap()).to_string(), "2001:db8:1:2::");
    }
}
