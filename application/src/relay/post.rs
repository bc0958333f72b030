//! The relay's post: who holds it delivers, the others stand by.

use super::{
    RelayPorts, RelaySettings, RelayWatch,
    delivery::{Delivery, Ended},
    status::{Board, RelayActivity},
};
use crate::consumers::{Charge, Claim, ConsumerError};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time::Instant};

/// Everything that the relay's task knows.
pub(super) struct Post {
    pub(super) ports: RelayPorts,
    pub(super) settings: RelaySettings,
    /// The relay's name in the book.
    pub(super) consumer: String,
    pub(super) board: Arc<Board>,
    pub(super) watch: RelayWatch,
    pub(super) stopping: watch::Receiver<bool>,
}

/// Tells that the task has ended, however it did.
struct Ending(Arc<Board>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.tell(RelayActivity::Stopped);
    }
}

impl Post {
    /// Holds the post whenever it is free, until told to stop.
    pub(super) async fn keep(self) {
        let _ending = Ending(self.board.clone());
        let mut look = None;
        while !self.is_stopping() {
            let claim = Claim {
                consumer: self.consumer.clone(),
                holder: self.settings.holder.clone(),
                lease: self.settings.lease,
            };
            match self.ports.consumers.claim(claim).await {
                Ok(Some(charge)) => self.hold(charge).await,
                Ok(None) => {
                    self.board.tell(RelayActivity::StandingBy);
                    self.look_at_the_broker(&mut look);
                    self.pause(self.settings.look_every).await;
                }
                Err(error) => {
                    self.fail(error.to_string());
                    self.pause(self.settings.look_every).await;
                }
            }
        }
        self.ports.broker.close().await;
    }

    /// Who stands by wants to know today, and not when it has to take over, whether the broker can be
    /// reached. Beside the claims, which must not wait for it.
    fn look_at_the_broker(&self, look: &mut Option<JoinHandle<()>>) {
        if self.ports.broker.is_connected() || look.as_ref().is_some_and(|look| !look.is_finished()) {
            return;
        }
        let (broker, board, clock, pause) = (
            self.ports.broker.clone(),
            self.board.clone(),
            self.ports.clock.clone(),
            self.settings.backoff.1,
        );
        *look = Some(tokio::spawn(async move {
            if let Err(error) = broker.open().await {
                board.complain(error.to_string(), clock.now());
                tokio::time::sleep(pause).await;
            }
        }));
    }

    /// Delivers as long as the charge counts.
    async fn hold(&self, charge: Charge) {
        let epoch = charge.epoch;
        tracing::info!(target: "lifecycle", consumer = self.consumer, epoch, position = charge.checkpoint.position, "this process relays now");
        self.board.stand_at(charge.checkpoint.position);
        let mut delivery = Delivery::new(self, charge);
        let ended = tokio::select! {
            ended = delivery.run() => ended,
            superseded = self.keep_alive(epoch) => superseded,
        };
        match ended {
            Ended::Stopped => {
                if let Err(error) = self.ports.consumers.release(&self.consumer, epoch).await {
                    tracing::debug!(%error, "the relay's claim was not given back; it runs out by itself");
                }
            }
            Ended::Superseded => tracing::warn!(
                consumer = self.consumer,
                epoch,
                "another process relays now; this one stands by"
            ),
        }
    }

    /// Renews the claim and measures the lag, until the charge counts no more.
    async fn keep_alive(&self, epoch: u64) -> Ended {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(self.settings.look_every.min(self.settings.lease / 3)).await;
            self.watch.measure().await;
            if renewed.elapsed() < self.settings.lease / 3 {
                continue;
            }
            match self.ports.consumers.renew(&self.consumer, epoch).await {
                Ok(()) => renewed = Instant::now(),
                Err(ConsumerError::Superseded) => return Ended::Superseded,
                // The charge counts until another is granted; that is told by whatever is written next.
                Err(ConsumerError::Unavailable(reason)) => {
                    tracing::debug!(reason, "the relay's claim could not be renewed")
                }
            }
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Sleeps, unless the relay is to stop.
    pub(super) async fn pause(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.stopped() => {}
        }
    }

    /// Resolves when the relay is told to stop.
    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        let _told_or_abandoned = stopping.wait_for(|stopping| *stopping).await;
    }

    pub(super) fn fail(&self, message: String) {
        self.board.fail(message, self.ports.clock.now());
    }
}
