//! `account_holds`: one row per hold, with what became of it. A hold runs out without an event;
//! [`Part::status_at`] and [`Part::in_status`] look at its expiry, too.

use crate::{
    part::{Change, EXPIRED, End, Expiry, Part, Parts},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    accounts::{AccountEvent, BankAccount, account::HoldPlaced},
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

const CAPTURED: &str = "captured";

impl HoldRow {
    /// An amount of this hold's account.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    fn placed(event: &Recorded, placed: &HoldPlaced) -> Self {
        Self {
            position: event.position,
            account_id: event.stream.id().to_owned(),
            hold_id: placed.hold_id.to_string(),
            status: Self::OPEN.into(),
            amount_minor: placed.amount.minor(),
            captured_minor: 0,
            currency: placed.amount.currency(),
            expires_at: placed.expires_at,
            transaction_id: None,
            business_date: placed.business_date,
            effective_at: event.effective_at,
            recorded_at: event.recorded_at,
            ended_at: None,
        }
    }
}

/// The projection behind [`HoldRow`].
pub type AccountHolds = Parts<HoldRow>;

impl Part for HoldRow {
    type Of = BankAccount;
    const VIEW: &'static str = "account_holds";
    const VIEW_VERSION: u32 = 2;
    const EVENTS: &'static str = "bank_account.hold_";
    const NAME: &'static str = "hold_id";
    const OPEN: &'static str = "active";
    const EXPIRY: Expiry = Expiry::Sometimes;

    fn change<'e>(event: &'e Recorded, happened: &'e AccountEvent) -> Change<'e, Self> {
        match happened {
            AccountEvent::HoldPlaced(placed) => Change::Begins(Self::placed(event, placed)),
            AccountEvent::HoldCaptured(captured) => {
                ends(&captured.hold_id, CAPTURED, captured.amount.minor())
            }
            AccountEvent::HoldReleased(released) => ends(&released.hold_id, "released", 0),
            AccountEvent::HoldExpired(expired) => ends(&expired.hold_id, EXPIRED, 0),
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
            | AccountEvent::PaymentAttemptNoted(_)
            | AccountEvent::TransactionReversed(_)
            | AccountEvent::OpeningBalanceTakenOver(_)
            | AccountEvent::AccountClosed(_) => Change::Nothing,
        }
    }

    fn ended(self, end: &End<'_>, event: &Recorded) -> Self {
        let entry = (end.status == CAPTURED).then(|| TransactionId::from_uuid(event.event_id).to_string());
        Self {
            status: end.status.into(),
            captured_minor: end.minor,
            transaction_id: entry,
            ended_at: Some(event.effective_at),
            ..self
        }
    }

    fn name(&self) -> &str {
        &self.hold_id
    }

    fn status(&self) -> &str {
        &self.status
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

fn ends<'e>(hold_id: &'e HoldId, status: &'static str, minor: i64) -> Change<'e, HoldRow> {
    Change::Ends(End { name: hold_id.as_str().into(), status, minor })
}
