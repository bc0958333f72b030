//! What an order comes to, and what it adds to all that a customer has ordered.

use super::{OrderEvent, OrderLine};
use crate::{Currency, Money, money::MoneyError};

/// What an order comes to. All amounts are in the order's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The lines before their discounts.
    pub gross: Money,
    /// What the discounts take off.
    pub discount: Money,
    /// The lines: gross - discount, each rounded by itself.
    pub items: Money,
    /// What the shipping costs.
    pub shipping: Money,
    pub total: Money,
}

impl Totals {
    /// Adds up lines and a shipping charge, exactly.
    ///
    /// # Errors
    /// An amount beyond 64 bits of minor units, or of another currency.
    pub fn of<'a>(
        lines: impl IntoIterator<Item = &'a OrderLine>,
        shipping: Money,
    ) -> Result<Self, MoneyError> {
        let nothing = Money::zero(shipping.currency());
        let (mut gross, mut discount) = (nothing, nothing);
        for line in lines {
            gross = gross.checked_add(line.gross()?)?;
            discount = discount.checked_add(line.discount()?)?;
        }
        let items = gross.checked_sub(discount)?;
        Ok(Self { gross, discount, items, shipping, total: items.checked_add(shipping)? })
    }

    /// Nothing of everything.
    pub fn nothing(currency: Currency) -> Self {
        let nothing = Money::zero(currency);
        Self { gross: nothing, discount: nothing, items: nothing, shipping: nothing, total: nothing }
    }
}

/// What an event adds to the totals of the customer whose order it is of.
///
/// Summed over a customer's orders of one currency, `orders` is how many of them stand, `value_minor` what
/// they are worth, and `refunded_minor` what was given back in all, also of cancelled ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerShare {
    /// The currency of both amounts.
    pub currency: Currency,
    /// One more order, one less, or none of both.
    pub orders: i64,
    /// What the standing orders are worth more, or less; in minor units.
    pub value_minor: i64,
    /// What was given back; in minor units.
    pub refunded_minor: i64,
}

impl OrderEvent {
    /// What this adds to the totals of the customer: a placed order counts, a cancelled one no longer does,
    /// and what is refunded of an order that stands makes it worth less. `None` for all that changes no
    /// total, such as an order cancelled as a draft.
    pub fn customer_share(&self) -> Option<CustomerShare> {
        let share = |amount: Money, orders, value_minor, refunded_minor| CustomerShare {
            currency: amount.currency(),
            orders,
            value_minor,
            refunded_minor,
        };
        match self {
            Self::OrderPlaced(event) => Some(share(event.total, 1, event.total.minor(), 0)),
            Self::OrderCancelled(event) => {
                event.total.map(|total| share(total, -1, total.minor().saturating_neg(), 0))
            }
            Self::OrderRefunded(event) => {
                let amount = event.amount.minor();
                Some(share(
                    event.amount,
                    0,
                    if event.after_cancellation { 0 } else { amount.saturating_neg() },
                    amount,
                ))
            }
            Self::OrderCreated(_)
            | Self::ItemAddedToOrder(_)
            | Self::ItemQuantityChanged(_)
            | Self::ItemRemovedFromOrder(_)
            | Self::ShippingAddressSet(_)
            | Self::ShippingChargeSet(_)
            | Self::OrderPaymentInitiated(_)
            | Self::OrderPaymentSucceeded(_)
            | Self::OrderPaymentFailed(_)
            | Self::OrderConfirmed(_)
            | Self::OrderProcessingStarted(_)
            | Self::OrderShipped(_)
            | Self::OrderDelivered(_)
            | Self::OrderReturnRequested(_)
            | Self::OrderReturnAccepted(_) => None,
        }
    }
}
