//! The rules of bank accounts, as clients meet them.

use crate::http::Rule;

/// Every code with which an account's command is refused.
pub(super) const RULES: &[Rule] = &[
    Rule { code: "amount_not_positive", meaning: "The amount must be more than zero (`amount`)." },
    Rule {
        code: "amount_out_of_range",
        meaning: "The amount would take the account, loan, card or order beyond 64 bits of minor units.",
    },
    Rule {
        code: "currency_mismatch",
        meaning: "The amount is in another currency than the account, loan, card or order (`amount`, `expected`).",
    },
    Rule {
        code: "currency_withdrawn",
        meaning: "The currency is in use no longer, so nothing new begins in it (`currency`, `last_day`).",
    },
    Rule {
        code: "insufficient_funds",
        meaning: "More than is available: balance + overdraft limit - minimum balance - holds (`requested`, `available`); of a debit dated back, on the day from its own on that has least (`date`).",
    },
    Rule {
        code: "daily_limit_exceeded",
        meaning: "More than is left of the limit of the business date or, of a debit dated back, of today's (`requested`, `limit`, `used`, `remaining`, `date`).",
    },
    Rule {
        code: "compliance_hold",
        meaning: "A debit this large needs an approving verdict against money laundering (`amount`, `threshold`).",
    },
    Rule { code: "account_not_active", meaning: "The account takes no debits now (`actual_status`)." },
    Rule { code: "account_closed", meaning: "The account is closed." },
    Rule { code: "account_not_open", meaning: "The account is not open." },
    Rule { code: "account_already_open", meaning: "The account is open already." },
    Rule {
        code: "account_type_not_allowed",
        meaning: "The product is not for this type of customer (`account_type`, `customer_type`).",
    },
    Rule {
        code: "effective_at_in_future",
        meaning: "The business time given lies in the future (`effective_at`, `now`).",
    },
    Rule { code: "date_in_future", meaning: "The day lies after today (`date`, `today`)." },
    Rule {
        code: "date_too_far_back",
        meaning: "Debits, statements and interest cannot be dated back that far (`date`, `earliest`).",
    },
    Rule {
        code: "date_before_opening",
        meaning: "The day lies before the account was opened (`date`, `opened_on`).",
    },
    Rule {
        code: "date_before_opening_balance",
        meaning: "The day lies before that of an opening balance, which holds all that came before it (`date`, `begins_on`).",
    },
    Rule {
        code: "date_before_entry",
        meaning: "An entry is undone on its own day at the earliest (`date`, `entry_date`).",
    },
    Rule {
        code: "days_missing",
        meaning: "Days that the posting would close were never accrued (`count`, `first`, `through`).",
    },
    Rule {
        code: "too_many_holds",
        meaning: "The account has as many holds as it can have at once (`holds`, `maximum`).",
    },
    Rule { code: "expiry_in_past", meaning: "The hold would have run out already (`expires_at`)." },
    Rule { code: "hold_not_found", meaning: "The account has no such hold (`hold_id`)." },
    Rule {
        code: "hold_not_active",
        meaning: "The hold was captured, released, or has run out (`hold_id`, `actual_status`).",
    },
    Rule { code: "hold_not_expired", meaning: "The hold has not run out yet (`hold_id`, `expires_at`)." },
    Rule { code: "hold_already_exists", meaning: "The account has a hold of this id (`hold_id`)." },
    Rule { code: "limit_negative", meaning: "A limit cannot be negative (`limit`)." },
    Rule { code: "overdraft_not_allowed", meaning: "The product cannot be overdrawn (`account_type`)." },
    Rule {
        code: "overdraft_in_use",
        meaning: "More of the overdraft is in use than the new limit allows (`limit`, `used`).",
    },
    Rule {
        code: "signatory_not_found",
        meaning: "The customer is no signatory of the account (`signatory`).",
    },
    Rule { code: "last_signatory", meaning: "The last signatory cannot be removed (`signatory`)." },
    Rule {
        code: "transaction_already_reversed",
        meaning: "A transaction is reversed once (`transaction_id`).",
    },
    Rule {
        code: "not_reversible",
        meaning: "An entry of this kind cannot be reversed (`transaction_id`, `kind`).",
    },
    Rule { code: "balance_not_zero", meaning: "An account is closed with balance zero only (`balance`)." },
    Rule { code: "holds_open", meaning: "An account is closed without holds only (`holds`, `amount`)." },
    Rule {
        code: "opening_balance_exists",
        meaning: "History: the account has an opening balance already (`begins_on`).",
    },
    Rule {
        code: "entries_before_opening_balance",
        meaning: "History: the account has entries before the day of the opening balance (`date`, `earliest`).",
    },
    Rule { code: "history_only", meaning: "This can only be taken over as history." },
];
