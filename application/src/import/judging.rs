//! Which facts are there already, which contradict what is, and how a refusal is told of its line.

use super::{lookups::Known, prepare::Prepared, report::Stop};
use crate::command::CommandError;
use std::collections::HashSet;

/// The first fact whose source stands before it among these already.
pub(super) fn named_again(facts: &[Prepared]) -> Option<usize> {
    let mut seen = HashSet::with_capacity(facts.len());
    facts.iter().position(|fact| !seen.insert(fact.event.event_id))
}

/// The facts that are not there yet; up to the first whose source has named another fact before.
pub(super) fn missing<'g>(facts: &'g [Prepared], known: &Known) -> (Vec<&'g Prepared>, Option<usize>) {
    let mut missing = Vec::new();
    for (index, fact) in facts.iter().enumerate() {
        match known.get(&fact.event.event_id) {
            Some(stored) if !fact.is_told_by(stored, known) => return (missing, Some(index)),
            Some(_) => {}
            None => missing.push(fact),
        }
    }
    (missing, None)
}

pub(super) fn reused(fact: &Prepared) -> Stop {
    let reason = "its source has named another fact before".to_owned();
    Stop::BadLine { line: fact.line, code: "source_reused".to_owned(), reason }
}

/// A refusal, told of its line.
pub(super) fn bad_line(line: u64, error: CommandError) -> Stop {
    let reason = error.to_string();
    let code = match error {
        CommandError::Refused { code, .. } => code,
        CommandError::NotFound(_) | CommandError::OutOfReach(_) => "not_found".to_owned(),
        CommandError::NewerSchema { .. } => "newer_schema".to_owned(),
        CommandError::AlreadyExists(_) => "already_exists".to_owned(),
        CommandError::VersionConflict { .. }
        | CommandError::KeyReused
        | CommandError::Contended
        | CommandError::SettingsChanged
        | CommandError::Overloaded
        | CommandError::Unavailable(_)
        | CommandError::Replaced(_)
        | CommandError::Clock(_)
        | CommandError::Internal(_) => return Stop::Failed(error),
    };
    Stop::BadLine { line, code, reason }
}
