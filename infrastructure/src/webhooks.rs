//! Notices from outside, signed by Standard Webhooks 1.0.0: whoever sends one knows a secret of ours, has signed these very
//! bytes, and has done so just now.
//!
//! Within its five minutes a notice can come again, from its sender or from somebody who listened: whoever takes it keeps its id.

use jiff::Timestamp;
use standardwebhooks::Webhook;
use std::{fmt, ops::RangeInclusive, sync::Arc};

/// What a symmetric secret begins with.
const PREFIX: &str = "whsec_";
/// So many bytes a secret has.
const SECRET_BYTES: RangeInclusive<usize> = 24..=64;
/// So far the sender's clock and ours may be apart, the way of the notice included.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// The longest id that is taken.
const LONGEST_ID: usize = 256;

/// The secrets that a sender may sign with: one, or several while it changes them.
#[derive(Clone)]
pub struct WebhookSecrets(Arc<[Webhook]>);

/// Why there are no secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSecretError {
    /// None was given.
    #[error("there is no secret of webhooks")]
    Missing,
    /// Not a secret of this kind.
    #[error("a secret of webhooks begins with {PREFIX}")]
    Prefix,
    /// What follows is not Base64.
    #[error("a secret of webhooks is Base64 behind {PREFIX}")]
    Base64,
    /// It can be guessed, or is too long.
    #[error("a secret of webhooks has {} to {} bytes", SECRET_BYTES.start(), SECRET_BYTES.end())]
    Length,
}

/// A notice as it came.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'n> {
    /// The header `webhook-id`.
    pub id: Option<&'n str>,
    /// The header `webhook-timestamp`.
    pub timestamp: Option<&'n str>,
    /// The header `webhook-signature`.
    pub signatures: Option<&'n str>,
    /// Its bytes, before anything read them.
    pub body: &'n [u8],
}

/// Why a notice is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The id is none.
    #[error("the header webhook-id is no id: up to {LONGEST_ID} visible characters without a full stop")]
    Id,
    /// The timestamp is none.
    #[error("the header webhook-timestamp is no number of seconds")]
    Timestamp,
    /// It was signed too long ago.
    #[error("the notice was signed more than {TOLERANCE_SECONDS} seconds ago")]
    TooOld,
    /// It was signed by a clock that is ahead.
    #[error("the notice was signed more than {TOLERANCE_SECONDS} seconds ahead")]
    TooEarly,
    /// Nobody who knows a secret has signed this.
    #[error("no signature of the notice fits")]
    Signature,
}

impl WebhookSecrets {
    /// Reads secrets as they are handed out: `whsec_` and 24 to 64 bytes in Base64.
    ///
    /// # Errors
    /// One of them is none, or there is none.
    pub fn parse<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, WebhookSecretError> {
        let read: Result<Arc<[Webhook]>, _> = secrets.into_iter().map(parse).collect();
        read.and_then(|read| if read.is_empty() { Err(WebhookSecretError::Missing) } else { Ok(Self(read)) })
    }

    /// Whether a notice was signed with one of the secrets, and by now not too long ago. Any of its signatures will do.
    ///
    /// # Errors
    /// It is not to be believed.
    pub fn verify(&self, notice: &Signed<'_>, now: Timestamp) -> Result<(), WebhookError> {
        let id = notice.id.ok_or(WebhookError::Missing("webhook-id"))?;
        let timestamp = notice.timestamp.ok_or(WebhookError::Missing("webhook-timestamp"))?;
        let signatures = notice.signatures.ok_or(WebhookError::Missing("webhook-signature"))?;
        // With a full stop in it, the same signature would fit another id, timestamp and body.
        let is_id = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(is_id) {
            return Err(WebhookError::Id);
        }
        let seconds = parse_timestamp(timestamp).ok_or(WebhookError::Timestamp)?;
        let age = now.as_second().saturating_sub(seconds);
        if age > TOLERANCE_SECONDS {
            return Err(WebhookError::TooOld);
        }
        if age < -TOLERANCE_SECONDS {
            return Err(WebhookError::TooEarly);
        }
        let fits = |secret: &Webhook| {
            let signed = secret.sign(id, seconds, notice.body);
            signed.is_ok_and(|expected| signatures.split(' ').any(|given| equal(given, &expected)))
        };
        if self.0.iter().any(fits) { Ok(()) } else { Err(WebhookError::Signature) }
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSecrets").field("count", &self.0.len()).finish_non_exhaustive()
    }
}

fn parse(secret: &str) -> Result<Webhook, WebhookSecretError> {
    let encoded = secret.strip_prefix(PREFIX).ok_or(WebhookSecretError::Prefix)?;
    let webhook = Webhook::new(encoded).map_err(|_| WebhookSecretError::Base64)?;
    let bytes = encoded.trim_end_matches('=').len() * 6 / 8;
    if SECRET_BYTES.contains(&bytes) { Ok(webhook) } else { Err(WebhookSecretError::Length) }
}

/// Seconds since 1970 as their sender wrote them: what is signed holds their text.
fn parse_timestamp(text: &str) -> Option<i64> {
    let seconds: i64 = text.parse().ok()?;
    (seconds >= 0 && seconds.to_string() == text).then_some(seconds)
}

