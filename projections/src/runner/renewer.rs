//! Renews leases while their holder works, and requests what others held as soon as they hold it no
//! more.

use super::{acquire, context::Context, message::Message, remote};
use crate::view_store::{LeaseGrant, StoreSignals};
use std::time::{Duration, Instant};
use tokio::{sync::watch, task::JoinHandle};

/// A task that renews leases until it is dropped, or one is lost.
pub(super) struct LeaseRenewer(JoinHandle<()>);

struct Renewal {
    context: Context,
    epoch: u64,
    held: Vec<&'static str>,
    /// Held by others.
    missing: Vec<&'static str>,
    renew_at: Instant,
    acquire_at: Instant,
}

impl LeaseRenewer {
    pub(super) fn begin(context: &Context, grant: &LeaseGrant, releases: Changes) -> Self {
        let held = grant.projections.clone();
        let missing = context
            .projections
            .iter()
            .map(|projection| projection.name())
            .filter(|name| !held.contains(name))
            .collect();
        let now = Instant::now();
        let keeping = Renewal {
            context: context.clone(),
            epoch: grant.epoch,
            held,
            missing,
            renew_at: now + context.config.renewal,
            acquire_at: now + context.config.standby,
        };
        Self(context.runtime.spawn(keeping.run(releases)))
    }
}

impl Drop for LeaseRenewer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Renewal {
    async fn run(mut self, mut releases: Changes) {
        let mut requests = Changes::of(self.context.ports.store.signals(), |signals| signals.requests);
        remote::take(&self.context, &self.held).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(self.renew_at.into()) => if !self.renew().await { return },
                () = tokio::time::sleep_until(self.acquire_at.into()), if !self.missing.is_empty() => self.acquire().await,
                () = releases.next(), if !self.missing.is_empty() => self.acquire_at = Instant::now(),
                () = requests.next() => remote::take(&self.context, &self.held).await,
                // As in a crash: whoever comes next waits until the lease has run out.
                () = self.context.abandoned() => return,
            }
        }
    }

    /// False if a lease is lost.
    async fn renew(&mut self) -> bool {
        let still = match self.context.ports.store.renew(self.epoch).await {
            Ok(still) => still,
            Err(error) => {
                tracing::warn!(%error, "the leases of the views could not be renewed; it is tried again");
                self.renew_at = Instant::now() + self.context.config.renewal / 4;
                return true;
            }
        };
        self.renew_at = Instant::now() + self.context.config.renewal;
        let is_still_held = |name: &&'static str| still.iter().any(|held| held == name);
        if let Some(lost) = self.held.iter().find(|name| !is_still_held(name)) {
            self.tell(Message::Lost { epoch: self.epoch, projection: (*lost).to_owned() });
            return false;
        }
        // Those of a request whose answer got lost on its way.
        let unheard: Vec<_> = self.missing.iter().copied().filter(is_still_held).collect();
        self.granted(unheard);
        // One that was not heard of.
        remote::take(&self.context, &self.held).await;
        true
    }

    async fn acquire(&mut self) {
        self.acquire_at = Instant::now() + self.context.config.standby;
        match acquire::ask(&self.context, &self.missing, Some(self.epoch)).await {
            Ok(grant) => self.granted(grant.projections),
            Err(error) => tracing::warn!(%error, "no projections can be acquired; it is tried again"),
        }
    }

    fn granted(&mut self, projections: Vec<&'static str>) {
        if !projections.is_empty() {
            self.missing.retain(|name| !projections.contains(name));
            self.held.extend(&projections);
            self.tell(Message::Granted { epoch: self.epoch, projections });
        }
    }

    fn tell(&self, message: Message) {
        // Nobody hears it if the runner has ended meanwhile.
        let _unheard = self.context.outbox.send(message);
    }
}

/// What is counted in signals, as it grows since this was made.
#[derive(Clone)]
pub(super) struct Changes {
    signals: watch::Receiver<StoreSignals>,
    count: fn(&StoreSignals) -> u64,
    known: u64,
}

impl Changes {
    pub(super) fn of(mut signals: watch::Receiver<StoreSignals>, count: fn(&StoreSignals) -> u64) -> Self {
        let known = count(&signals.borrow_and_update());
        Self { signals, count, known }
    }

    /// Waits until there are more.
    pub(super) async fn next(&mut self) {
        let (known, count) = (self.known, self.count);
        let grown =
            self.signals.wait_for(|signals| count(signals) != known).await.map(|signals| count(&signals));
        match grown {
            Ok(grown) => self.known = grown,
            // The store is closed: it tells nothing any more.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until there are more, at most so long.
    pub(super) async fn next_within(&mut self, patience: Duration) {
        let _none_came = tokio::time::timeout(patience, self.next()).await;
    }
}
