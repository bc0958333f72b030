//! Who holds an address.

use crate::ids::{CustomerId, IdError};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The keyed hash of a normalised address: 32 bytes, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailHash([u8; 32]);

impl EmailHash {
    /// Takes the hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for EmailHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EmailHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EmailHash {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { expected: "<64 hex digits>" };
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(error);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            *byte =
                digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high << 4 | low).ok_or(error.clone())?;
        }
        Ok(Self(bytes))
    }
}

/// The reservation of one address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerEmail {
    /// Who has it, or had it last.
    pub(super) customer_id: Option<CustomerId>,
    /// Whether that customer has it still.
    pub(super) held: bool,
}

impl CustomerEmail {
    /// Who has the address; `None` while it is free.
    pub fn holder(&self) -> Option<CustomerId> {
        self.customer_id.filter(|_| self.held)
    }
}
