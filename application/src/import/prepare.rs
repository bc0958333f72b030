//! From a line or a fact to a command that is ready to be decided. Needs no state, so it runs beside the deciding.

use super::{
    Terms,
    fact::{AccountOpened, CustomerOnboarded, Entry, EntryKind, Fact, Kyc, SignatoryAdded},
    lines::Block,
    report::{Counted, Stop},
};
use crate::{
    Recorded, StreamName,
    executor::{HistoricalFact, Participant},
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    accounts::{
        AccountCommand, AccountEvent, BankAccount, CustomerType, FeeKind,
        account::{AddSignatory, ChargeFee, Deposit, Moment, Open, TakeOverInterest, Withdraw},
        entry::EntryDetails,
    },
    customers::{
        Customer, CustomerEmail, EmailHash,
        customer::{KycVerdict, Onboard},
    },
    ids::{AccountId, CustomerId},
};

/// A fact that is ready to be decided.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The line it came from, or its number among the facts.
    pub(super) line: u64,
    /// When it happened, and the id of its first event. An event of that id tells that the fact is there already.
    pub(super) event: HistoricalFact,
    pub(super) decision: Decision,
    pub(super) counted: Counted,
}

/// What is to be decided.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Onboard { customer: CustomerId, email: EmailHash, onboard: Box<Onboard>, kyc: Option<KycVerdict> },
    Open { account: AccountId, customer: CustomerId, open: Box<Open> },
    AddSignatory { account: AccountId, command: AddSignatory },
    Book { account: AccountId, command: AccountCommand },
}

/// Facts that are ready, up to the first line that makes no sense.
#[derive(Debug, Default)]
pub(super) struct PreparedBlock {
    pub(super) facts: Vec<Prepared>,
    pub(super) stop: Option<Stop>,
}

/// What preparing needs to know.
#[derive(Debug)]
pub(super) struct Preparer {
    pub(super) terms: Terms,
    /// The instant of the import.
    pub(super) now: Timestamp,
}

/// Why a line cannot be taken.
struct Refused {
    code: &'static str,
    reason: String,
}

impl Refused {
    fn at(self, line: u64) -> Stop {
        Stop::BadLine { line, code: self.code.to_owned(), reason: self.reason }
    }
}

impl Preparer {
    /// Reads lines of JSON. Empty lines are passed over.
    pub(super) fn lines(&self, block: &Block) -> PreparedBlock {
        let mut prepared = PreparedBlock { facts: Vec::with_capacity(usize::try_from(block.lines).unwrap_or(0)), stop: None };
        let lines = block.bytes.split(|&byte| byte == b'\n').zip(block.first_line..);
        for (text, line) in lines.filter(|(text, _)| !text.trim_ascii().is_empty()) {
            let read = serde_json::from_slice::<Fact>(text).map_err(|error| Refused { code: "malformed", reason: error.to_string() });
            match read.and_then(|fact| self.fact(line, fact)) {
                Ok(fact) => prepared.facts.push(fact),
                Err(refused) => {
                    prepared.stop = Some(refused.at(line));
                    break;
                }
            }
        }
        prepared
    }

    /// Takes facts that are read already, with their numbers.
    pub(super) fn facts(&self, facts: Vec<(u64, Fact)>) -> PreparedBlock {
        let mut prepared = PreparedBlock { facts: Vec::with_capacity(facts.len()), stop: None };
        for (line, fact) in facts {
            match self.fact(line, fact) {
                Ok(fact) => prepared.facts.push(fact),
                Err(refused) => {
                    prepared.stop = Some(refused.at(line));
                    break;
                }
            }
        }
        prepared
    }

    fn fact(&self, line: u64, fact: Fact) -> Result<Prepared, Refused> {
        let calendar = &self.terms.calendar;
        let (effective_at, date) = fact.effective_at().place(calendar);
        let moment = Moment { now: self.now, today: calendar.date(self.now) };
        let event = HistoricalFact { effective_at, event_id: fact.source().event_id() };
        let counted = Counted::of(&fact);
        let decision = match fact {
            Fact::CustomerOnboarded(fact) => self.onboard(*fact, date),
            Fact::AccountOpened(fact) => self.open(&fact, date, moment)?,
            Fact::SignatoryAdded(fact) => add_signatory(&fact, moment),
            Fact::Entry(fact) => book(fact, date, moment)?,
        };
        Ok(Prepared { line, event, decision, counted })
    }

    fn onboard(&self, fact: CustomerOnboarded, business_date: Date) -> Decision {
        let customer = fact.source.id();
        let kyc = fact.kyc.map(|kyc| match kyc {
            Kyc::Verified => KycVerdict::Verified,
            Kyc::Rejected => KycVerdict::Rejected,
        });
        let onboard = Onboard {
            customer_id: customer,
            name: fact.name,
            email: fact.email,
            phone: fact.phone,
            customer_type: fact.customer_type,
            documents: fact.documents,
            birth_date: fact.birth_date,
            tax_id: fact.tax_id,
            address: fact.address,
            required_documents: 0,
            business_date,
            synthetic: fact.synthetic.into_iter().collect(),
        };
        Decision::Onboard { customer, email: self.terms.email_key.hash(&onboard.email), onboard: Box::new(onboard), kyc }
    }

