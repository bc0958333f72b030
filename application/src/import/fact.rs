//! Historical facts: what another system tells about its past, one JSON object per line. docs/importing.md shows them to users.

use super::source::SourceRef;
use crate::calendar::BusinessCalendar;
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money, Text,
    accounts::{AccountType, Channel},
    customers::{Address, CustomerType, Document, Email, Phone, customer::IdentityPart},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A fact of the past: `{"entry": {"source": "berka:trans:695247", …}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fact {
    /// A customer came.
    CustomerOnboarded(Box<CustomerOnboarded>),
    /// A customer opened an account.
    AccountOpened(AccountOpened),
    /// A customer may sign for another's account.
    SignatoryAdded(SignatoryAdded),
    /// Money came to an account or left it.
    Entry(Entry),
}

/// A customer came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerOnboarded {
    /// Names the customer.
    pub source: SourceRef,
    /// When.
    pub effective_at: BusinessTime,
    /// The person's or firm's name.
    pub name: Text<200>,
    /// E-mail address.
    pub email: Email,
    /// Phone number.
    pub phone: Phone,
    /// Person or firm.
    #[serde(rename = "type")]
    pub customer_type: CustomerType,
    /// Identity documents shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<Text<40>>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What the verification of the identity came to; still to be verified, if it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// What of all this had to be made up, since the data lacks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synthetic: Vec<IdentityPart>,
}

/// What the verification of an identity came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kyc {
    /// The customer is who they say.
    Verified,
    /// That could not be shown.
    Rejected,
}

/// A customer opened an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOpened {
    /// Names the account.
    pub source: SourceRef,
    /// When.
    pub effective_at: BusinessTime,
    /// Whose it is.
    pub customer: SourceRef,
    /// The product.
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
}

/// A customer may sign for another's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatoryAdded {
    /// Names the fact.
    pub source: SourceRef,
    /// When.
    pub effective_at: BusinessTime,
    /// The account.
    pub account: SourceRef,
    /// Who may sign.
    pub customer: SourceRef,
}

/// Money came to an account or left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Names the entry.
    pub source: SourceRef,
    /// When.
    pub effective_at: BusinessTime,
    /// The account.
    pub account: SourceRef,
    /// What it was.
    pub kind: EntryKind,
    /// How much; always positive.
    pub amount: Money,
    /// The way the money took; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who was on the other side; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Text<200>>,
    /// The customer's or the counterparty's own reference; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    /// For people; what a fee was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<500>>,
}

/// What an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money came in.
    Deposit,
    /// Money went out.
    Withdrawal,
    /// Interest that the bank paid.
    Interest,
    /// A fee for a service.
    Fee,
    /// Interest that the customer owed.
    PenaltyInterest,
}

impl EntryKind {
    /// Whether it raised the balance.
    pub fn is_credit(self) -> bool {
        matches!(self, Self::Deposit | Self::Interest)
    }
}

/// When a fact happened: an instant, or a day, which stands for that day's beginning in the namespace's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusinessTime {
    /// `"1993-01-01"`
    Day(Date),
    /// `"1993-01-01T09:30:00Z"`, cut to microseconds.
    Instant(Timestamp),
}

impl BusinessTime {
    /// The instant and the business date.
    pub fn place(self, calendar: &BusinessCalendar) -> (Timestamp, Date) {
        match self {
            Self::Day(date) => (calendar.start_of(date), date),
            Self::Instant(instant) => (instant, calendar.date(instant)),
        }
    }
}

impl Serialize for BusinessTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Day(date) => date.serialize(serializer),
            Self::Instant(instant) => instant.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BusinessTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let refused = || de::Error::custom("neither a date such as 1993-01-01 nor an instant such as 1993-01-01T09:30:00Z");
        if text.len() == "1993-01-01".len() {
            return text.parse().map(Self::Day).map_err(|_| refused());
        }
        let instant: Timestamp = text.parse().map_err(|_| refused())?;
        Timestamp::from_microsecond(instant.as_microsecond()).map(Self::Instant).map_err(de::Error::custom)
    }
}

impl Fact {
    /// What names it.
    pub fn source(&self) -> &SourceRef {
        match self {
            Self::CustomerOnboarded(fact) => &fact.source,
            Self::AccountOpened(fact) => &fact.source,
            Self::SignatoryAdded(fact) => &fact.source,
            Self::Entry(fact) => &fact.source,
        }
    }

    /// When it happened.
    pub fn effective_at(&self) -> BusinessTime {
        match self {
            Self::CustomerOnboarded(fact) => fact.effective_at,
            Self::AccountOpened(fact) => fact.effective_at,
            Self::SignatoryAdded(fact) => fact.effective_at,
            Self::Entry(fact) => fact.effective_at,
        }
    }
}
