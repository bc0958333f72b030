//! What the HTTP surface stands on: the ports and services of one running Khata, put together by the
//! composition root.

use crate::{
    http::{LogWalks, Looks, Networks, OpenStreams, Origins, RateLimits, RunningNight, TrustedHosts},
    part::Part,
};
use khata_application::{
    Accounts, BusinessCalendar, Cards, Clock, Customers, EventStore, Executor, FingerprintKey, History,
    IdSource, Loans, OperationsLog, Orders, Payments, SettingsBook, StandingOrders, access::Authenticator,
    access_audit::RefusalLog, archive::Vault, import::Importer, nights::Nights,
    payments::reconciling::Reconciler, relay::RelayWatch,
};
use khata_infrastructure::{tls::ServerTls, webhooks::WebhookSecrets};
use khata_projections::{Operations, Views};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::watch;

/// One running Khata, as its routes see it.
pub struct App {
    pub events: Arc<dyn EventStore>,
    /// What a backup is taken of.
    pub vault: Vault,
    /// Puts commands to aggregates.
    pub executor: Arc<Executor>,
    /// What is done with customers.
    pub customers: Customers,
    /// What is done with bank accounts.
    pub accounts: Accounts,
    /// What is done with credit cards.
    pub cards: Cards,
    /// What is done with orders.
    pub orders: Orders,
    /// What is done with payments.
    pub payments: Payments,
    /// What is done with standing orders.
    pub standing_orders: StandingOrders,
    /// Compares what payment networks have booked with what is known here; none where none is reached.
    pub reconciler: Option<Reconciler>,
    /// Ends days.
    pub nights: Nights,
    /// The night that this process runs.
    pub running_night: Arc<RunningNight>,
    /// What is done with loans.
    pub loans: Loans,
    /// Takes over other systems' history.
    pub importer: Importer,
    pub history: History,
    /// Answers from the read models.
    pub views: Views,
    /// The settings of the namespace: what decisions rest on beside events.
    pub book: Arc<SettingsBook>,
    /// The operators' side of the read models.
    pub operations: Operations,
    /// What operators did under an idempotency key.
    pub operations_log: OperationsLog,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    /// The relay to the message broker, where this process has one.
    pub relay: Option<RelayWatch>,
    /// The look at the stores that readiness rests on.
    pub looks: Looks,
    /// Where it is noted what was refused.
    pub refusals: Arc<RefusalLog>,
    /// The live feeds that are open.
    pub streams: OpenStreams,
    /// What of the system this process runs.
    pub part: Part,
    /// Who may read the whole log at once.
    pub walks: LogWalks,
    /// What requests are told apart by.
    pub fingerprints: FingerprintKey,
    /// Where the metrics recorder of this process can be read.
    pub metrics: PrometheusHandle,
    /// Turns true when the server stops: endless answers end then.
    pub stopping: watch::Receiver<bool>,
    /// Tells whom tokens were made out to. Without it nobody has to say who they are.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Limits and switches of the HTTP surface.
    pub settings: HttpSettings,
}

/// Limits and switches of the HTTP surface.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The largest body of a command, in bytes.
    pub max_body_bytes: usize,
    /// The longest a read from the log waits for it to reach `Khata-Min-Position`. How long views wait is
    /// their own setting.
    pub min_position_wait: Duration,
    /// The longest a request may take, streams and imports apart.
    pub request_timeout: Duration,
    /// The longest a body may take to arrive, or stay away in the middle of an import. Shorter than a request
    /// may take, so that whoever does not send is told that.
    pub body_timeout: Duration,
    /// The longest a client may take nothing of an answer that is being written to it.
    pub write_timeout: Duration,
    /// How many connections there may be at once. Beyond that, those that have nothing under way are closed.
    pub max_connections: usize,
    /// The longest a client may take to send its request's head, or stay silent between two requests.
    pub header_timeout: Duration,
    /// The longest a stopping server waits for requests under way.
    pub shutdown_patience: Duration,
    /// How far a view may lag behind, in time, before that is told as something that is not as it should be.
    pub lag_bound: Duration,
    /// How long a quiet event stream waits before it sends a comment.
    pub keep_alive: Duration,
    /// Hosts under which Khata may be addressed besides `localhost` and loopback addresses.
    pub trusted_hosts: TrustedHosts,
    /// Pages of other origins that may send requests here.
    pub cors_origins: Origins,
    /// How much one who asks, and one address, may ask.
    pub rate_limits: RateLimits,
    /// Proxies that are believed which address a request comes from.
    pub trusted_proxies: Networks,
    /// The certificate that connections are made with; without it they are plain.
    pub tls: Option<Arc<ServerTls>>,
    /// What the notices of VelocityPay are signed with; without it none are taken.
    pub velocitypay_secrets: Option<WebhookSecrets>,
    /// Whether `POST /v1/bench/echo` exists, the bare JSON POST that `khata bench` measures against.
    pub bench_echo: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 * 1024,
            min_position_wait: Views::PATIENCE,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(25),
            write_timeout: Duration::from_secs(30),
            max_connections: 4_096,
            header_timeout: Duration::from_secs(60),
            shutdown_patience: Duration::from_secs(20),
            lag_bound: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            trusted_hosts: TrustedHosts::default(),
            cors_origins: Origins::default(),
            rate_limits: RateLimits::default(),
            trusted_proxies: Networks::default(),
            tls: None,
            velocitypay_secrets: None,
            bench_echo: false,
        }
    }
}

impl App {
    /// Which day an instant belongs to, by the settings in force.
    pub fn calendar(&self) -> BusinessCalendar {
        self.book.in_force().calendar().clone()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}
