//! What requests to loans look like, for the OpenAPI description.

use crate::http::Example;

/// An example of every body but the application, which stands with its schema.
pub(super) const EXAMPLES: &[Example] = &[
    Example { schema: "Assessment", body: r#"{"credit_score": 742, "income_verified": true}"# },
    Example { schema: "LoanApproval", body: r#"{"approver": "R. Iyer", "role": "loan_officer"}"# },
    Example { schema: "LoanRejection", body: r#"{"reasons": ["income not shown"]}"# },
    Example { schema: "ApprovalReversal", body: r#"{"reason": "the transfer failed"}"# },
    Example { schema: "Disbursement", body: r#"{"date": "2026-03-10"}"# },
    Example {
        schema: "LoanPaymentRequest",
        body: r#"{"amount": {"amount": "1066.19", "currency": "INR"}, "date": "2026-04-10"}"#,
    },
    Example { schema: "LoanPaymentReversal", body: r#"{"reason": "the direct debit came back"}"# },
    Example {
        schema: "LoanCharge",
        body: r#"{"amount": {"amount": "100.00", "currency": "INR"}, "reason": "late", "kind": "penalty"}"#,
    },
    Example { schema: "DelinquencyDay", body: r#"{"date": "2026-05-31"}"# },
    Example {
        schema: "Restructuring",
        body: r#"{"annual_rate": "9.5", "term_months": 24, "from": "2026-06-01", "reason": "loss of employment"}"#,
    },
    Example { schema: "WriteOffRequest", body: r#"{"reason": "insolvent"}"# },
];
