//! New customers: whatever provider and notices do, each is verified, has one first account, and is told once.

use super::{
    bank::{customer, services_of},
    node::Turns,
    scene::{Mutation, Scene},
    world::{Client, Setting},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use khata_application::{
    Clock, Customers, Recorded,
    accounts::onboarding::{
        FirstAccount, FirstAccounts, KycProvider, KycQuestion, KycVerdict as Verdict, Notice, Notifier,
        Onboarding, OnboardingSurroundings,
    },
    processes::{CallError, EnginePorts, Surroundings, Verb},
};
use khata_domain::{
    Text,
    accounts::{AccountEvent, AccountType, BankAccount},
    customers::{
        Customer, CustomerEvent, CustomerStatus,
        customer::{KycJudge, KycVerdict, Reactivate, Suspend, VerifyKyc},
    },
    ids::{AccountId, CustomerId},
    processes::ProcessStatus,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// So many customers come.
const CUSTOMERS: usize = 5;

pub struct Newcomers {
    office: Arc<Office>,
    customers: Option<Customers>,
    came: Vec<CustomerId>,
}

/// Whoever verifies identities and tells customers: does once what a key stands for.
struct Office {
    setting: Arc<Setting>,
    verdicts: Mutex<BTreeMap<String, Verdict>>,
    told: Mutex<BTreeMap<String, (CustomerId, Notice)>>,
}

fn failed<T>(code: &'static str) -> Result<T, CallError> {
    Err(CallError { code, message: "so it goes".into() })
}

impl Office {
    /// Does what is asked for, maybe, and maybe says so.
    async fn meets<T>(&self, what: String, does: impl Fn() -> T) -> Result<T, CallError> {
        let setting = &self.setting;
        let fate = if setting.is_calm() { 9 } else { setting.draw(10) };
        setting.story.tell(|| format!("office {what} fate {fate}"));
        Turns(1 + setting.draw(3) as u32).await;
        match fate {
            0 => failed("unreachable"),
            1 => {
                does();
                failed("timeout")
            }
            2 => {
                let until = setting.time.now() + SignedDuration::from_secs(30 + setting.draw(3_000) as i64);
                while setting.time.now() < until && !setting.is_calm() {
                    Turns(2).await;
                }
                failed("timeout")
            }
            3 => failed("answer_unusable"),
            4 => {
                does();
                Turns(10 + setting.draw(30) as u32).await;
                Ok(does())
            }
            _ => Ok(does()),
        }
    }

    /// Nobody is asked or told under two keys.
    fn key<'a>(&self, key: &'a str) -> std::borrow::Cow<'a, str> {
        match self.setting.mutation {
            Mutation::ForgetsKeys => format!("{key}~{}", self.setting.draw(1 << 40)).into(),
            _ => key.into(),
        }
    }

    fn judge(&self, key: &str) -> Verdict {
        let verified = self.setting.draw(3) > 0;
        let reasons = if verified { vec![] } else { vec![Text::fitted("the papers do not fit")] };
        let judged = Verdict { verified, reasons };
        self.verdicts.lock().unwrap().entry(key.to_owned()).or_insert(judged).clone()
    }
}

#[async_trait]
impl KycProvider for Office {
    async fn verify(&self, key: &str, _: &KycQuestion) -> Result<Verdict, CallError> {
        let key = self.key(key);
        self.meets(format!("is asked under {key}"), || self.judge(&key)).await
    }
}

#[async_trait]
impl Notifier for Office {
    async fn notify(&self, key: &str, customer_id: CustomerId, notice: Notice) -> Result<(), CallError> {
        let key = self.key(key);
        let tells = || {
            self.told.lock().unwrap().entry(key.to_string()).or_insert((customer_id, notice));
        };
        self.meets(format!("tells {customer_id} {notice:?}"), tells).await
    }
}

impl Newcomers {
    fn customers(&self) -> &Customers {
        self.customers.as_ref().expect("customers")
    }

    async fn put(
        &self,
        client: &Client,
        customer_id: CustomerId,
        command: impl Into<<Customer as khata_domain::Aggregate>::Command> + std::fmt::Debug,
    ) {
        let what = format!("{customer_id} {command:?}");
        let context = client.context();
        let done = client.executor.execute::<Customer>(&context, customer_id, command.into());
        client.tries(what, done).await;
    }
}

/// The accounts of customers.
fn opened(events: &[Recorded]) -> BTreeMap<CustomerId, Vec<AccountId>> {
    let mut opened: BTreeMap<CustomerId, Vec<AccountId>> = BTreeMap::new();
    for event in events {
        if let Some(Ok(AccountEvent::AccountOpened(account))) = event.event::<BankAccount>() {
            opened.entry(account.customer_id).or_default().extend(event.stream.id_of::<BankAccount>());
        }
    }
    opened
}

