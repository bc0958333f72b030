//! Payments over the real server, with what lies beyond a request: a network to other banks that fails in every way and has
//! books of its own, its notices, days that come, kills in between.

#[path = "payments/backlog.rs"]
mod backlog;
#[path = "payments/bank.rs"]
mod bank;
#[path = "payments/doubt.rs"]
mod doubt;
#[path = "payments/external.rs"]
mod external;
#[path = "payments/notices.rs"]
mod notices;
#[path = "payments/outage.rs"]
mod outage;
#[path = "payments/reconciliation.rs"]
mod reconciliation;
#[path = "payments/review.rs"]
mod review;
#[path = "payments/scheduled.rs"]
mod scheduled;
