//! The closed lists of words that bodies about orders use.

use crate::http::words::Word;
use khata_domain::orders::{CustomerTier, OrderStatus, PaymentMethod, order::PaymentStatus};

pub(super) type CustomerTierSchema = Word<CustomerTier>;
pub(super) type PaymentMethodSchema = Word<PaymentMethod>;
pub(super) type PaymentStatusSchema = Word<PaymentStatus>;
pub(super) type StatusSchema = Word<OrderStatus>;
