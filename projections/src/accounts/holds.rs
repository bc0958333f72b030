//! `account_holds`: one row per hold, with what became of it.
//!
//! A hold runs out without an event. So [`HoldRow::status_at`] and [`in_status`] look at its expiry, too.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::{Comparison, Direction, Filter},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    accounts::{AccountEvent, BankAccount},
    ids::{HoldId, TransactionId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// A hold.
    #[derive(Serialize, Deserialize)]
    pub struct HoldRow in "account_holds", partition account_id, key [position],
        index [account_id, position],
        index [account_id, hold_id, position] {
        /// The place of its first event in the log.
        pub position: u64,
        /// `acc_…`
        pub account_id: String,
        /// Its name. Names are the clients' own, and may come again after long.
        pub hold_id: String,
        /// `active`, `captured`, `released`, `expired`.
        pub status: Cow<'static, str>,
        /// How much was set aside.
        pub amount_minor: i64,
        /// How much was captured.
        pub captured_minor: i64,
        /// The currency of both.
        pub currency: Currency,
        /// From this instant on it does not count; none if it never runs out.
        pub expires_at: Option<Timestamp>,
        /// The entry that captured it, `txn_…`.
        pub transaction_id: Option<String>,
        /// The day whose limit it took its share of.
        pub business_date: Date,
        /// The business time of its placing.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
        /// The business time of its end.
        pub ended_at: Option<Timestamp>,
    }
}

const ACTIVE: &str = "active";
const EXPIRED: &str = "expired";
/// How the types of events about holds begin.
const EVENTS: &str = "bank_account.hold_";

impl HoldRow {
    /// The holds of an account in the order in which they were placed.
    pub fn of_account(account_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only("account_id", Comparison::Equal, Value::Text(account_id.to_owned()))
    }

    /// The last hold of a name.
    pub fn named(account_id: &str, hold_id: HoldId) -> Query {
        let named = Self::of_account(account_id, 1).only("hold_id", Comparison::Equal, Value::Text(hold_id.to_string()));
        named.ordered(Self::TABLE.key, Direction::Descending)
    }

    /// What became of it up to an instant: an active one that has run out by then has expired, recorded or not.
    pub fn status_at(&self, at: Timestamp) -> &str {
        let has_run_out = self.status == ACTIVE && self.expires_at.is_some_and(|expires_at| expires_at <= at);
        if has_run_out { EXPIRED } else { &self.status }
    }

    /// An amount of this hold's account.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// Holds in a status at an instant.
pub fn in_status(status: &str, at: Timestamp) -> Filter {
    let is = |status: &str| Filter::Is("status", Comparison::Equal, Value::Text(status.to_owned()));
    let expiry = |comparison| Filter::Is("expires_at", comparison, Value::Timestamp(at));
    let never = Filter::Is("expires_at", Comparison::Equal, Value::Null);
    match status {
        ACTIVE => Filter::AnyOf(vec![vec![is(ACTIVE), never], vec![is(ACTIVE), expiry(Comparison::Above)]]),
        EXPIRED => Filter::AnyOf(vec![vec![is(EXPIRED)], vec![is(ACTIVE), expiry(Comparison::AtMost)]]),
        other => is(other),
    }
}

/// The projection behind [`HoldRow`].
#[derive(Debug, Clone, Copy)]
pub struct AccountHolds;

/// The rows of an account that may change still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ActiveRows {
    active: Vec<HoldRow>,
}

impl Projection for AccountHolds {
    const NAME: &'static str = "account_holds";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[HoldRow::TABLE];
    type State = ActiveRows;

    /// Events about holds alone: most accounts have none, and cost nothing here.
    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<BankAccount>(event).filter(|_| event.event_type.starts_with(EVENTS))
    }

    fn fold(&self, state: &mut ActiveRows, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        match event_of::<BankAccount>(event)? {
            AccountEvent::HoldPlaced(placed) => {
                let row = HoldRow {
                    position: event.position,
                    account_id: event.stream.id().to_owned(),
                    hold_id: placed.hold_id.to_string(),
                    status: ACTIVE.into(),
                    amount_minor: placed.amount.minor(),
                    captured_minor: 0,
                    currency: placed.amount.currency(),
                    expires_at: placed.expires_at,
                    transaction_id: None,
                    business_date: placed.business_date,
                    effective_at: event.effective_at,
                    recorded_at: event.recorded_at,
                    ended_at: None,
                };
                rows.upsert(row.clone());
                state.active.push(row);
            }
            AccountEvent::HoldCaptured(captured) => {
                let entry = TransactionId::from_uuid(event.event_id).to_string();
                state.end(captured.hold_id, "captured", (captured.amount.minor(), Some(entry)), event, rows);
            }
            AccountEvent::HoldReleased(released) => state.end(released.hold_id, "released", (0, None), event, rows),
            AccountEvent::HoldExpired(expired) => state.end(expired.hold_id, EXPIRED, (0, None), event, rows),
            AccountEvent::AccountOpened(_)
            | AccountEvent::MoneyDeposited(_)
            | AccountEvent::LargeWithdrawalInitiated(_)
            | AccountEvent::MoneyWithdrawn(_)
            | AccountEvent::AccountFrozen(_)
            | AccountEvent::AccountUnfrozen(_)
            | AccountEvent::DailyLimitChanged(_)
            | AccountEvent::OverdraftLimitChanged(_)
            | AccountEvent::SignatoryAdded(_)
            | AccountEvent::SignatoryRemoved(_)
            | AccountEvent::InterestAccrued(_)
            | AccountEvent::InterestAdjusted(_)
            | AccountEvent::InterestPosted(_)
            | AccountEvent::FeeCharged(_)
            | AccountEvent::TransactionReversed(_)
            | AccountEvent::AccountClosed(_) => {}
        }
        Ok(())
    }
}

impl ActiveRows {
    fn end(&mut self, hold_id: HoldId, status: &'static str, taken: (i64, Option<String>), event: &Recorded, rows: &mut RowChanges) {
        let Some(index) = self.active.iter().position(|row| row.hold_id == hold_id.as_str()) else { return };
        let (row, (captured_minor, transaction_id)) = (self.active.remove(index), taken);
        rows.upsert(HoldRow { status: status.into(), captured_minor, transaction_id, ended_at: Some(event.effective_at), ..row });
    }
}
