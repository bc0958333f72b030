//! PostgreSQL for tests. Each test gets a fresh database, on the server that `KHATA_TEST_POSTGRES_URL` names
//! or else on one that the tests of a run share and start themselves; a test of faults owns a whole cluster.
//! No database that was there before is touched.

mod cluster;
mod line;
mod pooler;
mod shared;

pub use cluster::{Cluster, Settings};
pub use line::Line;
pub use pooler::Pooler;

use crate::Random;
use sqlx::{ConnectOptions, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    str::FromStr,
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
};

/// A database of the test's own. Dropped with it.
pub struct Database {
    /// The address of the server's own database, from which this one is made and dropped.
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// An empty database with a name that nobody else has.
    #[track_caller]
    pub fn fresh() -> Self {
        match std::env::var("KHATA_TEST_POSTGRES_URL") {
            Ok(server) if !server.is_empty() => Self::on(&server),
            _ => Self::on(&shared::server()),
        }
    }

    /// An empty database on a server whose address names any database on it.
    #[track_caller]
    pub fn on(server: &str) -> Self {
        let name = format!("khata_test_{:016x}", Random::unrepeatable().below(u64::MAX));
        execute(server, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"));
        Self { server: server.to_owned(), url: with_database(server, &name), name }
    }

    /// `postgres://user:password@host:port/khata_test_…`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements in it, each result thrown away.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// A session in it that does what it is told and then waits, with its transaction open or not.
    #[track_caller]
    pub fn session(&self) -> Session {
        Session::open(&self.url)
    }

    /// A connection to it.
    pub async fn connect(&self) -> PgConnection {
        options(&self.url).connect().await.expect("a connection to the test's database")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that a test of faults has stopped takes its databases with it.
        let _gone = try_execute(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Runs statements at an address, outside any transaction.
#[track_caller]
fn execute(url: &str, sql: &str) {
    if let Err(error) = try_execute(url, sql) {
        panic!("the PostgreSQL server of the tests refuses {sql:?}: {error}");
    }
}

/// On a thread and a runtime of its own, so also from within another runtime.
fn try_execute(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { options(url).connect().await?.execute(sql).await.map(drop) })
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("a thread that ends"))
}

fn options(url: &str) -> PgConnectOptions {
    PgConnectOptions::from_str(url).expect("the address of a PostgreSQL server").disable_statement_logging()
}

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) =
        server.split_once('?').map_or((server, None), |(address, parameters)| (address, Some(parameters)));
    let (scheme, rest) = address.split_once("://").expect("the address of a PostgreSQL server");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let parameters = parameters.map(|parameters| format!("?{parameters}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{parameters}")
}

/// A session on a thread of its own, so that it can be used from anywhere. It ends with this value, its
/// transaction rolled back.
pub struct Session(Mutex<Sender<Order>>);

struct Order {
    sql: String,
    done: Sender<Result<(), sqlx::Error>>,
}

impl Session {
    fn open(url: &str) -> Self {
        let (told, orders) = channel::<Order>();
        let url = url.to_owned();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let mut connection = runtime.block_on(options(&url).connect()).expect("a session");
            for Order { sql, done } in orders {
                drop(done.send(runtime.block_on(async { connection.execute(sql.as_str()).await.map(drop) })));
            }
        });
        Self(Mutex::new(told))
    }

    /// Runs statements and waits until they are done.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        let (done, outcome) = channel();
        self.0.lock().expect("a lock").send(Order { sql: sql.to_owned(), done }).expect("a session");
        if let Err(error) = outcome.recv().expect("a session") {
            panic!("the PostgreSQL server of the tests refuses {sql:?}: {error}");
        }
    }
}
