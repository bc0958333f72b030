//! The port of assessments: who knows of people's credit.

use crate::processes::CallError;
use async_trait::async_trait;
use jiff::civil::Date;
use khata_domain::{
    Money, Text,
    ids::{CustomerId, LoanId},
};

/// What a bureau is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct BureauQuestion {
    pub loan_id: LoanId,
    pub customer_id: CustomerId,
    pub name: Text<200>,
    pub birth_date: Option<Date>,
    pub tax_id: Option<Text<40>>,
    /// How much is asked for.
    pub principal: Money,
    /// The yearly income, as the customer says.
    pub income: Option<Money>,
}

/// What a bureau has of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BureauFile {
    /// Whose file it is.
    pub name: Text<200>,
    pub birth_date: Option<Date>,
    /// 0 to 1000.
    pub credit_score: u16,
    /// Whether the income was shown to be as said.
    pub income_verified: bool,
    /// The bureau's own name of it.
    pub reference: Text<128>,
}

impl BureauFile {
    /// Whether it is that of the one who was asked about: the same name, whatever its case and blanks, and the same birth
    /// date where that is known here.
    pub fn is_of(&self, asked: &BureauQuestion) -> bool {
        let words = |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        let is_born_then = asked.birth_date.is_none_or(|birth_date| self.birth_date == Some(birth_date));
        words(self.name.as_str()) == words(asked.name.as_str()) && is_born_then
    }
}

/// Knows of people's credit.
#[async_trait]
pub trait CreditBureau: Send + Sync + 'static {
    /// What it is called in what is recorded.
    fn name(&self) -> Text<100>;

    /// Asks for somebody's file. A bureau that is asked again under a key answers as before.
    ///
    /// # Errors
    /// There is no file that can be used: the bureau is away, or answers what cannot be understood.
    async fn file(&self, key: &str, question: &BureauQuestion) -> Result<BureauFile, CallError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use khata_domain::ids::TypedId;
    use uuid::Uuid;

    fn asked(birth_date: Option<Date>) -> BureauQuestion {
        BureauQuestion {
            loan_id: LoanId::from_uuid(Uuid::nil()),
            customer_id: CustomerId::from_uuid(Uuid::nil()),
            name: Text::fitted("Asha Rao"),
            birth_date,
            tax_id: None,
            principal: Money::from_minor(1, "INR".parse().unwrap()),
            income: None,
        }
    }

    #[test]
    fn a_file_is_somebodys_by_name_and_birth_date() {
        let born = date(1990, 2, 3);
        let file = |name: &str, birth_date| BureauFile {
            name: Text::fitted(name),
            birth_date,
            credit_score: 700,
            income_verified: true,
            reference: Text::fitted("r"),
        };
        assert!(file("ASHA  rao", Some(born)).is_of(&asked(Some(born))));
        assert!(
            file("Asha Rao", Some(born)).is_of(&asked(None)) && file("Asha Rao", None).is_of(&asked(None))
        );
        assert!(!file("Asha Rau", Some(born)).is_of(&asked(Some(born))));
        assert!(!file("Asha Rao", Some(date(1990, 3, 2))).is_of(&asked(Some(born))));
        assert!(!file("Asha Rao", None).is_of(&asked(Some(born))));
    }
}
