//! Commits whose outcome the writer does not learn: the answer is lost, or the request is still on its way
//! when it is asked for.

use crate::{
    proxy::Proxy,
    store::{append, assert_whole, events, keyed, open, saying, try_open},
};
use khata_application::{
    EventStore,
    event_store::{AppendError, Expected},
};
use khata_tests::postgres::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_is_lost_is_found_and_answered_as_done() {
    let database = Database::fresh();
    let proxy = Proxy::before(database.url()).await;
    let process = try_open(&proxy.through(database.url()), "main").await.unwrap();
    process.grow("a", 1).await;
    for round in 0..3 {
        let position = 2 + 2 * round;
        proxy.lose_answers();
        let done = process
            .store
            .append(keyed(&format!("k{round}"), append("a", Expected::Any, events(2))))
            .await
            .unwrap();
        assert_eq!((done.position, done.versions), (position + 1, vec![position + 1]));
        proxy.lose_answers();
        // A key alone leaves no event by which it could be found.
        let alone = keyed(&format!("alone {round}"), append("a", Expected::Any, Vec::new()));
        assert_eq!(process.store.append(alone.clone()).await.unwrap().position, position + 1);
        assert!(matches!(process.store.append(alone).await, Err(AppendError::KeyUsed(_))));
    }
    proxy.lose_answers();
    let fenced = process.store.fence(crate::store::noon()).await.unwrap();
    assert_eq!(fenced.position, 7);
    assert!(
        open(&database).await.store.append(append("a", Expected::Any, events(1))).await.unwrap().recorded_at
            > crate::store::noon()
    );
    process.has_heard_of(8).await;
    assert_eq!(assert_whole(&process).await, 8);
    assert!(proxy.lost() >= 7, "{} answers were lost", proxy.lost());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_arrives_late_stores_nothing_any_more() {
    let database = Database::fresh();
    let proxy = Proxy::before(database.url()).await;
    let process = try_open(&proxy.through(database.url()), "main").await.unwrap();
    process.grow("a", 1).await;
    // The request is kept; the writer makes sure that it is not there, and stores the append anew.
    proxy.hold_requests();
    let done = process.store.append(append("a", Expected::Any, vec![saying("late")])).await.unwrap();
    assert_eq!(done.position, 2);
    proxy.held(b"late").await.arrives().await;
    let log = process.log().await;
    assert_eq!(log.iter().filter(|event| &*event.data == "late").count(), 1);
    assert_eq!(assert_whole(&process).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_was_given_up_stores_nothing_when_it_arrives_late() {
    let database = Database::fresh();
    let proxy = Proxy::before(database.url()).await;
    let process = try_open(&proxy.through(database.url()), "main").await.unwrap();
    process.grow("a", 1).await;
    let head = process.store.head().await.unwrap();
    // Nobody may write, so that the second attempt fails too, and the log stays exactly as the late request
    // believes it to be.
    let other = database.session();
    other.execute("BEGIN; LOCK TABLE khata_main.events IN SHARE ROW EXCLUSIVE MODE");
    proxy.hold_requests();
    let refused = process.store.append(append("a", Expected::Any, vec![saying("late")])).await.unwrap_err();
    assert!(matches!(refused, AppendError::Unavailable(_)), "{refused}");
    other.execute("ROLLBACK");
    proxy.held(b"late").await.arrives().await;
    let third = open(&database).await;
    assert_eq!(third.store.head().await.unwrap(), head, "what was told not to be stored stays away");
    assert_eq!(process.grow("a", 1).await, 2);
    assert_eq!(assert_whole(&process).await, 2);
}
