//! Payees at other banks: the network that reaches them, and how that names their account.

use crate::{Text, names::names};
use serde::{Deserialize, Serialize};

names! {
    /// A network that carries payments to other banks.
    pub enum Network as "PaymentNetwork" {
        /// VelocityPay.
        VelocityPay = "velocitypay",
    }
}

/// Somebody with an account at another bank: by its IBAN or by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalPayee {
    pub network: Network,
    /// Without blanks, in capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<Text<34>>,
    pub name: Text<140>,
    /// The bank's code, in capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
}

/// What names no payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExternalPayeeError {
    /// None of IBAN and number, or both.
    #[error("a payee is named either by an IBAN or by an account number")]
    EitherIbanOrNumber,
    /// A text that is no IBAN, or one with a misprint.
    #[error("this is no IBAN: its form or its check digits are wrong")]
    Iban,
    /// A text that is no BIC.
    #[error("this is no BIC, which has 8 or 11 letters and digits")]
    Bic,
}

impl ExternalPayee {
    /// Takes a payee as somebody wrote it. Blanks in an IBAN and the case of letters make no difference.
    ///
    /// # Errors
    /// See [`ExternalPayeeError`].
    pub fn parse(
        network: Network,
        (iban, account_number): (Option<&str>, Option<Text<34>>),
        name: Text<140>,
        bic: Option<&str>,
    ) -> Result<Self, ExternalPayeeError> {
        if iban.is_some() == account_number.is_some() {
            return Err(ExternalPayeeError::EitherIbanOrNumber);
        }
        let iban = iban.map(parse_iban).transpose()?;
        let bic = bic.map(parse_bic).transpose()?;
        Ok(Self { network, iban, account_number, name, bic })
    }

    /// How entries name it, and what it is known again by: the IBAN, which is one in the world; a number, which many banks may
    /// give, with the bank's code behind it, if that is told.
    pub fn account(&self) -> String {
        let number = self.account_number.as_ref().map(Text::as_str).unwrap_or_default();
        let numbered = || match &self.bic {
            Some(bic) => format!("{number} {bic}"),
            None => number.to_owned(),
        };
        self.iban.clone().unwrap_or_else(numbered)
    }
}

/// ISO 13616: two letters, two check digits, up to 30 letters and digits; with the first four moved to the end and
/// letters as numbers from 10 on, the remainder of a division by 97 is 1.
fn parse_iban(text: &str) -> Result<String, ExternalPayeeError> {
    let iban: String = text.chars().filter(|character| *character != ' ').collect();
    let iban = iban.to_ascii_uppercase();
    let bytes = iban.as_bytes();
    let formed = (15..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes.iter().all(u8::is_ascii_alphanumeric);
    if !formed {
        return Err(ExternalPayeeError::Iban);
    }
    let moved = bytes[4..].iter().chain(&bytes[..4]);
    let remainder = moved.fold(0_u32, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        letter => (remainder * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    if remainder == 1 { Ok(iban) } else { Err(ExternalPayeeError::Iban) }
}

/// ISO 9362: four letters or digits of the bank, two letters of the country, two of the place, three of the branch.
fn parse_bic(text: &str) -> Result<String, ExternalPayeeError> {
    let bic = text.to_ascii_uppercase();
    let bytes = bic.as_bytes();
    let formed = matches!(bytes.len(), 8 | 11)
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[4..6].iter().all(u8::is_ascii_uppercase);
    if formed { Ok(bic) } else { Err(ExternalPayeeError::Bic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payee(
        iban: Option<&str>,
        number: Option<&str>,
        bic: Option<&str>,
    ) -> Result<ExternalPayee, ExternalPayeeError> {
        let number = number.map(|number| Text::parse(number).unwrap());
        ExternalPayee::parse(Network::VelocityPay, (iban, number), Text::parse("Maria").unwrap(), bic)
    }

    #[test]
    fn an_iban_is_taken_with_blanks_and_small_letters_and_checked() {
        for text in [
            "DE89 3704 0044 0532 0130 00",
            "gb82west12345698765432",
            "NO93 8601 1117 947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(payee(Some(text), None, None).is_ok(), "{text}");
        }
        for text in [
            "DE88370400440532013000",
            "DE89370400440532013001",
            "D989370400440532013000",
            "DE89",
            "",
            "DE89-3704",
        ] {
            assert_eq!(payee(Some(text), None, None), Err(ExternalPayeeError::Iban), "{text}");
        }
        let iban = payee(Some("de89 3704 0044 0532 0130 00"), None, None).unwrap();
        assert_eq!(iban.account(), "DE89370400440532013000");
    }

    #[test]
    fn a_payee_is_named_by_one_of_iban_and_number() {
        assert!(payee(None, Some("0012345"), None).is_ok());
        assert_eq!(payee(None, None, None), Err(ExternalPayeeError::EitherIbanOrNumber));
        let both = payee(Some("NO93 8601 1117 947"), Some("0012345"), None);
        assert_eq!(both, Err(ExternalPayeeError::EitherIbanOrNumber));
    }

    #[test]
    fn the_same_number_at_two_banks_is_two_accounts() {
        let account = |number, bic| payee(None, Some(number), bic).unwrap().account();
        assert_eq!(account("0012345", Some("deutdeff")), "0012345 DEUTDEFF");
        assert_eq!(account("0012345", None), "0012345");
        assert_ne!(account("DEUTDEFF:1", None), account("1", Some("DEUTDEFF")));
    }

    #[test]
    fn a_bic_has_8_or_11_letters_and_digits() {
        let named = |bic| payee(None, Some("1"), Some(bic)).map(|payee| payee.bic);
        assert_eq!(named("deutdeff"), Ok(Some("DEUTDEFF".to_owned())));
        assert!(named("DEUTDEFF500").is_ok());
        for bic in ["DEUTDEF", "DEUT00FF", "DEUTDEFF50", ""] {
            assert_eq!(named(bic), Err(ExternalPayeeError::Bic), "{bic}");
        }
    }
}
