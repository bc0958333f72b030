//! A payment taken back.

use super::LoanRoutes;
use crate::http::{request::fields::TextField, resource::post};
use khata_domain::ids::TransactionId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why a payment is reversed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanPaymentReversal, examples(json!({"reason": "the direct debit came back"})))]
pub(super) struct ReversalBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes.part_use_case(
        post("payments/{payment_id}/reversal", "reverse_loan_payment")
            .part("`txn_…`, as the list of payments tells it")
            .about(
                "Reverse a payment: the loan is as if it had never been made, by business time too. Later \
                 payments go where they would have gone without it, and a loan that it had repaid is being repaid \
                 again. The account's entry that it came from is reversed today in the same append, if it is a \
                 debit of the same amount that is not reversed yet.",
            )
            .done("The payment is reversed."),
        async |app, context, id, payment_id: TransactionId, body: ReversalBody| {
            app.loans.reverse_payment(&context, id, payment_id, body.reason.into_string()).await
        },
    )
}
