//! The use cases of customers, accounts, cards and orders over the in-memory store: what spans several
//! streams stands or falls together, also when many ask at once.

#[path = "use_cases/account_facts.rs"]
mod account_facts;
#[path = "use_cases/accounts.rs"]
mod accounts;
#[path = "use_cases/cards.rs"]
mod cards;
#[path = "use_cases/clock.rs"]
mod clock;
#[path = "use_cases/conservation.rs"]
mod conservation;
#[path = "use_cases/customers.rs"]
mod customers;
#[path = "use_cases/disbursing.rs"]
mod disbursing;
#[path = "use_cases/judgement.rs"]
mod judgement;
#[path = "use_cases/loan_reversals.rs"]
mod loan_reversals;
#[path = "use_cases/loans.rs"]
mod loans;
#[path = "use_cases/operations.rs"]
mod operations;
#[path = "use_cases/orders.rs"]
mod orders;
#[path = "use_cases/payments.rs"]
mod payments;
#[path = "use_cases/races.rs"]
mod races;
#[path = "use_cases/refusals.rs"]
mod refusals;
#[path = "use_cases/scheduled_payments.rs"]
mod scheduled_payments;
#[path = "use_cases/settings.rs"]
mod settings;
#[path = "use_cases/standing_orders.rs"]
mod standing_orders;
#[path = "use_cases/world.rs"]
mod world;

use world::{World, email, inr, refusal_of};
