//! The rules: what may become of an order, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the list of them all and the guards
//! that they share.

mod drafting;
mod fulfilment;
mod paying;
mod returns;

use super::{
    OrderError, OrderEvent, OrderStatus,
    command::*,
    state::{Opening, Order},
};
use crate::{
    Currency, Money,
    declared::commands,
    money::MoneyError,
    orders::{OrderLine, Totals},
};

type Decision = Result<Vec<OrderEvent>, OrderError>;

commands! {
    /// What an order can be asked to do.
    pub enum OrderCommand for Order {
        Create => drafting::create,
        AddItem in Box => drafting::add_item,
        ChangeQuantity => drafting::change_quantity,
        RemoveItem => drafting::remove_item,
        SetShippingAddress in Box => drafting::set_shipping_address,
        SetShippingCharge => drafting::set_shipping_charge,
        Place => drafting::place,
        InitiatePayment => paying::initiate,
        ConfirmPayment => paying::confirm,
        FailPayment => paying::fail,
        Confirm => fulfilment::confirm,
        StartProcessing => fulfilment::start_processing,
        Ship => fulfilment::ship,
        Deliver => fulfilment::deliver,
        Cancel => returns::cancel,
        RequestReturn => returns::request,
        AcceptReturn => returns::accept,
        Refund => paying::refund,
    }
}

/// The order is there.
fn created(order: &Order) -> Result<&Opening, OrderError> {
    order.opening().ok_or(OrderError::OrderNotCreated)
}

/// The order is there and can be changed.
fn draft(order: &Order) -> Result<&Opening, OrderError> {
    let opening = created(order)?;
    if order.status == OrderStatus::Draft {
        Ok(opening)
    } else {
        Err(OrderError::OrderNotDraft { status: order.status })
    }
}

/// The order is there and stands where something may happen to it.
fn standing<'a>(order: &'a Order, allowed: &'static [OrderStatus]) -> Result<&'a Opening, OrderError> {
    let opening = created(order)?;
    if allowed.contains(&order.status) {
        return Ok(opening);
    }
    Err(OrderError::OrderStatusNotAllowed { status: order.status, allowed })
}

fn in_currency(amount: Money, expected: Currency) -> Result<Money, OrderError> {
    if amount.currency() == expected {
        Ok(amount)
    } else {
        Err(OrderError::CurrencyMismatch { amount, expected })
    }
}

/// What such an order would come to.
fn totals<'a>(lines: impl IntoIterator<Item = &'a OrderLine>, shipping: Money) -> Result<Totals, OrderError> {
    // The currencies agree already, so that only the range is left.
    Totals::of(lines, shipping).map_err(|_: MoneyError| OrderError::AmountOutOfRange)
}

/// What the shipping costs so far.
fn shipping_of(order: &Order, currency: Currency) -> Money {
    order.shipping.unwrap_or(Money::zero(currency))
}
