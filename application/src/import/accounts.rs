//! Facts about bank accounts: their opening, who signs, their entries.

use super::{
    balances::{BalanceChecked, Check, OpeningBalance},
    business_time::{BusinessTime, optional_day},
    imported::{Decides, Imported, Refused, Setting, beside},
    lookups::{Known, Lookups},
    report::Counted,
    reversals::Undoing,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::civil::Date;
use khata_domain::{
    Currency, Money, Text,
    accounts::{
        self, AccountCommand, AccountEvent, AccountType, BankAccount, Channel, Direction, FeeKind,
        account::{
            AddSignatory, ChargeFee, Deposit, Open, TakeOverInterest, TakeOverOpeningBalance, Withdraw,
        },
        entry::EntryDetails,
    },
    customers::{self, Customer, customer::AttachProduct},
    ids::{AccountId, CustomerId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer opened an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOpened {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub customer: SourceRef,
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
}

/// A customer may sign for another's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatoryAdded {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub account: SourceRef,
    pub customer: SourceRef,
}

/// Money came to an account or left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub source: SourceRef,
    /// When it was booked: balances go by it.
    pub effective_at: BusinessTime,
    /// The day from which on its bank counted interest on it, where that is known. Nothing is calculated by it.
    #[serde(default, deserialize_with = "optional_day", skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    pub account: SourceRef,
    pub kind: EntryKind,
    /// The `entry` that a reversal undoes; of reversals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<SourceRef>,
    /// How much; always positive.
    pub amount: Money,
    /// The way the money took; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who was on the other side; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Text<200>>,
    /// The customer's or the counterparty's own reference; of deposits and withdrawals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    /// For people; what a fee was for, why an entry was undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<500>>,
}

/// What an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money came in.
    Deposit,
    /// Money went out.
    Withdrawal,
    /// Interest that the bank paid.
    Interest,
    /// A fee for a service.
    Fee,
    /// Interest that the customer owed.
    PenaltyInterest,
    /// An earlier entry, the other way.
    Reversal,
}

impl EntryKind {
    /// Whether it raised the balance; `None` where the entry that it undoes tells.
    pub fn is_credit(self) -> Option<bool> {
        match self {
            Self::Deposit | Self::Interest => Some(true),
            Self::Withdrawal | Self::Fee | Self::PenaltyInterest => Some(false),
            Self::Reversal => None,
        }
    }
}

/// What a fact about an account comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    Open { account: AccountId, customer: CustomerId, open: Box<Open> },
    AddSignatory { account: AccountId, command: AddSignatory },
    Book { account: AccountId, command: AccountCommand, signed_minor: i64 },
    Undo(Undoing),
    Check(Check),
}

impl Imported for AccountOpened {
    fn counted(&self) -> Counted {
        Counted::Account
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let terms = setting.terms.products.terms(self.account_type, self.currency);
        let terms =
            terms.map_err(|error| Refused { code: "product_not_available", reason: error.to_string() })?;
        let customer = self.customer.id();
        let open = Open {
            customer_id: customer,
            // Known once the customer is loaded.
            customer_type: accounts::CustomerType::Individual,
            opener: customer,
            account_type: self.account_type,
            currency: self.currency,
            terms,
            initial_deposit: None,
        };
        Ok(Box::new(Decision::Open { account: self.source.id(), customer, open: Box::new(open) }))
    }
}

impl Imported for SignatoryAdded {
    fn counted(&self) -> Counted {
        Counted::Signatory
    }

    fn prepare(self, _setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let command = AddSignatory { signatory: self.customer.id() };
        Ok(Box::new(Decision::AddSignatory { account: self.account.id(), command }))
    }
}

impl Imported for OpeningBalance {
    fn counted(&self) -> Counted {
        Counted::OpeningBalance { currency: self.amount.currency(), minor: self.amount.minor() }
    }

    fn prepare(self, _setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        if self.amount.is_zero() {
            let reason = "an opening balance of nothing opens nothing: leave the line out".to_owned();
            return Err(Refused { code: "amount_not_positive", reason });
        }
        let (balance, signed_minor) = (self.amount, self.amount.minor());
        let command = TakeOverOpeningBalance { balance }.into();
        Ok(Box::new(Decision::Book { account: self.account.id(), command, signed_minor }))
    }
}

