//! Loans and cards: what the rows of loan.asc and card.asc mean to Khata, and which transactions paid for
//! which loan.

use super::{
    tables::{Card, Loan, Standing, Symbol, Transaction},
    words::{czk, source, told},
};
use jiff::{Span, civil::Date};
use khata_application::import::{
    BusinessTime, CardIssued, Fact, LoanDelinquent, LoanEnded, LoanGranted, LoanOutcome, LoanPaid, PaidBy,
};
use khata_domain::{
    Money, Percent,
    cards::CardType,
    lending::{Bucket, DayCount, LoanType},
};
use rustc_hash::FxHashMap;

/// The last day that the whole data set tells of: how loans stand, they stand on this day.
const END: Date = Date::constant(1998, 12, 31);

/// The loans by account: an account has one at most.
#[derive(Debug, Default)]
pub(super) struct LoanBook(FxHashMap<u32, Lent>);

/// A loan, the client who owns its account, and the day of the last payment told so far.
#[derive(Debug)]
struct Lent {
    loan: Loan,
    owner: u32,
    paid_on: Option<Date>,
}

impl LoanBook {
    /// Takes a loan in, with the client who owns its account, and tells that it was granted.
    pub(super) fn grant(&mut self, loan: Loan, owner: u32) -> Result<Fact, String> {
        if loan.instalment.minor().checked_mul(i64::from(loan.duration)) != Some(loan.amount.minor()) {
            return Err(format!("{} payments of {} are not {}", loan.duration, loan.instalment, loan.amount));
        }
        let granted = Fact::LoanGranted(Box::new(LoanGranted {
            source: source("loan", loan.id)?,
            effective_at: BusinessTime::Day(loan.granted),
            customer: source("client", owner)?,
            account: Some(source("account", loan.account)?),
            loan_type: LoanType::Personal,
            principal: loan.amount,
            annual_rate: Percent::from_basis_points(0),
            term_months: u32::from(loan.duration),
            day_count: DayCount::Thirty360,
            approver: None,
        }));
        let account = loan.account;
        match self.0.insert(account, Lent { loan, owner, paid_on: None }) {
            None => Ok(granted),
            Some(_) => Err(format!("account {account} has a loan already")),
        }
    }

    /// The payment for a loan that a transaction is the account's side of.
    pub(super) fn payment(&mut self, row: &Transaction) -> Result<Option<Fact>, String> {
        let Some(Lent { loan, paid_on, .. }) =
            self.0.get_mut(&row.account).filter(|_| row.symbol == Symbol::LoanPayment)
        else {
            return Ok(None);
        };
        *paid_on = (*paid_on).max(Some(row.date));
        Ok(Some(Fact::LoanPaid(Box::new(LoanPaid {
            source: source("loan-payment", row.id)?,
            effective_at: BusinessTime::Day(row.date),
            loan: source("loan", loan.id)?,
            amount: row.amount,
            paid_by: Some(PaidBy {
                account: source("account", row.account)?,
                entry: source("trans", row.id)?,
            }),
        }))))
    }

    /// How the loans stand in the end, in the order of their numbers; of those that go on well there is
    /// nothing to tell.
    pub(super) fn endings(&self) -> Result<Vec<Fact>, String> {
        let mut loans: Vec<&Lent> = self.0.values().collect();
        loans.sort_unstable_by_key(|lent| lent.loan.id);
        loans.into_iter().filter_map(|lent| ending(lent).transpose()).collect()
    }

    /// How many of [`LoanBook::endings`] there are.
    pub(super) fn ended(&self) -> usize {
        self.0.values().filter(|lent| lent.loan.status != Standing::Running).count()
    }
}

/// A loan ends on the day of its last instalment, or on that of its last payment: payments come on fixed days
/// of the month, the last one some days after its instalment.
fn ending(lent: &Lent) -> Result<Option<Fact>, String> {
    let Lent { loan, owner, paid_on } = lent;
    let outcome = match loan.status {
        Standing::Running => return Ok(None),
        Standing::InDebt => {
            return Ok(Some(Fact::LoanDelinquent(LoanDelinquent {
                source: source("loan-in-debt", loan.id)?,
                effective_at: BusinessTime::Day(END),
                loan: source("loan", loan.id)?,
                bucket: Bucket::UpTo30,
            })));
        }
        Standing::Repaid => LoanOutcome::Repaid,
        Standing::EndedUnpaid => LoanOutcome::WrittenOff,
    };
    let last_instalment = loan.granted.saturating_add(Span::new().months(i64::from(loan.duration)));
    Ok(Some(Fact::LoanEnded(LoanEnded {
        source: source("loan-ended", loan.id)?,
        effective_at: BusinessTime::Day(
            paid_on.map_or(last_instalment, |paid_on| paid_on.max(last_instalment)),
        ),
        loan: source("loan", loan.id)?,
        customer: source("client", *owner)?,
        outcome,
    })))
}

/// A card of a client. The data tells no limit: one is made up by the card's kind, and marked so.
pub(super) fn card(row: &Card, client: u32) -> Result<Fact, String> {
    let (card_type, limit) = match row.kind.as_str() {
        "junior" => (CardType::Junior, 5_000),
        "classic" => (CardType::Classic, 30_000),
        "gold" => (CardType::Gold, 100_000),
        other => return Err(format!("{other:?} is no kind of card")),
    };
    Ok(Fact::CardIssued(CardIssued {
        source: source("card", row.id)?,
        effective_at: BusinessTime::Day(row.issued),
        customer: source("client", client)?,
        card_type: Some(card_type),
        limit: Money::parse(&format!("{limit}.00"), czk()?).map_err(told)?,
        limit_is_synthetic: true,
    }))
}
