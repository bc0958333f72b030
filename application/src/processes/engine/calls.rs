//! Calls: each goes out once its intent is durable, beside the others of its port, and what it came to is stored.

use super::{
    Engine, EngineError,
    caught::{Panicked, caught},
    desk::Untold,
    landing::Landing,
    lanes::Admitted,
    told::{Cause, Sign, Told},
};
use crate::processes::{
    event::StepError,
    instance::{Fail, Instance, InstanceCommand},
    process::Process,
    surroundings::{Asked, CallError, Port},
    work::{Todo, still_wants},
};
use metrics::histogram;
use std::sync::Arc;

impl<P: Process> Engine<P> {
    /// Sends a call on its way, unless it is under way already, or what it undoes still is. Tells whether it was left
    /// and the search that came by it keeps its place.
    pub(super) fn launch(
        self: &Arc<Self>,
        told: &Told<P>,
        call: Todo<P::Call>,
        correlation_id: &str,
    ) -> bool {
        let port = self.surroundings.port(&call.request);
        let mut desk = self.desk.lock();
        if desk.is_under_way(&call) {
            return false;
        }
        let Some(Admitted { number, turn }) = desk.lanes.admit(port, &call.key, self.pace.waiting_calls)
        else {
            return desk.leave(port, told.is_searched);
        };
        drop(desk);
        let landing = Landing::of(self, (call.key.clone(), number));
        let cause = Cause { correlation_id: correlation_id.to_owned(), ..Cause::default() };
        let (engine, subject) = (self.clone(), told.subject);
        self.ports.tasks.spawn(Box::pin(async move {
            let Ok(_turn) = turn.acquire().await else { return };
            // It may have waited long. Whatever happened to it meanwhile was handed to the engine.
            let wants = |_, instance: &Instance<P>| still_wants(instance, &call);
            match engine.ports.executor.peek(subject, wants).await {
                Ok(true) => engine.fly(subject, call, cause, landing).await,
                Ok(false) | Err(_) => engine.land(subject, landing).await,
            }
        }));
        false
    }

    /// Makes a call, and tells the instance what it came to.
    async fn fly(
        self: &Arc<Self>,
        subject: P::Subject,
        call: Todo<P::Call>,
        cause: Cause,
        landing: Landing<P>,
    ) {
        let asked = Asked { key: &call.key, is_first: call.is_first };
        let answered =
            caught(self.surroundings.call(&asked, &call.request)).await.unwrap_or_else(|Panicked| {
                let message = "the port has panicked; what it told is in the log".to_owned();
                Err(CallError { code: "panicked", message })
            });
        self.measure(&call, answered.is_ok());
        let command = match answered {
            Ok(answer) => {
                InstanceCommand::Done { step: call.step.clone(), undo: call.undo, answer: Some(answer) }
            }
            Err(error) => {
                let error = StepError { code: error.code.to_owned(), message: error.message };
                InstanceCommand::Fail(self.failed(&call, error, false))
            }
        };
        let told = Told { subject, command: Some(command), cause, is_searched: false };
        if let Err(reason) = self.tell_outcome(told, landing).await {
            tracing::debug!(reason, process = P::CATEGORY, "what a call came to is stored later");
        }
    }

    /// Tells an instance what a call came to. What cannot be told now is kept.
    ///
    /// # Errors
    /// Why it is told later.
    pub(super) async fn tell_outcome(
        self: &Arc<Self>,
        told: Told<P>,
        landing: Landing<P>,
    ) -> Result<(), String> {
        let (subject, mut landing) = (told.subject, Some(landing));
        match self.tell_landing(told.clone(), &mut landing).await {
            Ok(_) => {}
            Err(EngineError::Later(reason)) => {
                let flight = landing.map(Landing::hand_over);
                self.desk.lock().untold.push(Untold { told, flight });
                return Err(reason);
            }
            Err(EngineError::Stuck(reason)) => {
                tracing::error!(
                    reason,
                    process = P::CATEGORY,
                    "what a call came to cannot be told to its process"
                );
            }
        }
        drop(landing);
        self.look_again(subject).await
    }

    /// Tells an instance what it could not be told before of a call.
    ///
    /// # Errors
    /// Why it is told later.
    pub(in crate::processes) async fn tell_again(self: &Arc<Self>, untold: Untold<P>) -> Result<(), String> {
        let Untold { told, flight } = untold;
        if let Some(flight) = flight {
            return self.tell_outcome(told, Landing::of(self, flight)).await;
        }
        match self.tell(told.clone()).await {
            Err(EngineError::Later(reason)) => {
                self.desk.lock().untold.push(Untold { told, flight: None });
                Err(reason)
            }
            Err(EngineError::Stuck(reason)) => {
                tracing::error!(reason, process = P::CATEGORY, "a process cannot go on here; others do");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Lands a call that did not go out.
    async fn land(self: &Arc<Self>, subject: P::Subject, landing: Landing<P>) {
        drop(landing);
        if let Err(reason) = self.look_again(subject).await {
            tracing::debug!(reason, process = P::CATEGORY, "a process is looked at later");
        }
    }

    /// Looks at an instance after a call of it has landed: what was asked for meanwhile under the same key, such as by
    /// an operator, was left alone as long as it was under way.
    ///
    /// # Errors
    /// Why that is done later.
    pub(super) async fn look_again(self: &Arc<Self>, subject: P::Subject) -> Result<(), String> {
        match self.attend(subject, Sign::Event(0), false).await {
            Ok(_) => Ok(()),
            Err(EngineError::Later(reason)) => {
                let told = Told { subject, command: None, cause: Cause::default(), is_searched: false };
                self.desk.lock().untold.push(Untold { told, flight: None });
                Err(reason)
            }
            Err(EngineError::Stuck(reason)) => {
                tracing::debug!(reason, process = P::CATEGORY, "a process cannot go on here; others do");
                Ok(())
            }
        }
    }

    /// Measures how long a call took since it was asked for.
    fn measure(&self, call: &Todo<P::Call>, has_answer: bool) {
        let Ok(now) = self.now() else { return };
        let (name, result) =
            (P::CATEGORY.trim_start_matches("process_"), if has_answer { "answered" } else { "failed" });
        let seconds = now.duration_since(call.since).as_secs_f64().max(0.0);
        histogram!("khata_process_call_seconds", "type" => name, "result" => result).record(seconds);
    }

    /// What an instance is told of an attempt that failed.
    pub(super) fn failed<R>(&self, todo: &Todo<R>, error: StepError, is_refusal: bool) -> Fail {
        Fail {
            step: todo.step.clone(),
            undo: todo.undo,
            attempt: todo.attempt,
            error,
            is_refusal,
            chance: self.ports.random.below(1_000),
        }
    }

    /// The ports of calls.
    pub(super) fn ports_of(&self, calls: &[Todo<P::Call>]) -> Vec<Port> {
        calls.iter().map(|call| self.surroundings.port(&call.request)).collect()
    }
}
