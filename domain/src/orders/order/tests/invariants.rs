//! What no sequence of commands can break: a total is the sum of its parts, nothing unpaid leaves, nothing
//! changes after the draft, nobody gets more back than they paid, no decision panics.

use super::*;
use crate::orders::CustomerShare;
use proptest::prelude::*;

fn amounts() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![8 => 0..=100_000_i64, 1 => -10_i64..=0, 1 => any::<i64>()];
    minor.prop_map(|minor| Money::from_minor(minor, currency("USD")))
}

fn quantities() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..=20_u32, 1 => 0..=1_u32, 1 => any::<u32>()]
}

fn items() -> impl Strategy<Value = AddItem> {
    let seller_active = prop::bool::weighted(0.9);
    (0..16_u32, 0..3_u32, seller_active, quantities(), amounts(), 0..=1_000_000_i64).prop_map(
        |(product, seller, seller_active, quantity, unit_price, percent)| AddItem {
            seller_id: text(&format!("s{seller}")),
            seller_active,
            unit_price,
            discount_rate: DiscountRate::try_new(rust_decimal::Decimal::new(percent, 4)).unwrap(),
            ..item(&format!("p{product}"), quantity, "0")
        },
    )
}

/// The few payments there are, so that commands meet.
fn payments() -> impl Strategy<Value = Option<u128>> {
    prop::option::of(1_u128..4)
}

fn commands() -> impl Strategy<Value = OrderCommand> {
    let drafting = prop_oneof![
        4 => items().prop_map(add),
        1 => (0..6_u32, quantities()).prop_map(|(line, quantity)| OrderCommand::ChangeQuantity(ChangeQuantity { line, quantity })),
        1 => (0..6_u32).prop_map(|line| OrderCommand::RemoveItem(RemoveItem { line })),
        1 => prop::bool::weighted(0.9).prop_map(|serviceable| {
            OrderCommand::SetShippingAddress(Box::new(SetShippingAddress { address: address(), serviceable }))
        }),
        1 => amounts().prop_map(|amount| OrderCommand::SetShippingCharge(SetShippingCharge { amount })),
    ];
    let paying = prop_oneof![
        payments().prop_map(initiate),
        payments().prop_map(confirm_payment),
        payments().prop_map(fail_payment),
        prop::option::of(amounts()).prop_map(|amount| OrderCommand::Refund(Refund { amount })),
    ];
    let moving = prop_oneof![
        3 => prop::sample::select(PaymentMethod::ALL.to_vec()).prop_map(place_with),
        3 => Just(confirm_by(None)),
        3 => Just(StartProcessing.into()),
        3 => (0..2_u8).prop_map(|number| ship(&format!("FS-{number}"))),
        3 => Just(OrderCommand::Deliver(Deliver { proof: None })),
        1 => Just(cancel()),
        1 => Just(request_return()),
        1 => Just(AcceptReturn.into()),
    ];
    prop_oneof![3 => drafting, 3 => paying, 4 => moving]
}

/// Stories that begin with a draft which can be placed, so that most of them come far.
fn stories() -> impl Strategy<Value = Vec<OrderCommand>> {
    (prop::sample::select(CustomerTier::ALL.to_vec()), items(), prop::collection::vec(commands(), 1..80))
        .prop_map(|(customer_tier, first, rest)| {
            let begun = [
                OrderCommand::Create(Create { customer_tier, ..create() }),
                add(first),
                OrderCommand::SetShippingAddress(Box::new(SetShippingAddress {
                    address: address(),
                    serviceable: true,
                })),
            ];
            begun.into_iter().chain(rest).collect()
        })
}

