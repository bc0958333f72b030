//! The rules: what may become of an order, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the guards they share.

mod drafting;
mod fulfilment;
mod payments;
mod returns;

use super::{
    OrderCommand, OrderError, OrderEvent, OrderStatus,
    state::{Opening, Order},
};
use crate::{
    Currency, Money,
    deciding::Rules,
    money::MoneyError,
    orders::{OrderLine, Totals},
};

type Decision = Result<Vec<OrderEvent>, OrderError>;

/// Decides on a command.
pub(super) fn live(order: &Order, command: OrderCommand) -> Decision {
    decide(order, command, Rules::All)
}

/// Decides on a historical fact.
pub(super) fn history(order: &Order, command: OrderCommand) -> Decision {
    decide(order, command, Rules::Structural)
}

fn decide(order: &Order, command: OrderCommand, rules: Rules) -> Decision {
    match command {
        OrderCommand::Create(command) => drafting::create(order, command, rules),
        OrderCommand::AddItem(command) => drafting::add_item(order, *command, rules),
        OrderCommand::ChangeQuantity(command) => drafting::change_quantity(order, command),
        OrderCommand::RemoveItem(command) => drafting::remove_item(order, command),
        OrderCommand::SetShippingAddress(command) => drafting::set_shipping_address(order, *command),
        OrderCommand::SetShippingCharge(command) => drafting::set_shipping_charge(order, command),
        OrderCommand::Place(command) => drafting::place(order, command, rules),
        OrderCommand::InitiatePayment(command) => payments::initiate(order, command, rules),
        OrderCommand::ConfirmPayment(command) => payments::confirm(order, command),
        OrderCommand::FailPayment(command) => payments::fail(order, command),
        OrderCommand::Refund(command) => payments::refund(order, command),
        OrderCommand::Confirm(command) => fulfilment::confirm(order, command, rules),
        OrderCommand::StartProcessing => fulfilment::start_processing(order),
        OrderCommand::Ship(command) => fulfilment::ship(order, command, rules),
        OrderCommand::Deliver(command) => fulfilment::deliver(order, command),
        OrderCommand::Cancel(command) => returns::cancel(order, command),
        OrderCommand::RequestReturn(command) => returns::request(order, command),
        OrderCommand::AcceptReturn => returns::accept(order),
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
