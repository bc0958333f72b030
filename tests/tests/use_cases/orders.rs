//! Orders and the customers whose they are.

use crate::{World, refusal_of, world::customer_id};
use khata_application::{
    clock::fresh,
    command::{Answer, CommandError},
    orders::NewOrder,
};
use khata_domain::{
    Money, Text,
    customers::{
        Customer, CustomerStatus,
        customer::{Reactivate, Suspend},
    },
    ids::{CustomerId, OrderId, TypedId},
    orders::{
        CustomerTier, DiscountRate, Order, OrderStatus, PaymentMethod, ShippingAddress,
        order::{
            AddItem, Cancel, Confirm, ConfirmPayment, DELIVERY_DAYS, InitiatePayment, Refund,
            SetShippingAddress,
        },
    },
};
use khata_infrastructure::V7Ids;
use uuid::Uuid;

type OrderOutcome = Result<Answer<Order>, CommandError>;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn new_order(customer_id: CustomerId) -> NewOrder {
    NewOrder {
        order_id: None,
        customer_id,
        currency: "USD".parse().unwrap(),
        customer_tier: Some(CustomerTier::Regular),
        reference: None,
    }
}

fn address() -> ShippingAddress {
    ShippingAddress {
        recipient: text("Maria Santos"),
        line1: text("12 MG Road"),
        line2: None,
        city: text("Pune"),
        region: None,
        postal_code: None,
        country: text("IN"),
    }
}

impl World {
    async fn order(&self, customer_id: CustomerId) -> OrderOutcome {
        self.orders.create(&self.context(), new_order(customer_id)).await
    }

    /// A draft that can be placed, for 25.00.
    async fn draft(&self, customer_id: CustomerId) -> OrderId {
        let id: OrderId = self.order(customer_id).await.unwrap().id;
        let item = AddItem {
            product_id: text("11"),
            seller_id: text("5"),
            seller_active: true,
            name: text("Queso Cabrales"),
            quantity: 2,
            unit_price: usd("12.50"),
            discount_rate: DiscountRate::default(),
        };
        self.put::<Order>(id, item).await.unwrap();
        let set = SetShippingAddress { address: address(), serviceable: true };
        self.put::<Order>(id, set).await.unwrap();
        id
    }

    async fn place(&self, id: OrderId) -> OrderOutcome {
        self.orders.place(&self.context(), id, PaymentMethod::Card).await
    }
}

fn usd(major: &str) -> Money {
    Money::parse(major, "USD".parse().unwrap()).unwrap()
}

#[tokio::test]
async fn an_order_belongs_to_a_customer_and_is_no_product_of_theirs() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let before = world.head().await;
    let answer = world.order(maria).await.unwrap();
    assert_eq!((answer.version, answer.position, answer.events.len()), (1, before + 1, 1));
    assert_eq!(answer.state.opening().unwrap().customer_id, maria);
    assert!(world.profile(maria).await.products.is_empty());
    let stored = world.events::<Order>(answer.id).await;
    assert!(stored[0].metadata.contains(&format!("\"owner\":\"{maria}\"")), "{}", stored[0].metadata);
    world.close_customer(maria).await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_verified_may_order_all_the_same() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let id = world.draft(maria).await;
    assert_eq!(world.place(id).await.unwrap().state.status(), OrderStatus::Placed);
}

#[tokio::test]
async fn nobody_orders_who_is_unknown_suspended_or_closed() {
    let world = World::new();
    let unknown = customer_id(7);
    assert_eq!(world.order(unknown).await.unwrap_err(), CommandError::NotFound(unknown.to_string()));
    let maria = world.verified("maria@example.com").await;
    world.put::<Customer>(maria, Suspend { reason: text("court order") }).await.unwrap();
    assert_eq!(refusal_of(world.order(maria).await), "customer_suspended");
    world.put::<Customer>(maria, Reactivate).await.unwrap();
    world.close_customer(maria).await.unwrap();
    assert_eq!(refusal_of(world.order(maria).await), "customer_closed");
}

#[tokio::test]
async fn a_draft_is_not_placed_once_its_customer_is_suspended_or_closed() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (first, second) = (world.draft(maria).await, world.draft(maria).await);
    world.place(first).await.unwrap();
    world.put::<Customer>(maria, Suspend { reason: text("court order") }).await.unwrap();
    assert_eq!(refusal_of(world.place(second).await), "customer_suspended");
    assert_eq!(world.place(first).await.unwrap().events.len(), 0, "what is placed stays so");
    world.put::<Customer>(maria, Reactivate).await.unwrap();
    world.close_customer(maria).await.unwrap();
    assert_eq!(refusal_of(world.place(second).await), "customer_closed");
}

