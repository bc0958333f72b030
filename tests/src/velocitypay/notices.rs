//! Notices: what a network tells of itself, signed by Standard Webhooks as it must be, or not.

use crate::wire;
use jiff::{SignedDuration, Timestamp};
use khata_domain::ids::PaymentId;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::io;

/// Nobody's secret.
const WRONG_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Settled,
    Refused,
    InProgress,
    /// Money that had gone came back.
    Returned,
    /// Money came from somebody elsewhere.
    Received,
}

impl Kind {
    /// As a notice's `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settled => "payment.settled",
            Self::Refused => "payment.refused",
            Self::InProgress => "payment.in_progress",
            Self::Returned => "payment.returned",
            Self::Received => "payment.received",
        }
    }
}

/// How a notice is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    Proper,
    /// With a secret that nobody gave out.
    WrongSecret,
    /// Ten minutes ago.
    TooOld,
    /// Ten minutes from now.
    TooEarly,
    /// Properly, and then the body is changed by one blank.
    OtherBytes,
    /// Not at all.
    Missing,
}

/// A notice: the same whenever it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What receivers know it again by.
    pub id: String,
    pub kind: Kind,
    /// The payment that it is about; of money received, none.
    pub payment_id: Option<PaymentId>,
    /// When it happened.
    pub at: Timestamp,
    /// The rest, `sequence` and all.
    pub data: Value,
}

impl Notice {
    /// Its place among all that the network has to tell.
    pub fn sequence(&self) -> u64 {
        self.data["sequence"].as_u64().unwrap_or_default()
    }

    /// What is sent.
    pub fn body(&self) -> String {
        json!({ "type": self.kind.name(), "timestamp": self.at.to_string(), "data": self.data }).to_string()
    }

    /// Posts it, signed at an instant.
    pub(super) fn deliver(
        &self,
        url: &str,
        secret: &str,
        signing: Signing,
        now: Timestamp,
    ) -> io::Result<u16> {
        let ten_minutes = SignedDuration::from_mins(10);
        let at = match signing {
            Signing::TooOld => now - ten_minutes,
            Signing::TooEarly => now + ten_minutes,
            _ => now,
        };
        let secret = if signing == Signing::WrongSecret { WRONG_SECRET } else { secret };
        let (body, seconds) = (self.body(), at.as_second());
        let webhook = Webhook::new(secret).expect("a secret of webhooks");
        let signature = webhook.sign(&self.id, seconds, body.as_bytes()).expect("a text");
        let seconds = seconds.to_string();
        let headers = [
            ("webhook-id", self.id.as_str()),
            ("webhook-timestamp", &seconds),
            ("webhook-signature", &signature),
        ];
        let sent = if signing == Signing::Missing { &headers[..2] } else { &headers[..] };
        let body = if signing == Signing::OtherBytes { format!("{body} ") } else { body };
        wire::post(url, sent, &body)
    }
}
