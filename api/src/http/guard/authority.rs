//! A host as a request names it, with its port if there is one.

/// `bank.example`, `127.0.0.1:8080`, `[::1]:8080`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Authority<'a> {
    name: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Takes a text apart; `None` for one whose port is no number.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        match text.rsplit_once(':') {
            // Within brackets a colon parts no port.
            Some((_, behind)) if behind.ends_with(']') => Some(Self { name: text, port: None }),
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Self { name, port: Some(port.parse().ok()?) })
            }
            Some(_) => None,
            None => Some(Self { name: text, port: None }),
        }
    }

    /// The name or address, with its brackets.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The port, where one is named.
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The address, if it is one and no name.
    pub(super) fn address(&self) -> Option<std::net::IpAddr> {
        self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(self.name).parse().ok()
    }
}
