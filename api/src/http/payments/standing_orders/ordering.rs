//! Giving, changing, pausing and carrying out standing orders.

use super::{
    super::{
        ordering::ExternalPayeeBody,
        words::{DayOfWeekSchema, HolidayRuleSchema, OrderKindSchema},
    },
    OrderRoutes,
};
use crate::http::{
    declared::bodies,
    request::{
        body::Nothing,
        fields::{DateField, IdField, MoneyField, Object, TextField},
    },
    resource::{creation, post},
    schemas::MoneySchema,
};
use jiff::civil::Date;
use khata_application::payments::{NewRhythm, NewStandingOrder, NewTerms, NewUntil};
use khata_domain::{
    ids::{AccountId, StandingOrderId},
    payments::{
        HolidayRule,
        standing_order::{
            Change, DayOfMonth, DayOfWeek, End, Give, Interval, Pause, Resume, StandingOrderEnd,
            StandingOrderKind,
        },
    },
};

bodies! {
    /// A new standing order: either `to_account` or `external` says where the money goes, and either `day_of_month` or
    /// `every` when.
    struct NewStandingOrderBody as NewStandingOrder, such as {
        "from_account": "acc_01890a5d-ac96-774b-bcce-b302099a8057",
        "to_account": "acc_01890a5d-ac96-774b-bcce-b302099a8058",
        "amount": {"amount": "1500.00", "currency": "INR"}, "reference": "rent", "kind": "household",
        "day_of_month": 31, "start_date": "2026-12-31", "on_holiday": "previous_business_day",
    } {
        /// An id of the client's own making, `sto_<uuid>`.
        id: Option<IdField<StandingOrderId>> as Option<String>,
        /// The account that pays.
        from_account: IdField<AccountId> as String,
        /// The account that is paid, if it is one of this bank.
        to_account: Option<IdField<AccountId>> as Option<String>,
        /// The payee, if it is paid at another bank.
        external: Option<Object<ExternalPayeeBody>> as Option<ExternalPayeeBody>,
        /// How much arrives each time, in the currency of the accounts.
        amount: MoneyField as MoneySchema,
        /// For payer and payee.
        reference: Option<TextField<140>> as Option<String> [max_length = 140],
        /// What it is for; by default `other`.
        kind: Option<StandingOrderKind> as Option<OrderKindSchema>,
        /// The day of the month on which it is due; in a month that is shorter, on its last day.
        day_of_month: Option<DayOfMonth> as Option<u8> [minimum = 1, maximum = 31],
        /// Another rhythm.
        every: Option<Object<EveryBody>> as Option<EveryBody>,
        /// Dates are counted from this day on: today or later.
        start_date: DateField as Date,
        /// The last day on which it may be due. Without it and `occurrences` it is due until it is cancelled.
        end_date: Option<DateField> as Option<Date>,
        /// So often it is due in all.
        occurrences: Option<u32> [minimum = 1],
        /// On which day is paid what is due on a day without business; by default on that day all the same.
        on_holiday: Option<HolidayRule> as Option<HolidayRuleSchema>,
    }

    /// A rhythm that is not monthly: one of both.
    struct EveryBody as NewStandingOrderRhythm, such as { "weekday": "monday" } {
        /// On this day of each week.
        weekday: Option<DayOfWeek> as Option<DayOfWeekSchema>,
        /// Each time so many days have gone by.
        days: Option<Interval> as Option<u16> [minimum = 1, maximum = 366],
    }

    /// Other terms for dates after today; what is left out stays as it is.
    struct ChangeBody as StandingOrderChange, such as {
        "amount": {"amount": "1650.00", "currency": "INR"}, "end_date": "2027-12-31",
    } {
        /// Another account of this bank that is paid.
        to_account: Option<IdField<AccountId>> as Option<String>,
        /// Another payee at another bank.
        external: Option<Object<ExternalPayeeBody>> as Option<ExternalPayeeBody>,
        /// Another amount, in the same currency.
        amount: Option<MoneyField> as Option<MoneySchema>,
        /// Another reference.
        reference: Option<TextField<140>> as Option<String> [max_length = 140],
        /// Another day of the month.
        day_of_month: Option<DayOfMonth> as Option<u8> [minimum = 1, maximum = 31],
        /// Another rhythm.
        every: Option<Object<EveryBody>> as Option<EveryBody>,
        /// Dates are counted from this day on: tomorrow or later. By default another rhythm is counted from tomorrow.
        start_date: Option<DateField> as Option<Date>,
        /// Another last day.
        end_date: Option<DateField> as Option<Date>,
        /// So often it is due in all, with those dates that have gone by.
        occurrences: Option<u32> [minimum = 1],
        /// True: it is due until it is cancelled.
        open_ended: Option<bool>,
        /// Another rule for days without business.
        on_holiday: Option<HolidayRule> as Option<HolidayRuleSchema>,
    }

    /// A reason that may be left out.
    struct NoteBody as StandingOrderNote, such as { "reason": "moved out" } {
        /// Why.
        reason: Option<TextField<500>> as Option<String> [max_length = 500],
    }

    /// A day.
    struct RunBody as StandingOrderRun, such as { "date": "2026-12-31" } {
        /// For this day; by default today. What is paid for a day that has gone by counts for that day.
        date: Option<DateField> as Option<Date>,
    }
}

