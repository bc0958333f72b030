//! What an order can be asked to do. Every fact from outside arrives here: ids, who is active, what can be reached.
//! Which rule decides on which stands in `decisions`.

use crate::{
    Currency, Money, Text,
    ids::{CustomerId, PaymentId},
    orders::{CustomerTier, DiscountRate, PaymentMethod, ShippingAddress},
};
use jiff::civil::Date;

/// How many days after its confirmation an order is expected to be there, unless configured otherwise.
pub const DELIVERY_DAYS: u16 = 7;

/// Begin a draft. The caller has made sure that the customer is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    pub customer_id: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// How well the shop knows the customer.
    pub customer_tier: CustomerTier,
    /// The shop's own number or name for it.
    pub reference: Option<Text<64>>,
}

/// Add so many of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddItem {
    /// The product, as its catalogue names it.
    pub product_id: Text<64>,
    /// The seller, as the sellers' register names them.
    pub seller_id: Text<64>,
    /// Fact: whether the seller may sell.
    pub seller_active: bool,
    /// What the product is called.
    pub name: Text<200>,
    /// How many; more than none.
    pub quantity: u32,
    /// What one costs, before the discount; not less than nothing.
    pub unit_price: Money,
    /// What is taken off.
    pub discount_rate: DiscountRate,
}

/// Change how many a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeQuantity {
    pub line: u32,
    /// How many from now on; more than none.
    pub quantity: u32,
}

/// Take a line out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveItem {
    pub line: u32,
}

/// Say where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetShippingAddress {
    /// Where, and to whom.
    pub address: ShippingAddress,
    /// Fact: whether a carrier goes there.
    pub serviceable: bool,
}

/// Say what the shipping costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetShippingCharge {
    /// How much; not less than nothing.
    pub amount: Money,
}

/// Order what is in the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How it will be paid; only history may not know.
    pub payment_method: Option<PaymentMethod>,
}

/// Begin to pay the order's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitiatePayment {
    /// The payment, where the client names one.
    pub payment_id: Option<PaymentId>,
    /// Fact: an id that no payment has, for a new one without a name.
    pub fresh_id: PaymentId,
}

/// The money has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmPayment {
    /// By which payment; by default the present one.
    pub payment_id: Option<PaymentId>,
}

/// The money will not come this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailPayment {
    /// By which payment; by default the present one.
    pub payment_id: Option<PaymentId>,
    pub reason: Text<500>,
}

/// The shop takes the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirm {
    /// When it will be there; by default so many days from now.
    pub expected_delivery: Option<Date>,
    /// Fact: how many days that are today; see [`DELIVERY_DAYS`].
    pub delivery_days: u16,
}

/// The shop begins to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartProcessing;

/// It left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ship {
    pub carrier: Text<100>,
    /// The carrier's number for it, where there is one.
    pub tracking: Option<Text<100>>,
}

/// It arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// What shows it: a signature, a photograph's name.
    pub proof: Option<Text<500>>,
}

/// It shall not be, after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    pub reason: Text<500>,
    /// On whose word; that of whoever asks if nobody is named.
    pub by: Option<Text<100>>,
}

/// The customer wants to give it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReturn {
    pub reason: Text<500>,
}

/// It came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptReturn;

/// Give money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// How much; by default all that is left.
    pub amount: Option<Money>,
}
