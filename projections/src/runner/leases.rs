//! Looks after the leases of a session: renews them, asks for what others held as soon as they hold it no
//! more, and takes what operators of other processes ask for.

use super::{acquire, changes::Changes, context::Context, message::Message, remote};
use khata_application::subscription::{LeaseGrant, LeaseRenewer, Leases, Renewed};
use std::{sync::Arc, time::Instant};
use tokio::task::JoinHandle;

/// A task that does so until it is dropped, or a lease is lost.
pub(super) struct SessionLeases(JoinHandle<()>);

struct Work {
    context: Context,
    epoch: u64,
    renewer: LeaseRenewer,
    /// Held by others.
    missing: Vec<String>,
    acquire_at: Instant,
}

impl SessionLeases {
    pub(super) fn begin(context: &Context, grant: &LeaseGrant, releases: Changes) -> Self {
        let names = context.projections.iter().map(|projection| projection.name().to_owned());
        let leases: Arc<dyn Leases> = context.ports.store.clone();
        let work = Work {
            context: context.clone(),
            epoch: grant.epoch,
            renewer: LeaseRenewer::new(leases, grant, context.config.renewal),
            missing: names.filter(|name| !grant.names.contains(name)).collect(),
            acquire_at: Instant::now() + context.config.standby,
        };
        Self(context.runtime.spawn(work.run(releases)))
    }
}

impl Drop for SessionLeases {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Work {
    async fn run(mut self, mut releases: Changes) {
        let mut requests = Changes::of(self.context.ports.store.signals(), |signals| signals.requests);
        remote::take(&self.context, self.renewer.held()).await;
        loop {
            tokio::select! {
                () = self.renewer.due() => if !self.renew().await { return },
                () = tokio::time::sleep_until(self.acquire_at.into()), if !self.missing.is_empty() => self.acquire().await,
                () = releases.next(), if !self.missing.is_empty() => self.acquire_at = Instant::now(),
                () = requests.next() => remote::take(&self.context, self.renewer.held()).await,
                // As in a crash: whoever comes next waits until the lease has run out.
                () = self.context.stop.abandoned() => return,
            }
        }
    }

    /// False if a lease is lost.
    async fn renew(&mut self) -> bool {
        match self.renewer.renew().await {
            Renewed::Held { more } => {
                self.granted(more);
                // One that was not heard of.
                remote::take(&self.context, self.renewer.held()).await;
            }
            Renewed::Unknown => {}
            Renewed::Lost { name } => {
                self.tell(Message::Lost { epoch: self.epoch, projection: name });
                return false;
            }
        }
        true
    }

    async fn acquire(&mut self) {
        self.acquire_at = Instant::now() + self.context.config.standby;
        match acquire::ask(&self.context, &self.missing, Some(self.epoch)).await {
            Ok(grant) => {
                self.renewer.add(&grant.names);
                self.granted(grant.names);
            }
            Err(error) => tracing::warn!(%error, "no projections can be acquired; it is tried again"),
        }
    }

    fn granted(&mut self, projections: Vec<String>) {
        if !projections.is_empty() {
            self.missing.retain(|name| !projections.contains(name));
            self.tell(Message::Granted { epoch: self.epoch, projections });
        }
    }

    fn tell(&self, message: Message) {
        // Nobody hears it if the runner has ended meanwhile.
        let _unheard = self.context.outbox.send(message);
    }
}
