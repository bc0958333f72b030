//! From statements of one account to facts about it.

mod options;

pub use options::{Books, FactsOptions, Reversals, TakenOver};

use super::{
    Balance, FileError, Movement, MovementKind, Statement, Undone,
    naming::Names,
    undoing::{NotUndone, Undoable},
};
use crate::{letters::fitting, numbers::opposite};
use jiff::civil::Date;
use khata_application::import::{
    AccountOpened, BalanceChecked, BusinessTime, Entry, EntryKind, Fact, OpeningBalance, SourceRef,
};
use khata_domain::{Currency, Money, accounts::Channel};
use std::collections::BTreeMap;

/// What statements come to.
///
/// # Errors
/// Amounts in another currency than the account's; balances that do not follow from each other; an account
/// that is not there; a movement that undoes none of the file.
pub fn take_over(statements: &[Statement], options: &FactsOptions) -> Result<TakenOver, FileError> {
    let currency = currency(statements, options)?;
    if options.check_balances {
        follow(statements)?;
    }
    Telling::new(statements, options, currency).told()
}

/// The one currency of the account and of all amounts.
fn currency(statements: &[Statement], options: &FactsOptions) -> Result<Currency, FileError> {
    let mut amounts = statements.iter().flat_map(|statement| {
        let balances = [statement.opening, statement.closing]
            .into_iter()
            .flatten()
            .map(|balance| (balance.line, balance.amount));
        let fees =
            statement.movements.iter().filter_map(|movement| movement.fee.map(|fee| (movement.line, fee)));
        balances
            .chain(statement.movements.iter().map(|movement| (movement.line, movement.amount)))
            .chain(fees)
    });
    let expected = match (options.books.currency, amounts.clone().next()) {
        (Some(currency), _) => currency,
        (None, Some((_, first))) if options.open.is_some() => first.currency(),
        (None, None) if options.open.is_some() => {
            return Err(FileError::of_file("it tells of no movement and no balance, so not of any currency"));
        }
        (None, _) => {
            let account = &options.account;
            return Err(FileError::of_file(format!(
                "there is no account {account} yet: name one that exists, or have it opened by --open TYPE --customer ID"
            )));
        }
    };
    match amounts.find(|(_, amount)| amount.currency() != expected) {
        Some((line, amount)) => Err(FileError::at(
            line,
            format!("the amount is in {}, the account in {expected}", amount.currency()),
        )),
        None => Ok(expected),
    }
}

/// Each statement's movements lead from its opening balance to its closing one, and the next one goes on from
/// there.
fn follow(statements: &[Statement]) -> Result<(), FileError> {
    let own = |balance: &Option<Balance>| balance.filter(|balance| !balance.calculated);
    for statement in statements {
        let (Some(opening), Some(closing)) = (own(&statement.opening), own(&statement.closing)) else {
            continue;
        };
        let net: i128 = statement.movements.iter().map(Movement::net_minor).sum();
        let led_to = i128::from(opening.amount.minor()) + net;
        if led_to != i128::from(closing.amount.minor()) {
            let led_to = khata_domain::WideMoney::from_minor(led_to, closing.amount.currency());
            let reason = format!(
                "from {} the movements lead to {led_to}, and the closing balance is {}",
                opening.amount, closing.amount
            );
            return Err(FileError::at(closing.line, reason));
        }
    }
    for (before, after) in statements.iter().zip(statements.iter().skip(1)) {
        let (Some(closing), Some(opening)) = (own(&before.closing), own(&after.opening)) else { continue };
        if closing.amount != opening.amount {
            let reason = format!(
                "the statement before ends with {} (line {}), this one begins with {}: one is missing between them",
                closing.amount, closing.line, opening.amount
            );
            return Err(FileError::at(opening.line, reason));
        }
    }
    Ok(())
}

/// The facts, as far as they are told.
struct Telling<'s> {
    options: &'s FactsOptions,
    statements: &'s [Statement],
    names: Names,
    undoable: Undoable<'s>,
    taken: TakenOver,
}

impl<'s> Telling<'s> {
    fn new(statements: &'s [Statement], options: &'s FactsOptions, currency: Currency) -> Self {
        let names = Names::new(&options.account, options.format);
        let sum = |count: fn(&Statement) -> u64| statements.iter().map(count).sum();
        let booked =
            || statements.iter().flat_map(|statement| &statement.movements).map(|movement| movement.booked);
        let taken = TakenOver {
            facts: Vec::new(),
            currency,
            credits_minor: 0,
            debits_minor: 0,
            entries: 0,
            days: booked().min().zip(booked().max()),
            opening: statements.iter().find_map(|statement| statement.opening),
            closing: statements.iter().rev().find_map(|statement| statement.closing),
            pending: sum(|statement| statement.pending),
            zero: sum(|statement| statement.zero),
            notes: statements.iter().flat_map(|statement| statement.notes.iter().cloned()).collect(),
        };
        Self { options, statements, names, undoable: Undoable::default(), taken }
    }

