//! Calls: each goes out once its intent is durable, beside the others of its port, and what it came to is stored.

use super::{Cause, Engine, EngineError, Told};
use crate::processes::{
    event::StepError,
    instance::{Fail, InstanceCommand},
    process::Process,
    work::Todo,
};
use metrics::histogram;
use std::sync::Arc;
use tokio::sync::Semaphore;

impl<P: Process> Engine<P> {
    /// Sends a call on its way, unless it is under way already.
    pub(super) fn launch(self: &Arc<Self>, subject: P::Subject, call: Todo<P::Call>, correlation_id: &str) {
        let port = self.surroundings.port(&call.request);
        let mut desk = self.desk.lock();
        if desk.flights.contains_key(&call.key) {
            return;
        }
        if desk.flights.len() >= self.pace.waiting_calls {
            desk.has_left_calls = true;
            return;
        }
        desk.launched += 1;
        let number = desk.launched;
        desk.flights.insert(call.key.clone(), number);
        let turn =
            desk.ports.entry(port.name).or_insert_with(|| Arc::new(Semaphore::new(port.at_once))).clone();
        drop(desk);
        let (engine, correlation_id) = (self.clone(), correlation_id.to_owned());
        self.ports.tasks.spawn(Box::pin(async move {
            let landing = Landing { engine: engine.clone(), key: call.key.clone(), number };
            let Ok(_turn) = turn.acquire().await else { return };
            engine.fly(subject, call, correlation_id).await;
            drop(landing);
        }));
    }

    /// Makes a call, and tells the instance what it came to.
    async fn fly(self: &Arc<Self>, subject: P::Subject, call: Todo<P::Call>, correlation_id: String) {
        let answered = self.surroundings.call(&call.key, &call.request).await;
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
        let cause = Cause { correlation_id, ..Cause::default() };
        let told = Told { subject, command: Some(command), cause };
        match self.tell(told.clone()).await {
            Ok(()) => {}
            Err(EngineError::Later(reason)) => {
                tracing::debug!(reason, process = P::CATEGORY, "what a call came to is stored later");
                self.desk.lock().unstored.push(told);
            }
            Err(EngineError::Stuck(reason)) => {
                tracing::error!(reason, key = call.key, "what a call came to cannot be told to its process");
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
}

/// Notes that a call is not under way any more, however it ended.
struct Landing<P: Process> {
    engine: Arc<Engine<P>>,
    key: String,
    /// Under the same key another may have begun meanwhile.
    number: u64,
}

impl<P: Process> Drop for Landing<P> {
    fn drop(&mut self) {
        let mut desk = self.engine.desk.lock();
        if desk.flights.get(&self.key) == Some(&self.number) {
            desk.flights.remove(&self.key);
        }
    }
}
