//! Where the database is, who lets us in, and the schema in it.

use khata_application::Namespace;
use khata_infrastructure::postgres::{
    ConnectError, Database as Place, PostgresUrl,
    schema::{Migrations, SchemaError},
};
use khata_tests::postgres::{Cluster, Database};
use sqlx::Row;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

fn place(url: &str) -> Place {
    Place::new(PostgresUrl::parse(url).unwrap(), Namespace::default())
}

const OLD: Migrations =
    Migrations { track: "events", files: &["-- usable from: 1\nCREATE TABLE things (name text)"] };
const EXPANDED: Migrations = Migrations {
    track: "events",
    files: &[OLD.files[0], "-- usable from: 1\nALTER TABLE things ADD size integer"],
};
const CONTRACTED: Migrations = Migrations {
    track: "events",
    files: &[EXPANDED.files[0], EXPANDED.files[1], "-- usable from: 2\nALTER TABLE things DROP name"],
};

async fn prepare(place: &Place, migrations: Migrations) -> Result<(), SchemaError> {
    migrations.prepare(place, &mut place.connect("test").await.unwrap()).await
}

/// What is in a schema: its columns, and the books of its migrations.
async fn contents(place: &Place) -> Vec<String> {
    let query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() \
         UNION ALL SELECT track || version || applied_at FROM khata_schema ORDER BY 1";
    let rows = sqlx::query(query).fetch_all(&mut place.connect("test").await.unwrap()).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_is_missing_is_applied_once_by_however_many_at_once() {
    let database = Database::fresh();
    let place = place(database.url());
    let all = tokio::join!(
        prepare(&place, EXPANDED),
        prepare(&place, EXPANDED),
        prepare(&place, EXPANDED),
        prepare(&place, OLD)
    );
    assert!(matches!(all, (Ok(()), Ok(()), Ok(()), Ok(()))), "{all:?}");
    let made = contents(&place).await;
    assert!(made.contains(&"things.size".to_owned()), "{made:?}");
    prepare(&place, EXPANDED).await.unwrap();
    assert_eq!(contents(&place).await, made);
}

#[tokio::test]
async fn an_older_build_works_with_a_schema_that_was_expanded_and_refuses_one_that_was_contracted() {
    let database = Database::fresh();
    let place = place(database.url());
    prepare(&place, EXPANDED).await.unwrap();
    prepare(&place, OLD).await.unwrap();
    prepare(&place, CONTRACTED).await.unwrap();
    let before = contents(&place).await;
    let refused = prepare(&place, OLD).await.unwrap_err();
    assert!(matches!(refused, SchemaError::Newer { found: 3, needed: 2, known: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("newer than this Khata"), "{refused}");
    assert_eq!(contents(&place).await, before, "untouched");
    prepare(&place, EXPANDED).await.unwrap();
    let views = Migrations { track: "views", files: &["-- usable from: 1\nCREATE TABLE rows ()"] };
    prepare(&place, views).await.unwrap();
}

#[tokio::test]
async fn a_schema_of_somebody_else_is_refused_untouched() {
    let database = Database::fresh();
    database.execute("CREATE SCHEMA khata_main; CREATE TABLE khata_main.somebody_elses (x integer)");
    let refused = prepare(&place(database.url()), OLD).await.unwrap_err();
    assert!(matches!(refused, SchemaError::Foreign { .. }), "{refused}");
}

#[tokio::test]
async fn each_way_not_to_get_in_is_told_in_one_line_without_the_password() {
    let database = Database::fresh();
    let (credentials, end) = database.url().strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let password = credentials.split_once(':').map_or("", |(_, password)| password);
    let server = end.split('/').next().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let wrong = |url: String| async move { place(&url).connect("test").await.unwrap_err() };

    let unreachable = wrong(format!("postgres://{credentials}@{closed}/bank")).await;
    assert!(matches!(unreachable, ConnectError::Unreachable { .. }), "{unreachable}");
    let missing = wrong(format!("postgres://{credentials}@{server}/no_such_database")).await;
    assert!(matches!(missing, ConnectError::NoDatabase { .. }), "{missing}");
    let nowhere = wrong(format!("postgres://{credentials}@no-such-host.invalid/bank")).await;
    assert!(matches!(nowhere, ConnectError::Unreachable { .. }), "{nowhere}");
    for error in [unreachable, missing, nowhere] {
        let text = error.to_string();
        assert!(!text.contains('\n') && (password.is_empty() || !text.contains(password)), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_right_are_told() {
    let cluster = Cluster::start();
    let database = cluster.database();
    database.execute("CREATE ROLE clerk LOGIN PASSWORD 'w0rd'");
    let as_whom = |user: &str, password: &str| {
        let address = database.url().split_once('@').unwrap().1.to_owned();
        place(&format!("postgres://{user}:{password}@{address}"))
    };
    let refused = as_whom("clerk", "gu3ss").connect("test").await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused { .. }), "{refused}");
    assert!(refused.to_string().contains("clerk") && !refused.to_string().contains("gu3ss"), "{refused}");
    let clerk = as_whom("clerk", "w0rd");
    let helpless = prepare(&clerk, OLD).await.unwrap_err();
    assert!(matches!(helpless, SchemaError::Connect(ConnectError::NoRight { .. })), "{helpless}");
    database.execute("CREATE SCHEMA khata_main AUTHORIZATION clerk");
    prepare(&clerk, OLD).await.unwrap();
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused() {
    let database = Database::fresh();
    let other = format!("{}_latin", database.name());
    database.execute(&format!("CREATE DATABASE {other} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"));
    let refused = prepare(&place(&database.url().replace(database.name(), &other)), OLD).await.unwrap_err();
    database.execute(&format!("DROP DATABASE {other}"));
    assert!(
        matches!(&refused, SchemaError::Connect(ConnectError::Unusable { reason, .. }) if reason.contains("UTF8")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_server_started_by_root_runs_as_somebody_else() {
    let cluster = Cluster::start();
    let owner =
        |path: &std::path::Path| std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).unwrap());
    assert_ne!(owner(&cluster.folder().join("data/postmaster.pid")), 0);
    let folder = cluster.folder().to_owned();
    drop(cluster);
    assert!(!folder.exists(), "nothing is left behind");
}

#[tokio::test]
async fn whatever_the_server_prefers_a_connection_is_durable_and_its_plans_are_not_compiled() {
    let database = Database::fresh();
    for (setting, value) in
        [("synchronous_commit", "off"), ("jit", "on"), ("default_transaction_isolation", "'repeatable read'")]
    {
        database.execute(&format!("ALTER DATABASE {} SET {setting} = {value}", database.name()));
    }
    let mut connection = place(database.url()).connect("test").await.unwrap();
    for (setting, value) in
        [("synchronous_commit", "on"), ("jit", "off"), ("transaction_isolation", "read committed")]
    {
        let shown: String =
            sqlx::query_scalar(&format!("SHOW {setting}")).fetch_one(&mut connection).await.unwrap();
        assert_eq!(shown, value, "{setting}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_writes_is_refused() {
    let database = Database::fresh();
    database.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    let refused = place(database.url()).connect("test").await.unwrap_err();
    assert!(
        matches!(&refused, ConnectError::Unusable { reason, .. } if reason.contains("accepts no writes")),
        "{refused}"
    );
    let pool = place(database.url()).pool("test", 1, std::time::Duration::from_secs(5));
    assert!(pool.acquire().await.is_err());
}

/// Stands before a server and sets another schema than its clients do, as a pooler that keeps their settings
/// to itself.
async fn meddler(server: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = TcpStream::connect(&server).await.unwrap().into_split();
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            tokio::spawn(async move {
                loop {
                    let mut told = vec![0; 4096];
                    let length = from_client.read(&mut told).await.unwrap();
                    told.truncate(length);
                    if length == 0 {
                        return;
                    }
                    if let Some(place) = told.windows(10).position(|bytes| bytes == b"khata_main") {
                        told[place..place + 10].copy_from_slice(b"khata_else");
                    }
                    to_server.write_all(&told).await.unwrap();
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_settings_do_not_arrive_is_refused() {
    let database = Database::fresh();
    let server = database
        .url()
        .split_once('@')
        .map_or(database.url(), |(_, behind)| behind)
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let between = meddler(server.clone()).await;
    let url = database.url().replacen(&server, &between, 1);
    let url = format!("{url}{}sslmode=disable", if url.contains('?') { '&' } else { '?' });
    let refused = place(&url).connect("test").await.unwrap_err();
    assert!(
        matches!(&refused, ConnectError::Unusable { reason, .. } if reason.contains("the settings of a connection do not arrive or do not last")),
        "{refused}"
    );
}
