//! Typed identifiers: a UUID that remembers what it names, or the hash of a key. Drawing new ones belongs to
//! the `IdSource` port.

mod account_transaction;
mod chosen;

pub use account_transaction::AccountTransaction;
pub use chosen::{AuthorizationId, HoldId};

use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What identifies an aggregate: a short value with one spelling, which names its stream. Every such type is
/// one of these.
pub trait AggregateId:
    Copy + Eq + Ord + std::hash::Hash + fmt::Display + fmt::Debug + FromStr<Err = IdError> + Send + Sync + 'static
{
}

impl<
    T: Copy
        + Eq
        + Ord
        + std::hash::Hash
        + fmt::Display
        + fmt::Debug
        + FromStr<Err = IdError>
        + Send
        + Sync
        + 'static,
> AggregateId for T
{
}

/// An identifier with a short prefix, written `{prefix}_{uuid}`, e.g.
/// `acc_01890a5d-ac96-774b-bcce-b302099a8057`.
pub trait TypedId: AggregateId {
    /// The prefix without its underscore.
    const PREFIX: &'static str;
    /// Names a UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID behind the name.
    fn uuid(self) -> Uuid;
}

/// A text that is no identifier of the kind wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {expected}")]
pub struct IdError {
    /// The form that was wanted, e.g. `acc_<uuid>`.
    pub expected: &'static str,
}

/// Declares such identifiers by their prefixes. One that no other context names stands beside its aggregate.
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::uuid::Uuid);

        impl $crate::ids::TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: ::uuid::Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.as_hyphenated().encode_lower(&mut ::uuid::Uuid::encode_buffer()))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ids::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let hyphenated = text.strip_prefix(concat!($prefix, "_"));
                let uuid = hyphenated.and_then($crate::ids::canonical_uuid);
                uuid.map(Self).ok_or($crate::ids::IdError { expected: concat!($prefix, "_<uuid>") })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::parsed::from_text(deserializer)
            }
        }
    )*};
}

pub(crate) use typed_ids;

typed_ids! {
    /// A customer of the bank or shop.
    CustomerId = "cus";
    /// A bank account.
    AccountId = "acc";
    /// An order of a customer.
    OrderId = "ord";
    /// A payment.
    PaymentId = "pay";
    /// A standing order.
    StandingOrderId = "sto";
    /// A credit card.
    CardId = "card";
    /// A cardholder's objection to a captured transaction.
    DisputeId = "dsp";
    /// One entry of an account or card, or one payment of a loan: the event that booked it, seen from
    /// outside.
    TransactionId = "txn";
    /// A loan.
    LoanId = "loan";
    /// Something that an operator did.
    OperationId = "op";
    /// Something that was refused for lack of rights.
    RefusalId = "ref";
    /// A payment that came from another bank.
    IncomingPaymentId = "inc";
}

/// A UUID in its canonical spelling (lower case, hyphenated) and no other, so that one thing has one name.
pub(crate) fn canonical_uuid(text: &str) -> Option<Uuid> {
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_writes() {
        let id = AccountId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "acc_00000000-0000-0000-0000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_prefixes_and_spellings_are_refused() {
        for text in [
            "cus_00000000-0000-0000-0000-000000000007",
            "acc_7",
            "acc_0000000000000000000000000000000A",
            "acc_00000000-0000-0000-0000-00000000000A",
            "",
        ] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }
}
