//! What the SQLite event store promises beyond the port's contract: it survives restarts, kills, full disks
//! and damage.

#[path = "sqlite_event_store/against_memory.rs"]
mod against_memory;
#[path = "sqlite_event_store/beside.rs"]
mod beside;
#[path = "sqlite_event_store/damage.rs"]
mod damage;
#[path = "sqlite_event_store/file.rs"]
mod file;
#[path = "sqlite_event_store/mended_keys.rs"]
mod mended_keys;
#[path = "sqlite_event_store/reopening.rs"]
mod reopening;
#[path = "sqlite_event_store/trouble.rs"]
mod trouble;
