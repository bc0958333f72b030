//! The engine: acquires the lease, resumes behind the checkpoint, hands over page after page, notes how far
//! that came, tries again what fails, and stands by while another holds the lease.

use super::{
    Activity, Backoff, Checkpoint, LeaseRenewer, LeaseRequest, Leases, Positions, Renewed, Setback, Status,
    Stop, Subscriber,
};
use crate::{
    Clock, EventStore,
    event_store::{FeedFilter, ReadError},
};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How often in a row a subscriber may find itself moved before that counts as a failure.
const MOVES: u32 = 3;

/// What a subscription stands on.
#[derive(Clone)]
pub struct SubscriptionPorts {
    pub events: Arc<dyn EventStore>,
    /// Beside the log.
    pub positions: Arc<dyn Positions>,
    pub clock: Arc<dyn Clock>,
}

/// How a subscription cuts its work.
#[derive(Debug, Clone)]
pub struct SubscriptionSettings {
    /// The name of this process, which no other has.
    pub holder: String,
    /// At most so many events are handed over at once.
    pub batch_events: usize,
    /// For how long a lease lasts: so long others wait after this process has died.
    pub lease: Duration,
    /// How often one that stands by looks whether it is needed, and one that works measures how far behind it
    /// is.
    pub look_every: Duration,
    /// How often the checkpoint is written, at most.
    pub checkpoint_every: Duration,
    pub backoff: Backoff,
}

/// A subscription to the log.
pub struct Subscription {
    /// That of its lease and of its checkpoint.
    pub name: String,
    pub ports: SubscriptionPorts,
    pub settings: SubscriptionSettings,
    pub status: Arc<Status>,
    pub stop: Stop,
}

/// Why the work under a lease is over.
enum Ended {
    Stopped,
    Superseded,
}

/// Tells that it has ended, however it did.
struct Ending(Arc<Status>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.set(Activity::Stopped);
    }
}

/// Tells that it holds the lease, as long as it does.
struct Leading(Arc<Status>);

impl Leading {
    fn begin(status: Arc<Status>) -> Self {
        status.set_leading(true);
        Self(status)
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        self.0.set_leading(false);
    }
}

impl Subscription {
    /// Works whenever the lease is free, until told to stop.
    pub async fn run(&self, subscriber: &mut dyn Subscriber) {
        let _ending = Ending(self.status.clone());
        self.status.set(Activity::Starting);
        while !self.stop.is_set() {
            let request = LeaseRequest {
                holder: self.settings.holder.clone(),
                names: vec![self.name.clone()],
                length: self.settings.lease,
                epoch: None,
            };
            let asked = Instant::now();
            match self.ports.positions.acquire(request).await {
                Ok(grant) if !grant.names.is_empty() => {
                    let leases: Arc<dyn Leases> = self.ports.positions.clone();
                    let renewer = LeaseRenewer::new(leases, &grant, self.settings.lease / 3);
                    self.lead(grant.epoch, (renewer, asked), subscriber).await;
                }
                Ok(_) => {
                    self.status.set(Activity::StandingBy);
                    subscriber.stand_by().await;
                    self.stop.pause(self.settings.look_every).await;
                }
                Err(error) => {
                    self.fail(error.to_string());
                    self.stop.pause(self.settings.look_every).await;
                }
            }
        }
    }

    /// Works as long as the lease lasts, which was asked for at an instant.
    async fn lead(
        &self,
        epoch: u64,
        (renewer, asked): (LeaseRenewer, Instant),
        subscriber: &mut dyn Subscriber,
    ) {
        let _leading = Leading::begin(self.status.clone());
        tracing::info!(target: "lifecycle", subscription = self.name, epoch, "this process works for a subscription now");
        let mut work = Work {
            subscription: self,
            epoch,
            subscriber: &mut *subscriber,
            at: None,
            noted: Checkpoint::default(),
            noted_at: Instant::now(),
            failures: 0,
            moves: 0,
        };
        let ended = tokio::select! {
            ended = work.run() => ended,
            () = keep(renewer, asked + self.settings.lease, self.settings.lease) => Ended::Superseded,
            never = self.measure() => match never {},
        };
        drop(work);
        subscriber.let_go().await;
        match ended {
            Ended::Stopped => {
                if let Err(error) = self.ports.positions.release(epoch).await {
                    tracing::debug!(%error, "the lease of a subscription was not released; it runs out by itself");
                }
            }
            Ended::Superseded => tracing::warn!(
                subscription = self.name,
                epoch,
                "the lease of a subscription is lost to another process, or was not renewed in time"
            ),
        }
    }

    /// Measures how far behind it is, again and again.
    async fn measure(&self) -> Infallible {
        loop {
            tokio::time::sleep(self.settings.look_every).await;
            // A log that cannot be read is told where it is read for the work.
            if let Ok((events, seconds)) = lag(&self.ports, self.status.position()).await {
                self.status.set_lag(events, seconds);
            }
        }
    }

    fn fail(&self, message: String) {
        self.status.set_failing(message, self.ports.clock.now());
    }
}

