//! Facts about payments: that a customer has something paid regularly.

use super::{
    business_time::BusinessTime,
    imported::{Decides, Imported, Refused, Setting},
    lookups::{Known, Lookups},
    report::Counted,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::civil::Date;
use khata_domain::{
    Aggregate, Money, Rules, Text,
    accounts::BankAccount,
    ids::{AccountId, StandingOrderId},
    payments::{
        ExternalPayee, HolidayRule, Network, Payee, StandingOrder, StandingOrderEvent,
        standing_order::{Give, Rhythm, StandingOrderKind, Terms, Until},
    },
};
use serde::{Deserialize, Serialize};

/// A standing order was given: to an account that is known, or to another bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingOrderGiven {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    /// The account that pays,
    pub account: SourceRef,
    /// and the customer whose it is.
    pub customer: SourceRef,
    /// The account that is paid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_account: Option<SourceRef>,
    /// or the payee at another bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<PayeeAbroad>,
    #[serde(default)]
    pub kind: StandingOrderKind,
    /// How much arrives each time.
    pub amount: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    pub rhythm: Rhythm,
    /// Dates are counted from this day on.
    pub first_date: Date,
    #[serde(default)]
    pub until: Until,
    #[serde(default)]
    pub on_holiday: HolidayRule,
    /// Dates up to this one were paid there, and stand among the entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_through: Option<Date>,
    /// Whether the schedule had to be made up, since the data lacks it.
    #[serde(default)]
    pub schedule_is_synthetic: bool,
}

/// A payee at another bank: by an IBAN or by an account number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayeeAbroad {
    pub network: Network,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<Text<50>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<Text<34>>,
    pub name: Text<140>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<Text<11>>,
}

/// What a standing order comes to.
#[derive(Debug, PartialEq)]
pub(super) struct Given {
    order: StandingOrderId,
    account: AccountId,
    give: Give,
}

impl StandingOrderGiven {
    fn payee(&self) -> Result<Payee, Refused> {
        let refused = |reason: String| Refused { code: "payee_invalid", reason };
        match (&self.to_account, &self.external) {
            (Some(account), None) => Ok(Payee::Account(account.id())),
            (None, Some(payee)) => {
                let PayeeAbroad { network, iban, account_number, name, bic } = payee.clone();
                let named = (iban.as_ref().map(Text::as_str), account_number);
                ExternalPayee::parse(network, named, name, bic.as_ref().map(Text::as_str))
                    .map(Payee::External)
                    .map_err(|error| refused(error.to_string()))
            }
            (Some(_), Some(_)) | (None, None) => {
                Err(refused("it goes either to an account or to another bank".to_owned()))
            }
        }
    }
}

impl Imported for StandingOrderGiven {
    fn counted(&self) -> Counted {
        let (currency, minor) = (self.amount.currency(), self.amount.minor());
        Counted::StandingOrder { kind: self.kind, currency, minor }
    }

    fn prepare(self, _setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let payee = self.payee()?;
        let (order, account) = (self.source.id(), self.account.id());
        let terms = Terms {
            payee,
            amount: self.amount,
            reference: self.reference,
            rhythm: self.rhythm,
            first_date: self.first_date,
            until: self.until,
            on_holiday: self.on_holiday,
        };
        let give = Give {
            from_account: account,
            from_customer: self.customer.id(),
            kind: self.kind,
            terms,
            paid_through: self.paid_through,
            schedule_is_synthetic: self.schedule_is_synthetic,
        };
        Ok(Box::new(Given { order, account, give }))
    }
}

impl Decides for Given {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        into.push(Participant::of::<BankAccount>(self.account));
        into.extend(self.give.terms.payee.account_id().map(Participant::of::<BankAccount>));
        into.push(if presume {
            Participant::new::<StandingOrder>(self.order)
        } else {
            Participant::of::<StandingOrder>(self.order)
        });
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        _lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        unit.existing::<BankAccount>(self.account)?;
        if let Some(payee) = self.give.terms.payee.account_id() {
            unit.existing::<BankAccount>(payee)?;
        }
        unit.decide_history::<StandingOrder>(self.order, self.give.clone(), first)
    }

    /// Whether a stored event is the one that this would lead to, whoever has told it.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, _known: &Known) -> bool {
        let decided =
            StandingOrder::default().decide(self.give.clone().into(), first.alone(), Rules::Structural);
        let told = decided.ok().and_then(|events| events.into_iter().next());
        let (
            Some(StandingOrderEvent::StandingOrderGiven(mut told)),
            Some(Ok(StandingOrderEvent::StandingOrderGiven(stored))),
        ) = (told, event.event::<StandingOrder>())
        else {
            return false;
        };
        told.given_by.clone_from(&stored.given_by);
        event.stream == StreamName::of::<StandingOrder>(self.order) && told == *stored
    }
}
