//! What a process is told to decide by: the time zone of its options, and the `[rules]` of `khata.toml`. Both
//! belong to the namespace, so what is told is compared with that; what is not told follows it.

use khata_domain::settings::{Basis, Rules};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The key of the time zone.
pub(crate) const TIME_ZONE: &str = "time_zone";
/// The key of the rules, and the first word of each of theirs.
pub(crate) const RULES: &str = "rules";

/// Settings as somebody told them: all of them, some, or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// The time zone of business dates.
    pub time_zone: Option<String>,
    /// Numbers of the rules, as under `[rules]` in `khata.toml`.
    pub rules: toml::Table,
}

/// A setting that was told otherwise than the namespace has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// `rules.accounts.savings.daily_limit`
    pub(crate) key: String,
    /// What the namespace has, as `khata.toml` would say it.
    pub(crate) stored: String,
    pub(crate) told: String,
}

impl Told {
    /// What is told, laid over settings.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn over(&self, present: &Basis) -> Result<Basis, String> {
        if let Some(name) = negative(&self.rules) {
            return Err(format!("{name}: a rule's number must not be negative"));
        }
        let mut all = toml::Table::try_from(present.rules()).map_err(|error| error.to_string())?;
        lay_over(&mut all, self.rules.clone());
        let rules: Rules = all.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let time_zone = self.time_zone.clone().unwrap_or_else(|| present.time_zone().to_owned());
        Basis::try_new(time_zone, rules).map_err(|error| error.to_string())
    }

    /// Where the namespace has it otherwise.
    ///
    /// # Errors
    /// What is wrong with what was told.
    pub(crate) fn differences(&self, stored: &Basis) -> Result<Vec<Difference>, String> {
        let told = self.over(stored)?;
        let mut found = Vec::new();
        if told != *stored {
            compare("", &as_value(stored), &as_value(&told), &mut found);
        }
        Ok(found)
    }

    /// Settings by their keys: `time_zone=Asia/Kolkata`, `rules.orders.delivery_days=3`.
    ///
    /// # Errors
    /// The pair that is none, for people.
    pub(crate) fn of_pairs(pairs: &[String]) -> Result<Self, String> {
        let mut told = Self::default();
        for pair in pairs {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("{pair:?} is no KEY=VALUE, such as {TIME_ZONE}=Asia/Kolkata"))?;
            let (key, value) = (key.trim(), value.trim());
            // What is no value of TOML is a text.
            let read = toml::from_str(&format!("{key} = {value}"))
                .or_else(|_| toml::from_str(&format!("{key} = {}", Value::from(value))));
            let mut read: toml::Table = read.map_err(|_| format!("{key:?} is no key"))?;
            match (read.remove(TIME_ZONE), read.remove(RULES)) {
                (Some(toml::Value::String(zone)), None) if read.is_empty() => told.time_zone = Some(zone),
                (None, Some(toml::Value::Table(rules))) if read.is_empty() => {
                    lay_over(&mut told.rules, rules)
                }
                _ => {
                    return Err(format!(
                        "{key:?} is no setting; there are {TIME_ZONE} and {RULES}.…, as `khata settings show` names them"
                    ));
                }
            }
        }
        Ok(told)
    }

    /// As a request tells it.
    pub(crate) fn to_json(&self) -> Value {
        let zone = self.time_zone.iter().map(|zone| (TIME_ZONE.to_owned(), Value::from(zone.as_str())));
        let rules = Some(&self.rules)
            .filter(|rules| !rules.is_empty())
            .and_then(|rules| serde_json::to_value(rules).ok());
        Value::Object(zone.chain(rules.map(|rules| (RULES.to_owned(), rules))).collect())
    }

    /// As a request told it.
    ///
    /// # Errors
    /// `null` has no meaning here.
    pub(crate) fn of_json(time_zone: Option<String>, rules: Map<String, Value>) -> Result<Self, String> {
        let rules = toml::Table::try_from(rules)
            .map_err(|error| format!("null, or a number out of range: {error}"))?;
        Ok(Self { time_zone, rules })
    }
}