/// Renews a lease until it is lost, or may be: it is good until an instant, and nobody has heard of its renewal by then.
async fn keep(mut renewer: LeaseRenewer, mut good_until: Instant, length: Duration) {
    loop {
        let renewed = async {
            renewer.due().await;
            (Instant::now(), renewer.renew().await)
        };
        match timeout_at(good_until, renewed).await {
            Ok((asked, Renewed::Held { .. })) => good_until = asked + length,
            Ok((_, Renewed::Unknown)) => {}
            Ok((_, Renewed::Lost { .. })) | Err(_) => return,
        }
    }
}

/// How many events are behind a position, and how old the first of them is, in seconds.
///
/// # Errors
/// The log cannot be read.
pub(crate) async fn lag(ports: &SubscriptionPorts, position: u64) -> Result<(u64, f64), ReadError> {
    let head = ports.events.head().await?.position;
    if position >= head {
        return Ok((0, 0.0));
    }
    let page = ports.events.read_all(position, 1, &FeedFilter::default()).await?;
    let age = page.events.first().map(|event| ports.clock.now().duration_since(event.recorded_at));
    Ok((head - position, age.map_or(0.0, |age| age.as_secs_f64().max(0.0))))
}

/// The work under one lease.
struct Work<'s> {
    subscription: &'s Subscription,
    epoch: u64,
    subscriber: &'s mut dyn Subscriber,
    /// How far it has come, once that is known.
    at: Option<Checkpoint>,
    noted: Checkpoint,
    noted_at: Instant,
    failures: u32,
    moves: u32,
}

impl Work<'_> {
    /// Works until it is told to stop or the lease is lost; whatever fails is tried again.
    async fn run(&mut self) -> Ended {
        loop {
            let setback = match self.session().await {
                // What cannot be noted now is handed to the subscriber again by whoever comes next.
                Ok(()) => match self.note().await {
                    Err(Setback::Superseded) => return Ended::Superseded,
                    Ok(()) | Err(_) => return Ended::Stopped,
                },
                Err(Setback::Superseded) => return Ended::Superseded,
                Err(setback) => setback,
            };
            if matches!(setback, Setback::Moved(_)) && self.moves < MOVES {
                self.moves += 1;
                continue;
            }
            self.failures += 1;
            let subscription = self.subscription;
            subscription.fail(setback.to_string());
            subscription.stop.pause(subscription.settings.backoff.pause(self.failures)).await;
        }
    }

    /// From resuming until it is told to stop, or something fails.
    async fn session(&mut self) -> Result<(), Setback> {
        let Subscription { name, ports, settings, status, stop } = self.subscription;
        let mut head = ports.events.watch_head();
        if stop.is_set() {
            return Ok(());
        }
        if self.at.is_none() {
            self.noted = ports.positions.position(name).await?;
            status.set_position(self.noted.position);
        }
        let mut at = self.at.clone().unwrap_or_else(|| self.noted.clone());
        tokio::select! {
            resumed = self.subscriber.resume(self.epoch, &mut at) => resumed?,
            () = stop.stopped() => return Ok(()),
        }
        status.set_position(at.position);
        self.at = Some(at);
        while !stop.is_set() {
            head.mark_unchanged();
            if self.page().await? {
                self.note_now_and_then().await?;
                self.subscriber.tend().await?;
                continue;
            }
            self.note_now_and_then().await?;
            let rest = self.subscriber.tend().await?;
            self.went_well();
            tokio::select! {
                changed = head.changed() => changed.map_err(|_| Setback::Retry("the event store has ended".into()))?,
                () = tokio::time::sleep(rest.min(settings.look_every)) => {}
                () = stop.stopped() => {}
            }
        }
        Ok(())
    }

    /// Hands over the next page. Tells whether there was one.
    async fn page(&mut self) -> Result<bool, Setback> {
        let Subscription { ports, settings, status, .. } = self.subscription;
        let Some(at) = &mut self.at else { return Ok(false) };
        let before = at.position;
        let filter = self.subscriber.listens_to();
        let page = ports.events.read_all(before, settings.batch_events, &filter).await?;
        if page.seen <= before {
            return Ok(false);
        }
        let handled = self.subscriber.handle(page, at).await;
        status.set_position(at.position);
        if at.position > before {
            self.went_well();
        }
        handled.map(|()| true)
    }

    fn went_well(&mut self) {
        (self.failures, self.moves) = (0, 0);
        self.subscription.status.set_working();
    }

    async fn note_now_and_then(&mut self) -> Result<(), Setback> {
        let every = self.subscription.settings.checkpoint_every;
        if self.noted_at.elapsed() < every { Ok(()) } else { self.note().await }
    }

    /// Writes the checkpoint, if there is anything new in it.
    async fn note(&mut self) -> Result<(), Setback> {
        let Subscription { name, ports, .. } = self.subscription;
        let Some(at) = self.at.as_ref().filter(|at| **at != self.noted) else { return Ok(()) };
        ports.positions.advance(name, self.epoch, at.clone()).await?;
        (self.noted, self.noted_at) = (at.clone(), Instant::now());
        Ok(())
    }
}
