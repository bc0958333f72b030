//! Questions about holds: all of an account, and one, with what became of it.

use super::AccountRoutes;
use crate::http::{
    list::Paged,
    parts::{self, InStatus},
    resource::get,
    schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Aggregate, Money, accounts::BankAccount, ids::HoldId};
use khata_projections::{
    Part,
    accounts::{AccountRow, HoldRow},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A hold, with what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountHold)]
pub(super) struct HoldBody {
    /// Its name.
    hold_id: String,
    /// The place of its first event in the log.
    position: u64,
    /// Its status.
    #[schema(value_type = HoldStatus)]
    status: String,
    /// How much was set aside.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// How much was captured.
    #[schema(value_type = MoneySchema)]
    captured: Money,
    /// From this instant on it no longer counts; null if it never runs out.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    expires_at: Option<Timestamp>,
    /// The entry that captured it, `txn_…`
    #[schema(required)]
    transaction_id: Option<String>,
    /// The day whose limit it took its share of.
    business_date: Date,
    /// The business time when it was placed.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
    /// The business time of its end.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    ended_at: Option<Timestamp>,
}

/// The status of a hold.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HoldStatus {
    /// It counts.
    Active,
    /// It was taken out.
    Captured,
    /// It was given up.
    Released,
    /// It ran out.
    Expired,
}

impl HoldBody {
    fn of_row(row: HoldRow, at: Timestamp) -> Self {
        Self {
            status: row.status_at(at).to_owned(),
            amount: row.money(row.amount_minor),
            captured: row.money(row.captured_minor),
            hold_id: row.hold_id,
            position: row.position,
            expires_at: row.expires_at,
            transaction_id: row.transaction_id,
            business_date: row.business_date,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
            ended_at: row.ended_at,
        }
    }
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .question(
            get("holds", "list_holds")
                .about(
                    "List an account's holds, whatever their status, in the order in which they were placed.",
                )
                .answers_list::<HoldBody>("A page of holds."),
            async |app, id, asked: Paged<InStatus<HoldStatus>>, reader| {
                parts::list::<AccountRow, HoldRow, _, _>(
                    &app,
                    ("holds", id),
                    asked,
                    &reader,
                    HoldBody::of_row,
                )
                .await
            },
        )
        .part_question(
            get("holds/{hold_id}", "show_hold")
                .about("Show a hold. Where a name was used again, the last of that name.")
                .answers::<HoldBody>("As it is."),
            async |app, id, hold_id: HoldId, reader| {
                let (now, query) = (app.clock.now(), HoldRow::named(&id.to_string(), hold_id));
                parts::named(&app, (BankAccount::CATEGORY, query), hold_id, &reader, |row| {
                    HoldBody::of_row(row, now)
                })
                .await
            },
        )
}