/// Settings as lines of `khata.toml`, each with its whole key.
pub(crate) fn lines(basis: &Value) -> String {
    fn write(prefix: &str, value: &Value, into: &mut String) {
        match value {
            Value::Object(below) if !below.is_empty() || prefix.is_empty() => {
                below.iter().for_each(|(name, value)| write(&joined(prefix, name), value, into));
            }
            Value::Null => {}
            value => drop(writeln!(into, "{prefix} = {}", inline(value))),
        }
    }
    let mut text = String::new();
    write("", basis, &mut text);
    text
}

fn as_value(basis: &Basis) -> Value {
    serde_json::to_value(basis).unwrap_or_default()
}

fn compare(prefix: &str, stored: &Value, told: &Value, found: &mut Vec<Difference>) {
    match (stored, told) {
        (Value::Object(stored), Value::Object(told)) => {
            let names: std::collections::BTreeSet<&String> = stored.keys().chain(told.keys()).collect();
            for name in names {
                let side = |side: &Map<String, Value>| side.get(name).cloned().unwrap_or_default();
                compare(&joined(prefix, name), &side(stored), &side(told), found);
            }
        }
        (stored, told) if stored == told => {}
        (stored, told) => {
            found.push(Difference { key: prefix.to_owned(), stored: inline(stored), told: inline(told) })
        }
    }
}

fn joined(prefix: &str, name: &str) -> String {
    let is_bare = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let name = if is_bare { name.to_owned() } else { Value::from(name).to_string() };
    if prefix.is_empty() { name } else { format!("{prefix}.{name}") }
}

/// A value in one line, as TOML writes it.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{name} = {}", inline(value)))
                .collect();
            if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
        }
        plain => plain.to_string(),
    }
}

/// The name of the first number below zero, as deep as it may stand.
fn negative(table: &toml::Table) -> Option<String> {
    fn is_negative(value: &toml::Value) -> bool {
        match value {
            toml::Value::Integer(number) => *number < 0,
            toml::Value::Float(number) => *number < 0.0,
            toml::Value::String(text) => text.starts_with('-'),
            toml::Value::Array(items) => items.iter().any(is_negative),
            toml::Value::Table(below) => negative(below).is_some(),
            toml::Value::Boolean(_) | toml::Value::Datetime(_) => false,
        }
    }
    table.iter().find(|(_, value)| is_negative(value)).map(|(name, value)| {
        match value.as_table().and_then(negative) {
            Some(below) => format!("{name}.{below}"),
            None => name.clone(),
        }
    })
}

