//! A payment taken back.

use super::{Answered, done, state::LoanBody};
use crate::{
    app::App,
    http::{
        request::{CommandRequest, PathIds, fields::TextField},
        schemas::CommandAnswerSchema,
    },
};
use axum::extract::State;
use khata_domain::ids::{LoanId, TransactionId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Why a payment is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanPaymentReversal)]
pub(super) struct ReversalBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// Take a payment back: the loan stands as if it had never been made, by business time too. Later payments go where they would have gone
/// without it, and a loan that it had repaid is being repaid again. The account's entry that it came from is reversed today in the same
/// append, if it is a debit of the same amount that is not reversed yet.
#[utoipa::path(post, path = "/v1/loans/{id}/payments/{payment_id}/reversal", operation_id = "reverse_loan_payment", tag = "loans",
    params(("id" = String, Path, description = "`loan_…`"), ("payment_id" = String, Path, description = "`txn_…`, as the list of payments tells it")),
    request_body = ReversalBody, responses((status = 200, description = "The payment is taken back.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn reverse(
    State(app): State<Arc<App>>,
    PathIds(id, payment_id): PathIds<LoanId, TransactionId>,
    CommandRequest { context, body }: CommandRequest<ReversalBody>,
) -> Answered {
    done(&app, app.loans.reverse_payment(&context, id, payment_id, body.reason.into_string()).await)
}
