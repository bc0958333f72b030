//! Leases across an upgrade: no epoch is given twice, and of an older process and a newer one over the same
//! database only one writes.

use crate::subject::{at, namespace_in, request};
use khata_application::subscription::{Checkpoint, LeaseError, Leases, Positions};
use khata_infrastructure::{
    SystemClock,
    postgres::{self, PostgresEventStore, PostgresViewStore},
    sqlite::{SqliteEventStore, SqliteViewStore, event_store::Options},
};
use khata_tests::postgres::Database;
use rusqlite::Connection;
use sqlx::{Executor, PgConnection};
use std::{path::Path, sync::Arc};

/// A file of schema changes.
macro_rules! migration {
    ($name:literal) => {
        include_str!(concat!("../../../migrations/", $name))
    };
}

/// A schema as an older Khata left it: with these changes of a track, and what it had written.
async fn older(database: &Database, track: &str, changes: &[&str], written: &str) {
    let books: Vec<String> =
        (1..=changes.len()).map(|version| format!("('{track}', {version}, 1)")).collect();
    let sql = format!(
        "CREATE SCHEMA khata_main; SET search_path TO khata_main;
         CREATE TABLE khata_schema (track text NOT NULL, version integer NOT NULL, usable_from integer NOT NULL,
             applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (track, version));
         INSERT INTO khata_schema (track, version, usable_from) VALUES {};
         {}; {written}",
        books.join(", "),
        changes.join(";\n")
    );
    database.connect().await.execute(sql.as_str()).await.unwrap();
}

/// A session of the older process.
async fn older_process(database: &Database) -> PgConnection {
    let mut session = database.connect().await;
    session.execute("SET search_path TO khata_main").await.unwrap();
    session
}

const LIVE: &str = "clock_timestamp() < expires_at AND clock_timestamp() >= renewed_at - interval '1 second'";

/// As an older Khata asked for a lease of the views, once it had seen that the name is free. Its epoch.
async fn older_grant(session: &mut PgConnection) -> Option<i64> {
    let free = format!(
        "SELECT projection FROM khata_leases WHERE projection = 'things' AND NOT ({LIVE}) FOR UPDATE"
    );
    session.execute("BEGIN").await.unwrap();
    let epoch = sqlx::query_scalar("UPDATE khata_epoch SET epoch = epoch + 1 RETURNING epoch")
        .fetch_one(&mut *session)
        .await
        .unwrap();
    let unknown = "INSERT INTO khata_leases (projection, holder, epoch, lease, renewed_at, expires_at)
        SELECT projection, '', 0, '0', '-infinity', '-infinity' FROM unnest(ARRAY['things']) AS claimed (projection) ON CONFLICT DO NOTHING";
    session.execute(unknown).await.unwrap();
    let free: Option<String> = sqlx::query_scalar(&free).fetch_optional(&mut *session).await.unwrap();
    let lease = "UPDATE khata_leases SET holder = 'older', epoch = $1, lease = 600000 * interval '1 millisecond',
        renewed_at = clock_timestamp(), expires_at = clock_timestamp() + 600000 * interval '1 millisecond' WHERE projection = $2";
    sqlx::query(lease).bind(epoch).bind(&free).execute(&mut *session).await.unwrap();
    session.execute("COMMIT").await.unwrap();
    free.map(|_| epoch)
}

/// Whether an older Khata would write.
async fn older_holds(session: &mut PgConnection, epoch: i64) -> bool {
    let sql =
        format!("SELECT epoch = $1 AND {LIVE} FROM khata_leases WHERE projection = 'things' FOR KEY SHARE");
    sqlx::query_scalar(&sql).bind(epoch).fetch_one(session).await.unwrap()
}

async fn older_renews(session: &mut PgConnection, epoch: i64) -> Vec<String> {
    let sql = format!(
        "UPDATE khata_leases SET renewed_at = clock_timestamp(), expires_at = clock_timestamp() + lease WHERE epoch = $1 AND {LIVE} RETURNING projection"
    );
    sqlx::query_scalar(&sql).bind(epoch).fetch_all(session).await.unwrap()
}

