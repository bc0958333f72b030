//! What requests to customers look like, for the OpenAPI description.

use crate::http::Example;

/// An example of every body.
pub(super) const EXAMPLES: &[Example] = &[
    Example {
        schema: "NewCustomer",
        body: r#"{"name": "Asha Rao", "email": "asha@example.com", "phone": "+91 98000 00000", "type": "individual", "documents": [{"type": "passport", "number": "K1234567"}, {"type": "utility_bill"}]}"#,
    },
    Example { schema: "NewContact", body: r#"{"phone": "+91 98000 00001"}"# },
    Example { schema: "KycVerdict", body: r#"{"verdict": "verified"}"# },
    Example { schema: "Suspension", body: r#"{"reason": "court order"}"# },
];