/// What an auditor with nothing but the state's lines calculates, in whole numbers: minor x rate / 1,000,000,
/// half to even.
fn calculated(state: &Order) -> i128 {
    let line_total = |line: &crate::orders::OrderLine| {
        let gross = i128::from(line.unit_price.minor()) * i128::from(line.quantity);
        let percent = line.discount_rate.percent();
        let rate = percent.mantissa() * 10_i128.pow(4 - percent.scale());
        let (whole, rest) = (gross * rate / 1_000_000, gross * rate % 1_000_000);
        gross - whole - i128::from(rest * 2 > 1_000_000 || (rest * 2 == 1_000_000 && whole % 2 == 1))
    };
    let shipping = state.shipping.map_or(0, |amount| i128::from(amount.minor()));
    state.lines().iter().map(line_total).sum::<i128>() + shipping
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_parts_and_nothing_unpaid_leaves(story in stories()) {
        let mut state = Order::default();
        let mut placed: Option<(Vec<crate::orders::OrderLine>, Money)> = None;
        let mut counted = CustomerShare { currency: currency("USD"), orders: 0, value_minor: 0, refunded_minor: 0 };
        for command in story {
            let Ok(events) = state.decide(command, decided_on(TODAY), Rules::All) else { continue };
            for event in &events {
                state.evolve(event);
                if let OrderEvent::OrderPlaced(event) = event {
                    prop_assert_eq!(i128::from(event.total.minor()), calculated(&state));
                    prop_assert!(event.total.is_positive());
                    placed = Some((state.lines().to_vec(), event.total));
                }
                if let OrderEvent::OrderShipped(_) = event {
                    let later = state.payment_method() == Some(PaymentMethod::CashOnDelivery);
                    prop_assert!(later || state.paid() == placed.as_ref().map(|(_, total)| *total), "{state:?}");
                }
                if let Some(share) = event.customer_share() {
                    counted.orders += share.orders;
                    counted.value_minor += share.value_minor;
                    counted.refunded_minor += share.refunded_minor;
                }
            }
            if let Some((lines, total)) = &placed {
                prop_assert_eq!((state.lines(), state.totals().unwrap().total), (&lines[..], *total));
            }
            let stands = placed.is_some() && state.status() != OrderStatus::Cancelled;
            let worth = placed.as_ref().filter(|_| stands).map_or(0, |(_, total)| total.minor() - state.refunded().unwrap().minor());
            prop_assert_eq!((counted.orders, counted.value_minor), (i64::from(stands), worth));
            prop_assert_eq!(i128::from(state.totals().unwrap().total.minor()), calculated(&state));
            prop_assert!(state.lines().len() <= state.opening().unwrap().customer_tier.line_limit() as usize);
            prop_assert!(state.refunded().unwrap().minor() <= state.paid().unwrap().minor());
            prop_assert_eq!(counted.refunded_minor, state.refunded().unwrap().minor());
        }
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<Order>(&stored).unwrap(), state);
    }

    #[test]
    fn what_is_already_so_gives_no_events(story in stories()) {
        let mut state = Order::default();
        for command in story {
            let counts_again = matches!(command, OrderCommand::AddItem(_) | OrderCommand::Refund(_) | OrderCommand::Create(_));
            let Ok(events) = state.decide(command.clone(), decided_on(TODAY), Rules::All) else { continue };
            events.iter().for_each(|event| state.evolve(event));
            if !counts_again {
                prop_assert_eq!(state.decide(command, decided_on(TODAY), Rules::All), Ok(vec![]));
            }
        }
    }

    #[test]
    fn no_command_on_any_past_in_any_order_panics(history in stories(), story in stories(), turn in any::<prop::sample::Index>()) {
        let mut told = Order::default();
        let mut past = Vec::new();
        for command in history {
            let _ = told.decide(command.clone(), decided_on(TODAY), Rules::All);
            if let Ok(events) = told.decide(command, decided_on(TODAY), Rules::Structural) {
                events.iter().for_each(|event| told.evolve(event));
                past.extend(events);
            }
        }
        if !past.is_empty() {
            let middle = turn.index(past.len());
            past.rotate_left(middle);
        }
        let mut state = given(past).state();
        for command in story {
            if let Ok(events) = state.decide(command, decided_on(TODAY), Rules::All) {
                events.iter().for_each(|event| state.evolve(event));
            }
            let _ = (state.totals(), state.paid(), state.refunded(), state.payment_status(), state.owner());
        }
    }
}
