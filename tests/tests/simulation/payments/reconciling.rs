//! Days reconciled with the network's books: every difference is found, none is made up, and what was paid after it had been
//! given up is learned.

use super::{
    bank::{Bank, inr, settings},
    network::{Line, PayNetwork},
    scene::{Mutation, Scene},
    sending::abroad,
    wires::{Mutated, Wires},
    world::{Client, Setting},
};
use async_trait::async_trait;
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use khata_application::{
    Clock, EventStore, Recorded,
    command::{CommandContext, CommandError},
    event_store::FeedFilter,
    executor::Unit,
    payments::{
        Booking, GatewayNotice, PaymentGateway,
        reconciling::{
            Command, DailyReconciliation, Reconciler, ReconciliationSurroundings, SettledPayments,
        },
    },
    processes::{EnginePorts, Surroundings, Verb},
    settings::InForce,
};
use khata_domain::{
    Text,
    ids::{PaymentId, TypedId},
    payments::{
        Network, Payment, PaymentEvent, Reconciliation, ReconciliationId,
        payment::{Queue, Send},
        reconciliation::DifferenceKind,
    },
    processes::ProcessStatus,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

/// So many payments are carried.
const PAYMENTS: usize = 6;

pub struct Reconciling {
    network: Arc<PayNetwork>,
    bank: Option<Bank>,
    days: BTreeSet<ReconciliationId>,
    /// How the books differ about a payment, and on which day.
    differing: BTreeMap<PaymentId, (Date, DifferenceKind)>,
    /// Those that were given up here and paid there.
    late: Vec<PaymentId>,
}

/// What became of payments here, by the whole log.
struct ByLog(Arc<dyn EventStore>);

#[async_trait]
impl SettledPayments for ByLog {
    async fn settled_on(&self, day: Date) -> Result<Vec<PaymentId>, String> {
        let page = self.0.read_all(0, usize::MAX, &FeedFilter::default()).await;
        let events = page.map_err(|error| error.to_string())?.events;
        let settled = events.iter().filter_map(|event| match event.event::<Payment>()? {
            Ok(PaymentEvent::PaymentCompleted(completed))
                if completed.business_date == day && completed.network.is_some() =>
            {
                event.stream.id_of::<Payment>()
            }
            _ => None,
        });
        Ok(settled.collect())
    }
}

impl Reconciling {
    fn bank(&self) -> &Bank {
        self.bank.as_ref().expect("a bank")
    }

    fn reconciler(&self, events: Arc<dyn EventStore>) -> ReconciliationSurroundings {
        let line: Arc<dyn PaymentGateway> = Arc::new(Line::to(&self.network));
        let (settled, gateways) = (Arc::new(ByLog(events.clone())), [line].into());
        ReconciliationSurroundings { reconciler: Reconciler { events, settled, gateways } }
    }

    /// The network books a payment.
    fn book(&self, setting: &Setting, payment_id: PaymentId, minor: i64) -> Text<128> {
        let mut ledger = self.network.ledger.lock().unwrap();
        ledger.book(Some(payment_id), Booking::Paid, inr(minor), setting.clock.now())
    }

    /// Takes back what the network has booked last.
    fn unbook(&self) {
        self.network.ledger.lock().unwrap().lines.pop();
    }

    /// It is sent, as far as Khata knows.
    async fn send(&self, client: &Client, payment_id: PaymentId) {
        let gateway = settings().rules().payments.gateway;
        let send = Send { body_hash: Text::fitted("b"), gateway };
        let context = client.context();
        let sent = client.executor.execute::<Payment>(&context, payment_id, send.into());
        client.tries(("sends", payment_id), sent).await;
    }

    /// It waits again, and then nobody wants it any more; the network pays all the same.
    async fn give_up(&mut self, client: &Client, payment_id: PaymentId) {
        let (context, queue) = (client.context(), Queue { reason: Text::fitted("shut") });
        let queued = client.executor.execute::<Payment>(&context, payment_id, queue.into());
        client.tries(("queues", payment_id), queued).await;
        let cancelled = self.bank().payments().cancel(&context, payment_id, None);
        client.tries(("cancels", payment_id), cancelled).await;
        self.late.push(payment_id);
    }

    async fn learn(&self, client: &Client, payment_id: PaymentId, reference: Text<128>, minor: i64) {
        let notice = GatewayNotice::Settled { gateway_reference: reference, amount: inr(minor) };
        let context = client.context();
        let taken = self.bank().payments().notice(&context, Network::VelocityPay, payment_id, notice);
        client.tries(("learns of", payment_id), taken).await.expect("a payment that was sent");
    }

    /// What the days say in the end, by the payments.
    async fn found(&self, client: &Client) -> BTreeMap<PaymentId, DifferenceKind> {
        let mut found = BTreeMap::new();
        for id in &self.days {
            let day: Reconciliation = client.state(*id).await;
            let open = day.open().filter_map(|open| Some((open.payment_id?, open.kind)));
            found.extend(open);
        }
        found
    }
}

impl Scene for Reconciling {
    type Process = DailyReconciliation;
    const PAUSE: SignedDuration = SignedDuration::from_hours(2);
    const TICK: u64 = 9_000;

    fn new(setting: &Arc<Setting>) -> Self {
        let (days, differing) = (BTreeSet::new(), BTreeMap::new());
        Self { network: PayNetwork::new(setting), bank: None, days, differing, late: vec![] }
    }

    fn settings() -> InForce {
        settings()
    }

    async fn begin(&mut self, client: &Client) {
        let mut bank = Bank::open(client, 1).await;
        bank.services.payments = bank.services.payments.reaching(&[Network::VelocityPay]);
        self.bank = Some(bank);
    }

    /// A payment is made, as far as either side knows.
    async fn order(&mut self, client: &Client) {
        let setting = &client.setting;
        if self.bank().ordered.len() >= PAYMENTS {
            return;
        }
        let payment_id = PaymentId::from_uuid(setting.ids.uuid());
        let (context, minor) = (client.context(), 1_000 + setting.draw(500) as i64 * 10);
        let new = abroad(payment_id, self.bank().accounts[0], minor);
        let ordered = client.tries(("orders", payment_id), self.bank().payments().request(&context, new));
        if ordered.await.is_none() {
            return;
        }
        self.bank.iter_mut().for_each(|bank| bank.ordered.push(payment_id));
        self.send(client, payment_id).await;
        let differs = match setting.draw(8) {
            0 => {
                self.book(setting, payment_id, minor);
                self.give_up(client, payment_id).await;
                Some(DifferenceKind::Status)
            }
            1 => {
                self.book(setting, payment_id, minor);
                Some(DifferenceKind::Status)
            }
            2 => {
                let reference = self.book(setting, payment_id, minor);
                self.unbook();
                self.learn(client, payment_id, reference, minor).await;
                Some(DifferenceKind::OnlyOurs)
            }
            3 => {
                let reference = self.book(setting, payment_id, minor + 1);
                self.learn(client, payment_id, reference, minor).await;
                Some(DifferenceKind::Amount)
            }
            _ => {
                let reference = self.book(setting, payment_id, minor);
                self.learn(client, payment_id, reference, minor).await;
                None
            }
        };
        let day = setting.clock.now().to_zoned(TimeZone::UTC).date();
        self.differing.extend(differs.map(|kind| (payment_id, (day, kind))));
        if setting.draw(6) == 0 {
            let unknown = PaymentId::from_uuid(Uuid::from_u128(u128::from(setting.draw(1 << 40))));
            self.book(setting, unknown, minor);
            self.differing.insert(unknown, (day, DifferenceKind::OnlyTheirs));
        }
    }

    fn surroundings(&self, _: u64, ports: &EnginePorts) -> Arc<dyn Surroundings<DailyReconciliation>> {
        let sound = self.reconciler(ports.events.clone());
        Arc::new(Wires(Faults { sound, mutation: self.network.setting.mutation }))
    }

    /// Looks which days have a process.
    async fn settle(&mut self, client: &Client) {
        let page = client.setting.log.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap();
        let hears = self.reconciler(client.setting.log.clone());
        let concerned = page.events.iter().filter_map(|event| hears.hears(event).unwrap());
        self.days = concerned.map(|concerned| concerned.subject).collect();
    }

    async fn operator(&mut self, _: &Client, _: &ReconciliationId, _: ProcessStatus) -> Verb {
        Verb::Retry
    }

    fn subjects(&self) -> Vec<ReconciliationId> {
        self.days.iter().copied().collect()
    }

    async fn check(&self, client: &Client, _: &[Recorded]) -> Result<(), String> {
        // Where the clock was set back over midnight, nothing was carried on a day by the log.
        let has_process = |day: Date| self.days.iter().any(|id| id.day == day);
        let differing = self.differing.iter().filter(|(_, (day, _))| has_process(*day));
        let differing: BTreeMap<_, _> =
            differing.map(|(payment_id, (_, kind))| (*payment_id, *kind)).collect();
        let found = self.found(client).await;
        if found != differing {
            return Err(format!("the books differ so: {differing:?}; found was {found:?}"));
        }
        for payment_id in self.late.iter().filter(|payment_id| found.contains_key(*payment_id)) {
            let payment: Payment = client.state(*payment_id).await;
            if payment.reversal_case().is_none() {
                return Err(format!("nobody learned that {payment_id} was paid after all"));
            }
        }
        Ok(())
    }
}

/// The surroundings of the daily reconciliation, with a fault or without.
struct Faults {
    sound: ReconciliationSurroundings,
    mutation: Mutation,
}

#[async_trait]
impl Mutated<DailyReconciliation> for Faults {
    fn sound(&self) -> &dyn Surroundings<DailyReconciliation> {
        &self.sound
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match (self.mutation, command.clone()) {
            (Mutation::LosesDifferences, Command::Record { network, day, counts, .. }) => {
                let record = Command::Record { network, day, counts, differences: vec![] };
                self.sound.perform(&record, context, unit)
            }
            _ => self.sound.perform(command, context, unit),
        }
    }
}
