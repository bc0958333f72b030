//! The HTTP surface, in process over in-memory stores: conventions, commands, queries, time, the feed, operations.

#[path = "http/commands.rs"]
mod commands;
#[path = "http/conventions.rs"]
mod conventions;
