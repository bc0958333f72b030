//! The one row in which the file notes how far it has come: sealed, since much rests on it.

use super::rows::{instant, number, prepare, sql, unreadable};
use crate::seal::{Content, Seal, SealKey};
use jiff::Timestamp;
use khata_application::event_store::{
    Head, ReadError,
    stored_log::{Witness, WitnessKind},
};
use rusqlite::{Connection, named_params};
use uuid::Uuid;

/// How far the file has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// Nothing may be stamped before this.
    pub(super) floor: Timestamp,
    /// So many segments are indexed.
    pub(super) indexed_segments: u64,
    /// Keys up to this id are indexed.
    pub(super) indexed_keys: i64,
    /// The largest indexed event id of UUID version 7.
    pub(super) newest_event_id: Uuid,
    /// Up to here the chain was verified, or written by a process that had verified what was before.
    verified: (u64, [u8; 32]),
}

impl Progress {
    /// What the file says, if it carries its seal; `None` if it does not.
    pub(super) fn sealed(connection: &Connection, key: &SealKey) -> Result<Option<Self>, ReadError> {
        let (progress, seal) = Self::read(connection)?;
        Ok((seal == progress.seal(key)).then_some(progress))
    }

    /// What the file says.
    ///
    /// # Errors
    /// Those of the file, and `Corrupt` if it does not carry its seal.
    pub(super) fn load(connection: &Connection, key: &SealKey) -> Result<Self, ReadError> {
        Self::sealed(connection, key)?.ok_or_else(|| {
            ReadError::Corrupt("the notes of how far the store has come do not carry their seal".into())
        })
    }

    /// What the file says, sealed or not.
    pub(super) fn unsealed(connection: &Connection) -> Result<Self, ReadError> {
        Ok(Self::read(connection)?.0)
    }

    fn read(connection: &Connection) -> Result<(Self, Vec<u8>), ReadError> {
        let query = "SELECT recorded_floor, indexed_segments, indexed_keys, newest_event_id, verified_position, verified_hash, seal FROM progress";
        let read = |row: &rusqlite::Row<'_>| {
            let progress = Self {
                floor: instant(row.get(0)?)?,
                indexed_segments: number(row, 1)?,
                indexed_keys: row.get(2)?,
                newest_event_id: Uuid::from_bytes(row.get(3)?),
                verified: (number(row, 4)?, row.get(5)?),
            };
            Ok((progress, row.get(6)?))
        };
        connection.query_row(query, [], read).map_err(unreadable)
    }

    /// Of a file whose indexes are to be made anew. Its chain was verified up to the head, and its keys are
    /// indexed.
    pub(super) fn anew(floor: Timestamp, indexed_keys: i64, head: Head) -> Self {
        Self {
            floor,
            indexed_segments: 0,
            indexed_keys,
            newest_event_id: Uuid::nil(),
            verified: (head.position, head.hash),
        }
    }

    /// The chain up to here was verified, or written by this process.
    pub(super) fn note_verified(&mut self, head: Head) {
        self.verified = (head.position, head.hash);
    }

    /// Writes it, sealed, in the open transaction.
    pub(super) fn store(&self, connection: &Connection, key: &SealKey) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "UPDATE progress SET recorded_floor = :floor, indexed_segments = :segments, indexed_keys = :keys, newest_event_id = :newest,
                    verified_position = :verified, verified_hash = :hash, seal = :seal",
            )?
            .execute(named_params! {
                ":floor": self.floor.as_microsecond(),
                ":segments": sql(self.indexed_segments),
                ":keys": self.indexed_keys,
                ":newest": self.newest_event_id.as_bytes(),
                ":verified": sql(self.verified.0),
                ":hash": self.verified.1.as_slice(),
                ":seal": self.seal(key).as_slice(),
            })?;
        Ok(())
    }

    fn seal(&self, key: &SealKey) -> Seal {
        let content = Content::of("progress")
            .number(self.floor.as_microsecond())
            .number(self.indexed_segments)
            .number(self.indexed_keys);
        key.seal(
            &content.bytes(self.newest_event_id.as_bytes()).number(self.verified.0).bytes(&self.verified.1),
        )
    }
}

/// Up to where the file says that the chain was verified, or written by a process that had verified what was
/// before.
pub(super) fn noted(connection: &Connection) -> Result<Witness, ReadError> {
    prepare(connection, "SELECT verified_position, verified_hash FROM progress")?
        .query_row([], |row| {
            Ok(Witness { kind: WitnessKind::Notes, position: number(row, 0)?, hash: row.get(1)? })
        })
        .map_err(unreadable)
}