/// Tables are laid over tables, everything else is replaced.
fn lay_over(below: &mut toml::Table, above: toml::Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_domain::accounts::{AccountType, Products};

    fn told(text: &str) -> Told {
        Told { time_zone: None, rules: toml::from_str(text).unwrap() }
    }

    fn read(text: &str) -> Result<Rules, String> {
        told(text).over(&Basis::default()).map(|basis| basis.rules().clone())
    }

    #[test]
    fn what_is_not_said_keeps_its_default() {
        assert_eq!(read("").unwrap(), Rules::default());
        let rules =
            read("[accounts.savings]\ndaily_limit = 300000\n[lending]\nminimum_score_home = 690").unwrap();
        assert_eq!(rules.accounts.savings.daily_limit, 300_000.into());
        assert_eq!(rules.accounts.savings.rates, Products::default().savings.rates);
        assert_eq!((rules.lending.minimum_score_home, rules.lending.minimum_score_personal), (690, 700));
    }

    #[test]
    fn rates_can_be_tiered_and_categories_multiplied() {
        let tiers = r#"rates = [{ up_to = "1000", rate = "0.5" }, { up_to = "10000", rate = "1.5" }, { rate = "2.5" }]"#;
        let rules =
            read(&format!("[accounts.premium]\n{tiers}\n[cards.points_multipliers]\ngrocery = \"2.5\"\n[orders]\ndelivery_days = 3")).unwrap();
        let terms = rules.accounts.terms(AccountType::Premium, "EUR".parse().unwrap()).unwrap();
        assert_eq!(
            ["100000", "1000000", "1000001"]
                .map(|minor| terms.interest.rate_of(minor.parse().unwrap()).to_string()),
            ["0.5", "1.5", "2.5"]
        );
        assert_eq!((rules.cards.points_multipliers.len(), rules.orders.delivery_days), (1, 3));
    }

    #[test]
    fn what_is_no_rule_or_makes_no_sense_is_refused() {
        for (text, reason) in [
            ("[loans]\n", "loans"),
            ("[lending]\nminimum_score = 3", "minimum_score"),
            ("[lending]\nofficer_limit = \"much\"", "much"),
            ("[customers]\nrequired_documents = -1", "customers.required_documents: a rule's number"),
            (
                "[accounts.savings]\nminimum_balance = -5000",
                "accounts.savings.minimum_balance: a rule's number",
            ),
            (
                "[accounts.business]\noverdraft_limit = \"-0.01\"",
                "accounts.business.overdraft_limit: a rule's number",
            ),
            ("[accounts.savings]\nrates = [{ rate = \"-1\" }]", "accounts.savings.rates: a rule's number"),
            ("[lending]\nofficer_limit = -1.5", "lending.officer_limit: a rule's number"),
            ("[accounts.savings]\nrates = [{ up_to = \"5\", rate = \"1\" }]", "accounts.savings"),
            ("[cards.points_multipliers]\nfuel = \"1000\"", "cards"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }

    #[test]
    fn only_what_is_told_is_compared_and_by_its_worth() {
        let stored = Told { time_zone: Some("Asia/Kolkata".into()), ..told("orders.delivery_days = 3") }
            .over(&Basis::default())
            .unwrap();
        assert_eq!(Told::default().differences(&stored).unwrap(), []);
        assert_eq!(told("[accounts.savings]\ndaily_limit = \"200000.00\"").differences(&stored).unwrap(), []);
        let other = Told {
            time_zone: Some("UTC".into()),
            ..told("orders.delivery_days = 7\naccounts.savings.rates = [{ rate = \"3\" }]")
        };
        let found: Vec<_> = other
            .differences(&stored)
            .unwrap()
            .into_iter()
            .map(|found| [found.key, found.stored, found.told])
            .collect();
        assert_eq!(
            found,
            [
                ["rules.accounts.savings.rates", r#"[{ rate = "2" }]"#, r#"[{ rate = "3" }]"#],
                ["rules.orders.delivery_days", "3", "7"],
                ["time_zone", r#""Asia/Kolkata""#, r#""UTC""#]
            ]
        );
    }

    #[test]
    fn pairs_are_read_as_the_file_would_be() {
        let pairs = [
            "time_zone=Asia/Kolkata",
            "rules.orders.delivery_days = 3",
            "rules.accounts.savings.rates=[{ rate = \"3\" }]",
        ];
        let of_pairs = Told::of_pairs(&pairs.map(str::to_owned)).unwrap();
        assert_eq!(
            of_pairs.rules,
            told("orders.delivery_days = 3\naccounts.savings.rates = [{ rate = \"3\" }]").rules
        );
        let Value::Object(body) = of_pairs.to_json() else { panic!("an object") };
        let rules = body["rules"].as_object().unwrap().clone();
        assert_eq!(Told::of_json(Some("Asia/Kolkata".into()), rules).unwrap(), of_pairs);
        for (pair, reason) in
            [("time_zone", "no KEY=VALUE"), ("zone=UTC", "no setting"), ("rules=1", "no setting")]
        {
            assert!(Told::of_pairs(&[pair.to_owned()]).unwrap_err().contains(reason), "{pair}");
        }
    }

    #[test]
    fn what_is_shown_can_be_told_again() {
        let stored = told(
            "accounts.savings.rates = [{ up_to = \"10\", rate = \"1\" }, { rate = \"3\" }]\n[cards.points_multipliers]\n\"fast food\" = \"2\"",
        );
        let stored = stored.over(&Basis::default()).unwrap();
        let shown: toml::Table = toml::from_str(&lines(&as_value(&stored))).unwrap();
        let again = Told {
            time_zone: shown[TIME_ZONE].as_str().map(str::to_owned),
            rules: shown[RULES].as_table().unwrap().clone(),
        };
        assert_eq!(again.over(&Basis::default()).unwrap(), stored);
    }
}
