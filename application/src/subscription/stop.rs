//! The signal that work is to stop.

use std::time::Duration;
use tokio::sync::watch;

/// Tells work to stop. Dropped without that, the work ends at once, as in a crash.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Somebody who stops work, and the signal that the work looks at.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Tells the work to finish what it has in hand and to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Whether work is to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whether it is told to stop, or abandoned.
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.is_abandoned()
    }

    /// Whether nobody waits for the end of the work any more.
    pub fn is_abandoned(&self) -> bool {
        self.0.has_changed().is_err()
    }

    /// Resolves when the work is told to stop, or abandoned.
    pub async fn stopped(&self) {
        let mut told = self.0.clone();
        let _told_or_abandoned = told.wait_for(|told| *told).await;
    }

    /// Resolves when the work is abandoned.
    pub async fn abandoned(&self) {
        let mut told = self.0.clone();
        while told.changed().await.is_ok() {}
    }

    /// Sleeps, unless the work is to stop.
    pub async fn pause(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.stopped() => {}
        }
    }
}
