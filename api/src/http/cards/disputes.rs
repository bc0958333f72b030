//! Disputes: a cardholder objects to a transaction; what comes of it.

use super::{CardRoutes, words::DisputeOutcomeSchema};
use crate::http::{
    answer::CommandAnswer,
    request::fields::{IdField, TextField},
    resource::{DISPUTE, POSSIBLE_ENTRY, post},
};
use khata_domain::{
    Made,
    cards::card::{DisputeOutcome, ResolveDispute},
    ids::{DisputeId, TransactionId},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A dispute to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDispute, examples(json!({
    "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8059", "reason": "never arrived",
})))]
pub(super) struct DisputeBody {
    /// A captured transaction of the card, `txn_…`
    #[schema(value_type = String)]
    transaction_id: IdField<TransactionId>,
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// The end of a dispute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeResolution, examples(json!({"outcome": "cardholder"})))]
pub(super) struct ResolutionBody {
    /// In whose favour.
    #[schema(value_type = DisputeOutcomeSchema)]
    outcome: DisputeOutcome,
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .telling(
            post("disputes", "open_dispute")
                .about("Dispute a captured transaction. The answer also names the dispute.")
                .done("The transaction is in dispute.")
                .naming(&DISPUTE),
            async |app, context, id, DisputeBody { transaction_id: IdField(disputed), reason }| {
                let answer = app.cards.open_dispute(&context, id, disputed, reason.0).await?;
                // Where it was in dispute before, nothing happens; the dispute is told all the same.
                let card = &answer.state;
                let about = card.open_disputes().iter().find(|dispute| dispute.transaction_id == disputed);
                Ok(match about.map(|dispute| dispute.dispute_id) {
                    Some(dispute_id) => CommandAnswer::about(answer, Made::Dispute(dispute_id)),
                    None => CommandAnswer::done(answer),
                })
            },
        )
        .part_command(
            post("disputes/{dispute_id}/resolve", "resolve_dispute")
                .about("End a dispute. Where the cardholder wins, the amount is credited.")
                .done("The dispute has ended.")
                .naming(&POSSIBLE_ENTRY),
            |dispute_id: DisputeId, body: ResolutionBody| ResolveDispute {
                dispute_id,
                outcome: body.outcome,
            },
        )
}
