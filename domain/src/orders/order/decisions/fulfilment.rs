//! From the shop's word to the customer's door. Nothing goes on its way that is neither paid nor to be paid
//! on delivery.

use super::{Decision, standing};
use crate::{
    DecisionContext, Rules,
    orders::{
        Order,
        order::{
            Confirm, Deliver, OrderConfirmed, OrderDelivered, OrderError, OrderProcessingStarted,
            OrderShipped, OrderStatus, PaymentStatus, Ship, Shipment, StartProcessing,
        },
    },
};
use jiff::{Span, civil::Date};

pub(super) fn confirm(order: &Order, command: Confirm, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let Confirm { expected_delivery, delivery_days } = command;
    let business_date = at.business_date;
    let already = expected_delivery.is_none() || expected_delivery == order.expected_delivery;
    if order.status == OrderStatus::Confirmed && already {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::Placed])?;
    if rules.all() {
        paid_or_settled_later(order)?;
        if let Some(expected_delivery) = expected_delivery.filter(|date| *date < business_date) {
            return Err(OrderError::DeliveryInPast { expected_delivery, business_date });
        }
    }
    let confirmed = OrderConfirmed {
        expected_delivery: expected_delivery.unwrap_or_else(|| days_after(business_date, delivery_days)),
        delivery_days: expected_delivery.is_none().then_some(delivery_days),
        business_date,
    };
    Ok(vec![confirmed.into()])
}

fn paid_or_settled_later(order: &Order) -> Result<(), OrderError> {
    let payment_status = order.payment_status();
    let settles_later = order.payment_method.is_some_and(|method| method.settles_later());
    if payment_status == PaymentStatus::Succeeded || settles_later {
        Ok(())
    } else {
        Err(OrderError::OrderNotPaid { payment_status })
    }
}

fn days_after(date: Date, days: u16) -> Date {
    date.saturating_add(Span::new().days(i64::from(days)))
}

pub(super) fn start_processing(
    order: &Order,
    _: StartProcessing,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    if order.status == OrderStatus::Processing {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::Confirmed])?;
    Ok(vec![OrderProcessingStarted {}.into()])
}

pub(super) fn ship(order: &Order, command: Ship, _: DecisionContext<'_>, rules: Rules) -> Decision {
    let Ship { carrier, tracking } = command;
    let already = |shipment: &Shipment| shipment.carrier == carrier && shipment.tracking == tracking;
    if order.status == OrderStatus::Shipped && order.shipment.as_ref().is_some_and(already) {
        return Ok(vec![]);
    }
    // Other systems often do not tell when packing began.
    let from: &[OrderStatus] = if rules.all() {
        &[OrderStatus::Processing]
    } else {
        &[OrderStatus::Confirmed, OrderStatus::Processing]
    };
    standing(order, from)?;
    Ok(vec![OrderShipped { carrier, tracking }.into()])
}

pub(super) fn deliver(order: &Order, command: Deliver, _: DecisionContext<'_>, _: Rules) -> Decision {
    let proof = command.proof;
    if order.status == OrderStatus::Delivered && (proof.is_none() || proof == order.delivery_proof) {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::Shipped])?;
    Ok(vec![OrderDelivered { proof }.into()])
}
