//! Subscriptions: work that follows the log behind a checkpoint, in one process at a time. One engine carries
//! the relay and every process type; the projections' live loop keeps its own pipelining and takes lease,
//! backoff, stop and status from here.
//!
//! A subscription is one row of leases and one checkpoint, however much hangs on it: the instances of a
//! process type and their timers are state that the subscriber keeps by key beside the checkpoint, and parks
//! by key, so that thousands of them share one reading of the log and none holds up another.
//!
//! Reading order: `lease` and `positions` (the ports), `subscriber` (what a subscriber does), `run` (the
//! engine); `renewer`, `backoff`, `stop`, `status`.

mod backoff;
mod lease;
mod positions;
mod renewer;
mod run;
mod status;
mod stop;
mod subscriber;

pub use backoff::Backoff;
pub use lease::{Lease, LeaseError, LeaseGrant, LeaseRequest, Leases};
pub use positions::{Checkpoint, Positions};
pub use renewer::{LeaseRenewer, Renewed};
pub(crate) use run::lag;
pub use run::{Subscription, SubscriptionPorts, SubscriptionSettings};
pub use status::{Activity, LastError, Meters, Status};
pub use stop::{Stop, Stopper};
pub use subscriber::{Setback, Subscriber};