/// Compares without telling by the time it takes how much of it is alike: hashes are compared so.
fn equal(given: &str, expected: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(expected.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const NOTICE: Signed<'_> = Signed {
        id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        timestamp: Some("1614265330"),
        signatures: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        body: br#"{"test": 2432232314}"#,
    };

    fn secrets(secrets: &[&'static str]) -> WebhookSecrets {
        WebhookSecrets::parse(secrets.iter().copied()).unwrap()
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_614_265_330 + seconds).unwrap()
    }

    fn verified(notice: Signed<'_>) -> Result<(), WebhookError> {
        secrets(&[SECRET]).verify(&notice, after(0))
    }

    #[test]
    fn what_the_specification_gives_as_examples_is_believed() {
        assert_eq!(verified(NOTICE), Ok(()));
        let other = Signed {
            id: Some("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"),
            timestamp: Some("1649367553"),
            signatures: Some("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="),
            body: br#"{"email":"test@example.com","username":"test_user"}"#,
        };
        let at = Timestamp::from_second(1_649_367_553).unwrap();
        assert_eq!(secrets(&[OTHER]).verify(&other, at), Ok(()));
    }

    #[test]
    fn one_of_several_secrets_and_one_of_several_signatures_will_do() {
        for known in [&[SECRET, OTHER][..], &[OTHER, SECRET]] {
            assert_eq!(secrets(known).verify(&NOTICE, after(0)), Ok(()));
        }
        let fitting = NOTICE.signatures.unwrap();
        let forged = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        for several in
            [format!("{forged} {fitting}"), format!("v1a,AAAA {fitting} {forged}"), format!("{fitting} ")]
        {
            assert_eq!(verified(Signed { signatures: Some(&several), ..NOTICE }), Ok(()), "{several}");
        }
        assert_eq!(secrets(&[OTHER]).verify(&NOTICE, after(0)), Err(WebhookError::Signature));
    }

    #[test]
    fn a_byte_more_or_less_anywhere_is_a_forgery() {
        let fitting = NOTICE.signatures.unwrap();
        let forged = [
            Signed { body: br#"{"test": 2432232315}"#, ..NOTICE },
            Signed { body: br#"{"test":2432232314}"#, ..NOTICE },
            Signed { body: b"\xff", ..NOTICE },
            Signed { body: b"", ..NOTICE },
            Signed { id: Some("msg_p5jXN8AQM9LWM0D4loKWxJeK"), ..NOTICE },
            Signed { timestamp: Some("1614265331"), ..NOTICE },
            Signed { signatures: Some(""), ..NOTICE },
            Signed { signatures: Some("v1,"), ..NOTICE },
            Signed { signatures: Some(&fitting[..20]), ..NOTICE },
            Signed { signatures: Some(&fitting[3..]), ..NOTICE },
        ];
        for notice in forged {
            assert_eq!(verified(notice), Err(WebhookError::Signature), "{notice:?}");
        }
        for version in ["v2", "v1a", "V1", "v0"] {
            let signatures = fitting.replace("v1", version);
            let notice = Signed { signatures: Some(&signatures), ..NOTICE };
            assert_eq!(verified(notice), Err(WebhookError::Signature), "{version}");
        }
    }

    #[test]
    fn old_notices_and_those_of_the_future_are_not_believed() {
        for (seconds, verdict) in [
            (300, Ok(())),
            (301, Err(WebhookError::TooOld)),
            (-300, Ok(())),
            (-301, Err(WebhookError::TooEarly)),
        ] {
            assert_eq!(secrets(&[SECRET]).verify(&NOTICE, after(seconds)), verdict, "{seconds}");
        }
    }

    #[test]
    fn headers_that_are_missing_or_malformed_are_named() {
        for (notice, error) in [
            (Signed { id: None, ..NOTICE }, WebhookError::Missing("webhook-id")),
            (Signed { timestamp: None, ..NOTICE }, WebhookError::Missing("webhook-timestamp")),
            (Signed { signatures: None, ..NOTICE }, WebhookError::Missing("webhook-signature")),
            (Signed { id: Some(""), ..NOTICE }, WebhookError::Id),
            (Signed { id: Some("msg_1.1614265330"), ..NOTICE }, WebhookError::Id),
            (Signed { id: Some("msg 1"), ..NOTICE }, WebhookError::Id),
        ] {
            assert_eq!(verified(notice), Err(error));
        }
        let (least, most) = (i64::MIN.to_string(), i64::MAX.to_string());
        for timestamp in
            ["", "now", "+1614265330", "01614265330", " 1614265330", "1614265330.0", "-1", &least]
        {
            let notice = Signed { timestamp: Some(timestamp), ..NOTICE };
            assert_eq!(verified(notice), Err(WebhookError::Timestamp), "{timestamp:?}");
        }
        let notice = Signed { timestamp: Some(&most), ..NOTICE };
        assert_eq!(verified(notice), Err(WebhookError::TooEarly));
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_none() {
        let read = |secret: &'static str| WebhookSecrets::parse([secret]).map(drop);
        let long = format!("whsec_{}", "AAAA".repeat(22));
        assert_eq!(WebhookSecrets::parse([long.as_str()]).map(drop), Err(WebhookSecretError::Length));
        for (secret, error) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", WebhookSecretError::Prefix),
            ("whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", WebhookSecretError::Prefix),
            ("whsec_", WebhookSecretError::Length),
            ("whsec_c2VjcmV0", WebhookSecretError::Length),
            ("whsec_not base64 at all, is it?!!!!!!!", WebhookSecretError::Base64),
        ] {
            assert_eq!(read(secret), Err(error), "{secret}");
        }
        assert_eq!(WebhookSecrets::parse([]).map(drop), Err(WebhookSecretError::Missing));
        assert_eq!(WebhookSecrets::parse([SECRET, "whsec_"]).map(drop), Err(WebhookSecretError::Length));
        assert_eq!(format!("{:?}", secrets(&[SECRET])), "WebhookSecrets { count: 1, .. }");
    }
}
