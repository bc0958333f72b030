//! The draft: what is in it, where it goes, and that it is ordered. Nothing of this changes afterwards.

use super::{Decision, draft, in_currency, shipping_of, standing, totals};
use crate::{
    DecisionContext, Money, Rules,
    orders::{
        Order, OrderLine,
        order::{
            AddItem, ChangeQuantity, Create, ItemAddedToOrder, ItemQuantityChanged, ItemRemovedFromOrder,
            OrderCreated, OrderError, OrderPlaced, OrderStatus, Place, RemoveItem, SetShippingAddress,
            SetShippingCharge, ShippingAddressSet, ShippingChargeSet,
        },
    },
};

/// The most pieces of a line: more than anybody orders, and few enough for every store and client.
const MAX_QUANTITY: u32 = 1_000_000_000;

pub(super) fn create(order: &Order, command: Create, at: DecisionContext<'_>, rules: Rules) -> Decision {
    if order.opening().is_some() {
        return Err(OrderError::OrderAlreadyCreated);
    }
    let Create { customer_id, currency, customer_tier, reference } = command;
    let business_date = at.business_date;
    if rules.all() {
        currency.in_use_on(business_date)?;
    }
    Ok(vec![OrderCreated { customer_id, currency, customer_tier, reference, business_date }.into()])
}

pub(super) fn add_item(order: &Order, item: AddItem, _: DecisionContext<'_>, rules: Rules) -> Decision {
    let opening = draft(order)?;
    in_range(item.quantity)?;
    if in_currency(item.unit_price, opening.currency)?.minor() < 0 {
        return Err(OrderError::PriceNegative { unit_price: item.unit_price });
    }
    if rules.all() && !item.seller_active {
        return Err(OrderError::SellerNotActive { seller_id: item.seller_id });
    }
    let changed = match line_for(order, &item, rules)? {
        Some(line) => {
            let quantity = in_range(line.quantity.saturating_add(item.quantity))?;
            OrderLine { quantity, ..line.clone() }
        }
        None => {
            let limit = opening.customer_tier.line_limit();
            if rules.all() && order.lines.len() >= limit as usize {
                return Err(OrderError::LineLimitReached { limit, customer_tier: opening.customer_tier });
            }
            new_line(order, &item)?
        }
    };
    fits_with(order, &changed)?;
    let added = ItemAddedToOrder {
        line: changed.line,
        product_id: item.product_id,
        seller_id: item.seller_id,
        seller_active: item.seller_active,
        name: item.name,
        quantity: item.quantity,
        unit_price: item.unit_price,
        discount_rate: item.discount_rate,
    };
    Ok(vec![added.into()])
}

/// The line that an item adds up with. The same product of the same seller at two prices is refused, since
/// one of them is out of date; in history both are told, on two lines.
fn line_for<'a>(order: &'a Order, item: &AddItem, rules: Rules) -> Result<Option<&'a OrderLine>, OrderError> {
    let mut of_product =
        order.lines.iter().filter(|line| line.is_of(&item.product_id, &item.seller_id)).peekable();
    let first = of_product.peek().copied();
    let same = of_product.find(|line| line.costs(item.unit_price, item.discount_rate));
    match (same, first) {
        (None, Some(OrderLine { line, unit_price, discount_rate, .. })) if rules.all() => {
            Err(OrderError::PriceDiffers {
                line: *line,
                unit_price: *unit_price,
                discount_rate: *discount_rate,
            })
        }
        (same, _) => Ok(same),
    }
}

fn new_line(order: &Order, item: &AddItem) -> Result<OrderLine, OrderError> {
    Ok(OrderLine {
        line: order.last_line.checked_add(1).ok_or(OrderError::AmountOutOfRange)?,
        product_id: item.product_id.clone(),
        seller_id: item.seller_id.clone(),
        name: item.name.clone(),
        quantity: item.quantity,
        unit_price: item.unit_price,
        discount_rate: item.discount_rate,
    })
}

