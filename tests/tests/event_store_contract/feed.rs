//! Reading the log as a whole, filtered or not, and being woken.

use crate::subject::{Subject, event, exact, fresh, one, stream};
use khata_application::{
    Recorded,
    event_store::{Append, Expected, FeedFilter, FeedPage},
};

fn category(category: &str) -> FeedFilter {
    FeedFilter { categories: vec![category.into()], event_type: None }
}

fn event_type(event_type: &str) -> FeedFilter {
    FeedFilter { categories: Vec::new(), event_type: Some(event_type.into()) }
}

fn positions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

async fn page(subject: &Subject, after: u64, limit: usize, filter: &FeedFilter) -> (Vec<u64>, u64) {
    let FeedPage { events, seen } = subject.store.read_all(after, limit, filter).await.unwrap();
    (positions(&events), seen)
}

async fn all_pages(subject: &Subject, limit: usize, filter: &FeedFilter) -> Vec<u64> {
    let (mut all, mut seen, head) = (Vec::new(), 0, subject.head().await);
    while seen < head {
        let (found, now_seen) = page(subject, seen, limit, filter).await;
        assert!(found.len() <= limit && now_seen > seen, "each page goes on");
        assert!(found.iter().all(|position| *position > seen && *position <= now_seen));
        all.extend(found);
        seen = now_seen;
    }
    all
}

/// Accounts, customers and e-mail reservations in turn: positions 1, 4, … are customers', 2, 5, … e-mails',
/// 3, 6, … accounts'.
async fn mixed(subject: &Subject) {
    for n in 0..20 {
        let opened = if n % 10 == 0 { "bank_account.opened" } else { "bank_account.money_deposited" };
        let events = [
            ("customer", "customer.onboarded"),
            ("customer_email", "customer_email.reserved"),
            ("bank_account", opened),
        ];
        for (category, event_type) in events {
            subject
                .append(one(stream(&format!("{category}-{n}")), Expected::Any, vec![event(event_type)]))
                .await
                .unwrap();
        }
    }
}

pub async fn the_log_is_read_in_pages(subject: Subject) {
    for _ in 0..4 {
        subject.grow("a", 5).await;
    }
    let everything = FeedFilter::default();
    assert_eq!(page(&subject, 0, 3, &everything).await, (vec![1, 2, 3], 3));
    assert_eq!(page(&subject, 3, 3, &everything).await, (vec![4, 5, 6], 6));
    assert_eq!(page(&subject, 18, 3, &everything).await, (vec![19, 20], 20));
    assert_eq!(page(&subject, 17, 3, &everything).await, (vec![18, 19, 20], 20));
    assert_eq!(page(&subject, 7, 0, &everything).await, (vec![], 7));
    for limit in [1, 7, 20, 21, 1_000] {
        assert_eq!(all_pages(&subject, limit, &everything).await, (1..=20).collect::<Vec<_>>());
    }
}

pub async fn behind_the_head_there_is_nothing(subject: Subject) {
    subject.grow("a", 5).await;
    for filter in [FeedFilter::default(), category("bank_account")] {
        assert_eq!(page(&subject, 5, 10, &filter).await, (vec![], 5));
        assert_eq!(page(&subject, 99, 10, &filter).await, (vec![], 99));
    }
}

pub async fn a_category_is_read_alone(subject: Subject) {
    mixed(&subject).await;
    let thirds = |first: u64| (first..=60).step_by(3).collect::<Vec<_>>();
    for (name, first) in [("customer", 1), ("customer_email", 2), ("bank_account", 3)] {
        for limit in [1, 7, 1_000] {
            assert_eq!(all_pages(&subject, limit, &category(name)).await, thirds(first), "{name} by {limit}");
        }
    }
    assert_eq!(page(&subject, 4, 2, &category("customer")).await.0, [7, 10]);
}

pub async fn some_categories_are_read_together(subject: Subject) {
    mixed(&subject).await;
    let of = |names: &[&str]| FeedFilter {
        categories: names.iter().copied().map(Into::into).collect(),
        ..FeedFilter::default()
    };
    let expected: Vec<u64> = (1..=60).filter(|position| position % 3 != 2).collect();
    for limit in [1, 7, 1_000] {
        for names in [&["bank_account", "customer"][..], &["customer", "loan", "bank_account"]] {
            assert_eq!(all_pages(&subject, limit, &of(names)).await, expected, "{names:?} by {limit}");
        }
    }
    assert_eq!(page(&subject, 20, 10, &of(&["loan", "card"])).await, (vec![], 60));
    let both =
        FeedFilter { event_type: Some("bank_account.opened".into()), ..of(&["customer", "bank_account"]) };
    assert_eq!(all_pages(&subject, 10, &both).await, [3, 33]);
}

pub async fn an_event_type_is_read_alone(subject: Subject) {
    mixed(&subject).await;
    assert_eq!(all_pages(&subject, 10, &event_type("bank_account.opened")).await, [3, 33]);
    let both = |category: &str| FeedFilter {
        categories: vec![category.into()],
        ..event_type("bank_account.opened")
    };
    assert_eq!(all_pages(&subject, 10, &both("bank_account")).await, [3, 33]);
    assert_eq!(all_pages(&subject, 10, &both("customer")).await, Vec::<u64>::new());
}

pub async fn a_rare_kind_is_found_among_many(subject: Subject) {
    subject
        .append(one(stream("customer-1"), Expected::Any, vec![event("customer.onboarded")]))
        .await
        .unwrap();
    for _ in 0..20 {
        subject.grow("a", 100).await;
    }
    subject
        .append(one(stream("customer-2"), Expected::Any, vec![event("customer.onboarded")]))
        .await
        .unwrap();
    assert_eq!(all_pages(&subject, 2, &category("customer")).await, [1, 2_002]);
    assert_eq!(page(&subject, 0, 1, &category("customer")).await, (vec![1], 1));
    assert_eq!(page(&subject, 1, 1, &category("customer")).await.0, [2_002]);
}

pub async fn a_filter_that_nothing_passes_has_seen_everything(subject: Subject) {
    subject.grow("a", 50).await;
    assert_eq!(page(&subject, 0, 10, &category("loan")).await, (vec![], 50));
    assert_eq!(page(&subject, 20, 10, &event_type("loan.approved")).await, (vec![], 50));
}

pub async fn the_head_is_told_after_each_commit(subject: Subject) {
    let mut head = subject.store.watch_head();
    assert_eq!(*head.borrow_and_update(), 0);
    subject.grow("a", 3).await;
    head.changed().await.unwrap();
    assert_eq!(*head.borrow_and_update(), 3);
    let check = Append { check_only: true, ..one(stream("a"), exact(3), Vec::new()) };
    subject.append(check).await.unwrap();
    subject.append(one(stream("a"), exact(1), fresh(1))).await.unwrap_err();
    assert!(!head.has_changed().unwrap(), "nobody is woken for nothing");
    subject.grow("a", 1).await;
    assert_eq!(*head.wait_for(|head| *head >= 4).await.unwrap(), 4);
    assert_eq!(*subject.store.watch_head().borrow(), 4, "who comes later is told the present head");
}
