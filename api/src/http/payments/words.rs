//! The closed lists of words that bodies about payments use.

use crate::http::words::Word;
use khata_domain::{
    accounts::AmlVerdict,
    fraud::FraudDecision,
    payments::{
        HolidayRule, Network,
        payment::{FailureGround, PaymentKind, PaymentStatus},
        reconciliation::{Booking, DifferenceKind},
        standing_order::{DayOfWeek, StandingOrderEnd, StandingOrderKind, StandingOrderStatus},
    },
};

pub(super) type AmlVerdictSchema = Word<AmlVerdict>;
pub(super) type BookingSchema = Word<Booking>;
pub(super) type DayOfWeekSchema = Word<DayOfWeek>;
pub(super) type DifferenceSchema = Word<DifferenceKind>;
pub(super) type FraudDecisionSchema = Word<FraudDecision>;
pub(super) type GroundSchema = Word<FailureGround>;
pub(super) type HolidayRuleSchema = Word<HolidayRule>;
pub(super) type KindSchema = Word<PaymentKind>;
pub(super) type NetworkSchema = Word<Network>;
pub(super) type OrderEndSchema = Word<StandingOrderEnd>;
pub(super) type OrderKindSchema = Word<StandingOrderKind>;
pub(super) type OrderStatusSchema = Word<StandingOrderStatus>;
pub(super) type StatusSchema = Word<PaymentStatus>;
