//! Money for an order: on its way, there, not coming, given back. It is always the whole total that is paid.

use super::{Decision, created, in_currency, standing};
use crate::{
    DecisionContext, Money, Rules,
    ids::PaymentId,
    orders::{
        Order,
        order::{
            ConfirmPayment, FailPayment, InitiatePayment, OrderError, OrderPaymentFailed,
            OrderPaymentInitiated, OrderPaymentSucceeded, OrderRefunded, OrderStatus, Payment, PaymentStatus,
            Refund,
        },
    },
};

/// A payment in advance begins while the shop waits for it.
const IN_ADVANCE: &[OrderStatus] = &[OrderStatus::Placed];
/// A payment that settles later may begin until the order ends.
const LATER: &[OrderStatus] = &[
    OrderStatus::Placed,
    OrderStatus::Confirmed,
    OrderStatus::Processing,
    OrderStatus::Shipped,
    OrderStatus::Delivered,
];
/// Money is given back for what will not be, or for what was delivered.
const REFUNDABLE: &[OrderStatus] = &[
    OrderStatus::Cancelled,
    OrderStatus::Delivered,
    OrderStatus::ReturnRequested,
    OrderStatus::Returned,
    OrderStatus::Refunded,
];

pub(super) fn initiate(
    order: &Order,
    command: InitiatePayment,
    _: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    created(order)?;
    match &order.payment {
        Some(Payment { payment_id, status: PaymentStatus::Pending, .. }) => {
            let same = command.payment_id.is_none_or(|wanted| wanted == *payment_id);
            return if same {
                Ok(vec![])
            } else {
                Err(OrderError::PaymentPending { payment_id: *payment_id })
            };
        }
        Some(Payment { payment_id, status: PaymentStatus::Succeeded, .. }) => {
            return Err(OrderError::OrderAlreadyPaid { payment_id: *payment_id });
        }
        Some(Payment { status: PaymentStatus::Failed | PaymentStatus::None, .. }) | None => {}
    }
    let later = !rules.all() || order.payment_method.is_some_and(|method| method.settles_later());
    standing(order, if later { LATER } else { IN_ADVANCE })?;
    let amount = order
        .placed_total
        .ok_or(OrderError::OrderStatusNotAllowed { status: order.status, allowed: IN_ADVANCE })?;
    let payment_id = command.payment_id.unwrap_or(command.fresh_id);
    Ok(vec![OrderPaymentInitiated { payment_id, amount }.into()])
}

/// Wherever the order stands by now: money that came is there. For an order cancelled meanwhile it can be
/// given back.
pub(super) fn confirm(order: &Order, command: ConfirmPayment, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Some(payment) = asked_for(order, command.payment_id)? else {
        return Err(OrderError::PaymentNotPending { payment_status: PaymentStatus::None });
    };
    let Payment { payment_id, amount, status, .. } = *payment;
    match status {
        PaymentStatus::Succeeded => Ok(vec![]),
        PaymentStatus::Pending => Ok(vec![OrderPaymentSucceeded { payment_id, amount }.into()]),
        PaymentStatus::Failed | PaymentStatus::None => {
            Err(OrderError::PaymentNotPending { payment_status: status })
        }
    }
}

pub(super) fn fail(order: &Order, command: FailPayment, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Some(payment) = asked_for(order, command.payment_id)? else {
        return Err(OrderError::PaymentNotPending { payment_status: PaymentStatus::None });
    };
    let Payment { payment_id, amount, status, .. } = *payment;
    match status {
        PaymentStatus::Failed => Ok(vec![]),
        PaymentStatus::Pending => {
            Ok(vec![OrderPaymentFailed { payment_id, amount, reason: command.reason }.into()])
        }
        PaymentStatus::Succeeded | PaymentStatus::None => {
            Err(OrderError::PaymentNotPending { payment_status: status })
        }
    }
}

/// The latest payment, which must be the one that is named, if one is.
fn asked_for(order: &Order, named: Option<PaymentId>) -> Result<Option<&Payment>, OrderError> {
    created(order)?;
    match (&order.payment, named) {
        (Some(payment), Some(named)) if payment.payment_id != named => {
            Err(OrderError::PaymentIdDiffers { payment_id: payment.payment_id })
        }
        (payment, _) => Ok(payment.as_ref()),
    }
}

pub(super) fn refund(order: &Order, command: Refund, _: DecisionContext<'_>, _: Rules) -> Decision {
    let currency = standing(order, REFUNDABLE)?.currency;
    if let Some(amount) = command.amount
        && !in_currency(amount, currency)?.is_positive()
    {
        return Err(OrderError::AmountNotPositive { amount });
    }
    if order.paid.is_none() {
        return Err(OrderError::OrderNotPaid { payment_status: order.payment_status() });
    }
    let refundable = Money::from_minor(order.kept_minor(), currency);
    let amount = command.amount.unwrap_or(refundable);
    if amount.is_zero() {
        return Ok(vec![]);
    }
    let remaining = refundable.minor().saturating_sub(amount.minor());
    if remaining < 0 {
        return Err(OrderError::RefundExceedsPayment { requested: amount, refundable });
    }
    let after_cancellation = order.status == OrderStatus::Cancelled;
    let remaining = Money::from_minor(remaining, currency);
    Ok(vec![OrderRefunded { amount, remaining, after_cancellation }.into()])
}
