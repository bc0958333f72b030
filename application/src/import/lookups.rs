//! What a few facts need to know beyond the states they are decided on: the entry that a reversal undoes, the
//! days that an account no longer knows singly. Both lie in the store; whatever is decided in the same group
//! before such a fact must get there first.

use super::days::Days;
use crate::{Recorded, command::CommandError};
use khata_domain::ids::AccountId;
use parking_lot::Mutex;
use std::collections::HashMap;
use uuid::Uuid;

/// What is stored already of the facts at hand, by the ids of the events.
pub(super) type Known = HashMap<Uuid, Recorded>;

/// So many accounts' days are kept at once.
const ACCOUNTS_KEPT: usize = 64;

/// The days of accounts that were asked for last.
#[derive(Debug, Default)]
pub(super) struct DaysRead(HashMap<AccountId, Days>);

impl DaysRead {
    pub(super) fn keep(&mut self, account: AccountId, days: Days) {
        if self.0.len() >= ACCOUNTS_KEPT {
            self.0.clear();
        }
        self.0.insert(account, days);
    }
}

/// What is missing, so that a fact can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The entry that it undoes.
    Original,
    /// What each day did to an account.
    Days(AccountId),
}

/// What is looked up for the facts of a piece.
#[derive(Debug)]
pub(super) struct Lookups<'a> {
    /// What is stored of the facts, and of the entries that they undo.
    pub(super) known: &'a Known,
    days: &'a DaysRead,
    wanted: Mutex<Option<Wanted>>,
}

impl<'a> Lookups<'a> {
    pub(super) fn new(known: &'a Known, days: &'a DaysRead) -> Self {
        Self { known, days, wanted: Mutex::default() }
    }

    /// The days of an account, if they were read when it stood as it does now.
    pub(super) fn days_of(&self, account: AccountId, version: u64) -> Option<&Days> {
        self.days.0.get(&account).filter(|days| days.version == version)
    }

    /// Notes what is missing, and ends the deciding.
    pub(super) fn want(&self, wanted: Wanted) -> CommandError {
        *self.wanted.lock() = Some(wanted);
        CommandError::Internal("a fact needs to know what is not looked up yet".to_owned())
    }

    /// What ended the deciding, if that was something missing.
    pub(super) fn missing(&self) -> Option<Wanted> {
        *self.wanted.lock()
    }
}
