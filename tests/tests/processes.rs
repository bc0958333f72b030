//! Khata as several processes over one PostgreSQL database: each role alone, parts of the system, namespaces
//! beside each other, and what happens when a process or the database dies.

#[path = "processes/bank.rs"]
mod bank;
#[path = "processes/configuration.rs"]
mod configuration;
#[path = "processes/faults.rs"]
mod faults;
#[path = "processes/hangs.rs"]
mod hangs;
#[path = "processes/lost_tail.rs"]
mod lost_tail;
#[path = "processes/namespaces.rs"]
mod namespaces;
#[path = "processes/operators.rs"]
mod operators;
#[path = "processes/poolers.rs"]
mod poolers;
#[path = "processes/replaced.rs"]
mod replaced;
#[path = "processes/roles.rs"]
mod roles;
#[path = "processes/settings.rs"]
mod settings;
