//! Turns: whoever asks for the same thing at the same time, in this process, is served one after another.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{hash::Hash, sync::Arc};
use tokio::sync::OwnedMutexGuard;

/// Who is at it and who waits, by what is asked for. Nothing is kept of what nobody asks for.
pub(crate) struct Turns<K> {
    held: Mutex<FxHashMap<K, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn. The next one's begins when it is dropped.
pub(crate) struct Turn<'a, K: Hash + Eq> {
    turns: &'a Turns<K>,
    name: K,
    guard: Option<OwnedMutexGuard<()>>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self { held: Mutex::default() }
    }
}

impl<K: Hash + Eq + Clone> Turns<K> {
    /// Waits until nobody else is at it. In the order in which they came.
    pub(crate) async fn turn(&self, name: K) -> Turn<'_, K> {
        let mutex = self.held.lock().entry(name.clone()).or_default().clone();
        // Also whoever gives up waiting leaves nothing behind.
        let mut turn = Turn { turns: self, name, guard: None };
        turn.guard = Some(mutex.lock_owned().await);
        turn
    }
}

impl<K: Hash + Eq> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        let mut held = self.turns.held.lock();
        drop(self.guard.take());
        if held.get(&self.name).is_some_and(|mutex| Arc::strong_count(mutex) == 1) {
            held.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_at_a_time_and_nothing_is_left_behind() {
        let (turns, at_it) = (Arc::new(Turns::<u8>::default()), Arc::new(AtomicU32::new(0)));
        let tasks: Vec<_> = (0..200_u32)
            .map(|n| {
                let (turns, at_it) = (turns.clone(), at_it.clone());
                tokio::spawn(async move {
                    if n % 10 == 0 {
                        // Gives up waiting.
                        let _unlucky = tokio::time::timeout(std::time::Duration::ZERO, turns.turn(7)).await;
                        return;
                    }
                    let _turn = turns.turn(7).await;
                    assert_eq!(at_it.fetch_add(1, Ordering::SeqCst), 0);
                    tokio::task::yield_now().await;
                    at_it.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(turns.held.lock().is_empty());
    }
}
