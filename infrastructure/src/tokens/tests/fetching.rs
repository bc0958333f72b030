//! How long keys that are published are believed, and how often they are asked for.

use super::*;
use parking_lot::Mutex;
use std::sync::mpsc;

/// Somebody who publishes keys.
struct Publisher {
    answer: Mutex<Result<Vec<u8>, String>>,
    asked: AtomicUsize,
    /// The next answer waits until the other end is dropped.
    hanging: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Publisher {
    fn of(ids: &[&str]) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Ok(set(ids))),
            asked: AtomicUsize::new(0),
            hanging: Mutex::default(),
        })
    }

    fn publishes(&self, ids: &[&str]) {
        *self.answer.lock() = Ok(set(ids));
    }

    fn fails(&self) {
        *self.answer.lock() = Err("nobody answers".to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn is_asked(&self, times: usize) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

fn by_publisher(publisher: &Arc<Publisher>, secret: Option<&TokenSecret>) -> (Tokens, Arc<ManualClock>) {
    let (clock, asked) = (clock(), publisher.clone());
    let fetch: Fetch = Arc::new(move || {
        asked.asked.fetch_add(1, Ordering::SeqCst);
        let hanging = asked.hanging.lock().take();
        hanging.map(|until| until.recv());
        asked.answer.lock().clone()
    });
    let ring = KeyRing::new(FileKeys::of(secret, None).unwrap(), Some(fetch), clock.clone());
    (Tokens::new(rules(), ring, clock.clone()).unwrap(), clock)
}

fn of_key(id: &str) -> String {
    fixtures()["accepted"][id].as_str().unwrap().to_owned()
}

const UNKNOWN: Unauthenticated = Unauthenticated::Invalid("no key is known that it can be signed with");

#[tokio::test]
async fn an_unknown_key_is_looked_for_at_most_every_ten_seconds() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, clock) = by_publisher(&publisher, None);
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    assert_eq!(publisher.asked(), 1);
    publisher.publishes(&["rs-1", "es-1"]);
    for _ in 0..100 {
        assert_eq!(tokens.authenticate(&of_key("es-1")).await, Err(UNKNOWN));
    }
    assert_eq!(publisher.asked(), 1, "it was asked a moment ago");
    clock.advance(SignedDuration::from_secs(10));
    assert!(tokens.authenticate(&of_key("es-1")).await.is_ok());
    assert_eq!(publisher.asked(), 2);
    for second in 1..=30 {
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(tokens.authenticate(&of_key("ed-1")).await, Err(UNKNOWN), "{second}");
    }
    assert_eq!(publisher.asked(), 5, "thrice in thirty seconds");
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, _) = by_publisher(&publisher, None);
    let tokens = Arc::new(tokens);
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { tokens.authenticate(&of_key("rs-1")).await })
        })
        .collect();
    for asked in asking {
        assert!(asked.await.unwrap().is_ok());
    }
    assert_eq!(publisher.asked(), 1);
}

#[tokio::test]
async fn a_key_that_is_published_no_more_is_believed_no_more_once_the_keys_are_old() {
    let publisher = Publisher::of(&["rs-1", "es-1"]);
    let (tokens, clock) = by_publisher(&publisher, None);
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    publisher.publishes(&["es-1"]);
    clock.advance(SignedDuration::from_mins(9));
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    assert_eq!(publisher.asked(), 1);
    clock.advance(SignedDuration::from_mins(12));
    assert_eq!(
        tokens.authenticate(&of_key("rs-1")).await,
        Err(UNKNOWN),
        "nobody is let in before it was asked"
    );
    assert!(tokens.authenticate(&of_key("es-1")).await.is_ok());
    assert_eq!(publisher.asked(), 2);
}

