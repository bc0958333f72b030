//! Payments to other banks: whatever the network does, each is paid once or given back.

use super::{
    bank::{Bank, inr, settings},
    network::{Line, PayNetwork},
    scene::{Mutation, Scene},
    wires::{Mutated, Wires},
    world::{Client, Setting},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use khata_application::{
    Clock, Recorded,
    command::{CommandContext, CommandError},
    executor::Unit,
    payments::{
        GatewayNotice, NewExternal, NewPayment,
        sending::{Act, Answer, Call, Command, ExternalPayment, ExternalPaymentSurroundings},
    },
    processes::{Asked, CallError, EnginePorts, Surroundings, Verb},
    settings::InForce,
};
use khata_domain::{
    Text,
    accounts::{
        BankAccount,
        account::{ReleaseHold, Withdraw},
        entry::EntryDetails,
    },
    ids::{AccountId, PaymentId, TypedId},
    payments::{Network, Payment, PaymentStatus, payment::Confirm},
    processes::ProcessStatus,
};
use std::{collections::BTreeMap, sync::Arc};

/// So many payments are ordered.
const PAYMENTS: usize = 5;

pub struct Sending {
    network: Arc<PayNetwork>,
    bank: Option<Bank>,
    /// Those for which money was set aside: they have a process.
    held: Vec<PaymentId>,
}

/// An order to pay an amount to another bank.
pub fn abroad(payment_id: PaymentId, from_account: AccountId, minor: i64) -> NewPayment {
    let external = NewExternal {
        network: Network::VelocityPay,
        iban: None,
        account_number: Some(Text::fitted("0012345")),
        name: Text::fitted("Maria"),
        bic: None,
    };
    NewPayment {
        payment_id: Some(payment_id),
        from_account,
        to_account: None,
        external: Some(external),
        amount: inr(minor),
        reference: None,
        scheduled_for: None,
        aml_verdict: None,
    }
}

/// An amount: now and then one that somebody has to look at, or one that looks like fraud.
pub fn amount(setting: &Setting) -> i64 {
    match setting.draw(8) {
        0 => 20_000_100 + setting.draw(100) as i64 * 10,
        1 => 10_009,
        _ => 1_000 + setting.draw(50_000) as i64,
    }
}

impl Sending {
    pub fn bank(&self) -> &Bank {
        self.bank.as_ref().expect("a bank")
    }

    fn bank_mut(&mut self) -> &mut Bank {
        self.bank.as_mut().expect("a bank")
    }

    async fn review(&mut self, client: &Client) {
        let approved = self.bank().review(client).await;
        self.held.extend(approved);
    }

    /// Delivers a notice. `lies` has it tell another amount: then it must not be taken.
    async fn deliver(&self, client: &Client, nth: usize, lies: bool) {
        let (payment_id, mut notice) = {
            let ledger = self.network.ledger.lock().unwrap();
            let Some(told) = ledger.notices.get(nth) else { return };
            (told.payment_id, told.notice.clone())
        };
        if let (true, GatewayNotice::Settled { amount, .. }) = (lies, &mut notice) {
            *amount = inr(amount.minor() + 1);
        }
        let (context, what) = (client.context(), format!("notice {nth} of {payment_id} {notice:?}"));
        let is_lie = lies && matches!(notice, GatewayNotice::Settled { .. });
        let taken = self.bank().payments().notice(&context, Network::VelocityPay, payment_id, notice);
        let is_taken = client.tries(what, taken).await.is_some();
        let mut ledger = self.network.ledger.lock().unwrap();
        if is_lie && is_taken {
            ledger.breaches.push(format!("{payment_id} was believed to be of another amount"));
        }
        ledger.notices[nth].is_taken |= is_taken && !is_lie;
    }

    fn untaken(&self) -> Vec<usize> {
        let ledger = self.network.ledger.lock().unwrap();
        ledger.notices.iter().enumerate().filter(|(_, told)| !told.is_taken).map(|(nth, _)| nth).collect()
    }

    /// What was paid by the network's own books is paid here, or somebody has to look at it.
    async fn books_agree(&self, client: &Client) -> Result<(), String> {
        for payment_id in &self.bank().ordered {
            let payment = client.state::<Payment>(*payment_id).await;
            let paid = self.network.ledger.lock().unwrap().paid(*payment_id);
            let is_paid = matches!(payment.status(), PaymentStatus::Completed | PaymentStatus::Returned);
            let amount = payment.request().map(|request| request.amount);
            let fits = match (is_paid, payment.reversal_case(), &paid[..]) {
                (true, None, [paid]) => Some(*paid) == amount,
                // It was paid after it had been given up, and that is known.
                (false, Some(_), [paid]) => Some(*paid) == amount,
                (false, None, []) => true,
                _ => false,
            };
            if !fits {
                let status = payment.status().name();
                let case = payment.reversal_case();
                return Err(format!("{payment_id} is {status} with {case:?}, and the network paid {paid:?}"));
            }
        }
        let known = |line: &&khata_application::payments::StatementLine| {
            line.payment_id.is_some_and(|payment_id| !self.bank().ordered.contains(&payment_id))
        };
        match self.network.ledger.lock().unwrap().lines.iter().find(known) {
            Some(line) => Err(format!("the network paid what nobody ordered: {line:?}")),
            None => Ok(()),
        }
    }
}

impl Scene for Sending {
    type Process = ExternalPayment;
    const PAUSE: SignedDuration = SignedDuration::from_secs(600);

    fn new(setting: &Arc<Setting>) -> Self {
        Self { network: PayNetwork::new(setting), bank: None, held: vec![] }
    }

    fn settings() -> InForce {
        settings()
    }

    async fn begin(&mut self, client: &Client) {
        let mut bank = Bank::open(client, 2).await;
        bank.services.payments = bank.services.payments.reaching(&[Network::VelocityPay]);
        self.bank = Some(bank);
    }

    async fn order(&mut self, client: &Client) {
        let setting = &client.setting;
        if self.bank().ordered.len() >= PAYMENTS {
            return;
        }
        let payment_id = PaymentId::from_uuid(setting.ids.uuid());
        let from = self.bank().accounts[setting.draw(2) as usize];
        let (context, new) = (client.context(), abroad(payment_id, from, amount(setting)));
        let what = ("orders", payment_id, new.amount);
        if let Some(answer) = client.tries(what, self.bank().payments().request(&context, new)).await {
            self.bank_mut().ordered.push(payment_id);
            self.held.extend(answer.state.hold_id().map(|_| payment_id));
        }
    }

    async fn disturb(&mut self, client: &Client) {
        let setting = &client.setting;
        match setting.draw(10) {
            0 => self.bank().cancel(client).await,
            1 => self.review(client).await,
            2 => self.bank().freeze(client, setting.draw(2) == 0).await,
            3 => self.network.finish(),
            4 => {
                let Some(payment_id) = self.bank().ordered.first() else { return };
                self.network.ledger.lock().unwrap().give_back(*payment_id, setting.time.now());
            }
            _ => {
                let notices = self.network.ledger.lock().unwrap().notices.len() as u64;
                self.deliver(client, setting.draw(notices.max(1)) as usize, setting.draw(6) == 0).await;
            }
        }
    }

    fn surroundings(&self, _: u64, ports: &EnginePorts) -> Arc<dyn Surroundings<ExternalPayment>> {
        let sound = ExternalPaymentSurroundings {
            events: ports.events.clone(),
            book: ports.book.clone(),
            gateways: vec![Arc::new(Line::to(&self.network))],
        };
        Arc::new(Wires(Faults { sound, mutation: self.network.setting.mutation }))
    }

    fn elapse(&self) {
        self.network.elapse();
    }

    async fn settle(&mut self, client: &Client) {
        self.network.finish();
        self.bank().freeze(client, false).await;
        self.review(client).await;
        for nth in self.untaken() {
            self.deliver(client, nth, false).await;
        }
    }

    async fn operator(&mut self, _: &Client, _: &PaymentId, _: ProcessStatus) -> Verb {
        Verb::Retry
    }

    async fn can_be_undone(&self, client: &Client, subject: &PaymentId) -> bool {
        // What waits to be written is written before that is decided.
        client.now(std::future::ready(())).await;
        let payment: Payment = client.state(*subject).await;
        !matches!(payment.status(), PaymentStatus::Sent | PaymentStatus::Unknown)
    }

    fn subjects(&self) -> Vec<PaymentId> {
        self.held.clone()
    }

    async fn check(&self, client: &Client, _: &[Recorded]) -> Result<(), String> {
        if let Some(breach) = self.network.ledger.lock().unwrap().breaches.first() {
            return Err(breach.clone());
        }
        self.bank().check(client, &BTreeMap::new()).await?;
        self.books_agree(client).await
    }
}

/// The surroundings of the sending of payments, with a fault or without.
struct Faults {
    sound: ExternalPaymentSurroundings,
    mutation: Mutation,
}

impl Faults {
    /// What was set aside is taken once more.
    fn take_again(&self, command: &Command, unit: &mut Unit<'_>) -> Result<(), CommandError> {
        let request = unit.state::<Payment>(command.payment_id)?.request().cloned();
        let Some(request) = request else { return Ok(()) };
        let (amount, details) = (request.amount, EntryDetails::default());
        let again = Withdraw { amount, details, aml_verdict: None };
        unit.decide::<BankAccount>(command.from_account, again).map(drop)
    }

    /// The payment is paid, and the money is free again.
    fn free(&self, command: &Command, confirm: Confirm, unit: &mut Unit<'_>) -> Result<(), CommandError> {
        let payment_id = command.payment_id;
        unit.decide::<Payment>(payment_id, confirm)?;
        let Some(hold_id) = unit.state::<Payment>(payment_id)?.hold_id() else { return Ok(()) };
        let release = ReleaseHold { hold_id, payment_id: Some(payment_id) };
        unit.decide::<BankAccount>(command.from_account, release).map(drop)
    }
}

#[async_trait]
impl Mutated<ExternalPayment> for Faults {
    fn sound(&self) -> &dyn Surroundings<ExternalPayment> {
        &self.sound
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match (self.mutation, command.act.clone()) {
            (Mutation::CapturesTwice, Act::Settle { .. }) => {
                self.sound.perform(command, context, unit)?;
                self.take_again(command, unit)
            }
            (Mutation::ReleasesAfterSuccess, Act::Settle { gateway_reference, learned_by }) => {
                self.free(command, Confirm { gateway_reference, learned_by }, unit)
            }
            _ => self.sound.perform(command, context, unit),
        }
    }

    async fn call(&self, asked: &Asked<'_>, call: &Call) -> Result<Answer, CallError> {
        let is_first = asked.is_first || self.mutation == Mutation::ResendsUnasked;
        let answered = self.sound.call(&Asked { is_first, ..*asked }, call).await;
        match (self.mutation, call) {
            (Mutation::ForgetsKeys, Call::HandOver { payment_id, .. }) => {
                // What was handed over goes out once more, under a name that nobody stored.
                let other =
                    PaymentId::from_uuid(uuid::Uuid::from_u128(payment_id.uuid().as_u128() + (1 << 100)));
                let order = serde_json::json!({ "payment_id": other, "amount": inr(1) }).to_string();
                self.sound.gateways[0].hand_over(other, order).await;
                answered
            }
            _ => answered,
        }
    }
}