#[tokio::test]
async fn an_older_process_and_a_newer_one_share_the_leases_of_views() {
    let database = Database::fresh();
    let changes = [
        migration!("postgres/views/0001_bookkeeping.sql"),
        migration!("postgres/views/0002_parked_causes.sql"),
        migration!("postgres/views/0003_comparisons.sql"),
        migration!("postgres/views/0004_set_aside.sql"),
    ];
    older(&database, "views", &changes, "UPDATE khata_epoch SET epoch = 6").await;
    let mut old = older_process(&database).await;
    assert_eq!(older_grant(&mut old).await, Some(7));

    let new = PostgresViewStore::open(namespace_in(&database)).await.unwrap();
    assert_eq!(new.acquire(request("newer", &["things"])).await.unwrap().names, Vec::<String>::new());
    assert_eq!(older_renews(&mut old, 7).await, ["things"], "it goes on");
    assert!(older_holds(&mut old, 7).await);
    assert_eq!(new.leases().await.unwrap()[0].holder, "older");

    old.execute("UPDATE khata_leases SET expires_at = '-infinity' WHERE epoch = 7").await.unwrap();
    let grant = new.acquire(request("newer", &["things"])).await.unwrap();
    assert_eq!((grant.epoch, &*grant.names), (8, &["things".to_owned()][..]));
    assert!(!older_holds(&mut old, 7).await);
    assert_eq!(older_renews(&mut old, 7).await, Vec::<String>::new());
    assert_eq!(older_grant(&mut old).await, None);
    assert_eq!(new.renew(8).await.unwrap(), ["things"]);

    new.release(8).await.unwrap();
    let epoch = older_grant(&mut old).await.expect("after a roll-back it feeds them again");
    assert!(epoch > 8);
    assert!(older_holds(&mut old, epoch).await);
    assert_eq!(new.renew(8).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_older_relay_is_shut_out_by_a_newer_one() {
    let database = Database::fresh();
    let changes = [
        migration!("postgres/events/0001_log.sql"),
        migration!("postgres/events/0002_consumers.sql"),
        migration!("postgres/events/0003_seals.sql"),
    ];
    let written = "INSERT INTO consumers VALUES ('relay', 5, 'older', 600000000, clock_timestamp() + interval '10 minutes', 41, '{\"sequence\": 41}')";
    older(&database, "events", &changes, written).await;
    let mut old = older_process(&database).await;

    let options = postgres::event_store::Options::default();
    let new =
        PostgresEventStore::open(namespace_in(&database), Arc::new(SystemClock), options).await.unwrap();
    assert_eq!(new.position("relay").await, Ok(at(41)));
    let none = new.acquire(request("newer", &["relay"])).await.unwrap();
    assert_eq!(none.names, Vec::<String>::new(), "its lease lasts until it has run out");

    let advance = "UPDATE consumers SET leased_until = clock_timestamp() + lease * interval '1 microsecond', position = 99
        WHERE name = 'relay' AND epoch = 5 AND holder IS NOT NULL";
    assert_eq!(old.execute(advance).await.unwrap().rows_affected(), 0, "superseded");
    for (name, holder) in [("relay", "older"), ("another", "older")] {
        let claim = "INSERT INTO consumers AS c (name, epoch, holder, lease, leased_until, position, note)
            VALUES ($1, 1, $2, 1, clock_timestamp(), 0, '') ON CONFLICT (name) DO UPDATE SET epoch = c.epoch + 1, holder = excluded.holder
            WHERE c.leased_until IS NULL OR c.leased_until <= clock_timestamp() OR c.holder = excluded.holder RETURNING epoch";
        let claimed = sqlx::query(claim).bind(name).bind(holder).fetch_optional(&mut old).await;
        assert!(claimed.unwrap_err().to_string().contains("a_newer_khata_keeps_leases_elsewhere"));
    }

    new.release(5).await.unwrap();
    let grant = new.acquire(request("newer", &["relay"])).await.unwrap();
    assert_eq!(grant.epoch, 6, "no epoch is given twice");
    new.advance("relay", 6, at(50)).await.unwrap();
    assert_eq!(old.execute(advance).await.unwrap().rows_affected(), 0);
    assert_eq!(new.position("relay").await, Ok(at(50)));
    new.close().await;
}

/// What hands the relay back after a roll-back, as operators find it.
fn handing_back() -> &'static str {
    let page = include_str!("../../../docs/operating.md");
    let blocks = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.contains("a_newer_khata_keeps_leases_elsewhere"));
    found.next().unwrap()
}

const OLDER_CLAIM: &str = "INSERT INTO consumers AS c (name, epoch, holder, lease, leased_until, position, note)
    VALUES ('relay', 1, 'older', 1, clock_timestamp(), 0, '') ON CONFLICT (name) DO UPDATE SET epoch = c.epoch + 1, holder = excluded.holder
    WHERE c.leased_until IS NULL OR c.leased_until <= clock_timestamp() OR c.holder = excluded.holder RETURNING epoch";

