//! What somebody was refused for lack of rights: an event each, or one for many of a kind, so that it can be seen who
//! tried what, and when.

use crate::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    declared::{commands, events},
    ids::{CustomerId, RefusalId},
    names::names,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

names! {
    /// Why somebody was refused.
    pub enum RefusalReason {
        /// None of their roles may do it.
        Role = "role",
        /// It is out of their reach, or there is no such thing: they were told that there is none.
        Reach = "reach",
        /// They stated what their word is not taken on.
        Statement = "statement",
    }
}

/// A refusal, once it is noted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessRefusal {
    refused: Option<AccessRefused>,
}

impl AccessRefusal {
    /// What was refused.
    pub fn refused(&self) -> Option<&AccessRefused> {
        self.refused.as_ref()
    }
}

/// Note what was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub refused: AccessRefused,
}

commands! {
    /// What a refusal can be asked to do.
    pub enum AccessRefusalCommand for AccessRefusal {
        Note => note,
    }
}

events! {
    /// What can have happened to a refusal. Frozen by golden files.
    pub enum AccessRefusalEvent {
        AccessRefused = "access_refused" v 1,
    }
}

/// Somebody was refused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRefused {
    /// Who: the subject of the token.
    pub actor: String,
    /// What they wanted to do, as the description of the surface names it.
    pub operation: String,
    /// To what, if that was one thing: `acc_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Why not.
    pub reason: RefusalReason,
    /// How often. More than once where so many came that they are told together.
    pub count: u32,
    /// When, or when first.
    pub refused_at: Timestamp,
}

impl DomainEvent for AccessRefusalEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
}

/// What was refused is noted, whatever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
pub enum AccessRefusalError {}

fn note(
    _: &AccessRefusal,
    command: Note,
    _: DecisionContext<'_>,
    _: Rules,
) -> Result<Vec<AccessRefusalEvent>, AccessRefusalError> {
    Ok(vec![command.refused.into()])
}

impl Aggregate for AccessRefusal {
    const CATEGORY: &'static str = "access_refusal";
    const STATE_SCHEMA: u32 = 1;
    type Id = RefusalId;
    type Command = AccessRefusalCommand;
    type Event = AccessRefusalEvent;
    type Error = AccessRefusalError;

    fn decide(
        &self,
        command: AccessRefusalCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<AccessRefusalEvent>, AccessRefusalError> {
        if self.refused.is_none() { command.decide_on(self, at, rules) } else { Ok(vec![]) }
    }

    fn evolve(&mut self, event: &AccessRefusalEvent) {
        match event {
            AccessRefusalEvent::AccessRefused(refused) => self.refused = Some(refused.clone()),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn refused(count: u32) -> AccessRefused {
        AccessRefused {
            actor: "anna".into(),
            operation: "freeze_account".into(),
            resource: Some("acc_1".into()),
            reason: RefusalReason::Role,
            count,
            refused_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_refusal_is_noted_once() {
        let noted = || AccessRefusalEvent::AccessRefused(refused(1));
        given::<AccessRefusal>([]).when(Note { refused: refused(1) }).then([noted()]);
        given::<AccessRefusal>([noted()]).when(Note { refused: refused(2) }).then([]);
    }
}
