//! Bank accounts in the stories.

mod samples;

use super::{Asked, Contract, Sample, Step, customer, inr, nth};
use jiff::{SignedDuration, Span};
use khata_domain::{
    DecisionContext,
    accounts::{
        AccountCommand, AccountEvent, AccountType, AmlVerdict, BankAccount, CustomerType, Direction,
        EntryKind, FeeKind, Month, Products,
        account::{
            AccrueInterest, CaptureHold, ChargeFee, Close, Deposit, Freeze, MissingDays, Open, OriginalEntry,
            PlaceHold, PostInterest, ReleaseHold, ReverseTransaction, SetDailyLimit, Unfreeze, Withdraw,
        },
        entry::EntryDetails,
    },
    ids::{AccountId, HoldId, TransactionId},
};
use uuid::Uuid;

impl Contract for BankAccount {
    const SUBJECTS: u128 = 4;
    const NTH: fn(u128) -> AccountId = nth;

    fn samples() -> Vec<Sample<AccountEvent>> {
        samples::samples()
    }

    fn past() -> Vec<AccountEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<AccountCommand> {
        if self.opening().is_none() { (step.at(), open(step)) } else { command(step) }
    }
}

fn open(step: &Step) -> AccountCommand {
    let open = Open {
        customer_id: customer(step.subject),
        customer_type: CustomerType::Individual,
        opener: customer(step.subject),
        account_type: AccountType::Savings,
        currency: "INR".parse().unwrap(),
        terms: Products::default().terms(AccountType::Savings, "INR".parse().unwrap()).unwrap(),
        initial_deposit: Some(inr(step.minor)),
    };
    open.into()
}

/// Some are dated back.
fn command(step: &Step) -> Asked<AccountCommand> {
    let back = Span::new().days(i32::try_from(step.number).unwrap() % 3);
    let at = DecisionContext { business_date: step.at().today.checked_sub(back).unwrap(), ..step.at() };
    let (amount, business_date) = (inr(step.minor), at.business_date);
    let (details, aml_verdict) = (EntryDetails::default(), Some(AmlVerdict::Approved));
    let hold_id = HoldId::from_uuid(Uuid::from_u128(step.number));
    let command = match step.deed {
        0..=3 => Deposit { amount, details }.into(),
        4..=6 => Withdraw { amount: inr(step.minor / 3 + 1), details, aml_verdict }.into(),
        7 => {
            let expires_at = (step.number > 0).then(|| at.now + SignedDuration::from_hours(24));
            let amount = inr(step.minor / 5 + 1);
            PlaceHold { hold_id, amount, expires_at, aml_verdict, payment_id: None, fee: None }.into()
        }
        8 => CaptureHold { hold_id, amount: None, details, aml_verdict }.into(),
        9 => ReleaseHold { hold_id, payment_id: None }.into(),
        10 => Freeze { reason: "story".into() }.into(),
        11 => Unfreeze.into(),
        12 => AccrueInterest { date: business_date }.into(),
        13 => PostInterest { month: Month::of(business_date), missing_days: MissingDays::Accept }.into(),
        14 if step.number == 0 => Close { reason: None }.into(),
        14 if step.number == 1 => SetDailyLimit { limit: amount }.into(),
        14 => {
            let (kind, reason) = (FeeKind::Service, "story".into());
            ChargeFee { amount: inr(100), kind, reason, value_date: None, payment_id: None }.into()
        }
        _ => {
            let (kind, direction) = (EntryKind::Deposit, Direction::Credit);
            let original = OriginalEntry { kind, direction, amount, business_date, payment_id: None };
            let transaction_id: TransactionId = nth(step.number);
            ReverseTransaction { transaction_id, original, reason: "story".into(), value_date: None }.into()
        }
    };
    (at, command)
}
