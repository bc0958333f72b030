//! Facts about orders: that one was placed, with all that was in it, and that it left.

use super::{
    business_time::{BusinessTime, optional_day},
    imported::{Decides, Imported, Refused, Setting},
    lookups::{Known, Lookups},
    report::Counted,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::civil::Date;
use khata_domain::{
    Aggregate, Currency, Money, Rules, Text,
    customers::Customer,
    ids::{CustomerId, OrderId, PaymentId, TypedId},
    orders::{
        CustomerTier, DiscountRate, Order, OrderCommand, OrderEvent, OrderLine, PaymentMethod,
        ShippingAddress, Totals,
        order::{
            AddItem, Confirm, ConfirmPayment, Create, InitiatePayment, Place, SetShippingAddress,
            SetShippingCharge, Ship,
        },
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The number, among the ids that a fact gives out, of the payment of its order; far from those of its
/// events.
const PAYMENT: usize = 1_000_000;

/// A customer placed an order. What was paid is confirmed too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPlaced {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub customer: SourceRef,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// How well the shop knew the customer.
    pub customer_tier: CustomerTier,
    /// The shop's own number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<64>>,
    /// What was ordered, line by line.
    pub items: Vec<OrderItem>,
    pub shipping_address: ShippingAddress,
    /// What the shipping costs; nothing, if it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_charge: Option<Money>,
    /// How it was paid, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// Whether the order's total was paid that day, and the order confirmed.
    #[serde(default)]
    pub paid: bool,
    /// When it should have been there; some days later, if it is not told. Of paid orders.
    #[serde(default, deserialize_with = "optional_day", skip_serializing_if = "Option::is_none")]
    pub expected_delivery: Option<Date>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// The product, as its catalogue names it.
    pub product_id: Text<64>,
    /// The seller, as the sellers' register names them.
    pub seller_id: Text<64>,
    /// What the product was called.
    pub name: Text<200>,
    pub quantity: u32,
    /// What one cost, before the discount.
    pub unit_price: Money,
    /// What was taken off, in percent.
    #[serde(default)]
    pub discount_rate: DiscountRate,
}

/// An order left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderShipped {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub order: SourceRef,
    pub carrier: Text<100>,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Text<100>>,
}

/// What a fact about an order comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    Take { order: OrderId, customer: CustomerId, commands: Vec<OrderCommand> },
    Ship { order: OrderId, date: Date, ship: Ship },
}

impl Imported for OrderPlaced {
    fn counted(&self) -> Counted {
        // An order beyond the books is refused when it is decided on; then nothing is counted.
        let (items_minor, shipping_minor) =
            self.totals().map_or((0, 0), |totals| (totals.items.minor(), totals.shipping.minor()));
        Counted::Order {
            currency: self.currency,
            lines: self.items.len() as u64,
            items_minor,
            shipping_minor,
        }
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let (order, customer) = (self.source.id(), self.customer.id());
        let fresh_id = PaymentId::from_uuid(setting.event.nth_event_id(PAYMENT));
        let create = Create {
            customer_id: customer,
            currency: self.currency,
            customer_tier: self.customer_tier,
            reference: self.reference,
        };
        let mut commands: Vec<OrderCommand> = vec![create.into()];
        commands.extend(self.items.into_iter().map(|item| AddItem::from(item).into()));
        let to = SetShippingAddress { address: self.shipping_address, serviceable: true };
        commands.push(to.into());
        commands.extend(self.shipping_charge.map(|amount| SetShippingCharge { amount }.into()));
        commands.push(Place { payment_method: self.payment_method }.into());
        match (self.paid, self.expected_delivery) {
            (true, expected_delivery) => commands.extend([
                InitiatePayment { payment_id: None, fresh_id }.into(),
                ConfirmPayment { payment_id: None }.into(),
                Confirm { expected_delivery, delivery_days: setting.terms.orders.delivery_days }.into(),
            ]),
            (false, Some(_)) => {
                return Err(Refused {
                    code: "malformed",
                    reason: "expected_delivery belongs to paid orders".to_owned(),
                });
            }
            (false, None) => {}
        }
        Ok(Box::new(Decision::Take { order, customer, commands }))
    }
}

impl OrderPlaced {
    /// What it comes to; `None` if it does not fit the books.
    fn totals(&self) -> Option<Totals> {
        let lines: Vec<OrderLine> = self.items.iter().map(OrderItem::line).collect();
        Totals::of(&lines, self.shipping_charge.unwrap_or(Money::zero(self.currency))).ok()
    }
}

