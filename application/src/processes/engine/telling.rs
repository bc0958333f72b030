//! Telling an instance something, and doing what there is to do about it then.

use super::{
    Engine, EngineError,
    append::{Step, stuck_or_later},
    caught::{caught, caught_now},
    desk::Untold,
    landing::Landing,
    panicked,
    told::{Cause, Sign, Told},
};
use crate::processes::{
    event::StepError,
    instance::{Instance, InstanceCommand},
    process::Process,
    surroundings::Port,
    work::Work,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

impl<P: Process> Engine<P> {
    /// Does what there is to do about an instance. Tells whether a call of it was left and the search that came by it
    /// keeps its place.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub(in crate::processes) async fn attend(
        self: &Arc<Self>,
        subject: P::Subject,
        sign: Sign,
        is_searched: bool,
    ) -> Result<bool, EngineError> {
        // Between the append of a call's intent and the call, only who appended it knows that nobody has made it.
        if self.desk.lock().leave_to_teller(subject) {
            return Ok(false);
        }
        let now = self.now()?;
        let look = |version, instance: &Instance<P>| {
            (version, Work::of(instance, now, &BTreeSet::new(), usize::MAX))
        };
        let (version, work) = self.ports.executor.peek(subject, look).await.map_err(stuck_or_later)?;
        if work.is_newer {
            return Err(newer::<P>(subject));
        }
        match caught_now(|| self.prospect(&work)).map_err(panicked::<P>)? {
            // Those that are under way look again when they have landed.
            Prospect::UnderWay if sign.counts_in(version) => return Ok(false),
            Prospect::Nothing if sign.is_settled_at(version) => return Ok(false),
            Prospect::Full(ports) if sign.counts_in(version) => {
                let mut desk = self.desk.lock();
                let left = ports.into_iter().map(|port| desk.leave(port, is_searched));
                return Ok(left.fold(false, |keeps, left| keeps | left));
            }
            Prospect::Nothing | Prospect::UnderWay | Prospect::Full(_) | Prospect::Some => {}
        }
        // What was seen may be on its way to the disk still, or older than what others have appended since: an
        // operator elsewhere, who was in charge before. The engine acts on what is there, so even where nothing seems
        // to be done, this passes the writer.
        let cause = Cause { correlation_id: work.correlation_id, ..Cause::default() };
        self.tell(Told { subject, command: None, cause, is_searched }).await
    }

    /// What can be done of some work now.
    fn prospect(&self, work: &Work<P>) -> Prospect {
        if work.has_commands || work.timer.is_some() {
            return Prospect::Some;
        }
        if work.calls.is_empty() {
            return Prospect::Nothing;
        }
        let ports = self.ports_of(&work.calls);
        let desk = self.desk.lock();
        let mut full = Vec::new();
        for (call, port) in work.calls.iter().zip(ports) {
            if desk.is_under_way(call) {
                continue;
            }
            if call.is_undone || !desk.lanes.is_full(port) {
                return Prospect::Some;
            }
            full.push(port);
        }
        if full.is_empty() { Prospect::UnderWay } else { Prospect::Full(full) }
    }

    /// Tells an instance something, and does what there is to do about it then, up to calls: those go on beside. Tells
    /// whether one was left and the search that came by it keeps its place.
    pub(super) async fn tell(self: &Arc<Self>, told: Told<P>) -> Result<bool, EngineError> {
        self.tell_landing(told, &mut None).await
    }

    /// The same, of a call: it has landed once that is stored.
    pub(super) async fn tell_landing(
        self: &Arc<Self>,
        mut told: Told<P>,
        landing: &mut Option<Landing<P>>,
    ) -> Result<bool, EngineError> {
        let mut teller = Teller::begin(self, told.subject);
        let (mut refused, mut has_left) = (BTreeMap::new(), false);
        loop {
            match caught(self.append(&told, &refused)).await.map_err(panicked::<P>)?? {
                Step::Again => {}
                Step::Refused(key, fail) => {
                    refused.insert(key, fail);
                }
                Step::Stored(work) => {
                    refused.clear();
                    drop(landing.take());
                    let followed = caught_now(|| self.follow(&told, work)).map_err(panicked::<P>)??;
                    has_left |= followed.has_left;
                    told.cause.event = None;
                    match followed.next {
                        Some(next) => told.command = next,
                        None if !teller.end() => return Ok(has_left),
                        None => {
                            told.command = None;
                            teller = Teller::begin(self, told.subject);
                        }
                    }
                }
            }
        }
    }

    /// Sends calls on their way. Gives what the instance is to be told next, if anything.
    fn follow(self: &Arc<Self>, told: &Told<P>, work: Work<P>) -> Result<Followed<P>, EngineError> {
        if work.is_newer {
            return Err(newer::<P>(told.subject));
        }
        if let Some(wake_at) = work.wake_at {
            let mut desk = self.desk.lock();
            desk.next_look = desk.next_look.min(wake_at);
        }
        let mut has_left = false;
        for call in work.calls {
            if !call.is_undone {
                has_left |= self.launch(told, call, &work.correlation_id);
            } else if !self.desk.lock().is_under_way(&call) {
                let message = "it was under way when a process ended, and is being undone since".to_owned();
                let error = StepError { code: "interrupted".into(), message };
                let next = Some(Some(InstanceCommand::Fail(self.failed(&call, error, false))));
                return Ok(Followed { next, has_left });
            }
        }
        let next = match work.timer {
            Some(timer) => Some(Some(InstanceCommand::Fire { timer })),
            None => work.has_commands.then_some(None),
        };
        Ok(Followed { next, has_left })
    }
}

/// Somebody who tells an instance something, and looks after it until that is done.
struct Teller<P: Process> {
    engine: Arc<Engine<P>>,
    subject: P::Subject,
    is_over: bool,
}

impl<P: Process> Teller<P> {
    fn begin(engine: &Arc<Engine<P>>, subject: P::Subject) -> Self {
        engine.desk.lock().begin_telling(subject);
        Self { engine: engine.clone(), subject, is_over: false }
    }

    /// Tells whether the instance is to be looked after once more.
    fn end(&mut self) -> bool {
        self.is_over = true;
        self.engine.desk.lock().end_telling(self.subject)
    }
}

impl<P: Process> Drop for Teller<P> {
    /// It could not be told: what others have left to it is looked after later.
    fn drop(&mut self) {
        let mut desk = self.engine.desk.lock();
        if !self.is_over && desk.end_telling(self.subject) {
            let (subject, cause) = (self.subject, Cause::default());
            let told = Told { subject, command: None, cause, is_searched: false };
            desk.untold.push(Untold { told, flight: None });
        }
    }
}

/// What can be done of some work now.
enum Prospect {
    /// There is none.
    Nothing,
    /// All of it is under way.
    UnderWay,
    /// What is not under way are calls of these ports, which take no more.
    Full(Vec<Port>),
    /// Something.
    Some,
}

/// What follows when an instance was told something.
struct Followed<P: Process> {
    /// What it is to be told next, if anything.
    next: Option<Option<InstanceCommand<P>>>,
    /// A call was left, and the search that came by it keeps its place.
    has_left: bool,
}

fn newer<P: Process>(subject: P::Subject) -> EngineError {
    EngineError::Stuck(format!(
        "{subject} of {} runs by a definition that only a newer Khata knows",
        P::CATEGORY
    ))
}
