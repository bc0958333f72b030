//! What the decisions of a namespace rest on beside its events: the time zone of its business dates, and the
//! numbers of its rules. One stream of each namespace holds them, whole with every change, so that all its
//! processes decide by the same.

mod rules;

pub use rules::{CustomerNumbers, OrderNumbers, Rules, RulesError};

use crate::{
    Aggregate, DecisionContext, DomainEvent, deciding,
    declared::{commands, events},
    ids::{CustomerId, IdError},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The longest name of a time zone, in bytes.
const LONGEST_ZONE: usize = 100;

/// Names the settings: there is one stream of them, `settings-namespace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingsId;

const NAME: &str = "namespace";

impl fmt::Display for SettingsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

impl FromStr for SettingsId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text == NAME { Ok(Self) } else { Err(IdError { expected: NAME }) }
    }
}

/// What decisions rest on, complete. New ones are checked; stored ones are read as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    time_zone: String,
    rules: Rules,
}

/// What no decision can rest on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BasisError {
    /// Nothing that a time zone could be called.
    #[error("{0:?} is no name of a time zone; one looks like Asia/Kolkata")]
    ZoneName(String),
    /// A rule makes no sense.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

impl Basis {
    /// A time zone by its name, and rules. Whether there is a zone of that name is not known here.
    ///
    /// # Errors
    /// The name is none that a zone could have; a rule makes no sense.
    pub fn try_new(time_zone: String, rules: Rules) -> Result<Self, BasisError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
        if time_zone.is_empty() || time_zone.len() > LONGEST_ZONE || !time_zone.bytes().all(fits) {
            return Err(BasisError::ZoneName(time_zone));
        }
        rules.check()?;
        Ok(Self { time_zone, rules })
    }

    /// The zone of business dates, as the IANA database names it.
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// The numbers of the rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// UTC and the default rules.
impl Default for Basis {
    fn default() -> Self {
        Self { time_zone: "UTC".to_owned(), rules: Rules::default() }
    }
}

/// The settings of a namespace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    basis: Basis,
}

impl Settings {
    /// What decisions rest on now.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }
}

/// Become these, whole. The first ones are recorded even if they are the defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What decisions rest on from then on.
    pub basis: Basis,
    /// None were recorded yet.
    pub first: bool,
}

commands! {
    /// What the settings can be asked to do.
    pub enum SettingsCommand for Settings {
        Change in Box => change,
    }
}

/// Decisions rest on these from here on. Stored as the settings themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingsChanged {
    pub basis: Basis,
}

events! {
    /// What can have happened to the settings. Frozen by golden files.
    pub enum SettingsEvent: DomainEvent {
        SettingsChanged in Box = "settings_changed" v 5,
    }
}

/// Settings that make sense are never refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
pub enum SettingsError {}

fn change(
    settings: &Settings,
    command: Change,
    _: DecisionContext<'_>,
    _: deciding::Rules,
) -> Result<Vec<SettingsEvent>, SettingsError> {
    let Change { basis, first } = command;
    if basis == settings.basis && !first {
        return Ok(vec![]);
    }
    Ok(vec![SettingsChanged { basis }.into()])
}

impl Aggregate for Settings {
    const CATEGORY: &'static str = "settings";
    const STATE_SCHEMA: u32 = 5;
    type Id = SettingsId;
    type Command = SettingsCommand;
    type Event = SettingsEvent;
    type Error = SettingsError;

    fn evolve(&mut self, event: &SettingsEvent) {
        match event {
            SettingsEvent::SettingsChanged(changed) => self.basis = changed.basis.clone(),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;
    use rust_decimal::Decimal;

    fn in_zone(time_zone: &str) -> Basis {
        Basis::try_new(time_zone.to_owned(), Rules::default()).unwrap()
    }

    fn changed(basis: Basis) -> SettingsEvent {
        SettingsChanged { basis }.into()
    }

    #[test]
    fn the_first_settings_are_recorded_even_if_they_are_the_defaults() {
        given::<Settings>([])
            .when(Change { basis: Basis::default(), first: true })
            .then([changed(Basis::default())]);
    }

    #[test]
    fn a_change_holds_all_of_them() {
        given::<Settings>([changed(Basis::default())])
            .when(Change { basis: in_zone("Asia/Kolkata"), first: false })
            .then([changed(in_zone("Asia/Kolkata"))]);
    }

    #[test]
    fn a_change_to_what_holds_already_is_none() {
        given::<Settings>([changed(in_zone("Asia/Kolkata"))])
            .when(Change { basis: in_zone("Asia/Kolkata"), first: false })
            .then([]);
    }

    #[test]
    fn a_name_that_no_zone_has_and_rules_that_make_no_sense_are_no_settings() {
        for name in ["", "Asia Kolkata", "Asia/Kolkata\n", &"x".repeat(101)] {
            assert_eq!(
                Basis::try_new(name.to_owned(), Rules::default()),
                Err(BasisError::ZoneName(name.to_owned()))
            );
        }
        let mut rules = Rules::default();
        rules.accounts.savings.rates.clear();
        let refused = Basis::try_new("UTC".to_owned(), rules).unwrap_err();
        assert!(refused.to_string().starts_with("accounts.savings: "), "{refused}");
    }

    #[test]
    fn no_amount_is_negative_no_fee_absurd_and_all_fit_every_currency() {
        let refused = |change: fn(&mut Rules)| {
            let mut rules = Rules::default();
            change(&mut rules);
            Basis::try_new("UTC".to_owned(), rules).unwrap_err().to_string()
        };
        let negative = [
            refused(|rules| rules.payments.internal_fee = Decimal::new(-1, 2)),
            refused(|rules| rules.payments.external_fee = Decimal::NEGATIVE_ONE),
            refused(|rules| rules.accounts.business.transaction_fee = Decimal::NEGATIVE_ONE),
            refused(|rules| rules.accounts.savings.daily_limit = Decimal::NEGATIVE_ONE),
            refused(|rules| rules.cards.daily_online_limit = Decimal::NEGATIVE_ONE),
            refused(|rules| rules.lending.officer_limit = Decimal::NEGATIVE_ONE),
        ];
        assert_eq!(
            negative,
            [
                "payments.internal_fee: it is negative",
                "payments.external_fee: it is negative",
                "accounts.business.transaction_fee: it is negative",
                "accounts.savings.daily_limit: it is negative",
                "cards.daily_online_limit: it is negative",
                "lending.officer_limit: it is negative",
            ]
        );
        let absurd = refused(|rules| rules.payments.external_fee = Decimal::from(1_000_001));
        assert_eq!(absurd, "payments.external_fee: it is more than 1000000");
        // 64 bits of hundredths hold it, of thousandths they do not.
        let wide = refused(|rules| rules.lending.officer_limit = Decimal::from(i64::MAX / 500));
        assert!(wide.starts_with("lending: "), "{wide}");
    }

    #[test]
    fn stored_settings_are_read_back_and_those_of_another_shape_are_not() {
        let text = serde_json::to_string(&in_zone("Europe/Prague")).unwrap();
        assert_eq!(serde_json::from_str::<Basis>(&text).unwrap(), in_zone("Europe/Prague"));
        assert!(serde_json::from_str::<Basis>(&text.replace("\"lending\"", "\"loans\"")).is_err());
    }
}
