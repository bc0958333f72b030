//! Holds: money set aside, captured, released, run out.

use super::{Accounts, EntryNote};
use crate::command::{Answer, CommandContext, CommandError};
use jiff::Timestamp;
use khata_domain::{
    Money,
    accounts::{
        AmlVerdict, BankAccount,
        account::{CaptureHold, ExpireHold, PlaceHold, ReleaseHold},
    },
    ids::{AccountId, HoldId},
};

/// What is to be set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewHold {
    /// The id, where the client gives one.
    pub hold_id: Option<HoldId>,
    pub amount: Money,
    /// From this instant on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// What the check against money laundering said, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
}

impl Accounts {
    /// Sets money aside.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn place_hold(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        new: NewHold,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let NewHold { hold_id, amount, expires_at, aml_verdict } = new;
        let hold_id = hold_id.unwrap_or_else(|| HoldId::from_uuid(self.ids.uuid()));
        let place = PlaceHold { hold_id, amount, expires_at, aml_verdict };
        self.execute(context, account_id, place.into()).await
    }

    /// Takes money out that was set aside: all of the hold if no amount is given.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn capture_hold(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
        amount: Option<Money>,
        note: EntryNote,
        aml_verdict: Option<AmlVerdict>,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let capture = CaptureHold { hold_id, amount, details: note.details(), aml_verdict };
        self.execute(context, account_id, capture.into()).await
    }

    /// Gives up a hold.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn release_hold(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
    ) -> Result<Answer<BankAccount>, CommandError> {
        self.execute(context, account_id, ReleaseHold { hold_id }.into()).await
    }

    /// Records that a hold has run out.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn expire_hold(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
    ) -> Result<Answer<BankAccount>, CommandError> {
        self.execute(context, account_id, ExpireHold { hold_id }.into()).await
    }
}
