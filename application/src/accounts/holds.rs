//! Holds: money set aside, captured, released, run out.

use super::{Accounts, EntryNote};
use crate::{
    Render,
    command::{Answer, CommandContext, CommandError},
};
use jiff::Timestamp;
use khata_domain::{
    Money,
    accounts::{
        AccountCommand, AmlVerdict, BankAccount,
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
    pub async fn place_hold<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        new: NewHold,
    ) -> Result<Answer<R>, CommandError> {
        let NewHold { hold_id, amount, expires_at, aml_verdict } = new;
        let hold_id = hold_id.unwrap_or_else(|| HoldId::from_uuid(self.ids.uuid()));
        let (business_date, moment) = (self.business_date(context)?, self.moment(context));
        let place = PlaceHold { hold_id, amount, expires_at, aml_verdict, business_date, moment };
        self.execute(context, account_id, AccountCommand::PlaceHold(place)).await
    }

    /// Takes money out that was set aside: all of the hold if no amount is given.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn capture_hold<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
        amount: Option<Money>,
        note: EntryNote,
        aml_verdict: Option<AmlVerdict>,
    ) -> Result<Answer<R>, CommandError> {
        let details = note.on(self.business_date(context)?);
        let capture = CaptureHold { hold_id, amount, details, aml_verdict, moment: self.moment(context) };
        self.execute(context, account_id, AccountCommand::CaptureHold(capture)).await
    }

    /// Gives up a hold.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn release_hold<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(
            context,
            account_id,
            AccountCommand::ReleaseHold(ReleaseHold { hold_id, moment: self.moment(context) }),
        )
        .await
    }

    /// Records that a hold has run out.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn expire_hold<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        hold_id: HoldId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(
            context,
            account_id,
            AccountCommand::ExpireHold(ExpireHold { hold_id, moment: self.moment(context) }),
        )
        .await
    }
}
