//! Tells what queries see, if that has changed.

use khata_projections::view_store::StoreSignals;
use tokio::sync::watch;

/// Tells the positions of all projections that are served.
pub(crate) fn set_served<'n>(
    signals: &watch::Sender<StoreSignals>,
    served: impl Iterator<Item = (&'n str, u64)> + Clone,
) {
    signals.send_if_modified(|told| {
        let is_known = served.clone().count() == told.served.len()
            && served.clone().all(|(name, position)| told.served.get(name) == Some(&position));
        if !is_known {
            told.served = served.map(|(name, position)| (name.to_owned(), position)).collect();
        }
        !is_known
    });
}
