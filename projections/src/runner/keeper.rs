//! Keeps a charge while its holder works: renews it, and claims what others held as soon as they hold it no
//! more.

use super::{claim, context::Context, errands, message::Message};
use crate::view_store::{Charge, Tidings};
use std::time::{Duration, Instant};
use tokio::{sync::watch, task::JoinHandle};

/// A task that keeps a charge until it is dropped, or the charge is over.
pub(super) struct Keeper(JoinHandle<()>);

struct Keeping {
    context: Context,
    epoch: u64,
    held: Vec<&'static str>,
    /// In the charge of others.
    missing: Vec<&'static str>,
    renew_at: Instant,
    claim_at: Instant,
}

impl Keeper {
    pub(super) fn begin(context: &Context, charge: &Charge, releases: Ticks) -> Self {
        let held = charge.projections.clone();
        let missing = context
            .projections
            .iter()
            .map(|projection| projection.name())
            .filter(|name| !held.contains(name))
            .collect();
        let now = Instant::now();
        let keeping = Keeping {
            context: context.clone(),
            epoch: charge.epoch,
            held,
            missing,
            renew_at: now + context.config.renewal,
            claim_at: now + context.config.standby,
        };
        Self(context.runtime.spawn(keeping.run(releases)))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Keeping {
    async fn run(mut self, mut releases: Ticks) {
        let mut requests = Ticks::of(self.context.ports.store.tidings(), |tidings| tidings.requests);
        errands::take(&self.context, &self.held).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(self.renew_at.into()) => if !self.renew().await { return },
                () = tokio::time::sleep_until(self.claim_at.into()), if !self.missing.is_empty() => self.claim().await,
                () = releases.next(), if !self.missing.is_empty() => self.claim_at = Instant::now(),
                () = requests.next() => errands::take(&self.context, &self.held).await,
                // As in a crash: whoever comes next waits until the lease has run out.
                () = self.context.abandoned() => return,
            }
        }
    }

    /// False if the charge is over.
    async fn renew(&mut self) -> bool {
        let still = match self.context.ports.store.renew(self.epoch).await {
            Ok(still) => still,
            Err(error) => {
                tracing::warn!(%error, "the charge of the views could not be renewed; it is tried again");
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
        // Those of a claim whose answer got lost on its way.
        let unheard: Vec<_> = self.missing.iter().copied().filter(is_still_held).collect();
        self.granted(unheard);
        // One that was not heard of.
        errands::take(&self.context, &self.held).await;
        true
    }

    async fn claim(&mut self) {
        self.claim_at = Instant::now() + self.context.config.standby;
        match claim::ask(&self.context, &self.missing, Some(self.epoch)).await {
            Ok(charge) => self.granted(charge.projections),
            Err(error) => tracing::warn!(%error, "no projections can be claimed; it is tried again"),
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

/// What is counted in tidings, as it grows since this was made.
#[derive(Clone)]
pub(super) struct Ticks {
    tidings: watch::Receiver<Tidings>,
    count: fn(&Tidings) -> u64,
    known: u64,
}

impl Ticks {
    pub(super) fn of(mut tidings: watch::Receiver<Tidings>, count: fn(&Tidings) -> u64) -> Self {
        let known = count(&tidings.borrow_and_update());
        Self { tidings, count, known }
    }

    /// Waits until there are more.
    pub(super) async fn next(&mut self) {
        let (known, count) = (self.known, self.count);
        let grown =
            self.tidings.wait_for(|tidings| count(tidings) != known).await.map(|tidings| count(&tidings));
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
