//! The rows of the Berka files, read strictly: semicolons, quoted text, dates YYMMDD of the 20th century,
//! amounts in CZK.

use jiff::civil::Date;
use khata_domain::{Currency, Money};
use serde::{Deserialize, Deserializer, de};

/// A row of district.asc; the columns behind the name are statistics.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct District {
    #[serde(rename = "A1")]
    pub(super) id: u32,
    #[serde(rename = "A2")]
    pub(super) name: String,
    #[serde(rename = "A3")]
    pub(super) region: String,
}

/// A row of client.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Client {
    #[serde(rename = "client_id")]
    pub(super) id: u32,
    /// Written as the Czech birth number: women's month is 50 higher.
    #[serde(rename = "birth_number", deserialize_with = "birth_number")]
    pub(super) birth_date: Date,
    #[serde(rename = "district_id")]
    pub(super) district: u32,
}

/// A row of account.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Account {
    #[serde(rename = "account_id")]
    pub(super) id: u32,
    #[serde(rename = "date", deserialize_with = "date")]
    pub(super) opened: Date,
}

/// A row of disp.asc: who may use which account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Disposition {
    #[serde(rename = "disp_id")]
    pub(super) id: u32,
    #[serde(rename = "client_id")]
    pub(super) client: u32,
    #[serde(rename = "account_id")]
    pub(super) account: u32,
    #[serde(rename = "type")]
    pub(super) role: Role,
}

/// What a client may do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Role {
    Owner,
    Disponent,
}

/// A row of loan.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Loan {
    #[serde(rename = "loan_id")]
    pub(super) id: u32,
    #[serde(rename = "account_id")]
    pub(super) account: u32,
    #[serde(rename = "date", deserialize_with = "date")]
    pub(super) granted: Date,
    #[serde(deserialize_with = "koruna")]
    pub(super) amount: Money,
    pub(super) duration: u16,
    #[serde(rename = "payments", deserialize_with = "koruna")]
    pub(super) instalment: Money,
    pub(super) status: Standing,
}

/// How a loan stands at the end of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Standing {
    #[serde(rename = "A")]
    Repaid,
    #[serde(rename = "B")]
    EndedUnpaid,
    #[serde(rename = "C")]
    Running,
    #[serde(rename = "D")]
    InDebt,
}

/// A row of card.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Card {
    #[serde(rename = "card_id")]
    pub(super) id: u32,
    #[serde(rename = "disp_id")]
    pub(super) disposition: u32,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(deserialize_with = "date_and_time")]
    pub(super) issued: Date,
}

/// A row of order.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Order {
    #[serde(rename = "order_id")]
    pub(super) id: u32,
    #[serde(rename = "account_id")]
    pub(super) account: u32,
    /// The other bank's two letters.
    #[serde(rename = "bank_to")]
    pub(super) bank: String,
    #[serde(rename = "account_to")]
    pub(super) other_account: String,
    #[serde(deserialize_with = "koruna")]
    pub(super) amount: Money,
    #[serde(rename = "k_symbol")]
    pub(super) symbol: OrderSymbol,
}

/// What a standing order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum OrderSymbol {
    #[serde(rename = "", alias = " ")]
    None,
    #[serde(rename = "SIPO")]
    Household,
    #[serde(rename = "UVER")]
    Loan,
    #[serde(rename = "POJISTNE")]
    Insurance,
    #[serde(rename = "LEASING")]
    Leasing,
}

/// A row of trans.asc.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Transaction {
    #[serde(rename = "trans_id")]
    pub(super) id: u32,
    #[serde(rename = "account_id")]
    pub(super) account: u32,
    #[serde(deserialize_with = "date")]
    pub(super) date: Date,
    #[serde(rename = "type")]
    pub(super) direction: Direction,
    pub(super) operation: Operation,
    #[serde(deserialize_with = "koruna")]
    pub(super) amount: Money,
    /// The balance after it, as the bank recorded it.
    #[serde(deserialize_with = "koruna")]
    pub(super) balance: Money,
    #[serde(rename = "k_symbol")]
    pub(super) symbol: Symbol,
    /// The other bank's two letters, for transfers.
    pub(super) bank: String,
    /// The other account; `0` stands for none.
    #[serde(rename = "account")]
    pub(super) other_account: String,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Direction {
    #[serde(rename = "PRIJEM")]
    Credit,
    /// VYBER, "withdrawal", stands here in a few rows for VYDAJ, "outgoing".
    #[serde(rename = "VYDAJ", alias = "VYBER")]
    Debit,
}

/// How the money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Operation {
    #[serde(rename = "")]
    Internal,
    #[serde(rename = "VKLAD")]
    CashIn,
    #[serde(rename = "VYBER")]
    CashOut,
    #[serde(rename = "VYBER KARTOU")]
    CardWithdrawal,
    #[serde(rename = "PREVOD Z UCTU")]
    TransferIn,
    #[serde(rename = "PREVOD NA UCET")]
    TransferOut,
}

/// What the money was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Symbol {
    #[serde(rename = "", alias = " ")]
    None,
    #[serde(rename = "UROK")]
    Interest,
    #[serde(rename = "SLUZBY")]
    Fee,
    #[serde(rename = "SANKC. UROK")]
    PenaltyInterest,
    #[serde(rename = "SIPO")]
    Household,
    #[serde(rename = "UVER")]
    LoanPayment,
    #[serde(rename = "DUCHOD")]
    Pension,
    #[serde(rename = "POJISTNE")]
    Insurance,
}

/// `940330` is 1994-03-30.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    day(&String::deserialize(deserializer)?)
}

/// `931107 00:00:00` is 1993-11-07: the time is always midnight.
fn date_and_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    day(text.strip_suffix(" 00:00:00").unwrap_or(&text))
}

fn day<E: de::Error>(text: &str) -> Result<Date, E> {
    let (year, month, day) = digits(text)?;
    Date::new(1900 + year, month, day).map_err(E::custom)
}

/// `706213` is a woman born on 1970-12-13.
fn birth_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let (year, month, day) = digits(&String::deserialize(deserializer)?)?;
    Date::new(1900 + year, if month > 50 { month - 50 } else { month }, day).map_err(de::Error::custom)
}

fn digits<E: de::Error>(text: &str) -> Result<(i16, i8, i8), E> {
    let number: u32 = match text.parse() {
        Ok(number) if text.len() == 6 => number,
        _ => return Err(E::custom(format!("{text:?} is no date of the form YYMMDD"))),
    };
    // Each part has two digits, so none of the conversions can fail.
    let part = |divisor: u32| i8::try_from(number / divisor % 100).unwrap_or(0);
    Ok((i16::from(part(10_000)), part(100), part(1)))
}

fn koruna<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    let czk: Currency = "CZK".parse().map_err(de::Error::custom)?;
    Money::parse(&text, czk).map_err(|error| de::Error::custom(format!("{text:?}: {error}")))
}
