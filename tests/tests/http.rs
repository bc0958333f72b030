//! The HTTP surface, in process over in-memory stores: conventions, commands, queries, time, the feed,
//! operations.

#[path = "http/access.rs"]
mod access;
#[path = "http/bad_input.rs"]
mod bad_input;
#[path = "http/card_money.rs"]
mod card_money;
#[path = "http/card_rules.rs"]
mod card_rules;
#[path = "http/cards.rs"]
mod cards;
#[path = "http/commands.rs"]
mod commands;
#[path = "http/connections.rs"]
mod connections;
#[path = "http/contexts.rs"]
mod contexts;
#[path = "http/contract_of_clients.rs"]
mod contract_of_clients;
#[path = "http/conventions.rs"]
mod conventions;
#[path = "http/cors.rs"]
mod cors;
#[path = "http/dating.rs"]
mod dating;
#[path = "http/description.rs"]
mod description;
#[path = "http/failures.rs"]
mod failures;
#[path = "http/feed.rs"]
mod feed;
#[path = "http/import.rs"]
mod import;
#[path = "http/jwks.rs"]
mod jwks;
#[path = "http/limits.rs"]
mod limits;
#[path = "http/loan_day_end.rs"]
mod loan_day_end;
#[path = "http/loan_lists.rs"]
mod loan_lists;
#[path = "http/loan_repaying.rs"]
mod loan_repaying;
#[path = "http/loan_reversals.rs"]
mod loan_reversals;
#[path = "http/loan_rules.rs"]
mod loan_rules;
#[path = "http/loan_standing_debit.rs"]
mod loan_standing_debit;
#[path = "http/loans.rs"]
mod loans;
#[path = "http/made.rs"]
mod made;
#[path = "http/nights.rs"]
mod nights;
#[path = "http/operations.rs"]
mod operations;
#[path = "http/order_rules.rs"]
mod order_rules;
#[path = "http/orders.rs"]
mod orders;
#[path = "http/parked.rs"]
mod parked;
#[path = "http/payments.rs"]
mod payments;
#[path = "http/queries.rs"]
mod queries;
#[path = "http/rate_limits.rs"]
mod rate_limits;
#[path = "http/rules.rs"]
mod rules;
#[path = "http/secrets.rs"]
mod secrets;
#[path = "http/settings.rs"]
mod settings;
#[path = "http/signals.rs"]
mod signals;
#[path = "http/standing_orders.rs"]
mod standing_orders;
#[path = "http/statements.rs"]
mod statements;
#[path = "http/time.rs"]
mod time;
#[path = "http/tokens.rs"]
mod tokens;
#[path = "http/treasury.rs"]
mod treasury;
