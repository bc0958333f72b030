//! The engine of processes under one circumstance at a time, with a process that does as it is told. What comes of all
//! of them at once is the simulation's.

#[path = "engine/backlog.rs"]
mod backlog;
#[path = "engine/bench.rs"]
mod bench;
#[path = "engine/calls.rs"]
mod calls;
#[path = "engine/chore.rs"]
mod chore;
#[path = "engine/due.rs"]
mod due;
#[path = "engine/gateway.rs"]
mod gateway;
#[path = "engine/ports.rs"]
mod ports;
#[path = "engine/store.rs"]
mod store;
#[path = "engine/undoing.rs"]
mod undoing;
#[path = "engine/unreadable.rs"]
mod unreadable;
