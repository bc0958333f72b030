//! `operations`: what operators did, and who.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table,
    projection::{event_of, stream_of},
    query::Direction,
    row,
};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::operations::{Operation, OperationBegun, OperationDone, OperationEvent, OperationFailed};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// Something that an operator did.
    pub struct OperationRow in "operations", partition operation_id, key [position],
        index [actor, position],
        index [act, position] {
        /// Where it begins in the log.
        pub position: u64,
        /// `op_…`
        pub operation_id: String,
        /// Who.
        pub actor: String,
        /// What: `rebuild`, `backup`, …
        pub act: String,
        /// On what.
        pub target: String,
        /// The status that it was answered with; none before that, and where nobody waited for an answer.
        pub status: Option<u32>,
        /// When it was begun.
        pub recorded_at: Timestamp,
    }
}

impl OperationRow {
    /// All of them, the last first.
    pub fn all(limit: usize) -> Query {
        Query::of::<Self>(limit).ordered(&["position"], Direction::Descending)
    }
}

/// The projection behind [`OperationRow`].
#[derive(Debug, Clone, Copy)]
pub struct OperationsDone;

impl Projection for OperationsDone {
    const NAME: &'static str = "operations";
    const VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = &[OperationRow::TABLE];
    /// What was begun.
    type State = Option<Beginning>;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<Operation>(event)
    }

    fn fold(
        &self,
        begun: &mut Option<Beginning>,
        event: &Recorded,
        rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        let beginning =
            |act, target| Beginning { position: event.position, at: event.recorded_at, act, target };
        let (beginning, status) = match event_of::<Operation>(event)?.clone() {
            OperationEvent::OperationBegun(OperationBegun { act, target }) => {
                (begun.insert(beginning(act, target)).clone(), None)
            }
            OperationEvent::OperationDone(OperationDone { act, target, status, .. }) => {
                (begun.take().unwrap_or_else(|| beginning(act, target)), Some(status))
            }
            OperationEvent::OperationFailed(OperationFailed { status, .. }) => {
                let failed = || FoldError::Contradiction("what was not begun has failed".to_owned());
                (begun.take().ok_or_else(failed)?, Some(status))
            }
            OperationEvent::LostTailAccepted(accepted) => {
                (beginning("accept_lost_tail".to_owned(), accepted.head.position.to_string()), None)
            }
        };
        let actor = event.metadata().map_err(|error| FoldError::Contradiction(error.to_string()))?.actor;
        let Beginning { position, at: recorded_at, act, target } = beginning;
        rows.upsert(OperationRow {
            position,
            operation_id: event.stream.id().to_owned(),
            actor,
            act,
            target,
            status: status.map(u32::from),
            recorded_at,
        });
        Ok(())
    }
}

/// Where something began, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    position: u64,
    at: Timestamp,
    act: String,
    target: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;
    use khata_domain::{
        ids::{OperationId, TypedId},
        operations::{LostTailAccepted, SeenEvent},
    };
    use uuid::Uuid;

    #[test]
    fn what_was_done_is_told_with_who_did_it() {
        let id = |number| OperationId::from_uuid(Uuid::from_u128(number));
        let (act, target, answer) = ("skip".to_owned(), "accounts/3-1042".to_owned(), "{}".to_owned());
        let done = OperationEvent::OperationDone(OperationDone { act, target, status: 200, answer });
        let accepted = LostTailAccepted { head: SeenEvent { position: 4, hash: "00".into() }, views: vec![] };
        let log = Log::default()
            .with::<Operation>(id(1), done)
            .with::<Operation>(id(2), OperationEvent::LostTailAccepted(accepted));
        let rows: Vec<OperationRow> = log.rows(&OperationsDone);
        let told = |row: &OperationRow| {
            (row.position, row.actor.clone(), row.act.clone(), row.target.clone(), row.status)
        };
        assert_eq!(told(&rows[0]), (1, "test".into(), "skip".into(), "accounts/3-1042".into(), Some(200)));
        assert_eq!(told(&rows[1]), (2, "test".into(), "accept_lost_tail".into(), "4".into(), None));
    }

    #[test]
    fn what_was_begun_is_one_row_with_what_it_came_to() {
        let id = |number| OperationId::from_uuid(Uuid::from_u128(number));
        let begun = || OperationBegun { act: "rebuild".into(), target: "accounts".into() };
        let done = |answer: &str| OperationDone {
            act: "rebuild".into(),
            target: "accounts".into(),
            status: 202,
            answer: answer.into(),
        };
        let failed = OperationFailed { status: 404, code: "not_found".into() };
        let log = Log::default()
            .with::<Operation>(id(1), begun().into())
            .with::<Operation>(id(2), begun().into())
            .with::<Operation>(id(3), begun().into())
            .with::<Operation>(id(2), failed.into())
            .with::<Operation>(id(1), done("{}").into());
        let rows: Vec<OperationRow> = log.rows(&OperationsDone);
        let told: Vec<_> = rows.iter().map(|row| (row.position, row.status)).collect();
        assert_eq!(told, [(1, Some(202)), (2, Some(404)), (3, None)]);
    }
}