    fn told(mut self) -> Result<TakenOver, FileError> {
        self.account()?;
        if let Some(opening) = self.statements.first().and_then(|first| first.opening) {
            self.opening(opening)?;
        }
        let checks = self.checks();
        // Banks list the newest first or last, and what is undone lies before what undoes it.
        let mut movements: Vec<&Movement> =
            self.statements.iter().flat_map(|statement| &statement.movements).collect();
        movements.sort_by_key(|movement| movement.booked);
        for movement in movements {
            self.movement(movement)?;
        }
        for balance in checks.into_values() {
            self.check(balance, "balance")?;
        }
        // A balance stands behind all entries of its day.
        let day = |fact: &Fact| match fact.effective_at() {
            BusinessTime::Day(day) => day,
            BusinessTime::Instant(_) => Date::MAX,
        };
        self.taken.facts.sort_by_key(|(_, fact)| (day(fact), matches!(fact, Fact::BalanceChecked(_))));
        Ok(self.taken)
    }

    /// The day that the file begins with.
    fn begins(&self) -> Option<Date> {
        let first = self.taken.days.map(|(first, _)| first);
        self.taken
            .opening
            .map(|opening| opening.date)
            .into_iter()
            .chain(first)
            .chain(self.taken.closing.map(|closing| closing.date))
            .min()
    }

    fn account(&mut self) -> Result<(), FileError> {
        let (None, Some((customer, account_type))) = (self.options.books.currency, &self.options.open) else {
            return Ok(());
        };
        let Some(day) = self.begins() else { return Ok(()) };
        let opened = AccountOpened {
            source: self.options.account.clone(),
            effective_at: BusinessTime::Day(day),
            customer: customer.clone(),
            account_type: *account_type,
            currency: self.taken.currency,
        };
        self.tell(1, Fact::AccountOpened(opened));
        Ok(())
    }

    /// What the account held before: the beginning of its history, or what its entries so far must have led
    /// to.
    fn opening(&mut self, opening: Balance) -> Result<(), FileError> {
        let day = self.begins().unwrap_or(opening.date);
        let books = self.options.books;
        let known = books.brought_forward == Some((day, opening.amount.minor()));
        if known || !books.begun {
            return if opening.amount.is_zero() {
                Ok(())
            } else {
                self.bring_forward(opening.line, day, opening.amount)
            };
        }
        // A balance of the day of the first movement says nothing of the end of any day.
        let before_all = self.taken.days.is_none_or(|(first, _)| opening.date < first);
        if before_all && !opening.calculated && self.options.check_balances {
            self.check(opening, "balance-before")?;
        }
        Ok(())
    }

    fn bring_forward(&mut self, line: u64, day: Date, amount: Money) -> Result<(), FileError> {
        let source = self.names.other(&format!("opening-balance:{day}"), line)?;
        let account = self.options.account.clone();
        self.tell(
            line,
            Fact::OpeningBalance(OpeningBalance {
                source,
                effective_at: BusinessTime::Day(day),
                account,
                amount,
            }),
        );
        Ok(())
    }

    /// What a journal begins with: the beginning of the account's history too, or what that must have led to
    /// on the day before.
    fn brought_forward(&mut self, movement: &Movement) -> Result<(), FileError> {
        let (line, day, amount, books) =
            (movement.line, movement.booked, movement.amount, self.options.books);
        if !books.begun || books.brought_forward == Some((day, amount.minor())) {
            return self.bring_forward(line, day, amount);
        }
        match day.yesterday() {
            Ok(date) if self.options.check_balances => {
                self.check(Balance { line, date, amount, calculated: false }, "balance-before")
            }
            _ => Ok(()),
        }
    }

    /// The balances that stand at the end of a day: all movements up to there are in them, and none behind.
    fn checks(&self) -> BTreeMap<Date, Balance> {
        if !self.options.check_balances {
            return BTreeMap::new();
        }
        let mut checks = BTreeMap::new();
        let movements =
            |statements: &'s [Statement]| statements.iter().flat_map(|statement| &statement.movements);
        for (index, statement) in self.statements.iter().enumerate() {
            let Some(closing) = statement.closing.filter(|closing| !closing.calculated) else { continue };
            let (before, after) = self.statements.split_at(index + 1);
            let mut date = closing.date;
            if after.is_empty() {
                date = movements(before).map(|movement| movement.booked).fold(date, Date::max);
            }
            let whole = movements(before).all(|movement| movement.booked <= date)
                && movements(after).all(|movement| movement.booked > date);
            if whole {
                checks.insert(date, Balance { date, ..closing });
            }
        }
        checks
    }

