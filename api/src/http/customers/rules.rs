//! The rules of customers, as clients meet them.

use crate::http::Rule;

/// Every code with which a customer's command is refused.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "too_few_documents",
        meaning: "Too few documents of different kinds were shown (`given`, `required`).",
    },
    Rule {
        code: "birth_date_in_future",
        meaning: "The birth date lies after today (`birth_date`, `business_date`).",
    },
    Rule { code: "email_already_used", meaning: "The e-mail address belongs to another customer." },
    Rule { code: "kyc_reasons_missing", meaning: "A rejection needs at least one reason." },
    Rule {
        code: "customer_already_verified",
        meaning: "A verified identity is not rejected afterwards; suspend the customer instead.",
    },
    Rule {
        code: "customer_not_verified",
        meaning: "Only verified customers get products (`actual_status`).",
    },
    Rule { code: "customer_suspended", meaning: "Nothing changes while the customer is suspended." },
    Rule { code: "customer_closed", meaning: "The relation with the customer has ended." },
    Rule {
        code: "customer_has_products",
        meaning: "The customer still has open accounts, loans or cards (`products`).",
    },
    Rule { code: "customer_exists", meaning: "The customer was onboarded already." },
    Rule {
        code: "customer_not_onboarded",
        meaning: "Nothing can be done with a customer who was not onboarded.",
    },
    Rule { code: "synthetic_identity", meaning: "Only imported history may hold a made-up identity." },
];