#[tokio::test]
async fn an_older_relay_is_handed_back_what_it_had_and_shut_out_again() {
    let database = Database::fresh();
    let open = || {
        PostgresEventStore::open(
            namespace_in(&database),
            Arc::new(SystemClock),
            postgres::event_store::Options::default(),
        )
    };
    let new = open().await.unwrap();
    for epoch in 1..=2 {
        assert_eq!(new.acquire(request("newer", &["relay"])).await.unwrap().epoch, epoch);
    }
    new.advance("relay", 2, at(50)).await.unwrap();
    new.close().await;

    let mut old = older_process(&database).await;
    assert!(old.execute(OLDER_CLAIM).await.is_err());
    old.execute(handing_back()).await.unwrap();
    let claimed: i64 = sqlx::query_scalar(OLDER_CLAIM).fetch_one(&mut old).await.unwrap();
    assert_eq!(claimed, 3, "no epoch is given twice");
    let position: i64 =
        sqlx::query_scalar("SELECT position FROM consumers").fetch_one(&mut old).await.unwrap();
    assert_eq!(position, 50);

    let new = open().await.unwrap();
    assert!(old.execute(OLDER_CLAIM).await.is_err(), "with the newer Khata it is over again");
    assert_eq!(new.acquire(request("newer", &["relay"])).await.unwrap().epoch, 4);
    assert_eq!(new.position("relay").await, Ok(at(50)));
    new.close().await;
}

#[tokio::test]
async fn an_upgrade_waits_for_a_claim_under_way_and_knows_its_epoch() {
    let database = Database::fresh();
    let changes = [
        migration!("postgres/events/0001_log.sql"),
        migration!("postgres/events/0002_consumers.sql"),
        migration!("postgres/events/0003_seals.sql"),
    ];
    older(&database, "events", &changes, "INSERT INTO consumers VALUES ('relay', 5, NULL, 1, NULL, 41, '')")
        .await;
    let mut old = older_process(&database).await;
    old.execute("BEGIN").await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(OLDER_CLAIM).fetch_one(&mut old).await.unwrap(), 6);

    let place = namespace_in(&database);
    let opening = tokio::spawn(async move {
        PostgresEventStore::open(place, Arc::new(SystemClock), postgres::event_store::Options::default())
            .await
    });
    let waiting =
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'consumers'::regclass)";
    let mut onlooker = older_process(&database).await;
    while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut onlooker).await.unwrap() {
        assert!(!opening.is_finished());
        tokio::task::yield_now().await;
    }
    old.execute("COMMIT").await.unwrap();
    let new = opening.await.unwrap().unwrap();
    new.release(6).await.unwrap();
    assert_eq!(new.acquire(request("newer", &["relay"])).await.unwrap().epoch, 7);
    new.close().await;
}

fn older_file(path: &Path, changes: &[&str], written: &str) {
    let file = Connection::open(path).unwrap();
    changes.iter().for_each(|change| file.execute_batch(change).unwrap());
    file.execute_batch("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID")
        .unwrap();
    for version in 1..=changes.len() {
        file.execute("INSERT INTO schema_version VALUES (?1)", [version]).unwrap();
    }
    file.execute_batch(written).unwrap();
}

#[tokio::test]
async fn epochs_of_an_older_log_in_a_file_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let changes = [migration!("sqlite/events/0001_log.sql"), migration!("sqlite/events/0002_consumers.sql")];
    older_file(&path, &changes, "INSERT INTO consumers VALUES ('relay', 5, 41, '{\"sequence\": 41}')");
    let new = SqliteEventStore::open(&path, Arc::new(SystemClock), Options::default()).unwrap();
    assert_eq!(new.position("relay").await, Ok(at(41)));
    let grant = new.acquire(request("newer", &["relay"])).await.unwrap();
    assert_eq!((grant.epoch, &*grant.names), (6, &["relay".to_owned()][..]));
    assert_eq!(
        new.advance("relay", 5, Checkpoint::default()).await,
        Err(LeaseError::Superseded { name: "relay".into() })
    );
}

#[tokio::test]
async fn epochs_of_older_views_in_a_file_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let changes = [
        migration!("sqlite/views/0001_bookkeeping.sql"),
        migration!("sqlite/views/0002_states_behind_rows.sql"),
        migration!("sqlite/views/0003_charges.sql"),
    ];
    let written =
        "UPDATE khata_holder SET epoch = 9; INSERT INTO khata_charges VALUES ('things', 7), ('orders', 9)";
    older_file(&path, &changes, written);
    let new = SqliteViewStore::open(&path).unwrap();
    assert_eq!(new.leases().await.unwrap(), [], "whoever opens a file finds no lease that lasts");
    assert_eq!(new.acquire(request("newer", &["things", "orders"])).await.unwrap().epoch, 10);
}
