//! One append: what an instance is told, the commands that follow from it, and what it is told of them.

use super::{Engine, EngineError, told::Told};
use crate::{
    StreamName,
    command::CommandError,
    executor::{PATIENCE, Participant, Unit},
    processes::{
        decisions::decide,
        event::StepError,
        instance::{Concern, Fail, Hear, Instance, InstanceCommand},
        process::Process,
        work::{Todo, Work, next_command},
    },
};
use jiff::Timestamp;
use khata_domain::Aggregate;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What became of one append.
pub(super) enum Step<P: Process> {
    /// It came through, and leaves this to be done.
    Stored(Work<P>),
    /// A command was refused, and this is to be told instead of it.
    Refused(String, Fail),
    /// It is to be done again.
    Again,
}

impl<P: Process> Engine<P> {
    /// One append: what the instance is told, the commands that it wants put because of that, and what it is told of
    /// them.
    pub(super) async fn append(
        self: &Arc<Self>,
        told: &Told<P>,
        refused: &BTreeMap<String, Fail>,
    ) -> Result<Step<P>, EngineError> {
        let (subject, now) = (told.subject, self.now()?);
        let context = self.context(&told.cause, now);
        let participants = self.plan(told, refused, now).await?;
        let held: BTreeSet<&StreamName> = participants.iter().map(Participant::stream).collect();
        // One that was refused is not put again: that is noted, whosever mailboxes are held.
        let can_be_put = |key: &str, command: &P::Command| {
            let participants = || self.surroundings.participants(command);
            refused.contains_key(key) || participants().iter().all(|one| held.contains(one.stream()))
        };
        // The command that is being put: if all comes to nothing, then because of it.
        let putting: Mutex<Option<Todo<P::Command>>> = Mutex::new(None);
        let body = |unit: &mut Unit<'_>| {
            *putting.lock() = None;
            let known = unit.state::<Instance<P>>(subject)?.outline.steps.len();
            if let Some(command) = &told.command {
                unit.decide::<Instance<P>>(subject, command.clone())?;
            }
            let mut put = BTreeSet::new();
            while let Some(todo) = next_command(unit.state::<Instance<P>>(subject)?, now, &put, can_be_put) {
                put.insert(todo.key.clone());
                let outcome = match refused.get(&todo.key) {
                    Some(fail) => InstanceCommand::Fail(fail.clone()),
                    None => {
                        *putting.lock() = Some(todo.clone());
                        self.surroundings.perform(&todo.request, &context, unit)?;
                        *putting.lock() = None;
                        InstanceCommand::Done { step: todo.step, undo: todo.undo, answer: None }
                    }
                };
                unit.decide::<Instance<P>>(subject, outcome)?;
            }
            Ok(Work::of(unit.state::<Instance<P>>(subject)?, now, &put, known))
        };
        let outcome = self.ports.executor.transact_many(&context, &participants, PATIENCE, body).await;
        match (outcome, putting.into_inner()) {
            (Ok((appended, work)), _) => {
                let mut desk = self.desk.lock();
                desk.appended = desk.appended.max(appended.position);
                Ok(Step::Stored(work))
            }
            (Err(CommandError::SettingsChanged), _) => {
                let known = context.settings.version();
                self.ports
                    .book
                    .renew_from(known)
                    .await
                    .map_err(|error| EngineError::Later(error.to_string()))?;
                Ok(Step::Again)
            }
            (Err(CommandError::Contended), _) => Ok(Step::Again),
            (Err(error), Some(todo)) if !is_of_the_moment(&error) => {
                let is_refusal = matches!(error, CommandError::Refused { .. } | CommandError::NotFound(_));
                let error = StepError { code: code_of(&error), message: error.to_string() };
                Ok(Step::Refused(todo.key.clone(), self.failed(&todo, error, is_refusal)))
            }
            (Err(error), _) => Err(stuck_or_later(error)),
        }
    }

    /// Whose mailboxes an append is going to need, as far as that can be foreseen.
    async fn plan(
        &self,
        told: &Told<P>,
        refused: &BTreeMap<String, Fail>,
        now: Timestamp,
    ) -> Result<Vec<Participant>, EngineError> {
        let begins =
            matches!(&told.command, Some(InstanceCommand::Hear(Hear { concern: Concern::Starts, .. })));
        let look = |instance: &Instance<P>| self.foresee(instance.clone(), told, refused, now);
        let (own, others) = if begins && refused.is_empty() {
            (Participant::new::<Instance<P>>(told.subject), look(&Instance::default()))
        } else {
            let seen = self.ports.executor.peek(told.subject, |_, instance| look(instance)).await;
            (Participant::of::<Instance<P>>(told.subject), seen.map_err(stuck_or_later)?)
        };
        Ok([own].into_iter().chain(others).collect())
    }

    fn foresee(
        &self,
        mut instance: Instance<P>,
        told: &Told<P>,
        refused: &BTreeMap<String, Fail>,
        now: Timestamp,
    ) -> Vec<Participant> {
        let (mut participants, mut put) = (Vec::new(), BTreeSet::new());
        let mut next = told.command.clone();
        loop {
            if let Some(command) = next.take() {
                let Ok(events) = decide(&instance, command, now) else { break };
                events.iter().for_each(|event| instance.evolve(event));
            }
            let Some(todo) = next_command(&instance, now, &put, |_, _| true) else { break };
            put.insert(todo.key.clone());
            next = Some(match refused.get(&todo.key) {
                Some(fail) => InstanceCommand::Fail(fail.clone()),
                None => {
                    participants.extend(self.surroundings.participants(&todo.request));
                    InstanceCommand::Done { step: todo.step, undo: todo.undo, answer: None }
                }
            });
        }
        participants
    }
}

/// Whether an error says nothing of what was asked, and passes.
fn is_of_the_moment(error: &CommandError) -> bool {
    match error {
        CommandError::Contended
        | CommandError::SettingsChanged
        | CommandError::Overloaded
        | CommandError::Clock(_)
        | CommandError::Unavailable(_)
        | CommandError::Replaced(_) => true,
        CommandError::Refused { .. }
        | CommandError::NotFound(_)
        | CommandError::OutOfReach(_)
        | CommandError::AlreadyExists(_)
        | CommandError::VersionConflict { .. }
        | CommandError::KeyReused
        | CommandError::NewerSchema { .. }
        | CommandError::Internal(_) => false,
    }
}

pub(super) fn stuck_or_later(error: CommandError) -> EngineError {
    let told = error.to_string();
    if is_of_the_moment(&error) { EngineError::Later(told) } else { EngineError::Stuck(told) }
}

fn code_of(error: &CommandError) -> String {
    match error {
        CommandError::Refused { code, .. } => code.clone(),
        CommandError::NotFound(_) | CommandError::OutOfReach(_) => "not_found".into(),
        CommandError::AlreadyExists(_) => "already_exists".into(),
        CommandError::NewerSchema { .. } => "newer_schema".into(),
        CommandError::VersionConflict { .. }
        | CommandError::KeyReused
        | CommandError::Contended
        | CommandError::SettingsChanged
        | CommandError::Overloaded
        | CommandError::Clock(_)
        | CommandError::Unavailable(_)
        | CommandError::Replaced(_)
        | CommandError::Internal(_) => "internal".into(),
    }
}
