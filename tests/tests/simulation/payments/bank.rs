//! A bank with customers and accounts, and what must be on them by what became of the payments.

use super::world::Client;
use khata_application::{
    Customers, EventStore, Executor, IdSource, Payments, Services,
    accounts::NewAccount,
    customers::{EmailKey, NewCustomer},
    fraud::FraudScorer,
    settings::InForce,
};
use khata_domain::{
    Money, Text,
    accounts::{
        AccountType, BankAccount,
        account::{Freeze, Unfreeze},
    },
    customers::{
        Customer, CustomerType, Document, DocumentKind, Email, Phone,
        customer::{KycJudge, KycVerdict, VerifyKyc},
    },
    fraud::{Assessment, FraudFacts, FraudWeights},
    ids::{AccountId, PaymentId},
    payments::{
        Payment, PaymentStatus,
        payment::{Payee, Reject},
    },
    settings::{Basis, Rules},
};
use std::{collections::BTreeMap, sync::Arc};

/// How much is on each account at the beginning, in minor units.
const FILLED: i64 = 100_000_000;

pub fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

/// Everything that ends with 9 looks like fraud.
#[derive(Debug)]
struct ByAmount;

impl FraudScorer for ByAmount {
    fn score(&self, facts: FraudFacts, _: &FraudWeights) -> Assessment {
        let score = if facts.amount.minor() % 10 == 9 { "0.9" } else { "0.01" };
        let (scorer, reasons) = (Text::fitted("by amount"), vec![Text::fitted("it is so")]);
        Assessment { score: score.parse().unwrap(), scorer, scorer_version: 1, reasons, facts }
    }
}

/// Payments cost something, and no account has a daily limit to speak of.
pub fn settings() -> InForce {
    let mut rules = Rules::default();
    rules.payments.internal_fee = 1.into();
    rules.payments.external_fee = 2.into();
    rules.accounts.savings.daily_limit = 1_000_000_000.into();
    InForce::unrecorded(Basis::try_new("UTC".into(), rules).unwrap()).unwrap()
}

