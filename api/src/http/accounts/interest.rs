//! Interest: calculated by day, paid out by month.

use super::{AccountRoutes, words::MissingDaysSchema};
use crate::http::{
    request::fields::DateField,
    resource::{POSSIBLE_ENTRY, post},
};
use khata_domain::accounts::{
    Month,
    account::{AccrueInterest, MissingDays, PostInterest},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The day to accrue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Accrual, examples(json!({"date": "2026-03-10"})))]
pub(super) struct AccrueBody {
    /// Today at the latest.
    #[schema(value_type = Date)]
    date: DateField,
}

/// The month to pay out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Posting, examples(json!({"month": "2026-03"})))]
pub(super) struct PostBody {
    /// `YYYY-MM`
    #[schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: Month,
    /// What becomes of the posting where days since the last one were never accrued: `accept` closes them
    /// without interest, and the event says how many they are (the default); `refuse` refuses it as
    /// `days_missing`.
    #[serde(default)]
    #[schema(value_type = Option<MissingDaysSchema>)]
    missing_days: MissingDays,
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .command_with(
            post("interest/accrue", "accrue_interest")
                .about(
                    "Accrue one day's interest on the balance at its end. A second time changes nothing, nor does a \
                     day before the opening.",
                )
                .done("The day is accrued."),
            |_, context, body: AccrueBody| {
                let date = body.date.0;
                (context.at_end_of(date), AccrueInterest { date })
            },
        )
        .command_with(
            post("interest/post", "post_interest")
                .about(
                    "Pay out a month's interest, rounded half to even. The event tells how many days it paid, and \
                     how many nobody had accrued. A month that ended before the opening has nothing to pay out.",
                )
                .done("The interest is paid.")
                .naming(&POSSIBLE_ENTRY),
            |_, context, body: PostBody| {
                let PostBody { month, missing_days } = body;
                (context.at_end_of(month.last_day()), PostInterest { month, missing_days })
            },
        )
}
