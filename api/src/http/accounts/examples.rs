//! What requests to bank accounts look like, for the OpenAPI description.

use crate::http::Example;

/// An example of every body.
pub(super) const EXAMPLES: &[Example] = &[
    Example {
        schema: "NewAccount",
        body: r#"{"customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "account_type": "savings", "currency": "INR", "initial_deposit": {"amount": "5000.00", "currency": "INR"}}"#,
    },
    Example { schema: "Closing", body: r#"{"reason": "moved away"}"# },
    Example {
        schema: "Deposit",
        body: r#"{"amount": {"amount": "1500.00", "currency": "INR"}, "channel": "cash", "reference": "salary"}"#,
    },
    Example {
        schema: "Withdrawal",
        body: r#"{"amount": {"amount": "1200.50", "currency": "INR"}, "channel": "transfer", "description": "Rent"}"#,
    },
    Example {
        schema: "Fee",
        body: r#"{"amount": {"amount": "25.00", "currency": "INR"}, "reason": "cheque book"}"#,
    },
    Example { schema: "MaintenanceFee", body: r#"{"month": "2026-03"}"# },
    Example { schema: "Freeze", body: r#"{"reason": "card reported stolen"}"# },
    Example {
        schema: "NewHold",
        body: r#"{"hold_id": "hotel-7", "amount": {"amount": "800.00", "currency": "INR"}}"#,
    },
    Example {
        schema: "Capture",
        body: r#"{"amount": {"amount": "640.00", "currency": "INR"}, "channel": "card"}"#,
    },
    Example { schema: "Accrual", body: r#"{"date": "2026-03-10"}"# },
    Example { schema: "Posting", body: r#"{"month": "2026-03"}"# },
    Example { schema: "NewLimits", body: r#"{"daily_limit": {"amount": "100000.00", "currency": "INR"}}"# },
    Example {
        schema: "Reversal",
        body: r#"{"transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8059", "reason": "booked twice"}"#,
    },
    Example {
        schema: "NewSignatory",
        body: r#"{"customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057"}"#,
    },
];
