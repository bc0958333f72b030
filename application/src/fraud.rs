//! Who tells how much something looks like fraud, and the rules that come with Khata for it.

use khata_domain::{
    Money, Text,
    customers::{CityTier, Customer, CustomerStatus},
    fraud::{Assessment, FraudFacts, FraudWeights, Score},
};
use rust_decimal::Decimal;

/// Scores payments and card transactions. It is asked while the aggregates are held that the decision is made on, so
/// that it rests on them as they are: an implementation answers at once, from what it has in memory, always the same
/// to the same facts, and asks nobody.
pub trait FraudScorer: Send + Sync + std::fmt::Debug {
    /// Scores what is known of something. The weights are those of the namespace's settings.
    fn score(&self, facts: FraudFacts, weights: &FraudWeights) -> Assessment;
}

/// The rules that come with Khata: every sign adds its weight, or a part of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleScorer;

impl RuleScorer {
    /// Another number than before where the same facts score otherwise.
    pub const VERSION: u32 = 1;
}

/// Fewer amounts than these tell nothing about what is usual.
const LEAST_HISTORY: u32 = 3;
/// Until this hour it is night.
const NIGHT_ENDS: u8 = 5;
/// So many payments earlier on a day are nothing special; so many more are as much as counts.
const BUSY: u32 = 5;
const VERY_BUSY: u32 = 15;
/// A round amount is a multiple of so many major units, and at least so much.
const ROUND: i64 = 1_000;
const ROUND_FROM: i64 = 10_000;

/// A sign of fraud: what it adds, and what it is in words.
type Sign = (Decimal, String);

impl FraudScorer for RuleScorer {
    fn score(&self, facts: FraudFacts, weights: &FraudWeights) -> Assessment {
        let signs: Vec<Sign> = [
            unusual(&facts, weights),
            (!facts.payee_known)
                .then(|| (weights.new_payee.value(), "money never went there before".to_owned())),
            facts
                .hour
                .filter(|hour| *hour < NIGHT_ENDS)
                .map(|hour| (weights.night.value(), format!("at {hour} o'clock at night"))),
            busy(&facts, weights),
            round(facts.amount)
                .then(|| (weights.round_amount.value(), format!("{} is a round amount", facts.amount))),
            small_town(&facts, weights),
        ]
        .into_iter()
        .flatten()
        .filter(|(weight, _)| !weight.is_zero())
        .collect();
        let score = Score::nearest(signs.iter().map(|(weight, _)| *weight).sum());
        let reasons = signs.iter().map(|(_, reason)| Text::fitted(reason)).collect();
        Assessment { score, scorer: Text::fitted("rules"), scorer_version: Self::VERSION, reasons, facts }
    }
}

/// How far an amount lies above what is usual, in deviations: nothing up to two, all of the weight from eight on. An
/// account that always pays the same is not held to the last unit: a quarter of the mean counts as a deviation.
fn unusual(facts: &FraudFacts, weights: &FraudWeights) -> Option<Sign> {
    let Some(usual) = facts.usual.filter(|usual| usual.count >= LEAST_HISTORY) else {
        return Some((weights.no_history.value(), "hardly anything was paid before".to_owned()));
    };
    let mean = i128::from(usual.mean_minor);
    let deviation = i128::from(usual.deviation_minor).max(mean / 4).max(1);
    let above = i128::from(facts.amount.minor()) - mean - 2 * deviation;
    let share = part(above, 6 * deviation);
    let usual = Money::from_minor(usual.mean_minor, facts.amount.currency());
    (above > 0).then(|| {
        let reason = format!("{} is far more than the usual {usual}", facts.amount);
        (weights.unusual_amount.value() * share, reason)
    })
}

fn busy(facts: &FraudFacts, weights: &FraudWeights) -> Option<Sign> {
    let above = facts.earlier_today.saturating_sub(BUSY);
    (above > 0).then(|| {
        let reason = format!("{} were tried on the same day before", facts.earlier_today);
        (weights.many_today.value() * part(above.into(), VERY_BUSY.into()), reason)
    })
}

fn round(amount: Money) -> bool {
    let major = 10_i64.pow(amount.currency().digits());
    amount.minor() >= ROUND_FROM * major && amount.minor() % (ROUND * major) == 0
}