fn rhythm(day_of_month: Option<DayOfMonth>, every: Option<Object<EveryBody>>) -> NewRhythm {
    let every = every.map(|Object(EveryBody { weekday, days })| (weekday, days));
    let (weekday, days) = every.unwrap_or_default();
    NewRhythm { day_of_month, weekday, days }
}

fn day(field: Option<DateField>) -> Option<Date> {
    field.map(|DateField(date)| date)
}

impl From<NewStandingOrderBody> for NewStandingOrder {
    fn from(body: NewStandingOrderBody) -> Self {
        Self {
            id: body.id.map(|IdField(id)| id),
            from_account: body.from_account.0,
            to_account: body.to_account.map(|IdField(id)| id),
            external: body.external.map(|Object(external)| external.into()),
            kind: body.kind.unwrap_or_default(),
            amount: body.amount.0,
            reference: body.reference.map(|TextField(reference)| reference),
            rhythm: rhythm(body.day_of_month, body.every),
            first_date: body.start_date.0,
            until: NewUntil { date: day(body.end_date), times: body.occurrences, is_ended: false },
            on_holiday: body.on_holiday.unwrap_or_default(),
        }
    }
}

impl From<ChangeBody> for NewTerms {
    fn from(body: ChangeBody) -> Self {
        let is_ended = body.open_ended.unwrap_or_default();
        Self {
            to_account: body.to_account.map(|IdField(id)| id),
            external: body.external.map(|Object(external)| external.into()),
            amount: body.amount.map(|MoneyField(amount)| amount),
            reference: body.reference.map(|TextField(reference)| reference),
            rhythm: rhythm(body.day_of_month, body.every),
            first_date: day(body.start_date),
            until: NewUntil { date: day(body.end_date), times: body.occurrences, is_ended },
            on_holiday: body.on_holiday,
        }
    }
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .create(
            creation("create_standing_order").about(Give::ABOUT).done("It will be paid on its dates."),
            async |app, context, body: NewStandingOrderBody| {
                app.standing_orders.give(&context, body.into()).await
            },
        )
        .use_case(
            post("change", "change_standing_order")
                .about(Change::ABOUT)
                .done("Other terms hold for dates after today."),
            async |app, context, id, body: ChangeBody| {
                app.standing_orders.change(&context, id, body.into()).await
            },
        )
        .command(
            post("pause", "pause_standing_order").optional().about(Pause::ABOUT).done("It is paused."),
            |NoteBody { reason }| Pause { reason: reason.map(|TextField(reason)| reason) },
        )
        .command(
            post("resume", "resume_standing_order").about(Resume::ABOUT).done("It is active."),
            |Nothing {}| Resume {},
        )
        .command(
            post("cancel", "cancel_standing_order").optional().about(End::ABOUT).done("It has no more dates."),
            |NoteBody { reason }| {
                let reason = reason.map(|TextField(reason)| reason);
                End { end: StandingOrderEnd::Cancelled, reason }
            },
        )
        .use_case(
            post("run", "run_standing_order")
                .optional()
                .about(
                    "Carry out a standing order on a day: what is due by then and was not paid is paid; what an account \
                     refuses is told as missed and tried again on later days. Twice for a day is once.",
                )
                .done("What is due is paid, or it is told why not."),
            async |app, context, id, RunBody { date }| app.standing_orders.run(&context, id, day(date)).await,
        )
}
