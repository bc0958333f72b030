//! The closed lists of words that bodies about loans use.

use crate::http::words::Word;
use khata_domain::lending::{
    Arithmetic, Bucket, DayCount, DisbursementStatus, InstalmentStatus, LoanType, PrepaymentEffect,
    PrepaymentRule,
    loan::{ChargeKind, ClosedReason, Status},
};

pub(super) type ArithmeticSchema = Word<Arithmetic>;
pub(super) type BucketSchema = Word<Bucket>;
pub(super) type ChargeKindSchema = Word<ChargeKind>;
pub(super) type ClosedReasonSchema = Word<ClosedReason>;
pub(super) type DayCountSchema = Word<DayCount>;
pub(super) type DisbursementStatusSchema = Word<DisbursementStatus>;
pub(super) type InstalmentStatusSchema = Word<InstalmentStatus>;
pub(super) type LoanTypeSchema = Word<LoanType>;
pub(super) type PrepaymentEffectSchema = Word<PrepaymentEffect>;
pub(super) type PrepaymentSchema = Word<PrepaymentRule>;
pub(super) type StatusSchema = Word<Status>;