pub fn services(executor: &Arc<Executor>, events: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Services {
    let key = EmailKey::from_bytes([42; 32]);
    Services::new(executor.clone(), events, ids, key, Arc::new(ByAmount))
}

pub fn services_of(client: &Client) -> Services {
    services(&client.executor, client.setting.log.clone(), client.setting.ids.clone())
}

/// Makes a customer, still to be verified.
pub async fn customer(client: &Client, customers: &Customers, nth: usize) -> khata_domain::ids::CustomerId {
    let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
    let new = NewCustomer {
        customer_id: None,
        name: Text::fitted("Maria Santos"),
        email: Email::parse(&format!("c{nth}@example.com")).unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport"), document("utility_bill")],
        birth_date: None,
        tax_id: None,
        address: None,
    };
    let context = client.context();
    client.now(customers.onboard(&context, new)).await.expect("a customer").id
}

pub struct Bank {
    pub services: Services,
    pub accounts: Vec<AccountId>,
    /// The payments that were ordered.
    pub ordered: Vec<PaymentId>,
}

impl Bank {
    /// One with so many accounts of as many customers, with money on them.
    pub async fn open(client: &Client, accounts: usize) -> Self {
        let services = services_of(client);
        let mut opened = Vec::new();
        for nth in 0..accounts {
            let customer_id = customer(client, &services.customers, nth).await;
            let verify =
                VerifyKyc { verdict: KycVerdict::Verified, judge: KycJudge::Person, reasons: vec![] };
            let context = client.context();
            let verified = client.executor.execute::<Customer>(&context, customer_id, verify.into());
            client.now(verified).await.expect("a customer");
            let new = NewAccount {
                account_id: None,
                customer_id,
                account_type: AccountType::Savings,
                currency: "INR".parse().unwrap(),
                initial_deposit: Some(inr(FILLED)),
            };
            let account = client.now(services.accounts.open(&context, new)).await.expect("an account");
            opened.push(account.id);
        }
        Self { services, accounts: opened, ordered: vec![] }
    }

    pub fn payments(&self) -> &Payments {
        &self.services.payments
    }

    /// Somebody looks at those that wait for that. Gives those that go on.
    pub async fn review(&self, client: &Client) -> Vec<PaymentId> {
        let mut approved = Vec::new();
        for payment_id in &self.ordered {
            if client.state::<Payment>(*payment_id).await.status() != PaymentStatus::Screening {
                continue;
            }
            let context = client.context();
            let is_rejected = client.setting.draw(4) == 0;
            if !is_rejected {
                let goes_on = self.payments().approve(&context, *payment_id, None);
                let goes_on = client.tries(("approves", payment_id), goes_on).await;
                approved.extend(goes_on.as_ref().map(|_| *payment_id));
                // What no account takes is not waited for for ever.
                if goes_on.is_some() || !client.setting.is_calm() {
                    continue;
                }
            }
            let reject = Reject { reason: Text::fitted("no") };
            let rejected = client.executor.execute::<Payment>(&context, *payment_id, reject.into());
            client.tries(("rejects", payment_id), rejected).await;
        }
        approved
    }

    /// Somebody does not want one of them any more.
    pub async fn cancel(&self, client: &Client) {
        let Some(payment_id) = self.ordered.get(client.setting.draw(5) as usize) else { return };
        let context = client.context();
        let cancelled = self.payments().cancel(&context, *payment_id, None);
        client.tries(("cancels", payment_id), cancelled).await;
    }

    /// Freezes all accounts, or none any more.
    pub async fn freeze(&self, client: &Client, freezes: bool) {
        for account in &self.accounts {
            let context = client.context();
            let freeze = Freeze { reason: "so it is".into() };
            let command = if freezes { freeze.into() } else { Unfreeze.into() };
            let done = client.executor.execute::<BankAccount>(&context, *account, command);
            client.tries((if freezes { "freezes" } else { "unfreezes" }, account), done).await;
        }
    }

    /// Each account has what it must have by what became of the payments, and nothing is set aside. `moved` is what else
    /// came or went.
    pub async fn check(&self, client: &Client, moved: &BTreeMap<AccountId, i64>) -> Result<(), String> {
        let mut expected: BTreeMap<AccountId, i128> =
            self.accounts.iter().map(|account| (*account, i128::from(FILLED))).collect();
        let mut book = |account: AccountId, minor: i64| {
            *expected.entry(account).or_default() += i128::from(minor);
        };
        moved.iter().for_each(|(account, minor)| book(*account, *minor));
        for payment_id in &self.ordered {
            let payment: Payment = client.state(*payment_id).await;
            let Some(request) = payment.request() else { continue };
            match payment.status() {
                PaymentStatus::Completed | PaymentStatus::Returned => {
                    book(request.from_account, -request.amount.minor() - request.fee.minor());
                }
                PaymentStatus::Compensated
                | PaymentStatus::Cancelled
                | PaymentStatus::Failed
                | PaymentStatus::RejectedFraud => continue,
                status => return Err(format!("{payment_id} is {} in the end", status.name())),
            }
            if let Some(returned) = payment.returned() {
                book(request.from_account, returned.amount.minor());
            }
            if let Payee::Account(to_account) = request.payee {
                book(to_account, request.amount.minor());
            }
        }
        for (account_id, expected) in expected {
            let account: BankAccount = client.state(account_id).await;
            if account.balance_minor() != expected {
                let balance = account.balance_minor();
                return Err(format!("{account_id} has {balance}, and must have {expected}"));
            }
            if let Some(hold) = account.active_holds(jiff::Timestamp::MIN).next() {
                return Err(format!("on {account_id} is held in the end: {hold:?}"));
            }
        }
        Ok(())
    }
}