impl OrderItem {
    fn line(&self) -> OrderLine {
        let Self { product_id, seller_id, name, quantity, unit_price, discount_rate } = self.clone();
        OrderLine { line: 0, product_id, seller_id, name, quantity, unit_price, discount_rate }
    }
}

impl From<OrderItem> for AddItem {
    fn from(item: OrderItem) -> Self {
        let OrderItem { product_id, seller_id, name, quantity, unit_price, discount_rate } = item;
        Self { product_id, seller_id, seller_active: true, name, quantity, unit_price, discount_rate }
    }
}

impl Imported for OrderShipped {
    fn counted(&self) -> Counted {
        Counted::Shipment
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        Ok(Box::new(Decision::Ship {
            order: self.order.id(),
            date: setting.event.business_date,
            ship: Ship { carrier: self.carrier, tracking: self.tracking },
        }))
    }
}

impl Decides for Decision {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        match self {
            Self::Take { order, customer, .. } => {
                into.push(Participant::of::<Customer>(*customer));
                into.push(if presume {
                    Participant::new::<Order>(*order)
                } else {
                    Participant::of::<Order>(*order)
                });
            }
            Self::Ship { order, .. } => into.push(Participant::of::<Order>(*order)),
        }
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        _lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        match self {
            Self::Take { order, customer, commands } => {
                unit.existing::<Customer>(*customer)?;
                commands.iter().try_fold(0, |events, command| {
                    let next = HistoricalFact { event_id: first.nth_event_id(events), ..first };
                    Ok(events + unit.decide_history::<Order>(*order, command.clone(), next)?)
                })
            }
            Self::Ship { order, date, ship } => {
                // By business time it would come first, and the order stand as confirmed for good.
                if let Some(begun) =
                    unit.existing::<Order>(*order)?.opening().filter(|opening| *date < opening.created_on)
                {
                    return Err(CommandError::refused(&Misplaced::ShippedBeforeOrdered {
                        created_on: begun.created_on,
                    }));
                }
                unit.decide_history::<Order>(*order, ship.clone(), first)
            }
        }
    }

    /// The ids of all further events of the fact, each command giving one, and of one that would follow them.
    fn further_event_ids(&self, first: HistoricalFact, into: &mut Vec<Uuid>) {
        let count = match self {
            Self::Take { commands, .. } => commands.len(),
            Self::Ship { .. } => 0,
        };
        into.extend((1..=count).map(|n| first.nth_event_id(n)));
    }

    /// Whether the stored events are those that this would lead to, word for word.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, known: &Known) -> bool {
        let stored = |n| {
            known.get(&first.nth_event_id(n)).and_then(|event| event.event::<Order>()).and_then(Result::ok)
        };
        let (order, same) = match self {
            Self::Take { order, commands, .. } => {
                let told = told(commands, first);
                let same = told
                    .iter()
                    .enumerate()
                    .all(|(n, event)| stored(n).is_some_and(|stored| is_same(event, stored)));
                (order, same && stored(told.len()).is_none())
            }
            Self::Ship { order, ship, .. } => {
                let left = |event: &_| matches!(event, OrderEvent::OrderShipped(left) if (&left.carrier, &left.tracking) == (&ship.carrier, &ship.tracking));
                (order, stored(0).is_some_and(left))
            }
        };
        event.stream == StreamName::of::<Order>(*order) && same
    }
}

/// What is refused before an order is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Misplaced {
    #[error("the order was only begun on {created_on}")]
    ShippedBeforeOrdered { created_on: Date },
}

/// What commands to a new order lead to, up to the first that is refused.
fn told(commands: &[OrderCommand], fact: HistoricalFact) -> Vec<OrderEvent> {
    let mut order = Order::default();
    let decided = commands.iter().map_while(|command| {
        let events = order.decide(command.clone(), fact.alone(), Rules::Structural).ok()?;
        events.iter().for_each(|event| order.evolve(event));
        Some(events)
    });
    decided.flatten().collect()
}

fn is_same(told: &OrderEvent, stored: &OrderEvent) -> bool {
    match (told, stored) {
        // After how many days an order is expected may be configured anew.
        (OrderEvent::OrderConfirmed(told), OrderEvent::OrderConfirmed(stored))
            if told.delivery_days.is_some() =>
        {
            stored.delivery_days.is_some()
        }
        _ => told == stored,
    }
}