pub(super) fn change_quantity(
    order: &Order,
    command: ChangeQuantity,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let ChangeQuantity { line: number, quantity } = command;
    draft(order)?;
    in_range(quantity)?;
    let line = order.line(number).ok_or(OrderError::LineNotFound { line: number })?;
    if line.quantity == quantity {
        return Ok(vec![]);
    }
    fits_with(order, &OrderLine { quantity, ..line.clone() })?;
    Ok(vec![ItemQuantityChanged { line: number, quantity }.into()])
}

pub(super) fn remove_item(order: &Order, command: RemoveItem, _: DecisionContext<'_>, _: Rules) -> Decision {
    let line = command.line;
    draft(order)?;
    if order.line(line).is_some() {
        return Ok(vec![ItemRemovedFromOrder { line }.into()]);
    }
    // Numbers are not used again: this one was there, and is gone.
    let gone = (1..=order.last_line).contains(&line);
    if gone { Ok(vec![]) } else { Err(OrderError::LineNotFound { line }) }
}

pub(super) fn set_shipping_address(
    order: &Order,
    command: SetShippingAddress,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    draft(order)?;
    let SetShippingAddress { address, serviceable } = command;
    let already = order
        .destination
        .as_ref()
        .is_some_and(|known| known.address == address && known.serviceable == serviceable);
    Ok(if already { vec![] } else { vec![ShippingAddressSet { address, serviceable }.into()] })
}

pub(super) fn set_shipping_charge(
    order: &Order,
    command: SetShippingCharge,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let opening = draft(order)?;
    let amount = in_currency(command.amount, opening.currency)?;
    if amount.minor() < 0 {
        return Err(OrderError::ChargeNegative { amount });
    }
    if order.shipping == Some(amount) {
        return Ok(vec![]);
    }
    totals(&order.lines, amount)?;
    Ok(vec![ShippingChargeSet { amount }.into()])
}

pub(super) fn place(order: &Order, command: Place, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let payment_method = command.payment_method;
    if order.status == OrderStatus::Placed && order.payment_method == payment_method {
        return Ok(vec![]);
    }
    let opening = standing(order, &[OrderStatus::Draft])?;
    let totals = totals(&order.lines, shipping_of(order, opening.currency))?;
    if rules.all() {
        may_be_placed(order, command, totals.total)?;
    }
    let placed = OrderPlaced {
        items_total: totals.items,
        shipping: totals.shipping,
        total: totals.total,
        payment_method,
        business_date: at.business_date,
    };
    Ok(vec![placed.into()])
}

fn may_be_placed(order: &Order, command: Place, total: Money) -> Result<(), OrderError> {
    if order.lines.is_empty() {
        return Err(OrderError::OrderEmpty);
    }
    if !total.is_positive() {
        return Err(OrderError::TotalNotPositive { total });
    }
    match &order.destination {
        None => return Err(OrderError::ShippingAddressMissing),
        Some(destination) if !destination.serviceable => return Err(OrderError::AddressNotServiceable),
        Some(_) => {}
    }
    command.payment_method.map(drop).ok_or(OrderError::PaymentMethodMissing)
}

fn in_range(quantity: u32) -> Result<u32, OrderError> {
    match quantity {
        0 => Err(OrderError::QuantityNotPositive),
        1..=MAX_QUANTITY => Ok(quantity),
        _ => Err(OrderError::QuantityOutOfRange { maximum: MAX_QUANTITY }),
    }
}

/// The order can still be calculated with a line in the place of the one of its number, or beside the others.
fn fits_with(order: &Order, changed: &OrderLine) -> Result<(), OrderError> {
    let others = order.lines.iter().filter(|line| line.line != changed.line);
    totals(others.chain([changed]), shipping_of(order, changed.unit_price.currency())).map(drop)
}
