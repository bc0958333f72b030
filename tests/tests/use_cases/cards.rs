//! Credit cards and the customers they hang on.

use crate::{World, inr, refusal_of, world::CustomerOutcome};
use khata_application::{
    EventStore,
    cards::NewCard,
    command::{Answer, CommandError},
    event_store::FeedFilter,
};
use khata_domain::{
    Text,
    cards::{
        CreditCard, FraudVerdict, PurchaseChannel, Request,
        card::{
            Activate, Authorize, Capture, CardStatus, ChargeInterest, CloseStatement, DisputeOutcome,
            RecordPayment, ResolveDispute,
        },
    },
    customers::{CustomerStatus, ProductId},
    ids::{AuthorizationId, CardId, CustomerId, TransactionId, TypedId},
};
use uuid::Uuid;

type CardOutcome = Result<Answer<CreditCard>, CommandError>;

fn card_id(number: u128) -> CardId {
    CardId::from_uuid(Uuid::from_u128(number))
}

fn new_card(customer_id: CustomerId, card_id: Option<CardId>) -> NewCard {
    NewCard { card_id, customer_id, card_type: None, limit: inr(10_000) }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

impl World {
    async fn issue(&self, customer_id: CustomerId) -> CardOutcome {
        self.cards.issue(&self.context(), new_card(customer_id, None)).await
    }

    /// An active card of a new customer.
    async fn card(&self) -> CardId {
        let maria = self.verified("maria@example.com").await;
        let id = self.issue(maria).await.unwrap().id;
        self.put::<CreditCard>(id, Activate).await.unwrap();
        id
    }

    async fn close_card(&self, id: CardId) -> CardOutcome {
        self.cards.close(&self.context(), id, None).await
    }

    /// Buys for so many rupees; gives the transaction.
    async fn buy(&self, id: CardId, name: &str, rupees: i64) -> TransactionId {
        let (authorization_id, context) = (name.parse::<AuthorizationId>().unwrap(), self.context());
        let request = Request {
            amount: inr(rupees),
            merchant_id: text("m-1"),
            category: text("grocery"),
            channel: PurchaseChannel::Pos,
            fraud_verdict: FraudVerdict::Clear,
        };
        self.put_in::<CreditCard>(&context, id, Authorize { authorization_id, request, screening: None })
            .await
            .unwrap();
        let answer = self
            .put_in::<CreditCard>(&context, id, Capture { authorization_id, amount: None })
            .await
            .unwrap();
        TransactionId::from_uuid(answer.events[0].id)
    }
}

#[tokio::test]
async fn issuing_stores_card_and_product_in_one_append() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let before = world.head().await;
    let answer = world.issue(maria).await.unwrap();
    let log = world.store.read_all(before, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["credit_card.card_issued", "customer.product_attached"]);
    let card: CardId = answer.id;
    assert_eq!(world.profile(maria).await.products, [ProductId::of(card)].into());
    assert_eq!(answer.state.limit(), Some(inr(10_000)));
    assert!(log.iter().all(|event| event.metadata.contains(&maria.to_string())), "both say whose data it is");
}

#[tokio::test]
async fn only_verified_customers_get_cards() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let before = world.head().await;
    assert_eq!(refusal_of(world.issue(maria).await), "customer_not_verified");
    let nobody = world.issue(crate::world::customer_id(9)).await;
    assert!(matches!(nobody, Err(CommandError::NotFound(_))), "{nobody:?}");
    let david = world.verified("david@example.com").await;
    let none = NewCard { limit: inr(0), ..new_card(david, None) };
    let refused: CardOutcome = world.cards.issue(&world.context(), none).await;
    assert_eq!(refusal_of(refused), "amount_not_positive");
    assert_eq!((world.profile(david).await.products.len(), world.head().await), (0, before + 3));
}

#[tokio::test]
async fn closing_takes_the_product_from_the_customer() {
    let world = World::new();
    let id = world.card().await;
    let owner = world.stored::<CreditCard>(id).await.issuance().unwrap().customer_id;
    assert_eq!(refusal_of(world.close_customer(owner).await), "customer_has_products");
    world.buy(id, "a-1", 10).await;
    assert_eq!(refusal_of(world.close_card(id).await), "outstanding_not_zero");
    world.put::<CreditCard>(id, RecordPayment { amount: inr(10), account_transaction: None }).await.unwrap();
    assert_eq!(world.close_card(id).await.unwrap().state.status(), CardStatus::Closed);
    assert_eq!(world.profile(owner).await.products.len(), 0);
    let again = world.close_card(id).await.unwrap();
    assert_eq!(again.events.len(), 0);
    world.close_customer(owner).await.unwrap();
    let unknown = world.close_card(card_id(9)).await;
    assert!(matches!(unknown, Err(CommandError::NotFound(_))), "{unknown:?}");
}