/// How often a customer was found to be who they say.
fn verdicts(events: &[Recorded], customer_id: CustomerId) -> usize {
    let of_it = events.iter().filter(|event| event.stream.id_of::<Customer>() == Some(customer_id));
    let is_verified =
        |event: &&Recorded| matches!(event.event::<Customer>(), Some(Ok(CustomerEvent::KycVerified(_))));
    of_it.filter(is_verified).count()
}

impl Scene for Newcomers {
    type Process = Onboarding;
    const PAUSE: SignedDuration = SignedDuration::from_secs(600);

    fn new(setting: &Arc<Setting>) -> Self {
        let (verdicts, told) = (Mutex::default(), Mutex::default());
        let office = Arc::new(Office { setting: setting.clone(), verdicts, told });
        Self { office, customers: None, came: vec![] }
    }

    async fn begin(&mut self, client: &Client) {
        self.customers = Some(services_of(client).customers);
    }

    async fn order(&mut self, client: &Client) {
        if self.came.len() < CUSTOMERS {
            let came = customer(client, self.customers(), self.came.len()).await;
            client.setting.story.tell(|| format!("{came} comes"));
            self.came.push(came);
        }
    }

    async fn disturb(&mut self, client: &Client) {
        let setting = &client.setting;
        let Some(customer_id) = self.came.get(setting.draw(5) as usize).copied() else { return };
        let (judge, reasons) = (KycJudge::Person, vec![Text::fitted("I have looked at it")]);
        let verdict = |verdict| VerifyKyc { verdict, judge, reasons };
        match setting.draw(8) {
            0 => self.put(client, customer_id, verdict(KycVerdict::Verified)).await,
            1 => self.put(client, customer_id, verdict(KycVerdict::Rejected)).await,
            2 => {
                let context = client.context();
                client.tries(("closes", customer_id), self.customers().close(&context, customer_id)).await;
            }
            3 => self.put(client, customer_id, Suspend { reason: Text::fitted("so it is") }).await,
            4 => self.put(client, customer_id, Reactivate).await,
            _ => {}
        }
    }

    fn surroundings(&self, _: u64, ports: &EnginePorts) -> Arc<dyn Surroundings<Onboarding>> {
        let savings = FirstAccount { account_type: AccountType::Savings, currency: "INR".parse().unwrap() };
        Arc::new(OnboardingSurroundings {
            events: ports.events.clone(),
            clock: ports.clock.clone(),
            begins_within: Duration::from_secs(30 * 86_400),
            provider: self.office.clone(),
            notifier: self.office.clone(),
            first_accounts: FirstAccounts { individual: Some(savings), business: None },
        })
    }

    async fn settle(&mut self, client: &Client) {
        for customer_id in self.came.clone() {
            let customer: Customer = client.state(customer_id).await;
            if customer.profile().is_some_and(|profile| profile.status == CustomerStatus::Suspended) {
                self.put(client, customer_id, Reactivate).await;
            }
        }
    }

    async fn operator(&mut self, _: &Client, _: &CustomerId, _: ProcessStatus) -> Verb {
        Verb::Retry
    }

    fn subjects(&self) -> Vec<CustomerId> {
        self.came.clone()
    }

    async fn check(&self, client: &Client, events: &[Recorded]) -> Result<(), String> {
        let (opened, told) = (opened(events), self.office.told.lock().unwrap().clone());
        for customer_id in &self.came {
            let customer: Customer = client.state(*customer_id).await;
            let status = customer.profile().map(|profile| profile.status);
            let accounts = opened.get(customer_id).cloned().unwrap_or_default();
            let notices: Vec<Notice> =
                told.values().filter(|(told, _)| told == customer_id).map(|(_, notice)| *notice).collect();
            if accounts.len() > 1 || notices.len() > 1 || verdicts(events, *customer_id) > 1 {
                return Err(format!(
                    "{customer_id} has {accounts:?}, and was told {notices:?}: that is twice"
                ));
            }
            let fits = match (status, notices.first()) {
                (Some(CustomerStatus::Closed), _) => true,
                (Some(CustomerStatus::Verified), Some(Notice::Welcome(account))) => {
                    account.is_some() && account.as_ref() == accounts.first()
                }
                // Somebody thought better of it behind the notice.
                (Some(CustomerStatus::Verified), Some(Notice::Rejected)) => accounts.len() <= 1,
                (Some(_), Some(Notice::Rejected)) => accounts.is_empty(),
                _ => false,
            };
            if !fits {
                return Err(format!(
                    "{customer_id} is {status:?}, has {accounts:?}, and was told {notices:?}"
                ));
            }
        }
        Ok(())
    }
}
