//! Questions about disputes: all of a card, and one, with how it ended.

use super::CardRoutes;
use crate::http::{
    list::Paged,
    parts::{self, InStatus},
    resource::get,
    schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Aggregate, Money, cards::CreditCard, ids::DisputeId};
use khata_projections::{
    Part,
    cards::{CardRow, DisputeRow},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A dispute, with how it ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CardDispute)]
pub(super) struct DisputeBody {
    /// `dsp_…`
    dispute_id: String,
    /// The place of its first event in the log.
    position: u64,
    /// Whether it is open, or in whose favour it ended.
    #[schema(value_type = DisputeStatus)]
    status: String,
    /// The transaction in dispute, `txn_…`
    transaction_id: String,
    /// The authorisation that it captured.
    authorization_id: String,
    /// What is in dispute.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// What the cardholder was credited.
    #[schema(value_type = MoneySchema)]
    credited: Money,
    /// The entry of that credit, `txn_…`
    #[schema(required)]
    credit_transaction_id: Option<String>,
    /// Why.
    reason: String,
    /// The day it was opened.
    opened_on: Date,
    /// The business time of that.
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

/// Whether a dispute is open, or in whose favour it ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DisputeStatus {
    /// Nothing is decided yet.
    Open,
    /// The transaction stands.
    Merchant,
    /// The amount is credited.
    Cardholder,
}

impl From<DisputeRow> for DisputeBody {
    fn from(row: DisputeRow) -> Self {
        Self {
            amount: row.money(row.amount_minor),
            credited: row.money(row.credited_minor),
            dispute_id: row.dispute_id,
            position: row.position,
            status: row.status.into_owned(),
            transaction_id: row.transaction_id,
            authorization_id: row.authorization_id,
            credit_transaction_id: row.credit_transaction_id,
            reason: row.reason,
            opened_on: row.opened_on,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
            ended_at: row.ended_at,
        }
    }
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .question(
            get("disputes", "list_disputes")
                .about("List a card's disputes in the order in which they were opened.")
                .answers_list::<DisputeBody>("A page of disputes."),
            async |app, id, asked: Paged<InStatus<DisputeStatus>>, reader| {
                let show = |row, _| DisputeBody::from(row);
                parts::list::<CardRow, DisputeRow, _, _>(&app, ("disputes", id), asked, &reader, show).await
            },
        )
        .part_question(
            get("disputes/{dispute_id}", "show_dispute")
                .about("Show a dispute.")
                .answers::<DisputeBody>("As it is."),
            async |app, id, dispute_id: DisputeId, reader| {
                let query = DisputeRow::named(&id.to_string(), dispute_id);
                parts::named::<DisputeRow, _>(
                    &app,
                    (CreditCard::CATEGORY, query),
                    dispute_id,
                    &reader,
                    DisputeBody::from,
                )
                .await
            },
        )
}
