//! The one codec of this build: which stored shapes of events are lifted to their present shape, and how.
//!
//! When the payload of an event changes its shape: raise its number in `DomainEvent::SCHEMA`, add a golden
//! file of the new shape (the old one stays as it is), and add one line here with the function that turns the
//! old JSON into the new one, which stands in the file of its context under `codec/`. An event that holds the
//! payload of another one gets a new shape with it, and lifts it by the same function
//! (`tests/tests/golden/nested.rs` finds who forgets). Stored events are never rewritten.

mod accounts;
mod cards;
mod customers;
mod lending;
mod payments;
mod processes;
mod settings;

use khata_application::codec::Codec;

/// The codec that every store of this build hands to the events it reads.
pub static CODEC: Codec = Codec {
    upcasters: &[
        ("bank_account.fee_charged", 1, accounts::of_no_payment),
        ("bank_account.hold_captured", 1, accounts::debit_1_to_2),
        ("bank_account.hold_captured", 2, accounts::of_no_payment),
        ("bank_account.hold_placed", 1, accounts::debit_1_to_2),
        ("bank_account.hold_placed", 2, accounts::of_no_payment),
        ("bank_account.interest_posted", 1, accounts::interest_posted_1_to_2),
        ("bank_account.money_deposited", 1, accounts::of_no_payment),
        ("bank_account.money_withdrawn", 1, accounts::debit_1_to_2),
        ("bank_account.money_withdrawn", 2, accounts::of_no_payment),
        ("bank_account.overdraft_limit_changed", 1, accounts::overdraft_limit_changed_1_to_2),
        ("credit_card.card_payment_received", 1, cards::of_no_account),
        ("credit_card.transaction_authorized", 1, cards::of_no_screening),
        ("credit_card.transaction_declined", 1, cards::of_no_screening),
        ("customer.contact_updated", 1, customers::contact_updated_1_to_2),
        ("loan.loan_applied", 1, lending::loan_applied_1_to_2),
        ("loan.loan_applied", 2, lending::with_more_to_tell),
        ("loan.loan_approved", 1, lending::with_more_to_tell),
        ("loan.loan_assessed", 1, lending::with_more_to_tell),
        ("loan.loan_payment_made", 1, lending::loan_payment_made_1_to_2),
        ("loan.loan_payment_made", 2, lending::with_more_to_tell),
        ("loan.loan_payment_reversed", 1, lending::with_more_to_tell),
        ("loan.loan_penalty_charged", 1, lending::with_more_to_tell),
        ("loan.loan_restructured", 1, lending::with_more_to_tell),
        ("payment.fraud_screened", 1, payments::of_a_chosen_hour),
        ("payment.payment_requested", 1, payments::of_no_standing_order),
        ("process_onboarding.heard", 1, processes::of_no_version),
        ("process_onboarding.started", 1, processes::of_no_version),
        ("process_onboarding.step_done", 1, processes::of_no_version),
        ("process_onboarding.step_requested", 1, processes::of_no_version),
        ("settings.settings_changed", 1, settings::settings_changed_1_to_2),
        ("settings.settings_changed", 2, settings::of_fewer_numbers),
        ("settings.settings_changed", 3, settings::of_no_clearance),
        ("settings.settings_changed", 4, settings::of_loans_by_hand),
    ],
};
