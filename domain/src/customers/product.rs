//! What a customer holds: references to accounts, and one day to loans and cards, of other contexts.

use crate::ids::{IdError, TypedId, canonical_uuid};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// The id of a product of another context, e.g. `acc_…`. Its prefix tells what it is; nothing else is known
/// of it here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductId(Box<str>);

impl ProductId {
    /// The product with a typed id.
    pub fn of<I: TypedId>(id: I) -> Self {
        Self(id.to_string().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProductId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError { expected: "<prefix>_<uuid>" };
        let (prefix, uuid) = text.split_once('_').ok_or(error.clone())?;
        let prefix_fits =
            (1..=8).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_lowercase());
        if prefix_fits && canonical_uuid(uuid).is_some() { Ok(Self(text.into())) } else { Err(error) }
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ProductId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ProductId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use uuid::Uuid;

    #[test]
    fn a_product_reads_back_what_it_writes() {
        let product = ProductId::of(AccountId::from_uuid(Uuid::from_u128(7)));
        assert_eq!(product.as_str(), "acc_00000000-0000-0000-0000-000000000007");
        assert_eq!(product.as_str().parse(), Ok(product));
    }

    #[test]
    fn texts_that_name_no_product_are_refused() {
        for text in [
            "",
            "acc",
            "acc_7",
            "_00000000-0000-0000-0000-000000000007",
            "ACC_00000000-0000-0000-0000-000000000007",
        ] {
            assert!(text.parse::<ProductId>().is_err(), "{text}");
        }
    }
}
