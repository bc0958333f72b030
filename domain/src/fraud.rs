//! Whether something looks like fraud: what is known of it, the score that somebody gave it for that, and what is
//! decided at which score. Payments and cards speak of it in the same words.

use crate::{Money, Text, habits::Usual, ids::CustomerId, names::names};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// How much something looks like fraud: from 0, not at all, to 1, with at most four decimals. Written as a decimal
/// string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(Decimal);

/// A number that is no score.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a score is a decimal between 0 and 1 with at most four decimals")]
pub struct ScoreError;

impl Score {
    /// So many decimals it has at most.
    const DECIMALS: u32 = 4;

    /// Takes a score.
    ///
    /// # Errors
    /// It lies below 0 or above 1, or is finer than a ten-thousandth.
    pub fn try_new(score: Decimal) -> Result<Self, ScoreError> {
        let score = score.normalize();
        let in_range = score >= Decimal::ZERO && score <= Decimal::ONE;
        if in_range && score.scale() <= Self::DECIMALS { Ok(Self(score)) } else { Err(ScoreError) }
    }

    /// The nearest score: what lies beyond 0 or 1 is 0 or 1.
    pub fn nearest(score: Decimal) -> Self {
        Self(score.clamp(Decimal::ZERO, Decimal::ONE).round_dp(Self::DECIMALS).normalize())
    }

    /// The number.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Score {
    type Err = ScoreError;
    fn from_str(text: &str) -> Result<Self, ScoreError> {
        Decimal::from_str_exact(text).map_err(|_| ScoreError).and_then(Self::try_new)
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::parsed::from_text(deserializer)
    }
}

names! {
    /// What was decided by a fraud score.
    pub enum FraudDecision {
        /// It may go on.
        Approved = "approved",
        /// Somebody has to look at it first.
        Review = "review",
        /// It must not happen.
        Rejected = "rejected",
    }
}

/// Somebody who looks at what may be fraud and has proved who they are, beside the name by which they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reviewer {
    /// The customer that they are, if they are one.
    pub customer: Option<CustomerId>,
}

/// What is known when something is scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudFacts {
    pub amount: Money,
    /// How much is usual there; nothing where nothing was paid yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Usual>,
    /// Whether money went there on an earlier day.
    pub payee_known: bool,
    /// How often something was paid on the same day before, or was to be.
    pub earlier_today: u32,
    /// The hour of the day, 0 to 23, in the namespace's time zone; nothing where nobody chose it, as of a payment that was
    /// ordered for its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<u8>,
    /// How small the customer's city is, where known: 0 for a metropolis, 1, 2, then 3 for a small town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city_tier: Option<u8>,
    /// Whether the customer's identity is verified.
    pub identity_verified: bool,
}

/// A score, who gave it, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub score: Score,
    /// What scored it.
    pub scorer: Text<60>,
    /// Its version: another one may score the same otherwise.
    pub scorer_version: u32,
    /// What speaks for fraud, in words.
    pub reasons: Vec<Text<200>>,
    /// What it rests on.
    pub facts: FraudFacts,
}

/// From which score on a payment is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentBands {
    /// Below this score it is approved.
    pub approved_below: Score,
    /// From this score on it is rejected; between both it needs a customer whose identity is verified.
    pub rejected_from: Score,
}

impl Default for PaymentBands {
    fn default() -> Self {
        Self { approved_below: Score(Decimal::new(5, 1)), rejected_from: Score(Decimal::new(7, 1)) }
    }
}

impl PaymentBands {
    /// What is decided of a payment.
    pub fn decide(&self, assessment: &Assessment) -> FraudDecision {
        if assessment.score >= self.rejected_from {
            FraudDecision::Rejected
        } else if assessment.score < self.approved_below || assessment.facts.identity_verified {
            FraudDecision::Approved
        } else {
            FraudDecision::Review
        }
    }
}

/// Up to which score a card's transaction is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardBands {
    /// Up to this score it is approved.
    pub approved_up_to: Score,
    /// Up to this score it needs a customer whose identity is verified; above, somebody has to look at it.
    pub verified_up_to: Score,
}

impl Default for CardBands {
    fn default() -> Self {
        Self { approved_up_to: Score(Decimal::new(5, 1)), verified_up_to: Score(Decimal::new(8, 1)) }
    }
}

impl CardBands {
    /// What is decided of a card's transaction.
    pub fn decide(&self, assessment: &Assessment) -> FraudDecision {
        let verified = assessment.score <= self.verified_up_to && assessment.facts.identity_verified;
        if assessment.score <= self.approved_up_to || verified {
            FraudDecision::Approved
        } else {
            FraudDecision::Review
        }
    }
}

/// What was found when a card's transaction was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardScreening {
    #[serde(flatten)]
    pub assessment: Assessment,
    pub bands: CardBands,
    pub decision: FraudDecision,
}

impl CardScreening {
    /// Judges by an assessment.
    pub fn of(assessment: Assessment, bands: CardBands) -> Self {
        let decision = bands.decide(&assessment);
        Self { assessment, bands, decision }
    }
}

