//! What only the SQLite file has: it outlives the process, analysts read it, newer and foreign ones are
//! refused.

use super::fixture::*;
use khata_infrastructure::sqlite::SqliteViewStore;
use khata_infrastructure::sqlite::VIEW_MIGRATIONS as MIGRATIONS;
use khata_projections::{ViewStore, ViewStoreError, view_store::GenerationId};
use rusqlite::Connection;
use std::{path::Path, sync::Arc};

fn open(path: &Path) -> Arc<dyn ViewStore> {
    Arc::new(SqliteViewStore::open(path).unwrap())
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let holder = Holder::of(open(&path)).await;
    let id = holder.with_things(vec![thing("a", 1, Some(7))]).await;
    holder.write(vec![part(id, 1, 2).stating(&[("a", "{}")])]).await.unwrap();
    let before = holder.store.generations().await.unwrap();
    holder.store.close().await;
    assert!(!folder.path().join("views.db-wal").exists(), "closing in good order leaves one file");

    let again = Holder::of(open(&path)).await;

    assert!(again.epoch > holder.epoch);
    assert_eq!(again.store.generations().await.unwrap(), before);
    assert_eq!(again.all_things().await.rows, vec![thing("a", 1, Some(7))]);
    assert_eq!(again.store.states(id, vec!["a".into()]).await.unwrap(), vec![stored(2, "{}")]);
}

#[tokio::test]
async fn a_file_from_before_states_fell_behind_rows_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    old_file(&path);
    for _ in 0..2 {
        let holder = Holder::of(open(&path)).await;
        let [id, filling] = [1, 2].map(GenerationId);
        assert_eq!(
            holder.store.states(id, vec!["a".into(), "b".into()]).await.unwrap(),
            vec![stored(0, "{\"sum\":1}"), None]
        );
        for id in [id, filling] {
            let generation = holder.generation(id).await;
            assert_eq!(
                (generation.checkpoint, generation.states_at),
                (at(7), at(7)),
                "all states were as new as the rows"
            );
        }
        holder.store.close().await;
    }
    let holder = Holder::of(open(&path)).await;
    let id = GenerationId(1);
    holder.write(vec![part(id, 7, 9).stating(&[("a", "{\"sum\":2}"), ("b", "{}")])]).await.unwrap();
    assert_eq!(
        holder.store.states(id, vec!["a".into(), "b".into()]).await.unwrap(),
        vec![stored(9, "{\"sum\":2}"), stored(9, "{}")]
    );
    assert_eq!(holder.generation(id).await.states_at, at(7));
}

/// A file as the first Khata left it: schema version 1, states without positions, one generation that serves
/// and one being filled.
fn old_file(path: &Path) {
    let old = Connection::open(path).unwrap();
    old.execute_batch(MIGRATIONS.0[0]).unwrap();
    old.execute_batch("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID; INSERT INTO schema_version VALUES (1);")
        .unwrap();
    for (generation, status) in [(1, "active"), (2, "building")] {
        old.execute(
            "INSERT INTO khata_generations VALUES (?1, 'things', 1, ?2, 0, 7, ?3)",
            rusqlite::params![generation, status, at(7).hash],
        )
        .unwrap();
        old.execute_batch(&format!(
            "CREATE TABLE khata_states__{generation} (\"partition\" TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
             INSERT INTO khata_states__{generation} VALUES ('a', '{{\"sum\":1}}');"
        ))
        .unwrap();
    }
}

#[tokio::test]
async fn an_analyst_finds_the_active_rows_under_the_plain_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let holder = Holder::of(open(&path)).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    let analyst = Connection::open(&path).unwrap();
    let sum = || {
        analyst
            .query_row("SELECT sum(amount_minor) FROM things WHERE kind = 'a'", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .ok()
            .flatten()
    };
    assert_eq!(sum(), Some(7));
    let new = holder.store.create(holder.epoch, things()).await.unwrap().id;
    holder.write(vec![part(new, 0, 1).upserting(vec![thing("a", 1, Some(8))])]).await.unwrap();
    assert_eq!(sum(), Some(7), "a generation in the making does not show");
    holder.store.activate(holder.epoch, new).await.unwrap();
    assert_eq!(sum(), Some(8));
    holder.store.discard(holder.epoch, new).await.unwrap();
    let gone = analyst.query_row("SELECT count(*) FROM things", [], |_| Ok(()));
    assert!(gone.is_err_and(|error| error.to_string().contains("no such table")));
}

#[tokio::test]
async fn the_tables_of_what_is_gone_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let holder = Holder::of(open(&path)).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    let second = holder.active(things()).await;
    holder.store.close().await;
    let tables: Vec<String> = Connection::open(&path)
        .unwrap()
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%!_!_%' ESCAPE '!' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(tables, vec![format!("khata_states__{second}"), format!("things__{second}")]);
}

#[test]
fn a_file_of_a_newer_khata_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    drop(SqliteViewStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.execute("INSERT INTO schema_version (version) VALUES (4711)", []).unwrap();
    connection.close().unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = SqliteViewStore::open(&path).err();
    assert!(matches!(refused, Some(ViewStoreError::NewerSchema { found: 4711, .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    std::fs::write(&path, "surely no database, whatever its name says, and long enough to have a header of one hundred bytes and more").unwrap();
    let refused = SqliteViewStore::open(&path).err();
    assert!(matches!(refused, Some(ViewStoreError::Corrupt(_))), "{refused:?}");
}

#[test]
fn a_folder_that_is_not_there_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let refused = SqliteViewStore::open(&folder.path().join("missing").join("views.db")).err();
    assert!(matches!(refused, Some(ViewStoreError::Unavailable(_))), "{refused:?}");
}
