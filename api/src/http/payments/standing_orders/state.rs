//! A standing order as answers show it.

use super::super::{
    state::PayeeShown,
    words::{DayOfWeekSchema, HolidayRuleSchema, OrderEndSchema, OrderKindSchema, OrderStatusSchema},
};
use crate::http::{declared::shown, schemas::MoneySchema};
use jiff::civil::Date;
use khata_domain::Money;
use khata_projections::{
    cell::Json,
    payments::{MissedDate, StandingOrderRow},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A standing order: what is paid regularly. Its terms are those that hold from `in_force_from` on; what is due before is
/// paid by those that held then.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StandingOrder)]
pub(crate) struct StandingOrderBody {
    /// `sto_…`
    #[schema(example = "sto_01890a5d-ac96-774b-bcce-b302099a8057")]
    standing_order_id: String,
    /// Whether it is carried out.
    #[schema(value_type = OrderStatusSchema)]
    status: String,
    /// What it is for.
    #[schema(value_type = OrderKindSchema)]
    kind: Option<String>,
    /// The account that pays, `acc_…`
    #[schema(value_type = String)]
    from_account: Option<String>,
    /// The account that is paid, `acc_…`; null where it is at another bank.
    #[schema(required)]
    to_account: Option<String>,
    /// The payee at another bank.
    #[schema(required)]
    external: Option<PayeeShown>,
    /// The customer who pays, `cus_…`
    #[schema(value_type = String)]
    customer_id: Option<String>,
    /// How much arrives each time.
    #[schema(value_type = MoneySchema)]
    amount: Option<Money>,
    /// For payer and payee.
    #[schema(required)]
    reference: Option<String>,
    /// The day of the month on which it is due: 31 is the last one; null where it is not monthly.
    #[schema(required)]
    day_of_month: Option<u32>,
    /// In which other rhythm it is due; null where it is monthly.
    #[schema(required)]
    every: Option<EveryShown>,
    /// Dates are counted from this day on.
    #[schema(value_type = Date)]
    start_date: Option<Date>,
    /// The last day on which it may be due.
    #[schema(required)]
    end_date: Option<Date>,
    /// So often it is due in all.
    #[schema(required)]
    occurrences: Option<u32>,
    /// On which day is paid what is due on a day without business.
    #[schema(value_type = HolidayRuleSchema)]
    on_holiday: Option<String>,
    /// The first day that these terms hold for.
    #[schema(value_type = Date)]
    in_force_from: Option<Date>,
    /// True where nobody knows on which dates it really is due: they are made up.
    schedule_is_synthetic: bool,
    /// The first date that nobody has worked on; null unless it is active and there is one.
    #[schema(required)]
    next_due_date: Option<Date>,
    /// What could not be paid and is tried again.
    missed: Vec<MissedShown>,
    /// So many dates were paid, or ordered to be.
    executed: u32,
    /// So many dates were given up.
    given_up: u32,
    /// The date that was paid last.
    #[schema(required)]
    last_due_date: Option<Date>,
    /// Its payment, `pay_…`: its status says how far it has come.
    #[schema(required)]
    last_payment_id: Option<String>,
    /// The day on which that was.
    #[schema(required)]
    last_paid_on: Option<Date>,
    /// The date that was given up last.
    #[schema(required)]
    last_given_up: Option<Date>,
    /// The rule that refused it, `rejected_fraud`, `paused` or `ended`.
    #[schema(required)]
    last_given_up_code: Option<String>,
    /// Why it has ended.
    #[schema(required, value_type = Option<OrderEndSchema>)]
    end: Option<String>,
    /// What was said about that.
    #[schema(required)]
    end_reason: Option<String>,
    /// The day on which it ended.
    #[schema(required)]
    ended_on: Option<Date>,
    /// The day on which it was given.
    #[schema(value_type = Date)]
    given_on: Option<Date>,
    /// Who gave it.
    #[schema(value_type = String)]
    given_by: Option<String>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the standing order has.
    version: u64,
}

/// A rhythm that is not monthly: one of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StandingOrderRhythm)]
pub(crate) struct EveryShown {
    /// On this day of each week.
    #[schema(required, value_type = Option<DayOfWeekSchema>)]
    weekday: Option<String>,
    /// Each time so many days have gone by.
    #[schema(required)]
    days: Option<u32>,
}

/// A date that could not be paid and is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MissedStandingOrderDate)]
pub(crate) struct MissedShown {
    /// The date.
    due_date: Date,
    /// So often it was tried.
    attempts: u32,
    /// When it was tried last.
    on: Date,
    /// The rule that refused it.
    code: String,
    /// What that said.
    reason: String,
    /// The account that refused it, `acc_…`
    #[schema(required)]
    account_id: Option<String>,
}

impl From<MissedDate> for MissedShown {
    fn from(missed: MissedDate) -> Self {
        let MissedDate { due_date, attempts, on, code, reason, account_id } = missed;
        Self { due_date, attempts, on, code, reason, account_id }
    }
}

impl From<StandingOrderRow> for StandingOrderBody {
    fn from(row: StandingOrderRow) -> Self {
        let amount = row.amount();
        let is_counted = row.weekday.is_some() || row.every_days.is_some();
        Self {
            standing_order_id: row.standing_order_id,
            status: row.status,
            kind: row.kind,
            from_account: row.from_account,
            to_account: row.to_account,
            external: row.external.map(|Json(payee)| payee.into()),
            customer_id: row.customer_id,
            amount,
            reference: row.reference,
            day_of_month: row.day_of_month,
            every: is_counted.then_some(EveryShown { weekday: row.weekday, days: row.every_days }),
            start_date: row.first_date,
            end_date: row.last_date,
            occurrences: row.occurrences,
            on_holiday: row.on_holiday,
            in_force_from: row.in_force_from,
            schedule_is_synthetic: row.schedule_is_synthetic,
            next_due_date: row.next_due_date,
            missed: row.missed.0.into_iter().map(MissedShown::from).collect(),
            executed: row.executed,
            given_up: row.given_up,
            last_due_date: row.last_due_date,
            last_payment_id: row.last_payment_id,
            last_paid_on: row.last_paid_on,
            last_given_up: row.last_given_up,
            last_given_up_code: row.last_given_up_code,
            end: row.end,
            end_reason: row.end_reason,
            ended_on: row.ended_on,
            given_on: row.given_on,
            given_by: row.given_by,
            parked: false,
            version: row.version,
        }
    }
}

shown!(StandingOrderBody);
