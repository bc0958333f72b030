//! Payments for a later day: each is made once and not before its day, or comes to nothing.

use super::{
    bank::{Bank, inr, services, settings},
    scene::{Mutation, Scene},
    sending::amount,
    wires::{Mutated, Wires},
    world::{Client, Setting},
};
use async_trait::async_trait;
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use khata_application::{
    Clock, Recorded,
    command::{CommandContext, CommandError},
    executor::Unit,
    payments::{
        NewPayment,
        scheduling::{Command, ScheduledPayment, ScheduledPaymentSurroundings},
    },
    processes::{EnginePorts, Surroundings, Verb},
    settings::InForce,
};
use khata_domain::{
    accounts::{
        BankAccount,
        account::{Deposit, Withdraw},
        entry::EntryDetails,
    },
    ids::{AccountId, PaymentId, TypedId},
    payments::{Payment, PaymentStatus},
    processes::ProcessStatus,
};
use std::{collections::BTreeMap, sync::Arc};

/// So many payments are ordered.
const PAYMENTS: usize = 5;
/// More than is on an account.
const TOO_MUCH: i64 = 150_000_001;

pub struct Scheduling {
    bank: Option<Bank>,
    /// What else came to accounts, and went.
    moved: BTreeMap<AccountId, i64>,
    mutation: Mutation,
}

impl Scheduling {
    fn bank(&self) -> &Bank {
        self.bank.as_ref().expect("a bank")
    }

    /// Money comes to an account, or goes.
    async fn move_money(&mut self, client: &Client) {
        let setting = &client.setting;
        let account = self.bank().accounts[setting.draw(3) as usize];
        let minor = [60_000_000, -50_000_000][setting.draw(2) as usize];
        let (amount, details) = (inr(i64::abs(minor)), EntryDetails::default());
        let verdict = Some(khata_domain::accounts::AmlVerdict::Approved);
        let command = match minor > 0 {
            true => Deposit { amount, details }.into(),
            false => Withdraw { amount, details, aml_verdict: verdict }.into(),
        };
        let context = client.context();
        let moved = client.executor.execute::<BankAccount>(&context, account, command);
        if client.tries(("moves", account, minor), moved).await.is_some() {
            *self.moved.entry(account).or_default() += minor;
        }
    }
}

impl Scene for Scheduling {
    type Process = ScheduledPayment;
    const PAUSE: SignedDuration = SignedDuration::from_hours(2);
    const TICK: u64 = 9_000;

    fn new(setting: &Arc<Setting>) -> Self {
        Self { bank: None, moved: BTreeMap::new(), mutation: setting.mutation }
    }

    fn settings() -> InForce {
        settings()
    }

    async fn begin(&mut self, client: &Client) {
        self.bank = Some(Bank::open(client, 3).await);
    }

    async fn order(&mut self, client: &Client) {
        let setting = &client.setting;
        if self.bank().ordered.len() >= PAYMENTS {
            return;
        }
        let payment_id = PaymentId::from_uuid(setting.ids.uuid());
        let (from, to) = (setting.draw(3) as usize, 1 + setting.draw(2) as usize);
        let accounts = &self.bank().accounts;
        let today = setting.clock.now().to_zoned(TimeZone::UTC).date();
        let new = NewPayment {
            payment_id: Some(payment_id),
            from_account: accounts[from],
            to_account: Some(accounts[(from + to) % 3]),
            external: None,
            amount: inr(if setting.draw(5) == 0 { TOO_MUCH } else { amount(setting) }),
            reference: None,
            scheduled_for: Some(today + (1 + setting.draw(2) as i64).days()),
            aml_verdict: None,
        };
        let (context, what) = (client.context(), ("orders", payment_id, new.amount, new.scheduled_for));
        let ordered = client.tries(what, self.bank().payments().request(&context, new)).await;
        if let (Some(_), Some(bank)) = (ordered, &mut self.bank) {
            bank.ordered.push(payment_id);
        }
    }

    async fn disturb(&mut self, client: &Client) {
        let setting = &client.setting;
        match setting.draw(6) {
            0 => self.bank().cancel(client).await,
            1 => drop(self.bank().review(client).await),
            2 => self.bank().freeze(client, setting.draw(2) == 0).await,
            _ => self.move_money(client).await,
        }
    }

    fn surroundings(&self, _: u64, ports: &EnginePorts) -> Arc<dyn Surroundings<ScheduledPayment>> {
        let services = services(&ports.executor, ports.events.clone(), ports.ids.clone());
        let sound = ScheduledPaymentSurroundings { payments: services.payments };
        Arc::new(Wires(Faults { sound, mutation: self.mutation }))
    }

    async fn settle(&mut self, client: &Client) {
        self.bank().freeze(client, false).await;
        self.bank().review(client).await;
    }

    async fn operator(&mut self, _: &Client, _: &PaymentId, _: ProcessStatus) -> Verb {
        Verb::Retry
    }

    fn subjects(&self) -> Vec<PaymentId> {
        self.bank().ordered.clone()
    }

    async fn check(&self, client: &Client, _: &[Recorded]) -> Result<(), String> {
        self.bank().check(client, &self.moved).await?;
        for payment_id in &self.bank().ordered {
            let payment: Payment = client.state(*payment_id).await;
            let day = payment.request().and_then(|request| request.scheduled_for);
            // The clock may have been set back between that and its end: somebody had to look at it.
            let judged = payment.screening().map(|it| it.screened_at.to_zoned(TimeZone::UTC).date());
            if payment.status() == PaymentStatus::Completed && judged < day {
                return Err(format!("{payment_id} was for {day:?}, and was made on {judged:?}"));
            }
        }
        Ok(())
    }
}

/// The surroundings of the making of payments, with a fault or without.
struct Faults {
    sound: ScheduledPaymentSurroundings,
    mutation: Mutation,
}

#[async_trait]
impl Mutated<ScheduledPayment> for Faults {
    fn sound(&self) -> &dyn Surroundings<ScheduledPayment> {
        &self.sound
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        self.sound.perform(command, context, unit)?;
        let (Mutation::CapturesTwice, Command::Make { payment_id, from_account, .. }) =
            (self.mutation, command)
        else {
            return Ok(());
        };
        let amount = unit.state::<Payment>(*payment_id)?.request().map(|request| request.amount);
        let again =
            amount.map(|amount| Withdraw { amount, details: EntryDetails::default(), aml_verdict: None });
        again.map_or(Ok(()), |again| unit.decide::<BankAccount>(*from_account, again).map(drop))
    }
}
