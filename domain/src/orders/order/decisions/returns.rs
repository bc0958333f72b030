//! What will not be, and what comes back.

use super::{Decision, standing};
use crate::{
    DecisionContext, Money, Rules, Text,
    orders::{
        Order,
        order::{
            AcceptReturn, Cancel, OrderCancelled, OrderReturnAccepted, OrderReturnRequested, OrderStatus,
            RequestReturn,
        },
    },
};

/// Until it leaves.
const BEFORE_SHIPPED: &[OrderStatus] =
    &[OrderStatus::Draft, OrderStatus::Placed, OrderStatus::Confirmed, OrderStatus::Processing];

pub(super) fn cancel(order: &Order, command: Cancel, at: DecisionContext<'_>, _: Rules) -> Decision {
    if order.status == OrderStatus::Cancelled {
        return Ok(vec![]);
    }
    let currency = standing(order, BEFORE_SHIPPED)?.currency;
    let refund_due = Some(Money::from_minor(order.kept_minor(), currency)).filter(|kept| kept.is_positive());
    let Cancel { reason, by } = command;
    let by = by.unwrap_or_else(|| Text::fitted(at.actor));
    Ok(vec![OrderCancelled { reason, by, total: order.placed_total, refund_due }.into()])
}

pub(super) fn request(order: &Order, command: RequestReturn, _: DecisionContext<'_>, _: Rules) -> Decision {
    if order.status == OrderStatus::ReturnRequested {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::Delivered])?;
    Ok(vec![OrderReturnRequested { reason: command.reason }.into()])
}

pub(super) fn accept(order: &Order, _: AcceptReturn, _: DecisionContext<'_>, _: Rules) -> Decision {
    if order.status == OrderStatus::Returned {
        return Ok(vec![]);
    }
    standing(order, &[OrderStatus::ReturnRequested])?;
    Ok(vec![OrderReturnAccepted {}.into()])
}
