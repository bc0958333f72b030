//! A page of subjects worked off: many in one append, and each by itself where that does not come to be, so that one
//! that fails holds up nobody.

use super::desk::Desk;
use crate::{
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Aggregate, Due, Evening, Text,
    nights::{Failure, Tally},
};
use std::time::Duration;

/// For so long a page is decided again while others are quicker, and so long each of its subjects.
const PATIENCE: Duration = Duration::from_secs(10);

/// So often a page is decided again because the namespace's settings have changed meanwhile.
const SETTINGS_CHANGES: u32 = 3;

/// What is due for one of them, by its state.
pub(super) trait Asked<A: Aggregate>: Fn(&A, &Evening) -> Due<A::Command> + Send + Sync {}

impl<A: Aggregate, F: Fn(&A, &Evening) -> Due<A::Command> + Send + Sync> Asked<A> for F {}

/// Subjects of one kind.
pub(super) struct Page<'a> {
    pub(super) desk: &'a Desk,
    /// Who asked for the night.
    pub(super) context: &'a CommandContext,
    pub(super) evening: &'a Evening,
    /// Their names.
    pub(super) names: &'a [String],
}

impl Page<'_> {
    /// Puts to each what its state says is due.
    pub(super) async fn work_off<A: Aggregate>(&self, due: impl Asked<A>) -> Tally {
        let (ids, mut tally) = self.ids::<A>();
        match self.together::<A>(&ids, &due).await {
            Ok(done) => tally.add(done),
            Err(_) => {
                for id in ids {
                    let alone = self.together::<A>(&[id], &due).await;
                    tally.add(alone.unwrap_or_else(|error| failed(&id.to_string(), &error)));
                }
            }
        }
        tally
    }

    /// The ids that the names tell; a name that is none has failed.
    pub(super) fn ids<A: Aggregate>(&self) -> (Vec<A::Id>, Tally) {
        let mut tally = Tally::default();
        let mut ids = Vec::with_capacity(self.names.len());
        for name in self.names {
            match name.parse::<A::Id>() {
                Ok(id) => ids.push(id),
                Err(error) => tally.add(failed(name, &CommandError::Internal(error.to_string()))),
            }
        }
        (ids, tally)
    }

    async fn together<A: Aggregate>(
        &self,
        ids: &[A::Id],
        due: &impl Asked<A>,
    ) -> Result<Tally, CommandError> {
        let participants: Vec<Participant> = ids.iter().map(|id| Participant::of::<A>(*id)).collect();
        let body = |unit: &mut Unit<'_>| {
            let mut tally = Tally::default();
            for id in ids {
                tally.add(self.one::<A>(unit, *id, due));
            }
            Ok(tally)
        };
        let mut changes = 0;
        loop {
            let context = self.desk.now(self.context, self.evening.date);
            match self.desk.executor.transact_many(&context, &participants, PATIENCE, &body).await {
                Err(CommandError::SettingsChanged) if changes < SETTINGS_CHANGES => changes += 1,
                done => return done.map(|(_, tally)| tally),
            }
        }
    }

    /// What one of them is to do, done as far as it lets itself be done.
    fn one<A: Aggregate>(&self, unit: &mut Unit<'_>, id: A::Id, due: &impl Asked<A>) -> Tally {
        let due = match unit.existing::<A>(id) {
            Ok(state) => due(state, self.evening),
            Err(error) => return failed(&id.to_string(), &error),
        };
        let commands = match due {
            Due::Nothing => return Tally::default(),
            Due::Done => return processed(),
            Due::Left(reason) => return left(reason),
            Due::Commands(commands) => commands,
        };
        for command in commands {
            if let Err(error) = unit.decide::<A>(id, command) {
                return failed(&id.to_string(), &error);
            }
        }
        processed()
    }
}

pub(super) fn processed() -> Tally {
    Tally { processed: 1, ..Tally::default() }
}

pub(super) fn left(reason: &str) -> Tally {
    Tally { skipped: [(reason.to_owned(), 1)].into(), ..Tally::default() }
}

pub(super) fn failed(subject: &str, error: &CommandError) -> Tally {
    let code = match error {
        CommandError::Refused { code, .. } => code.as_str(),
        CommandError::NewerSchema { .. } => "newer_schema",
        CommandError::NotFound(_) | CommandError::OutOfReach(_) => "not_found",
        CommandError::Contended => "contended",
        CommandError::Overloaded => "overloaded",
        CommandError::Unavailable(_) | CommandError::Replaced(_) => "unavailable",
        _ => "internal",
    };
    let failure = Failure {
        subject: Text::fitted(subject),
        code: Text::fitted(code),
        message: Text::fitted(&error.to_string()),
    };
    Tally { failed: [(code.to_owned(), 1)].into(), failures: vec![failure], ..Tally::default() }
}
