//! What will not be, and what comes back.

use super::{Decision, standing};
use crate::{
    Money,
    orders::{
        Order,
        order::{
            Cancel, OrderCancelled, OrderEvent, OrderReturnAccepted, OrderReturnRequested, OrderStatus,
            RequestReturn,
        },
    },
};

/// Until it leaves.
const BEFORE_SHIPPED: &[OrderStatus] =
    &[OrderStatus::Draft, OrderStatus::Placed, OrderStatus::Confirmed, OrderStatus::Processing];

pub(super) fn cancel(order: &Order, command: Cancel) -> Decision {
    if order.status == OrderStatus::Cancelled {
        return Ok(vec![]);
    }
    let currency = standing(order, BEFORE_SHIPPED)?.currency;
    let refund_due = Some(Money::from_minor(order.kept_minor(), currency)).filter(|kept| kept.is_positive());
    let Cancel { reason, by } = command;
    Ok(vec![OrderEvent::OrderCancelled(OrderCancelled { reason, by, total: order.placed_total, refund_due })])
}

pub(super) fn request(order: &Order, command: RequestReturn) -> Decision {
    if order.status == OrderStatus::ReturnRequested {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::Delivered])?;
    Ok(vec![OrderEvent::OrderReturnRequested(OrderReturnRequested { reason: command.reason })])
}

pub(super) fn accept(order: &Order) -> Decision {
    if order.status == OrderStatus::Returned {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::ReturnRequested])?;
    Ok(vec![OrderEvent::OrderReturnAccepted(OrderReturnAccepted {})])
}