#[tokio::test]
async fn only_a_capture_of_the_card_itself_can_be_disputed() {
    let world = World::new();
    let id = world.card().await;
    let transaction = world.buy(id, "a-1", 10).await;
    let dispute = async |card: CardId, transaction: TransactionId| -> CardOutcome {
        world.cards.open_dispute(&world.context(), card, transaction, text("no")).await
    };
    let owner = world.stored::<CreditCard>(id).await.issuance().unwrap().customer_id;
    let other: CardId = world.issue(owner).await.unwrap().id;
    for (card, transaction) in [(other, transaction), (id, TransactionId::from_uuid(Uuid::from_u128(7)))] {
        let outcome = dispute(card, transaction).await;
        assert!(matches!(outcome, Err(CommandError::NotFound(_))), "{outcome:?}");
    }
    let opened = dispute(id, transaction).await.unwrap();
    let dispute_id = opened.state.open_disputes()[0].dispute_id;
    let won: CardOutcome =
        world.put::<CreditCard>(id, ResolveDispute { dispute_id, outcome: DisputeOutcome::Cardholder }).await;
    assert_eq!(won.unwrap().state.outstanding(), Some(inr(0)));
}

#[tokio::test]
async fn statements_and_interest_count_for_the_end_of_their_day() {
    let world = World::in_zone("Asia/Kolkata");
    let id = world.card().await;
    world.clock.set("2026-01-07T12:00:00Z".parse().unwrap());
    let (date, closing_date) = ("2026-01-06".parse().unwrap(), "2026-01-07".parse().unwrap());
    let ended = |day| world.context().at_end_of(day);
    world.put_in::<CreditCard>(&ended(date), id, ChargeInterest { date }).await.unwrap();
    world.put_in::<CreditCard>(&ended(closing_date), id, CloseStatement { closing_date }).await.unwrap();
    let times: Vec<String> = world
        .events::<CreditCard>(id)
        .await
        .iter()
        .skip(2)
        .map(|event| event.effective_at.to_string())
        .collect();
    assert_eq!(
        times,
        ["2026-01-06T18:29:59.999999Z", "2026-01-07T12:00:00Z"],
        "a day that is not over ends now"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_card_is_issued_to_a_customer_who_is_being_closed() {
    let (mut issued, mut closed) = (0, 0);
    for round in 0..48_u128 {
        let world = World::new();
        let other = world.other_process();
        let maria = world.verified("maria@example.com").await;
        let issuing = tokio::spawn(async move {
            other.cards.issue(&other.context(), new_card(maria, Some(card_id(round)))).await
        });
        let closing = tokio::spawn({
            let world = world.clone();
            async move { world.close_customer(maria).await }
        });
        let (issuing, closing): (CardOutcome, CustomerOutcome) =
            (issuing.await.unwrap(), closing.await.unwrap());
        let profile = world.profile(maria).await;
        match (&issuing, &closing) {
            (Ok(_), Err(CommandError::Refused { code, .. })) if code == "customer_has_products" => {
                assert_eq!(
                    (profile.status, profile.products),
                    (CustomerStatus::Verified, [ProductId::of(card_id(round))].into())
                );
                issued += 1;
            }
            (Err(CommandError::Refused { code, .. }), Ok(_)) if code == "customer_closed" => {
                assert_eq!(
                    (profile.status, world.events::<CreditCard>(card_id(round)).await.len()),
                    (CustomerStatus::Closed, 0)
                );
                closed += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(issued + closed, 48);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_authorisations_at_once_never_pass_the_limit() {
    let world = World::new();
    let id = world.card().await;
    let worlds = [world.other_process(), world.clone()];
    let tasks = (0..32_usize).map(|number| {
        let world = worlds[number % 2].clone();
        tokio::spawn(async move {
            let request = Request {
                amount: inr(1_000),
                merchant_id: text("m-1"),
                category: text("grocery"),
                channel: PurchaseChannel::Pos,
                fraud_verdict: FraudVerdict::Clear,
            };
            let name = format!("a-{number}").parse().unwrap();
            world.put::<CreditCard>(id, Authorize { authorization_id: name, request, screening: None }).await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        // Who loses too often against the other process is told so, and nothing is stored.
        let outcome = task.await.unwrap();
        assert!(matches!(outcome, Ok(_) | Err(CommandError::Contended)), "{outcome:?}");
    }
    let state = world.stored::<CreditCard>(id).await;
    let at = world.context().now;
    assert!(state.open_authorizations(at).count() <= 10);
    assert_eq!(state.available(at), Some(inr(10_000 - 1_000 * state.open_authorizations(at).count() as i64)));
}
