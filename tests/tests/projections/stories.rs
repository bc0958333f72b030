//! Random command histories of customers, accounts, cards, orders and loans: what their aggregates decide is
//! what the log holds.

use crate::{card_stories, loan_stories, order_stories, world::World};
use jiff::{SignedDuration, Span, civil::date};
use khata_domain::{
    Aggregate, DecisionContext, Money, Rules, Text,
    accounts::{
        AccountCommand, AccountType, AmlVerdict, BankAccount, CustomerType, Direction, EntryKind, FeeKind,
        Month, Products,
        account::{
            AccrueInterest, CaptureHold, ChargeFee, Close, Deposit, Freeze, MissingDays, Open, OriginalEntry,
            PlaceHold, PostInterest, ReleaseHold, ReverseTransaction, SetDailyLimit, Unfreeze, Withdraw,
        },
        entry::EntryDetails,
    },
    cards::CreditCard,
    customers::{
        self, Customer, CustomerCommand, Document, DocumentKind, Email, Phone, ProductId,
        customer::{
            AttachProduct, DetachProduct, KycVerdict, Onboard, REQUIRED_DOCUMENTS, Reactivate, Suspend,
            UpdateContact, VerifyKyc,
        },
    },
    ids::{AccountId, CardId, CustomerId, HoldId, LoanId, TransactionId, TypedId},
    lending::Loan,
    orders::Order,
    testing::decided_on,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One step: who does what, with which amount, how many days after the beginning.
#[derive(Debug, Clone)]
pub struct Step {
    pub subject: u128,
    pub deed: u8,
    pub number: u128,
    pub minor: i64,
    pub day: i32,
}

/// Up to `steps` steps of four accounts, three customers, three cards, three orders and four loans. Each
/// begins with its opening, onboarding, creation or application.
pub fn stories(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u128..17, 0_u8..16, 0_u128..4, 1_i64..5_000_000, 0_i32..90);
    let step =
        step.prop_map(|(subject, deed, number, minor, day)| Step { subject, deed, number, minor, day });
    prop::collection::vec(step, 1..steps)
}

/// Puts all steps to their aggregates and appends what they decide. Gives the last position.
pub async fn play(world: &World, steps: &[Step]) -> u64 {
    let mut accounts: BTreeMap<u128, BankAccount> = BTreeMap::new();
    let mut cards: BTreeMap<u128, CreditCard> = BTreeMap::new();
    let mut customers: BTreeMap<u128, Customer> = BTreeMap::new();
    let mut orders: BTreeMap<u128, Order> = BTreeMap::new();
    let mut loans: BTreeMap<u128, Loan> = BTreeMap::new();
    let mut last = 0;
    for step in steps {
        let appended = if step.subject < 4 {
            let first = !accounts.contains_key(&step.subject);
            let asked = if first { (at(step), open(step)) } else { account_command(step) };
            decide(
                world,
                accounts.entry(step.subject).or_default(),
                AccountId::from_uuid(Uuid::from_u128(step.subject)),
                asked,
            )
            .await
        } else if (10..13).contains(&step.subject) {
            let first = !orders.contains_key(&step.subject);
            let command = if first {
                order_stories::create(step)
            } else {
                order_stories::command(step, &orders[&step.subject])
            };
            decide(
                world,
                orders.entry(step.subject).or_default(),
                order_stories::id(step.subject),
                (at(step), command),
            )
            .await
        } else if (7..10).contains(&step.subject) {
            let first = !cards.contains_key(&step.subject);
            let command = if first {
                card_stories::issue(customer(4 + step.subject % 3))
            } else {
                card_stories::command(step)
            };
            decide(
                world,
                cards.entry(step.subject).or_default(),
                CardId::from_uuid(Uuid::from_u128(step.subject)),
                (at(step), command),
            )
            .await
        } else if step.subject >= 13 {
            let first = !loans.contains_key(&step.subject);
            let loan = loans.entry(step.subject).or_default();
            let (today, amount) = (at(step).today, money(step.minor));
            let asked = if first {
                (at(step), loan_stories::apply(customer(4 + step.subject % 3), amount))
            } else {
                loan_stories::command(loan, step, today, amount)
            };
            decide(world, loan, LoanId::from_uuid(Uuid::from_u128(step.subject)), asked).await
        } else {
            let first = !customers.contains_key(&step.subject);
            let command = if first { onboard(step) } else { customer_command(step) };
            decide(
                world,
                customers.entry(step.subject).or_default(),
                customer(step.subject),
                (at(step), command),
            )
            .await
        };
        last = appended.unwrap_or(last);
    }
    last
}