impl Imported for BalanceChecked {
    fn counted(&self) -> Counted {
        Counted::BalanceChecked
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let (account, date) = (self.account.id(), setting.event.business_date);
        Ok(Box::new(Decision::Check(Check { account, date, amount: self.amount })))
    }
}

impl Imported for Entry {
    fn counted(&self) -> Counted {
        Counted::Entry {
            currency: self.amount.currency(),
            minor: self.amount.minor(),
            credit: self.kind.is_credit().unwrap_or_default(),
        }
    }

    fn prepare(self, _setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        if self.amount.minor() == 0 {
            let reason = "an entry of nothing books nothing: leave the line out".to_owned();
            return Err(Refused { code: "amount_not_positive", reason });
        }
        self.fits_its_kind()?;
        let (account, amount, value_date) = (self.account.id(), self.amount, self.value_date);
        let (kind, reverses) = (self.kind, self.reverses.clone());
        let command = match (kind, reverses) {
            (EntryKind::Deposit, _) => Deposit { amount, details: self.details() }.into(),
            (EntryKind::Withdrawal, _) => {
                Withdraw { amount, details: self.details(), aml_verdict: None }.into()
            }
            (EntryKind::Interest, _) => TakeOverInterest { amount, value_date }.into(),
            (EntryKind::Fee, _) => self.fee(FeeKind::Service, "Fee").into(),
            (EntryKind::PenaltyInterest, _) => self.fee(FeeKind::PenaltyInterest, "Penalty interest").into(),
            (EntryKind::Reversal, Some(reverses)) => {
                let reason = self.described("Reversal");
                let undoing = Undoing { account, reverses, amount, reason, value_date };
                return Ok(Box::new(Decision::Undo(undoing)));
            }
            (EntryKind::Reversal, None) => {
                return Err(malformed("a reversal names the entry that it undoes: reverses"));
            }
        };
        let signed_minor =
            if kind.is_credit() == Some(true) { amount.minor() } else { amount.minor().saturating_neg() };
        Ok(Box::new(Decision::Book { account, command, signed_minor }))
    }
}

impl Entry {
    /// It tells nothing that its kind has no place for.
    fn fits_its_kind(&self) -> Result<(), Refused> {
        let told_more = self.channel.is_some() || self.counterparty.is_some() || self.reference.is_some();
        if told_more && !matches!(self.kind, EntryKind::Deposit | EntryKind::Withdrawal) {
            return Err(malformed("channel, counterparty and reference belong to deposits and withdrawals"));
        }
        if self.reverses.is_some() && self.kind != EntryKind::Reversal {
            return Err(malformed("reverses belongs to reversals"));
        }
        Ok(())
    }

    fn fee(self, kind: FeeKind, otherwise: &str) -> ChargeFee {
        let (amount, value_date, reason) = (self.amount, self.value_date, self.described(otherwise));
        ChargeFee { amount, kind, reason, value_date, payment_id: None }
    }

    fn described(self, otherwise: &str) -> String {
        self.description.map_or_else(|| otherwise.to_owned(), |text| text.as_str().to_owned())
    }

    fn details(self) -> EntryDetails {
        EntryDetails {
            channel: self.channel.unwrap_or_default(),
            counterparty: self.counterparty.map(|text| text.as_str().to_owned()),
            reference: self.reference.map(|text| text.as_str().to_owned()),
            description: self.description.map(|text| text.as_str().to_owned()),
            value_date: self.value_date,
            payment_id: None,
        }
    }
}

fn malformed(reason: &str) -> Refused {
    Refused { code: "malformed", reason: reason.to_owned() }
}