fn small_town(facts: &FraudFacts, weights: &FraudWeights) -> Option<Sign> {
    let share = match facts.city_tier? {
        0 | 1 => return None,
        2 => Decimal::new(5, 1),
        _ => Decimal::ONE,
    };
    Some((weights.small_town.value() * share, "the customer lives in a small town".to_owned()))
}

/// A part of a whole in hundredths, all of it at most.
fn part(of: i128, whole: i128) -> Decimal {
    let hundredths = (of.clamp(0, whole) * 100) / whole.max(1);
    Decimal::new(i64::try_from(hundredths).unwrap_or(100), 2)
}

/// What of a customer counts: how small the city is, and whether the identity is verified.
pub(crate) fn of_customer(customer: &Customer) -> (Option<u8>, bool) {
    let Some(profile) = customer.profile() else { return (None, false) };
    let tier = profile.address.as_ref().and_then(|address| address.city_tier).map(|tier| match tier {
        CityTier::Metro => 0,
        CityTier::Tier1 => 1,
        CityTier::Tier2 => 2,
        CityTier::Tier3 => 3,
    });
    (tier, profile.status == CustomerStatus::Verified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_domain::habits::Usual;

    fn facts() -> FraudFacts {
        FraudFacts {
            amount: inr(10_000),
            usual: Some(Usual { count: 20, mean_minor: 10_000, deviation_minor: 1_000 }),
            payee_known: true,
            earlier_today: 0,
            hour: Some(12),
            city_tier: None,
            identity_verified: true,
        }
    }

    fn inr(minor: i64) -> Money {
        Money::from_minor(minor, "INR".parse().unwrap())
    }

    fn score(facts: FraudFacts) -> (String, Vec<String>) {
        let Assessment { score, reasons, .. } = RuleScorer.score(facts, &FraudWeights::default());
        (score.to_string(), reasons.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_as_always_scores_nothing() {
        assert_eq!(score(facts()), ("0".to_owned(), vec![]));
        let planned = FraudFacts { hour: None, ..facts() };
        assert_eq!(score(planned).0, "0", "nobody chose the hour");
    }

    #[test]
    fn each_sign_adds_its_weight_and_says_so() {
        for (changed, expected, reason) in [
            (FraudFacts { payee_known: false, ..facts() }, "0.15", "money never went there before"),
            (FraudFacts { hour: Some(4), ..facts() }, "0.15", "at 4 o'clock at night"),
            (FraudFacts { earlier_today: 20, ..facts() }, "0.25", "20 were tried on the same day before"),
            (FraudFacts { city_tier: Some(3), ..facts() }, "0.05", "the customer lives in a small town"),
            (FraudFacts { city_tier: Some(2), ..facts() }, "0.025", "the customer lives in a small town"),
            (FraudFacts { usual: None, ..facts() }, "0.1", "hardly anything was paid before"),
            (
                FraudFacts { amount: inr(60_000), ..facts() },
                "0.4",
                "600.00 INR is far more than the usual 100.00 INR",
            ),
        ] {
            assert_eq!(score(changed), (expected.to_owned(), vec![reason.to_owned()]));
        }
    }

    #[test]
    fn an_amount_counts_by_how_far_it_lies_above_the_usual() {
        let of = |minor| score(FraudFacts { amount: inr(minor), ..facts() }).0;
        // A quarter of the mean is more than the deviation here: 2,500.
        assert_eq!([of(15_000), of(22_500), of(30_000), of(1_000_000)], ["0", "0.2", "0.4", "0.45"]);
        assert_eq!(of(1_000_001), "0.4", "and not a round amount");
    }

    #[test]
    fn payments_beyond_five_earlier_ones_count_and_all_weights_together_are_one_at_most() {
        let of = |earlier_today| score(FraudFacts { earlier_today, ..facts() }).0;
        assert_eq!([of(5), of(8), of(u32::MAX)], ["0", "0.05", "0.25"]);
        let all = FraudFacts {
            amount: inr(100_000_000),
            payee_known: false,
            earlier_today: 100,
            hour: Some(0),
            city_tier: Some(3),
            ..facts()
        };
        assert_eq!(score(all).0, "1");
    }
}