    fn open(&self, fact: &AccountOpened, business_date: Date, moment: Moment) -> Result<Decision, Refused> {
        let terms = self.terms.products.terms(fact.account_type, fact.currency);
        let terms = terms.map_err(|error| Refused { code: "product_not_available", reason: error.to_string() })?;
        let customer = fact.customer.id();
        let open = Open {
            customer_id: customer,
            // Known once the customer is loaded.
            customer_type: CustomerType::Individual,
            opener: customer,
            account_type: fact.account_type,
            currency: fact.currency,
            terms,
            initial_deposit: None,
            business_date,
            moment,
        };
        Ok(Decision::Open { account: fact.source.id(), customer, open: Box::new(open) })
    }
}

fn add_signatory(fact: &SignatoryAdded, moment: Moment) -> Decision {
    Decision::AddSignatory { account: fact.account.id(), command: AddSignatory { signatory: fact.customer.id(), moment } }
}

fn book(fact: Entry, business_date: Date, moment: Moment) -> Result<Decision, Refused> {
    let account = fact.account.id();
    let amount = fact.amount;
    let told_more = fact.channel.is_some() || fact.counterparty.is_some() || fact.reference.is_some();
    let command = match fact.kind {
        EntryKind::Deposit => AccountCommand::Deposit(Deposit { amount, details: details(fact, business_date), moment }),
        EntryKind::Withdrawal => AccountCommand::Withdraw(Withdraw { amount, details: details(fact, business_date), aml_verdict: None, moment }),
        EntryKind::Interest | EntryKind::Fee | EntryKind::PenaltyInterest if told_more => {
            let reason = "channel, counterparty and reference belong to deposits and withdrawals".to_owned();
            return Err(Refused { code: "malformed", reason });
        }
        EntryKind::Interest => AccountCommand::TakeOverInterest(TakeOverInterest { amount, business_date, moment }),
        EntryKind::Fee => fee(fact, FeeKind::Service, "Fee", business_date, moment),
        EntryKind::PenaltyInterest => fee(fact, FeeKind::PenaltyInterest, "Penalty interest", business_date, moment),
    };
    Ok(Decision::Book { account, command })
}

fn fee(fact: Entry, kind: FeeKind, otherwise: &str, business_date: Date, moment: Moment) -> AccountCommand {
    let reason = fact.description.map_or_else(|| otherwise.to_owned(), |text| text.as_str().to_owned());
    AccountCommand::ChargeFee(ChargeFee { amount: fact.amount, kind, reason, business_date, moment })
}

fn details(fact: Entry, business_date: Date) -> EntryDetails {
    EntryDetails {
        business_date,
        channel: fact.channel.unwrap_or_default(),
        counterparty: fact.counterparty.map(|text| text.as_str().to_owned()),
        reference: fact.reference.map(|text| text.as_str().to_owned()),
        description: fact.description.map(|text| text.as_str().to_owned()),
    }
}

impl Prepared {
    /// Whether a stored event, which has the id of this fact's first event, tells this fact: of the same aggregate, at the same
    /// time, and of the same amount where there is one.
    pub(super) fn is_told_by(&self, event: &Recorded) -> bool {
        let (stream, amount) = match &self.decision {
            Decision::Onboard { customer, .. } => (StreamName::of::<Customer>(*customer), None),
            Decision::Open { account, .. } | Decision::AddSignatory { account, .. } => (StreamName::of::<BankAccount>(*account), None),
            Decision::Book { account, .. } => (StreamName::of::<BankAccount>(*account), self.counted.signed_minor()),
        };
        let stored = event.event::<BankAccount>().and_then(Result::ok).and_then(AccountEvent::entry).map(|entry| entry.signed_minor());
        // The first event of a large withdrawal only announces it.
        let same_amount = amount.is_none() || stored.is_none() || stored == amount;
        event.stream == stream && event.effective_at == self.event.effective_at && same_amount
    }

    /// The aggregates that take part. Whatever the fact makes is presumed new where that is allowed.
    pub(super) fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        match &self.decision {
            Decision::Onboard { customer, email, .. } if presume => {
                into.extend([Participant::new::<Customer>(*customer), Participant::new::<CustomerEmail>(*email)]);
            }
            Decision::Onboard { customer, email, .. } => {
                into.extend([Participant::of::<Customer>(*customer), Participant::of::<CustomerEmail>(*email)]);
            }
            Decision::Open { account, customer, .. } => {
                into.push(Participant::of::<Customer>(*customer));
                into.push(if presume { Participant::new::<BankAccount>(*account) } else { Participant::of::<BankAccount>(*account) });
            }
            Decision::AddSignatory { account, command } => {
                into.extend([Participant::of::<BankAccount>(*account), Participant::of::<Customer>(command.signatory)]);
            }
            Decision::Book { account, .. } => into.push(Participant::of::<BankAccount>(*account)),
        }
    }
}