impl Decides for Decision {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        match self {
            Self::Open { account, customer, .. } => {
                into.push(Participant::of::<Customer>(*customer));
                into.push(if presume {
                    Participant::new::<BankAccount>(*account)
                } else {
                    Participant::of::<BankAccount>(*account)
                });
            }
            Self::AddSignatory { account, command } => {
                into.extend([
                    Participant::of::<BankAccount>(*account),
                    Participant::of::<Customer>(command.signatory),
                ]);
            }
            Self::Book { account, .. }
            | Self::Undo(Undoing { account, .. })
            | Self::Check(Check { account, .. }) => {
                into.push(Participant::of::<BankAccount>(*account));
            }
        }
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        match self {
            Self::Open { account, customer, open } => {
                let customer_type = customer_type(unit, *customer)?;
                let attach = AttachProduct { product: customers::ProductId::of(*account) };
                let events = unit.decide_history::<Customer>(*customer, attach, beside(first, 1))?;
                let mut open = open.clone();
                open.customer_type = customer_type;
                Ok(events
                    + unit.decide_history::<BankAccount>(*account, AccountCommand::Open(open), first)?)
            }
            Self::AddSignatory { account, command } => {
                unit.existing::<Customer>(command.signatory)?;
                unit.existing::<BankAccount>(*account)?;
                unit.decide_history::<BankAccount>(*account, *command, first)
            }
            Self::Book { account, command, .. } => {
                unit.existing::<BankAccount>(*account)?;
                unit.decide_history::<BankAccount>(*account, command.clone(), first)
            }
            Self::Undo(undoing) => undoing.apply(unit, first, lookups),
            Self::Check(check) => check.hold(unit, lookups).map(|()| 0),
        }
    }

    fn looks_back(&self) -> bool {
        matches!(self, Self::Undo(_) | Self::Check(_))
    }

    fn further_event_ids(&self, _first: HistoricalFact, into: &mut Vec<Uuid>) {
        if let Self::Undo(undoing) = self {
            into.extend(undoing.original_event_ids());
        }
    }

    fn counted(&self, counted: Counted, lookups: &Lookups<'_>) -> Counted {
        match (self, counted) {
            (Self::Undo(undoing), Counted::Entry { currency, minor, .. }) => {
                let credit = undoing.original_direction(lookups) == Some(Direction::Debit);
                Counted::Entry { currency, minor, credit }
            }
            (_, counted) => counted,
        }
    }

    /// Whether a stored event is of the same account and tells the same, but for the terms, which may have
    /// changed since.
    fn is_told_by(&self, event: &Recorded, _first: HistoricalFact, _known: &Known) -> bool {
        let Some(Ok(stored)) = event.event::<BankAccount>() else { return false };
        let (account, same) = match self {
            Self::Open { account, open, .. } => (account, opens(stored, open)),
            Self::AddSignatory { account, command } => (
                account,
                matches!(stored, AccountEvent::SignatoryAdded(added) if added.signatory == command.signatory),
            ),
            Self::Book { account, command, signed_minor } => (account, books(stored, command, *signed_minor)),
            Self::Undo(undoing) => return undoing.is_told_by(event),
            Self::Check(_) => return false,
        };
        event.stream == StreamName::of::<BankAccount>(*account) && same
    }
}

fn opens(stored: &AccountEvent, open: &Open) -> bool {
    let AccountEvent::AccountOpened(opened) = stored else { return false };
    (opened.customer_id, opened.account_type, opened.currency)
        == (open.customer_id, open.account_type, open.currency)
}

fn books(stored: &AccountEvent, command: &AccountCommand, signed_minor: i64) -> bool {
    let same_kind = match (stored, command) {
        // The first event of a large withdrawal only announces it.
        (AccountEvent::LargeWithdrawalInitiated(announced), AccountCommand::Withdraw(_)) => {
            return announced.amount.minor().saturating_neg() == signed_minor;
        }
        (AccountEvent::FeeCharged(charged), AccountCommand::ChargeFee(fee)) => charged.kind == fee.kind,
        (AccountEvent::OpeningBalanceTakenOver(_), AccountCommand::TakeOverOpeningBalance(_))
        | (AccountEvent::MoneyDeposited(_), AccountCommand::Deposit(_))
        | (AccountEvent::MoneyWithdrawn(_), AccountCommand::Withdraw(_))
        | (AccountEvent::InterestPosted(_), AccountCommand::TakeOverInterest(_)) => true,
        _ => false,
    };
    same_kind && stored.entry().is_some_and(|entry| entry.signed_minor() == signed_minor)
}

/// What kind of customer it is, in the words of accounts.
fn customer_type(unit: &Unit<'_>, customer: CustomerId) -> Result<accounts::CustomerType, CommandError> {
    let profile = unit.existing::<Customer>(customer)?.profile();
    match profile.map(|profile| profile.customer_type) {
        Some(customers::CustomerType::Individual) => Ok(accounts::CustomerType::Individual),
        Some(customers::CustomerType::Business) => Ok(accounts::CustomerType::Business),
        None => Err(CommandError::NotFound(customer.to_string())),
    }
}