    fn check(&mut self, balance: Balance, what: &str) -> Result<(), FileError> {
        let source = self.names.other(&format!("{what}:{}", balance.date), balance.line)?;
        let (account, amount) = (self.options.account.clone(), balance.amount);
        self.tell(
            balance.line,
            Fact::BalanceChecked(BalanceChecked {
                source,
                effective_at: BusinessTime::Day(balance.date),
                account,
                amount,
            }),
        );
        Ok(())
    }

    fn movement(&mut self, movement: &'s Movement) -> Result<(), FileError> {
        if movement.kind == MovementKind::BroughtForward {
            return self.brought_forward(movement);
        }
        let source = self.names.movement(movement)?;
        let undone = match (&movement.undoes, self.options.reversals) {
            (Some(undone), Reversals::Undo) => Some(self.undo(movement, undone)?),
            _ => None,
        };
        let fact = match undone {
            Some(reverses) => self.entry(movement, source.clone(), EntryKind::Reversal, Some(reverses)),
            None => self.entry(movement, source.clone(), kind(movement), None),
        };
        self.count(movement.amount);
        self.tell(movement.line, fact);
        if let Some(fee) = movement.fee.filter(|fee| !fee.is_zero()) {
            self.fee(movement, &source, fee)?;
        }
        if movement.undoes.is_none() {
            self.undoable.add(movement, source);
        }
        Ok(())
    }

    fn fee(&mut self, movement: &Movement, beside: &SourceRef, fee: Money) -> Result<(), FileError> {
        let source = self.names.fee(beside, movement.line)?;
        let description = if fee.is_positive() { "Fee given back" } else { "Fee" };
        let alone = Movement {
            kind: MovementKind::Fee,
            undoes: None,
            amount: fee,
            description: description.to_owned(),
            ..movement.clone()
        };
        let fact = self.entry(&alone, source, kind(&alone), None);
        self.count(fee);
        self.tell(movement.line, fact);
        Ok(())
    }

    /// The entry that a movement undoes.
    fn undo(&mut self, movement: &'s Movement, undone: &Undone) -> Result<SourceRef, FileError> {
        self.undoable.undo(movement, undone).map_err(|error| {
            let what = opposite(movement.amount);
            let why = match error {
                NotUndone::Missing => {
                    format!("it reverses an entry of {what} that this file does not hold before it: take a file that holds both, or")
                }
                NotUndone::Ambiguous(count) => {
                    format!("it reverses an entry of {what} without saying which, and {count} of them stand before it:")
                }
            };
            FileError::at(movement.line, format!("{why} book reversals as deposits and withdrawals by --reversals as-entries"))
        })
    }

    fn entry(
        &self,
        movement: &Movement,
        source: SourceRef,
        kind: EntryKind,
        reverses: Option<SourceRef>,
    ) -> Fact {
        let moves_money = matches!(kind, EntryKind::Deposit | EntryKind::Withdrawal);
        let all = [movement.description.as_str(), &movement.reference, &movement.counterparty];
        let description = if moves_money {
            movement.description.clone()
        } else {
            all.map(str::trim).into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        let amount = if movement.amount.is_positive() { movement.amount } else { opposite(movement.amount) };
        Fact::Entry(Entry {
            source,
            effective_at: BusinessTime::Day(movement.booked),
            value_date: movement.value_date,
            account: self.options.account.clone(),
            kind,
            reverses,
            amount,
            channel: moves_money.then_some(Channel::Transfer),
            counterparty: fitting(&movement.counterparty).filter(|_| moves_money),
            reference: fitting(&movement.reference).filter(|_| moves_money),
            description: fitting(&description),
        })
    }

    fn count(&mut self, amount: Money) {
        let minor = i128::from(amount.minor());
        self.taken.entries += 1;
        if minor > 0 { self.taken.credits_minor += minor } else { self.taken.debits_minor -= minor }
    }

    fn tell(&mut self, line: u64, fact: Fact) {
        self.taken.facts.push((line, fact));
    }
}

fn kind(movement: &Movement) -> EntryKind {
    // What undoes interest or a fee is none itself.
    let kind = if movement.undoes.is_some() { MovementKind::Plain } else { movement.kind };
    match (kind, movement.amount.is_positive()) {
        (MovementKind::Interest, true) => EntryKind::Interest,
        (MovementKind::Interest, false) => EntryKind::PenaltyInterest,
        (MovementKind::Fee, false) => EntryKind::Fee,
        (MovementKind::Plain | MovementKind::Fee | MovementKind::BroughtForward, true) => EntryKind::Deposit,
        (MovementKind::Plain | MovementKind::BroughtForward, false) => EntryKind::Withdrawal,
    }
}