/// A command, and what it is decided under.
pub type Asked<C> = (DecisionContext<'static>, C);

async fn decide<A: Aggregate>(
    world: &World,
    state: &mut A,
    id: A::Id,
    (at, command): Asked<A::Command>,
) -> Option<u64> {
    let events = state.decide(command, at, Rules::All).ok().filter(|events| !events.is_empty())?;
    events.iter().for_each(|event| state.evolve(event));
    Some(world.append_owned::<A>(id, &events, state.owner()).await)
}

pub fn at(step: &Step) -> DecisionContext<'static> {
    decided_on(date(2026, 1, 15).checked_add(Span::new().days(step.day)).unwrap())
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

pub fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn open(step: &Step) -> AccountCommand {
    let open = Open {
        customer_id: customer(4 + step.subject % 3),
        customer_type: CustomerType::Individual,
        opener: customer(4 + step.subject % 3),
        account_type: AccountType::Savings,
        currency: "INR".parse().unwrap(),
        terms: Products::default().terms(AccountType::Savings, "INR".parse().unwrap()).unwrap(),
        initial_deposit: Some(money(step.minor)),
    };
    open.into()
}

/// Some are dated back.
fn account_command(step: &Step) -> Asked<AccountCommand> {
    let back = Span::new().days(i32::try_from(step.number).unwrap() % 3);
    let at = DecisionContext { business_date: at(step).today.checked_sub(back).unwrap(), ..at(step) };
    let (amount, business_date) = (money(step.minor), at.business_date);
    let (details, aml_verdict) = (EntryDetails::default(), Some(AmlVerdict::Approved));
    let hold_id = HoldId::from_uuid(Uuid::from_u128(step.number));
    let command = match step.deed {
        0..=3 => Deposit { amount, details }.into(),
        4..=6 => Withdraw { amount: money(step.minor / 3 + 1), details, aml_verdict }.into(),
        7 => {
            let expires_at = (step.number > 0).then(|| at.now + SignedDuration::from_hours(24));
            PlaceHold { hold_id, amount: money(step.minor / 5 + 1), expires_at, aml_verdict }.into()
        }
        8 => CaptureHold { hold_id, amount: None, details, aml_verdict }.into(),
        9 => ReleaseHold { hold_id }.into(),
        10 => Freeze { reason: "story".into() }.into(),
        11 => Unfreeze.into(),
        12 => AccrueInterest { date: business_date }.into(),
        13 => PostInterest { month: Month::of(business_date), missing_days: MissingDays::Accept }.into(),
        14 if step.number == 0 => Close { reason: None }.into(),
        14 if step.number == 1 => SetDailyLimit { limit: amount }.into(),
        14 => {
            let (kind, reason) = (FeeKind::Service, "story".into());
            ChargeFee { amount: money(100), kind, reason, value_date: None }.into()
        }
        _ => {
            let (kind, direction) = (EntryKind::Deposit, Direction::Credit);
            let original = OriginalEntry { kind, direction, amount, business_date };
            let transaction_id = TransactionId::from_uuid(Uuid::from_u128(step.number));
            ReverseTransaction { transaction_id, original, reason: "story".into(), value_date: None }.into()
        }
    };
    (at, command)
}

pub fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn onboard(step: &Step) -> CustomerCommand {
    let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
    let onboard = Onboard {
        customer_id: customer(step.subject),
        name: text(&format!("Customer {}", step.subject)),
        email: Email::parse(&format!("c{}@example.com", step.subject)).unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: customers::CustomerType::Individual,
        documents: vec![document("passport"), document("utility_bill")],
        birth_date: Some(date(1990, 2, 3)),
        tax_id: None,
        address: None,
        required_documents: REQUIRED_DOCUMENTS,
        synthetic: BTreeSet::new(),
    };
    onboard.into()
}

fn customer_command(step: &Step) -> CustomerCommand {
    let product = ProductId::of(AccountId::from_uuid(Uuid::from_u128(step.number)));
    match step.deed {
        0..=4 => VerifyKyc { verdict: KycVerdict::Verified, reasons: vec![] }.into(),
        5..=7 => AttachProduct { product }.into(),
        8..=9 => DetachProduct { product }.into(),
        10 => Suspend { reason: text("story") }.into(),
        11..=12 => Reactivate.into(),
        13 if step.number == 0 => customers::customer::Close.into(),
        _ => {
            let email = Email::parse(&format!("c{}-{}@example.com", step.subject, step.number)).unwrap();
            UpdateContact { email: Some(email), ..UpdateContact::default() }.into()
        }
    }
}
