//! The `[rules]` of `khata.toml`: the numbers of the domain's rules that a house may choose. What is not said keeps its default.
//!
//! They count for what is decided from now on: an event keeps the numbers that its decision used.

use khata_application::orders::OrderRules;
use khata_domain::{
    Currency,
    accounts::{AccountType, Products},
    cards::CardProduct,
    customers::customer::REQUIRED_DOCUMENTS,
    lending::LendingTerms,
};
use serde::{Deserialize, Serialize};

/// The numbers that a house may choose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessRules {
    /// Of onboarding.
    pub customers: CustomerNumbers,
    /// What each account type offers.
    pub accounts: Products,
    /// What approvals of loans are measured by.
    pub lending: LendingTerms,
    /// What new cards are issued on.
    pub cards: CardProduct,
    /// Of orders.
    pub orders: OrderRules,
}

/// The numbers of onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerNumbers {
    /// How many documents of different kinds a new customer shows at least.
    pub required_documents: u32,
}

impl Default for CustomerNumbers {
    fn default() -> Self {
        Self { required_documents: REQUIRED_DOCUMENTS }
    }
}

impl BusinessRules {
    /// Puts what the file says over the defaults.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn read(chosen: toml::Table) -> Result<Self, String> {
        if let Some(name) = negative(&chosen) {
            return Err(format!("{name}: no number of the rules is negative"));
        }
        let mut all = toml::Table::try_from(Self::default()).map_err(|error| error.to_string())?;
        lay_over(&mut all, chosen);
        let rules: Self = all.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        rules.check()?;
        Ok(rules)
    }

    /// Amounts are in major units of whatever currency; whether they make sense shows in any.
    fn check(&self) -> Result<(), String> {
        let currency: Currency = "EUR".parse().map_err(|error| format!("{error:?}"))?;
        for account_type in AccountType::ALL {
            self.accounts.terms(account_type, currency).map_err(|error| format!("accounts.{}: {error}", account_type.name()))?;
        }
        self.cards.terms(currency).map_err(|error| format!("cards: {error}"))?;
        self.lending.limit(currency).map_err(|error| format!("lending: {error}"))?;
        Ok(())
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
    table.iter().find(|(_, value)| is_negative(value)).map(|(name, value)| match value.as_table().and_then(negative) {
        Some(below) => format!("{name}.{below}"),
        None => name.clone(),
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

    fn read(text: &str) -> Result<BusinessRules, String> {
        BusinessRules::read(toml::from_str(text).unwrap())
    }

    #[test]
    fn what_is_not_said_keeps_its_default() {
        assert_eq!(read("").unwrap(), BusinessRules::default());
        let rules = read("[accounts.savings]\ndaily_limit = 300000\n[lending]\nminimum_score_home = 690").unwrap();
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
        assert_eq!(["100000", "1000000", "1000001"].map(|minor| terms.interest.rate_of(minor.parse().unwrap()).to_string()), ["0.5", "1.5", "2.5"]);
        assert_eq!((rules.cards.points_multipliers.len(), rules.orders.delivery_days), (1, 3));
    }

    #[test]
    fn what_is_no_rule_or_makes_no_sense_is_refused() {
        for (text, told) in [
            ("[loans]\n", "loans"),
            ("[lending]\nminimum_score = 3", "minimum_score"),
            ("[lending]\nofficer_limit = \"much\"", "much"),
            ("[customers]\nrequired_documents = -1", "customers.required_documents: no number"),
            ("[accounts.savings]\nminimum_balance = -5000", "accounts.savings.minimum_balance: no number"),
            ("[accounts.business]\noverdraft_limit = \"-0.01\"", "accounts.business.overdraft_limit: no number"),
            ("[accounts.savings]\nrates = [{ rate = \"-1\" }]", "accounts.savings.rates: no number"),
            ("[lending]\nofficer_limit = -1.5", "lending.officer_limit: no number"),
            ("[accounts.savings]\nrates = [{ up_to = \"5\", rate = \"1\" }]", "accounts.savings"),
            ("[cards.points_multipliers]\nfuel = \"1000\"", "cards"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }
}
