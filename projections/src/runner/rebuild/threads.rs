//! The threads that fill new generations.

use super::{
    super::{context::Context, ended::Ended, member::Member, message::Message},
    fill,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// The rebuilds of a session.
#[derive(Default)]
pub(in crate::runner) struct Rebuilds {
    cancelled: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// The projections that threads fill at present.
    filling: Vec<&'static str>,
}

impl Rebuilds {
    /// A thread has handed its generation of this projection over.
    pub(in crate::runner) fn filled(&mut self, projection: &str) {
        self.filling.retain(|name| *name != projection);
    }

    /// Whether a thread fills a generation of this projection.
    pub(in crate::runner) fn is_filling(&self, projection: &str) -> bool {
        self.filling.contains(&projection)
    }

    /// Ends all threads and waits for them.
    pub(in crate::runner) fn end(self) {
        self.cancelled.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // Its panic, if there was one, has been told by message.
            let _panicked = thread.join();
        }
    }

    /// Begins to fill generations together.
    pub(in crate::runner) fn begin(
        &mut self,
        context: &Context,
        epoch: u64,
        members: Vec<Member>,
    ) -> Result<(), Ended> {
        self.threads.retain(|thread| !thread.is_finished());
        self.filling.extend(members.iter().map(Member::name));
        let (context, cancelled) = (context.clone(), self.cancelled.clone());
        let thread = std::thread::Builder::new().name("khata-rebuild".into()).spawn(move || {
            let rebuild = fill::Rebuild::new(context.clone(), epoch, members, cancelled);
            let outcome = catch_unwind(AssertUnwindSafe(|| context.runtime.block_on(rebuild.run())));
            tell(
                &context,
                epoch,
                outcome.unwrap_or_else(|_| Err(Ended::Restart("a rebuild panicked".into()))),
            );
        });
        let thread = thread.map_err(|error| Ended::Restart(format!("no thread for a rebuild: {error}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

/// Tells the live loop how a rebuild ended. Nobody hears it if the runner has ended meanwhile.
fn tell(context: &Context, epoch: u64, outcome: Result<Vec<Member>, Ended>) {
    match outcome {
        Ok(members) => {
            for member in members {
                let _unheard = context.outbox.send(Message::Rebuilt { epoch, member: Box::new(member) });
            }
        }
        Err(Ended::Stopped) => {}
        Err(ended) => {
            let _unheard = context.outbox.send(Message::RebuildEnded { epoch, ended });
        }
    }
}
