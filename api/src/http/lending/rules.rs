//! The rules of loans, as clients meet them. Those that accounts have too (`amount_not_positive`, `amount_out_of_range`,
//! `currency_mismatch`, `date_in_future`, `history_only`) are told there.

use crate::http::Rule;

/// Every code with which a loan's command is refused.
pub(super) const RULES: &[Rule] = &[
    Rule { code: "loan_not_applied", meaning: "Nobody has applied for the loan." },
    Rule { code: "loan_already_applied", meaning: "There is such a loan already." },
    Rule { code: "loan_not_pending", meaning: "The loan is no longer to be decided on (`actual_status`)." },
    Rule {
        code: "loan_not_approved",
        meaning: "Only an approved loan that is not paid out allows this (`actual_status`).",
    },
    Rule {
        code: "loan_not_active",
        meaning: "Only a loan that is being repaid allows this (`actual_status`).",
    },
    Rule { code: "income_negative", meaning: "An income cannot be negative (`income`)." },
    Rule { code: "term_out_of_range", meaning: "A term is 1 to 600 months (`term_months`, `longest`)." },
    Rule {
        code: "terms_not_repayable",
        meaning: "With these terms an instalment would repay nothing, or less than its own interest (`principal`, `annual_rate`, `term_months`).",
    },
    Rule {
        code: "date_before_disbursement",
        meaning: "The day lies before the disbursement (`date`, `disbursed_on`).",
    },
    Rule {
        code: "date_before_last_entry",
        meaning: "The day lies before the last payment, restructuring or noted lateness (`date`, `last_entry`).",
    },
    Rule { code: "role_not_allowed", meaning: "Only a loan officer approves (`role`, `required`)." },
    Rule { code: "loan_not_assessed", meaning: "The customer's standing is not assessed yet." },
    Rule {
        code: "credit_score_too_low",
        meaning: "The credit score is below the minimum of the loan's type (`credit_score`, `minimum`, `loan_type`).",
    },
    Rule {
        code: "income_not_verified",
        meaning: "A loan of this type needs a verified income (`loan_type`).",
    },
    Rule {
        code: "approval_limit_exceeded",
        meaning: "More than the approver may grant (`principal`, `limit`).",
    },
    Rule { code: "reasons_missing", meaning: "A rejection says why." },
    Rule {
        code: "payoff_exceeded",
        meaning: "More than what pays the loan off on that day (`amount`, `payoff_amount`, `date`).",
    },
    Rule {
        code: "transaction_already_recorded",
        meaning: "The account's transaction was another payment of this loan already (`transaction_id`, `amount`).",
    },
    Rule {
        code: "transaction_reversed",
        meaning: "The account's transaction was a payment of this loan that has been taken back (`transaction_id`).",
    },
    Rule { code: "payment_already_reversed", meaning: "A payment is taken back once (`payment_id`)." },
    Rule {
        code: "payment_not_reversible",
        meaning: "What was agreed on the ground of a payment is not undone with it (`payment_id`, `because`: `restructured`, `written_off` or `taken_over`).",
    },
    Rule {
        code: "account_of_another_customer",
        meaning: "A loan is paid out to an account of its customer (`account_id`).",
    },
    Rule {
        code: "account_currency_mismatch",
        meaning: "The account is in another currency than the loan (`account_id`, `currency`, `expected`).",
    },
    Rule {
        code: "payout_account_closed",
        meaning: "The account that the loan is to be paid out to is closed (`account_id`).",
    },
];

/// Codes of the accounts' table with which its commands are refused, too.
pub(super) const SHARED: &[&str] = &[
    "amount_not_positive",
    "amount_out_of_range",
    "currency_mismatch",
    "currency_withdrawn",
    "date_in_future",
    "history_only",
];