/// What each sign of fraud adds to a score at most, by the rules that come with Khata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FraudWeights {
    /// Far more than is usual.
    pub unusual_amount: Score,
    /// Nothing was paid before that it could be compared with.
    pub no_history: Score,
    /// Money never went there before.
    pub new_payee: Score,
    /// In the small hours.
    pub night: Score,
    /// Many payments on one day.
    pub many_today: Score,
    /// A large round amount.
    pub round_amount: Score,
    /// From a small town.
    pub small_town: Score,
}

impl Default for FraudWeights {
    fn default() -> Self {
        let hundredths = |number| Score(Decimal::new(number, 2).normalize());
        Self {
            unusual_amount: hundredths(40),
            no_history: hundredths(10),
            new_payee: hundredths(15),
            night: hundredths(15),
            many_today: hundredths(25),
            round_amount: hundredths(5),
            small_town: hundredths(5),
        }
    }
}

/// The numbers that fraud is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FraudNumbers {
    pub payments: PaymentBands,
    pub cards: CardBands,
    /// For so many hours an authorisation may be asked for again that somebody has looked at and cleared.
    pub clearance_hours: u16,
    pub weights: FraudWeights,
}

impl Default for FraudNumbers {
    fn default() -> Self {
        Self {
            payments: PaymentBands::default(),
            cards: CardBands::default(),
            clearance_hours: 24,
            weights: FraudWeights::default(),
        }
    }
}

/// Bands that contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{lower} must not lie above {upper}")]
pub struct FraudNumbersError {
    lower: &'static str,
    upper: &'static str,
}

impl FraudNumbers {
    /// Whether something can be decided by them.
    ///
    /// # Errors
    /// A lower bound lies above the upper one.
    pub fn check(&self) -> Result<(), FraudNumbersError> {
        let ordered = |fits: bool, lower, upper| {
            if fits { Ok(()) } else { Err(FraudNumbersError { lower, upper }) }
        };
        let (payments, cards) = (&self.payments, &self.cards);
        ordered(
            payments.approved_below <= payments.rejected_from,
            "payments.approved_below",
            "payments.rejected_from",
        )?;
        ordered(cards.approved_up_to <= cards.verified_up_to, "cards.approved_up_to", "cards.verified_up_to")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FraudDecision::{Approved, Rejected, Review};

    fn score(text: &str) -> Score {
        text.parse().unwrap()
    }

    fn assessed(text: &str, identity_verified: bool) -> Assessment {
        let facts = FraudFacts {
            amount: Money::from_minor(100, "INR".parse().unwrap()),
            usual: None,
            payee_known: true,
            earlier_today: 0,
            hour: Some(12),
            city_tier: None,
            identity_verified,
        };
        let scorer = Text::parse("test").unwrap();
        Assessment { score: score(text), scorer, scorer_version: 1, reasons: Vec::new(), facts }
    }

    #[test]
    fn a_score_lies_between_0_and_1_and_is_not_finer_than_a_ten_thousandth() {
        for text in ["-0.1", "1.0001", "0.00001", "1e3", "", "high"] {
            assert_eq!(text.parse::<Score>(), Err(ScoreError), "{text}");
        }
        assert_eq!(score("0.5000").to_string(), "0.5");
        assert_eq!(serde_json::to_string(&score("0.1234")).unwrap(), "\"0.1234\"");
        assert_eq!(Score::nearest(Decimal::new(-3, 0)), score("0"));
        assert_eq!(Score::nearest(Decimal::new(123_456, 5)), score("1"));
        assert_eq!(Score::nearest(Decimal::new(12_345, 5)), score("0.1234"), "half to even");
    }

    #[test]
    fn payments_are_approved_below_a_half_and_rejected_from_seven_tenths_on() {
        for (text, unverified, verified) in [
            ("0", Approved, Approved),
            ("0.4999", Approved, Approved),
            ("0.5", Review, Approved),
            ("0.6999", Review, Approved),
            ("0.7", Rejected, Rejected),
            ("1", Rejected, Rejected),
        ] {
            let bands = PaymentBands::default();
            assert_eq!(bands.decide(&assessed(text, false)), unverified, "{text}");
            assert_eq!(bands.decide(&assessed(text, true)), verified, "{text}");
        }
    }

    #[test]
    fn cards_are_approved_up_to_a_half_and_looked_at_above_eight_tenths() {
        for (text, unverified, verified) in [
            ("0.5", Approved, Approved),
            ("0.5001", Review, Approved),
            ("0.8", Review, Approved),
            ("0.8001", Review, Review),
            ("1", Review, Review),
        ] {
            let bands = CardBands::default();
            assert_eq!(bands.decide(&assessed(text, false)), unverified, "{text}");
            assert_eq!(bands.decide(&assessed(text, true)), verified, "{text}");
        }
    }

    #[test]
    fn bands_that_cross_are_none() {
        assert_eq!(FraudNumbers::default().check(), Ok(()));
        let mut crossed = FraudNumbers::default();
        crossed.payments.rejected_from = score("0.4");
        assert!(crossed.check().is_err());
        let mut crossed = FraudNumbers::default();
        crossed.cards.approved_up_to = score("0.9");
        assert!(crossed.check().is_err());
    }
}
