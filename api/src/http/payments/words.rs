//! The closed lists of words that bodies about payments use.

use crate::http::words::Word;
use khata_domain::{
    accounts::AmlVerdict,
    fraud::FraudDecision,
    payments::{
        Network,
        payment::{FailureGround, PaymentKind, PaymentStatus},
        reconciliation::{Booking, DifferenceKind},
    },
};

pub(super) type AmlVerdictSchema = Word<AmlVerdict>;
pub(super) type BookingSchema = Word<Booking>;
pub(super) type DifferenceSchema = Word<DifferenceKind>;
pub(super) type FraudDecisionSchema = Word<FraudDecision>;
pub(super) type GroundSchema = Word<FailureGround>;
pub(super) type KindSchema = Word<PaymentKind>;
pub(super) type NetworkSchema = Word<Network>;
pub(super) type StatusSchema = Word<PaymentStatus>;