#[tokio::test]
async fn keys_are_fetched_anew_behind_the_back_of_those_who_use_them() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, clock) = by_publisher(&publisher, None);
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    clock.advance(SignedDuration::from_mins(11));
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    while publisher.asked() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_publisher_that_fails_keeps_its_keys_for_a_day() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, clock) = by_publisher(&publisher, Some(&secret()));
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    publisher.fails();
    for hours in [1, 11, 11] {
        clock.advance(SignedDuration::from_hours(hours));
        assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    }
    clock.advance(SignedDuration::from_hours(1));
    assert!(matches!(tokens.authenticate(&of_key("rs-1")).await, Err(Unauthenticated::Unavailable(_))));
    let made_here = signed(
        &Header::new(Algorithm::HS256),
        &json!({
            "iss": "https://issuer.example", "aud": "khata-tests", "sub": "maria", "roles": ["teller"], "exp": NOW + 200_000,
        }),
    );
    assert!(tokens.authenticate(&made_here).await.is_ok(), "the secret is there");
    publisher.publishes(&["rs-1"]);
    clock.advance(SignedDuration::from_secs(10));
    while tokens.authenticate(&of_key("rs-1")).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_publisher_that_hangs_is_waited_for_once() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, clock) = by_publisher(&publisher, Some(&secret()));
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    publisher.fails();
    clock.advance(SignedDuration::from_mins(21));
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    assert_eq!(publisher.asked(), 2);
    for times in 3..6 {
        clock.advance(SignedDuration::from_secs(10));
        let (hangs, until) = mpsc::channel();
        *publisher.hanging.lock() = Some(until);
        let asked = async {
            // A token that nobody has looked at yet, by a key that is known.
            let mut claims = claims();
            claims["exp"] = json!(NOW + 3_600 + times as i64);
            let fresh = signed(&Header::new(Algorithm::HS256), &claims);
            assert!(tokens.authenticate(&fresh).await.is_ok());
            assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
            let told = tokens.authenticate(&of_key("es-1")).await;
            assert!(matches!(told, Err(Unauthenticated::Unavailable(_))), "nobody can tell: {told:?}");
        };
        let patience = std::time::Duration::from_secs(10);
        tokio::time::timeout(patience, asked).await.expect("nobody waits for who hangs");
        publisher.is_asked(times).await;
        drop(hangs);
    }
}

#[tokio::test]
async fn what_was_found_good_is_remembered_without_asking_anybody() {
    let publisher = Publisher::of(&["rs-1", "es-1"]);
    let (tokens, clock) = by_publisher(&publisher, None);
    assert_eq!(tokens.remembered(&of_key("rs-1")), None);
    let found = tokens.authenticate(&of_key("rs-1")).await.unwrap();
    assert_eq!(tokens.remembered(&of_key("rs-1")), Some(found));
    assert_eq!(tokens.remembered(&of_key("es-1")), None, "nobody has looked at it");
    assert_eq!(publisher.asked(), 1);
    clock.advance(SignedDuration::from_hours(24 * 365 * 100));
    assert_eq!(tokens.remembered(&of_key("rs-1")), None, "it has expired");
}

#[tokio::test]
async fn before_any_key_was_fetched_nobody_can_tell() {
    let publisher = Publisher::of(&[]);
    let (tokens, clock) = by_publisher(&publisher, None);
    let mut times = 0;
    for answer in [Ok(set(&[])), Ok(set(&["weak"])), Ok(b"<html>".to_vec()), Err("nobody answers".to_owned())]
    {
        *publisher.answer.lock() = answer;
        let told = tokens.authenticate(&of_key("rs-1")).await;
        assert!(matches!(told, Err(Unauthenticated::Unavailable(_))), "{told:?}");
        times += 1;
        publisher.is_asked(times).await;
        clock.advance(SignedDuration::from_secs(10));
    }
    assert_eq!(publisher.asked(), 4);
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_make_keys_young() {
    let publisher = Publisher::of(&["rs-1"]);
    let (tokens, clock) = by_publisher(&publisher, None);
    assert!(tokens.authenticate(&of_key("rs-1")).await.is_ok());
    publisher.publishes(&["es-1"]);
    clock.advance(SignedDuration::from_secs(-1));
    assert_eq!(tokens.authenticate(&of_key("rs-1")).await, Err(UNKNOWN));
}
