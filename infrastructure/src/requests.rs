//! Requests of operators in a store that one process has to itself.

use async_trait::async_trait;
use khata_projections::{
    ViewStoreError,
    view_store::{Request, Requests, StoreSignals},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// An older one is taken by nobody.
const LASTS: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct RequestBox {
    entries: Mutex<Entries>,
    signals: watch::Sender<StoreSignals>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    by_number: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    request: Request,
    asked: Instant,
    taken: bool,
    answer: Option<String>,
}

impl RequestBox {
    /// Tells those who hold the leases by these signals.
    pub(crate) fn new(signals: watch::Sender<StoreSignals>) -> Self {
        Self { entries: Mutex::default(), signals }
    }
}

#[async_trait]
impl Requests for RequestBox {
    async fn put(&self, projection: &str, operation: String) -> Result<u64, ViewStoreError> {
        let mut entries = self.entries.lock();
        entries.last += 1;
        let number = entries.last;
        let request = Request { number, projection: projection.to_owned(), operation };
        entries
            .by_number
            .insert(number, Entry { request, asked: Instant::now(), taken: false, answer: None });
        self.signals.send_modify(|signals| signals.requests += 1);
        Ok(number)
    }

    async fn take(&self, projections: &[String]) -> Result<Vec<Request>, ViewStoreError> {
        let mut entries = self.entries.lock();
        let is_open = |entry: &Entry| {
            !entry.taken && entry.asked.elapsed() < LASTS && projections.contains(&entry.request.projection)
        };
        let open = entries.by_number.values_mut().filter(|entry| is_open(entry));
        Ok(open
            .map(|entry| {
                entry.taken = true;
                entry.request.clone()
            })
            .collect())
    }

    async fn answer(&self, number: u64, answer: String) -> Result<(), ViewStoreError> {
        if let Some(entry) = self.entries.lock().by_number.get_mut(&number) {
            entry.answer = Some(answer);
        }
        Ok(())
    }

    async fn answered(&self, number: u64) -> Result<Option<String>, ViewStoreError> {
        Ok(self.entries.lock().by_number.get(&number).and_then(|entry| entry.answer.clone()))
    }

    async fn withdraw(&self, number: u64) -> Result<(), ViewStoreError> {
        self.entries.lock().by_number.remove(&number);
        Ok(())
    }
}
