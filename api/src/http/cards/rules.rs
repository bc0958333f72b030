//! The rules of a credit card, as clients see them when they are refused. Codes that bank accounts have too stand there.

use crate::http::Rule;

/// The rules, in the order in which a client is likely to meet them.
pub(super) const RULES: &[Rule] = &[
    Rule { code: "card_not_active", meaning: "The card is not activated yet, or blocked (`actual_status`)." },
    Rule { code: "card_closed", meaning: "The card is closed." },
    Rule { code: "card_not_issued", meaning: "The card is not issued." },
    Rule { code: "card_already_issued", meaning: "The card is issued already." },
    Rule {
        code: "limit_in_use",
        meaning: "More of the credit limit is used than the new one allows (`limit`, `used`).",
    },
    Rule {
        code: "insufficient_credit",
        meaning: "A fee is more than the available credit (`requested`, `available`).",
    },
    Rule {
        code: "authorization_not_found",
        meaning: "The card has no such authorisation, or has forgotten it (`authorization_id`).",
    },
    Rule {
        code: "authorization_not_open",
        meaning: "The authorisation was captured, voided or declined, or has run out (`authorization_id`, `actual_status`).",
    },
    Rule {
        code: "authorization_not_expired",
        meaning: "The authorisation has not run out yet (`authorization_id`, `expires_at`).",
    },
    Rule {
        code: "authorization_already_exists",
        meaning: "Something else was asked for under this name, or it was captured long ago (`authorization_id`).",
    },
    Rule {
        code: "too_many_authorizations",
        meaning: "As many authorisations are open as can be at once (`most`).",
    },
    Rule {
        code: "capture_exceeds_authorization",
        meaning: "More than was authorised (`requested`, `authorized`).",
    },
    Rule {
        code: "refund_exceeds_captured",
        meaning: "More than the merchant has captured lately and not returned (`merchant_id`, `requested`, `refundable`).",
    },
    Rule {
        code: "period_closed",
        meaning: "The day lies in a statement period that is closed (`date`, `closed_through`).",
    },
    Rule {
        code: "interest_already_charged",
        meaning: "Interest is charged once in a statement period (`charged_for`).",
    },
    Rule { code: "points_not_positive", meaning: "The number of points must be more than zero." },
    Rule { code: "insufficient_points", meaning: "More points than there are (`requested`, `available`)." },
    Rule {
        code: "transaction_not_disputable",
        meaning: "Only recent captures with something left of them can be disputed (`transaction_id`, `window_days`).",
    },
    Rule {
        code: "transaction_already_disputed",
        meaning: "A transaction is disputed once (`transaction_id`, `dispute_id`).",
    },
    Rule { code: "too_many_disputes", meaning: "As many disputes are open as can be at once (`most`)." },
    Rule { code: "dispute_not_found", meaning: "The card has no such dispute (`dispute_id`)." },
    Rule {
        code: "dispute_already_resolved",
        meaning: "The dispute has ended the other way (`dispute_id`, `outcome`).",
    },
    Rule {
        code: "outstanding_not_zero",
        meaning: "A card is closed with nothing owed either way (`outstanding`).",
    },
    Rule {
        code: "authorizations_open",
        meaning: "A card is closed without open authorisations (`authorizations`, `amount`).",
    },
    Rule { code: "disputes_open", meaning: "A card is closed without open disputes (`disputes`)." },
];

/// Codes of the accounts' table with which its commands are refused, too.
pub(super) const SHARED: &[&str] = &[
    "amount_not_positive",
    "amount_out_of_range",
    "currency_mismatch",
    "currency_withdrawn",
    "date_in_future",
    "date_too_far_back",
    "effective_at_in_future",
];
