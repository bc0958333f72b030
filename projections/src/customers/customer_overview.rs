//! What a customer has with the house, over all contexts: one row per customer and currency, with the
//! customer's present name.
//!
//! The partition is the owner, whom the metadata of every event names, so that accounts, loans, cards and
//! orders of one customer meet here without knowing of each other. Sums are made of what each event changes;
//! nothing but the currencies of what is open is remembered.

mod row;
#[cfg(test)]
mod tests;

pub use row::CustomerTotalsRow;

use crate::{FoldError, Projection, Row, RowChanges, Table};
use khata_application::Recorded;
use khata_domain::{
    Aggregate, Currency, Money,
    accounts::{AccountEvent, BankAccount},
    cards::{CardEvent, CreditCard},
    customers::{Customer, CustomerEvent},
    lending::{Loan, LoanEvent},
    orders::{Order, OrderEvent},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// The projection behind [`CustomerTotalsRow`].
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomerOverview;

/// A customer, and what there is in each currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    name: String,
    totals: BTreeMap<Currency, Totals>,
    /// The currencies of open accounts and cards: their closing does not tell them.
    open: BTreeMap<String, Currency>,
}

/// What there is in one currency, in minor units. Sums are wider than any amount, so that no customer's
/// events are ever too much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Totals {
    accounts: i64,
    balance: i128,
    loans: i64,
    loan_principal: i128,
    cards: i64,
    card_outstanding: i128,
    orders: i64,
    order_value: i128,
    refunded: i128,
}

impl Projection for CustomerOverview {
    const NAME: &'static str = "customer_overview";
    const VERSION: u32 = 3;
    const TABLES: &'static [&'static Table] = &[CustomerTotalsRow::TABLE];
    type State = State;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        match event.stream.category() {
            Customer::CATEGORY => Some(event.stream.id().into()),
            BankAccount::CATEGORY | Loan::CATEGORY | CreditCard::CATEGORY | Order::CATEGORY => event.owner(),
            _ => None,
        }
    }

    fn fold(&self, state: &mut State, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        let id = event.stream.id();
        if let Some(happened) = event.event::<BankAccount>() {
            state.account(id, happened?);
        } else if let Some(happened) = event.event::<Loan>() {
            state.loan(happened?);
        } else if let Some(happened) = event.event::<CreditCard>() {
            state.card(id, happened?);
        } else if let Some(happened) = event.event::<Order>() {
            state.order(happened?);
        } else if let Some(happened) = event.event::<Customer>() {
            state.customer(happened?);
        } else {
            return Err(FoldError::Contradiction(format!("{} is nothing that a customer has", event.stream)));
        }
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &State, rows: &mut RowChanges) {
        state
            .totals
            .iter()
            .for_each(|(currency, totals)| rows.upsert(totals.row(partition, &state.name, *currency)));
    }
}

impl State {
    fn customer(&mut self, happened: &CustomerEvent) {
        match happened {
            CustomerEvent::CustomerOnboarded(onboarded) => self.name = onboarded.name.to_string(),
            CustomerEvent::ContactUpdated(updated) => {
                updated.name.iter().for_each(|name| self.name = name.to_string())
            }
            CustomerEvent::KycVerified(_)
            | CustomerEvent::KycRejected(_)
            | CustomerEvent::CustomerSuspended(_)
            | CustomerEvent::CustomerReactivated(_)
            | CustomerEvent::ProductAttached(_)
            | CustomerEvent::ProductDetached(_)
            | CustomerEvent::CustomerClosed(_)
            | CustomerEvent::ManagerAssigned(_)
            | CustomerEvent::ManagerUnassigned(_) => {}
        }
    }

    fn account(&mut self, id: &str, happened: &AccountEvent) {
        if let AccountEvent::AccountOpened(opened) = happened {
            self.open.insert(id.to_owned(), opened.currency);
            self.of(opened.currency).accounts += 1;
        }
        if let AccountEvent::AccountClosed(_) = happened
            && let Some(currency) = self.open.remove(id)
        {
            self.of(currency).accounts -= 1;
        }
        if let Some(entry) = happened.entry() {
            add(&mut self.of(entry.amount.currency()).balance, entry.signed_minor());
        }
    }

    fn loan(&mut self, happened: &LoanEvent) {
        let running = match happened {
            LoanEvent::LoanDisbursed(disbursed) => Some((disbursed.amount, 1)),
            LoanEvent::LoanFullyRepaid(repaid) => Some((repaid.unrecorded, -1)),
            LoanEvent::LoanPaymentReversed(reversed) => reversed.reopened.then_some((reversed.principal, 1)),
            LoanEvent::LoanWrittenOff(written_off) => Some((written_off.principal, -1)),
            LoanEvent::LoanApplied(_)
            | LoanEvent::LoanAssessed(_)
            | LoanEvent::LoanApproved(_)
            | LoanEvent::LoanRejected(_)
            | LoanEvent::LoanApprovalReversed(_)
            | LoanEvent::LoanPaymentMade(_)
            | LoanEvent::LoanPenaltyCharged(_)
            | LoanEvent::LoanBecameDelinquent(_)
            | LoanEvent::LoanRestructured(_)
            | LoanEvent::LoanRecovered(_)
            | LoanEvent::StandingDebitSet(_)
            | LoanEvent::StandingDebitCancelled(_)
            | LoanEvent::StandingDebitFailed(_) => None,
        };
        if let Some((amount, change)) = running {
            self.of(amount.currency()).loans += change;
        }
        self.change(happened.principal_change(), |totals| &mut totals.loan_principal);
    }

    fn card(&mut self, id: &str, happened: &CardEvent) {
        if let CardEvent::CardIssued(issued) = happened {
            self.open.insert(id.to_owned(), issued.limit.currency());
            self.of(issued.limit.currency()).cards += 1;
        }
        if let CardEvent::CardClosed(_) = happened
            && let Some(currency) = self.open.remove(id)
        {
            self.of(currency).cards -= 1;
        }
        self.change(happened.outstanding_change(), |totals| &mut totals.card_outstanding);
    }

    fn order(&mut self, happened: &OrderEvent) {
        let Some(share) = happened.customer_share() else { return };
        let totals = self.of(share.currency);
        totals.orders += share.orders;
        add(&mut totals.order_value, share.value_minor);
        add(&mut totals.refunded, share.refunded_minor);
    }

    fn of(&mut self, currency: Currency) -> &mut Totals {
        self.totals.entry(currency).or_default()
    }

    fn change(&mut self, change: Option<Money>, sum: impl FnOnce(&mut Totals) -> &mut i128) {
        if let Some(change) = change {
            add(sum(self.of(change.currency())), change.minor());
        }
    }
}

impl Totals {
    fn row(&self, customer_id: &str, name: &str, currency: Currency) -> CustomerTotalsRow {
        CustomerTotalsRow {
            customer_id: customer_id.to_owned(),
            currency,
            customer_name: name.to_owned(),
            open_accounts: self.accounts,
            balance_minor: self.balance,
            running_loans: self.loans,
            loan_principal_minor: self.loan_principal,
            open_cards: self.cards,
            card_outstanding_minor: self.card_outstanding,
            orders: self.orders,
            order_value_minor: self.order_value,
            refunded_minor: self.refunded,
        }
    }
}

fn add(sum: &mut i128, minor: i64) {
    *sum = sum.saturating_add(minor.into());
}
