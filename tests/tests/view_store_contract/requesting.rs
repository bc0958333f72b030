//! What operators ask of whoever holds the lease.

use khata_projections::{ViewStore, view_store::Request};
use std::sync::Arc;

pub async fn a_request_is_taken_once_by_whoever_holds_the_lease_and_answered(store: Arc<dyn ViewStore>) {
    let mut signals = store.signals();
    let before = signals.borrow_and_update().requests;
    let requests = store.requests();
    let first = requests.put("things", "{\"a\":1}".into()).await.unwrap();
    let other = requests.put("orders", "{}".into()).await.unwrap();
    let second = requests.put("things", "{\"b\":2}".into()).await.unwrap();
    assert!(first < other && other < second);
    signals.wait_for(|told| told.requests > before).await.unwrap();
    let request = |number, operation: &str| Request {
        number,
        projection: "things".into(),
        operation: operation.into(),
    };
    let taken = requests.take(&["things".into()]).await.unwrap();
    assert_eq!(taken, [request(first, "{\"a\":1}"), request(second, "{\"b\":2}")]);
    assert_eq!(requests.take(&["things".into()]).await.unwrap(), []);
    assert_eq!(requests.answered(first).await.unwrap(), None);
    requests.answer(first, "yes".into()).await.unwrap();
    assert_eq!(requests.answered(first).await.unwrap().as_deref(), Some("yes"));
    assert_eq!(requests.answered(second).await.unwrap(), None);
    for number in [first, other] {
        requests.withdraw(number).await.unwrap();
    }
    assert_eq!(requests.answered(first).await.unwrap(), None);
    assert_eq!(requests.take(&["orders".into()]).await.unwrap(), [], "what was withdrawn is taken by nobody");
    requests.answer(other, "too late".into()).await.unwrap();
}
