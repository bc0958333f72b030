//! Historical facts: what another system tells about its past, one JSON object per line. docs/importing.md
//! shows them to users. What each kind holds and comes to stands in the file of its context.

use super::{
    accounts::{AccountOpened, Entry, SignatoryAdded},
    balances::{BalanceChecked, OpeningBalance},
    cards::CardIssued,
    customers::CustomerOnboarded,
    lending::{LoanDelinquent, LoanEnded, LoanGranted, LoanPaid},
    orders::{OrderPlaced, OrderShipped},
    source::SourceRef,
};
use crate::calendar::BusinessCalendar;
use jiff::{Timestamp, civil::Date};
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
    /// An account held so much when its history begins.
    OpeningBalance(OpeningBalance),
    /// Money came to an account or left it.
    Entry(Entry),
    /// An account's balance was so much at the end of a day.
    BalanceChecked(BalanceChecked),
    /// A loan was paid out.
    LoanGranted(Box<LoanGranted>),
    /// A customer paid for a loan.
    LoanPaid(Box<LoanPaid>),
    /// A customer was late.
    LoanDelinquent(LoanDelinquent),
    /// A loan ended.
    LoanEnded(LoanEnded),
    /// A customer got a card.
    CardIssued(CardIssued),
    /// A customer placed an order.
    OrderPlaced(Box<OrderPlaced>),
    /// An order left.
    OrderShipped(OrderShipped),
}

/// When a fact happened: an instant, or a day, which stands for that day's beginning in the namespace's time
/// zone.
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
        let refused = || {
            de::Error::custom("neither a date such as 1993-01-01 nor an instant such as 1993-01-01T09:30:00Z")
        };
        if text.len() == "1993-01-01".len() {
            return day(&text).map(Self::Day).ok_or_else(refused);
        }
        // Years before the first are written with a sign: no store and no client counts on them.
        let begins_with_year = text.bytes().take_while(u8::is_ascii_digit).count() == "1993".len();
        let instant: Timestamp = text.parse().ok().filter(|_| begins_with_year).ok_or_else(refused)?;
        Timestamp::from_microsecond(instant.as_microsecond()).map(Self::Instant).map_err(de::Error::custom)
    }
}

/// Reads a date in the one form that is taken, `YYYY-MM-DD`.
fn day(text: &str) -> Option<Date> {
    let form = text.bytes().map(|byte| if byte.is_ascii_digit() { b'd' } else { byte });
    if form.eq(*b"dddd-dd-dd") { text.parse().ok() } else { None }
}

/// Reads a member that is a date, or missing.
pub(super) fn optional_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| day(&text).ok_or_else(|| de::Error::custom("no date such as 1993-01-01"))).transpose()
}

impl Fact {
    /// What names it.
    pub fn source(&self) -> &SourceRef {
        match self {
            Self::CustomerOnboarded(fact) => &fact.source,
            Self::AccountOpened(fact) => &fact.source,
            Self::SignatoryAdded(fact) => &fact.source,
            Self::OpeningBalance(fact) => &fact.source,
            Self::Entry(fact) => &fact.source,
            Self::BalanceChecked(fact) => &fact.source,
            Self::LoanGranted(fact) => &fact.source,
            Self::LoanPaid(fact) => &fact.source,
            Self::LoanDelinquent(fact) => &fact.source,
            Self::LoanEnded(fact) => &fact.source,
            Self::CardIssued(fact) => &fact.source,
            Self::OrderPlaced(fact) => &fact.source,
            Self::OrderShipped(fact) => &fact.source,
        }
    }

    /// When it happened.
    pub fn effective_at(&self) -> BusinessTime {
        match self {
            Self::CustomerOnboarded(fact) => fact.effective_at,
            Self::AccountOpened(fact) => fact.effective_at,
            Self::SignatoryAdded(fact) => fact.effective_at,
            Self::OpeningBalance(fact) => fact.effective_at,
            Self::Entry(fact) => fact.effective_at,
            Self::BalanceChecked(fact) => fact.effective_at,
            Self::LoanGranted(fact) => fact.effective_at,
            Self::LoanPaid(fact) => fact.effective_at,
            Self::LoanDelinquent(fact) => fact.effective_at,
            Self::LoanEnded(fact) => fact.effective_at,
            Self::CardIssued(fact) => fact.effective_at,
            Self::OrderPlaced(fact) => fact.effective_at,
            Self::OrderShipped(fact) => fact.effective_at,
        }
    }
}
