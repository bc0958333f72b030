//! The real binary from outside: serving, stopping, refusing, and the commands beside `serve`, with a server
//! and without.

#[path = "cli/access.rs"]
mod access;
#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/clock.rs"]
mod clock;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/deployment.rs"]
mod deployment;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/lost_tail.rs"]
mod lost_tail;
#[path = "cli/namespaces.rs"]
mod namespaces;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/secrecy.rs"]
mod secrecy;
#[path = "cli/serving.rs"]
mod serving;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/statements.rs"]
mod statements;
#[path = "cli/tls.rs"]
mod tls;
#[path = "cli/told.rs"]
mod told;
