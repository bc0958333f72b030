//! How standing orders stand.

use crate::{
    cell::Json,
    current::{Stand, Viewed},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    payments::{
        ExternalPayee, Payee, StandingOrder,
        standing_order::{InForce, Rhythm, StandingOrderGiven, Until},
    },
};
use serde::{Deserialize, Serialize};

row! {
    /// How a standing order stands. Amounts are in minor units. What is told of it is missing only by business time, before
    /// it was given.
    #[derive(Default)]
    pub struct StandingOrderRow in "standing_orders", partition standing_order_id, owner customer_id,
        key [standing_order_id],
        index [customer_id, standing_order_id],
        index [from_account, standing_order_id],
        index [to_account, standing_order_id],
        index [status, standing_order_id],
        index [kind, standing_order_id],
        index [looked_at_from, standing_order_id],
        index [next_due_date, standing_order_id] {
        /// `sto_…`
        pub standing_order_id: String,
        /// Whose money it is, `cus_…`.
        pub customer_id: Option<String>,
        /// `active`, `paused`, `ended`.
        pub status: String,
        /// `household`, `insurance`, `leasing`, `loan_payment`, `other`.
        pub kind: Option<String>,
        /// `acc_…`
        pub from_account: Option<String>,
        /// `acc_…`, if it goes to an account of the bank.
        pub to_account: Option<String>,
        /// The payee at another bank.
        pub external: Option<Json<ExternalPayee>>,
        /// How much arrives each time.
        pub amount_minor: Option<i64>,
        pub currency: Option<Currency>,
        pub reference: Option<String>,
        /// The day of the month, if it is monthly.
        pub day_of_month: Option<u32>,
        /// `monday` and so on, if it is weekly.
        pub weekday: Option<String>,
        /// So many days from date to date, if it is counted in days.
        pub every_days: Option<u32>,
        pub first_date: Option<Date>,
        pub last_date: Option<Date>,
        /// So often in all.
        pub occurrences: Option<u32>,
        /// `same_day`, `next_business_day`, `previous_business_day`.
        pub on_holiday: Option<String>,
        /// The first day that these terms hold for.
        pub in_force_from: Option<Date>,
        /// Nobody knows on which dates it really is due.
        pub schedule_is_synthetic: bool,
        /// The first date that nobody has worked on, while it is active.
        pub next_due_date: Option<Date>,
        /// The first day on which something may have to be paid, or tried again.
        pub looked_at_from: Option<Date>,
        /// What could not be paid and is tried again.
        pub missed: Json<Vec<MissedDate>>,
        /// So many dates were paid, or ordered to be.
        pub executed: u32,
        /// So many dates were given up.
        pub given_up: u32,
        pub last_due_date: Option<Date>,
        pub last_payment_id: Option<String>,
        pub last_paid_on: Option<Date>,
        pub last_given_up: Option<Date>,
        pub last_given_up_code: Option<String>,
        /// `cancelled`, `ran_out`, `account_closed`.
        pub end: Option<String>,
        pub end_reason: Option<String>,
        pub ended_on: Option<Date>,
        pub given_on: Option<Date>,
        pub given_by: Option<String>,
        /// The version of the order's stream that the row shows.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

/// A date that could not be paid and is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedDate {
    pub due_date: Date,
    pub attempts: u32,
    /// When it was tried last.
    pub on: Date,
    /// The rule that refused it.
    pub code: String,
    pub reason: String,
    /// `acc_…`, the account that refused it.
    pub account_id: Option<String>,
}

impl StandingOrderRow {
    /// The row of a standing order.
    pub fn of(standing_order_id: String, order: &StandingOrder, version: u64) -> Self {
        let (payment, up, ending) = (order.last_payment(), order.last_given_up(), order.ending());
        let looked_at_from = order.looked_at_from();
        Self {
            standing_order_id,
            status: order.status().name().to_owned(),
            next_due_date: looked_at_from.and_then(|_| order.dates().next()),
            looked_at_from,
            missed: Json(missed(order)),
            executed: order.executed(),
            given_up: order.given_up(),
            last_due_date: payment.map(|payment| payment.due_date),
            last_payment_id: payment.map(|payment| payment.payment_id.to_string()),
            last_paid_on: payment.map(|payment| payment.on),
            last_given_up: up.map(|up| up.due_date),
            last_given_up_code: up.map(|up| up.code.to_string()),
            end: ending.map(|ending| ending.end.name().to_owned()),
            end_reason: ending.and_then(|ending| Some(ending.reason.as_ref()?.to_string())),
            ended_on: ending.map(|ending| ending.on),
            version,
            ..order
                .given()
                .zip(order.latest_terms())
                .map(|(given, held)| Self::by(given, held))
                .unwrap_or_default()
        }
    }

    /// What is told of it as it was given, and of the terms that hold.
    fn by(given: &StandingOrderGiven, held: &InForce) -> Self {
        let InForce { from, terms } = held;
        let external = match &terms.payee {
            Payee::Account(_) => None,
            Payee::External(payee) => Some(Json(payee.clone())),
        };
        let plain = Self {
            customer_id: Some(given.from_customer.to_string()),
            kind: Some(given.kind.name().to_owned()),
            from_account: Some(given.from_account.to_string()),
            to_account: terms.payee.account_id().map(|account_id| account_id.to_string()),
            external,
            amount_minor: Some(terms.amount.minor()),
            currency: Some(terms.amount.currency()),
            reference: terms.reference.as_ref().map(ToString::to_string),
            first_date: Some(terms.first_date),
            on_holiday: Some(terms.on_holiday.name().to_owned()),
            in_force_from: Some(*from),
            schedule_is_synthetic: given.schedule_is_synthetic,
            given_on: Some(given.business_date),
            given_by: Some(given.given_by.clone()),
            ..Self::default()
        };
        let timed = match terms.until {
            Until::Ended => plain,
            Until::Date(last) => Self { last_date: Some(last), ..plain },
            Until::Times(times) => Self { occurrences: Some(times), ..plain },
        };
        match terms.rhythm {
            Rhythm::DayOfMonth(day) => {
                Self { day_of_month: Some(i8::from(day).unsigned_abs().into()), ..timed }
            }
            Rhythm::Weekday(day) => Self { weekday: Some(day.name().to_owned()), ..timed },
            Rhythm::Days(days) => Self { every_days: Some(u16::from(days).into()), ..timed },
        }
    }

    /// How much arrives each time.
    pub fn amount(&self) -> Option<Money> {
        self.amount_minor.zip(self.currency).map(|(minor, currency)| Money::from_minor(minor, currency))
    }
}

fn missed(order: &StandingOrder) -> Vec<MissedDate> {
    let open = order.open().iter();
    let shown = open.map(|(due_date, miss)| MissedDate {
        due_date: *due_date,
        attempts: miss.attempts,
        on: miss.on,
        code: miss.code.to_string(),
        reason: miss.reason.to_string(),
        account_id: miss.account_id.map(|account_id| account_id.to_string()),
    });
    shown.collect()
}

impl Viewed for StandingOrder {
    const VIEW: &'static str = "standing_orders";
    const VIEW_VERSION: u32 = 1;
    type Row = StandingOrderRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<StandingOrderRow> {
        self.given()?;
        let updated_at = stand.updated_at;
        Some(StandingOrderRow { updated_at, ..StandingOrderRow::of(id.to_owned(), self, stand.version) })
    }
}
