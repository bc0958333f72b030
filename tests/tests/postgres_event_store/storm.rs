//! Many writers who repeat what they were told did not happen, and what must be true of the log behind them.

use crate::store::{Process, append, assert_whole, saying};
use khata_application::{
    EventStore,
    event_store::{AppendError, Expected},
};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

const WRITERS: usize = 12;

/// Writers at work. Each event says who wrote it and the how many-th of his it is.
pub struct Storm {
    writers: JoinSet<()>,
    each: usize,
}

impl Storm {
    /// Every writer appends so many events. Whoever is told that nothing was stored tries again, with an
    /// event of another id: had something been stored, it would be there twice. Only if he is told that this
    /// is not known, he asks with the same one.
    pub fn over(processes: &[Process], each: usize) -> Self {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let store = processes[writer % processes.len()].store.clone();
            writers.spawn(async move {
                for n in 0..each {
                    let name = if n % 2 == 0 { "shared".to_owned() } else { format!("w{writer}") };
                    let (mut event, mut is_unknown) = (saying(&format!("{writer}/{n}")), false);
                    loop {
                        match store.append(append(&name, Expected::Any, vec![event.clone()])).await {
                            Ok(_) => break,
                            Err(AppendError::Duplicate { .. }) if is_unknown => break,
                            Err(AppendError::Unavailable(reason)) => {
                                is_unknown |= reason.contains("a commit is in doubt");
                                if !is_unknown {
                                    event = saying(&format!("{writer}/{n}"));
                                }
                                tokio::task::yield_now().await;
                            }
                            Err(AppendError::Overloaded) => tokio::task::yield_now().await,
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
            });
        }
        Self { writers, each }
    }

    /// Waits until all are done, and looks: no event is lost, none doubled, and the log is whole.
    pub async fn ends_well(self, process: &Process) {
        self.writers.join_all().await;
        process.has_heard_of((WRITERS * self.each) as u64).await;
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        for event in process.log().await {
            *said.entry(event.data.to_string()).or_default() += 1;
        }
        let doubled: Vec<_> = said.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "stored more than once: {doubled:?}");
        assert_eq!(said.len(), WRITERS * self.each, "some were lost");
        assert_eq!(assert_whole(process).await, (WRITERS * self.each) as u64);
    }
}