#[tokio::test]
async fn an_order_that_is_not_there_is_not_found() {
    let world = World::new();
    let nothing = OrderId::from_uuid(Uuid::from_u128(7));
    let not_found = CommandError::NotFound(nothing.to_string());
    assert_eq!(world.place(nothing).await.unwrap_err(), not_found);
    let refund: OrderOutcome = world.put::<Order>(nothing, Refund { amount: None }).await;
    assert_eq!(refund.unwrap_err(), not_found);
}

#[tokio::test]
async fn a_payment_without_a_name_gets_one_and_keeps_it() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let id = world.draft(maria).await;
    world.place(id).await.unwrap();
    let pay = || async {
        world.put::<Order>(id, InitiatePayment { payment_id: None, fresh_id: fresh(&V7Ids) }).await.unwrap()
    };
    let (first, again) = (pay().await, pay().await);
    assert_eq!((first.events.len(), again.events.len()), (1, 0));
    assert_eq!(first.state.payment(), again.state.payment());
}

#[tokio::test]
async fn the_days_to_the_delivery_count_from_the_business_date_of_the_confirmation() {
    // Half past twelve at night in Kolkata is the evening before in London.
    let world = World::in_zone("Asia/Kolkata");
    world.clock.set("2026-01-05T19:00:00Z".parse().unwrap());
    let maria = world.verified("maria@example.com").await;
    let id = world.draft(maria).await;
    world.place(id).await.unwrap();
    world.put::<Order>(id, InitiatePayment { payment_id: None, fresh_id: fresh(&V7Ids) }).await.unwrap();
    world.put::<Order>(id, ConfirmPayment { payment_id: None }).await.unwrap();
    let confirmed: Answer<Order> = world
        .put::<Order>(id, Confirm { expected_delivery: None, delivery_days: DELIVERY_DAYS })
        .await
        .unwrap();
    assert_eq!(confirmed.state.expected_delivery(), Some("2026-01-13".parse().unwrap()));
}

#[tokio::test]
async fn whoever_names_nobody_cancels_on_their_own_word() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    for (named, by) in [(None, "local"), (Some(text("customer")), "customer")] {
        let id = world.draft(maria).await;
        let cancelled: Answer<Order> =
            world.put::<Order>(id, Cancel { reason: text("changed my mind"), by: named }).await.unwrap();
        assert_eq!(cancelled.state.cancellation().unwrap().by.as_str(), by);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_order_is_begun_or_placed_behind_the_closing_of_its_customer() {
    let (mut before, mut behind) = (0, 0);
    for round in 0..64 {
        let world = World::new();
        let other = world.other_process();
        let maria = world.verified("maria@example.com").await;
        let draft = world.draft(maria).await;
        let ordering = tokio::spawn(async move {
            if round % 2 == 0 { other.order(maria).await } else { other.place(draft).await }
        });
        let closing = tokio::spawn({
            let world = world.clone();
            async move { world.close_customer(maria).await }
        });
        let (ordered, closed) = (ordering.await.unwrap(), closing.await.unwrap().unwrap());
        assert_eq!(world.profile(maria).await.status, CustomerStatus::Closed);
        match ordered {
            Ok(answer) => {
                assert!(
                    answer.position < closed.position,
                    "ordered at {} by a customer closed at {}",
                    answer.position,
                    closed.position
                );
                before += 1;
            }
            Err(CommandError::Refused { code, .. }) if code == "customer_closed" => behind += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(before + behind, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_add_the_same_at_once_add_up_and_none_is_lost() {
    let world = World::new();
    let worlds = [world.other_process(), world.clone()];
    let maria = world.verified("maria@example.com").await;
    let id: OrderId = world.order(maria).await.unwrap().id;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..32 {
        let world = worlds[number % 2].clone();
        let item = AddItem {
            product_id: text(&format!("p{}", number % 4)),
            seller_id: text("5"),
            seller_active: true,
            name: text("Chai"),
            quantity: 1,
            unit_price: usd("1.00"),
            discount_rate: DiscountRate::default(),
        };
        tasks.spawn(async move { world.put::<Order>(id, item).await });
    }
    let added = tasks.join_all().await.into_iter().filter(Result::is_ok).count();
    let order = world.stored::<Order>(id).await;
    let pieces: u32 = order.lines().iter().map(|line| line.quantity).sum();
    assert_eq!((pieces as usize, order.lines().len()), (added, 4));
}
