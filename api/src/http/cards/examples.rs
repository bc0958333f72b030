//! What requests to credit cards look like, for the OpenAPI description.

use crate::http::Example;

/// An example of every body.
pub(super) const EXAMPLES: &[Example] = &[
    Example {
        schema: "NewCard",
        body: r#"{"customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "limit": {"amount": "50000.00", "currency": "INR"}, "card_type": "classic"}"#,
    },
    Example {
        schema: "NewAuthorization",
        body: r#"{"authorization_id": "pos-4711-1", "amount": {"amount": "2499.00", "currency": "INR"}, "merchant_id": "m-17", "category": "grocery", "channel": "pos", "fraud_verdict": "clear"}"#,
    },
    Example { schema: "CardCapture", body: r#"{"amount": {"amount": "2300.00", "currency": "INR"}}"# },
    Example { schema: "CardBlock", body: r#"{"reason": "lost"}"# },
    Example { schema: "CardClosing", body: r#"{"reason": "not needed any more"}"# },
    Example {
        schema: "NewDispute",
        body: r#"{"transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8059", "reason": "never arrived"}"#,
    },
    Example { schema: "DisputeResolution", body: r#"{"outcome": "cardholder"}"# },
    Example {
        schema: "CardFee",
        body: r#"{"amount": {"amount": "500.00", "currency": "INR"}, "reason": "yearly"}"#,
    },
    Example { schema: "CardInterest", body: r#"{"date": "2026-03-31"}"# },
    Example { schema: "CardLimit", body: r#"{"limit": {"amount": "75000.00", "currency": "INR"}}"# },
    Example { schema: "CardPayment", body: r#"{"amount": {"amount": "2300.00", "currency": "INR"}}"# },
    Example {
        schema: "CardRefund",
        body: r#"{"amount": {"amount": "300.00", "currency": "INR"}, "merchant_id": "m-17", "reason": "returned"}"#,
    },
    Example { schema: "Redemption", body: r#"{"points": 20}"# },
    Example { schema: "StatementClosing", body: r#"{"closing_date": "2026-03-31"}"# },
];
