//! Facts about customers.

use super::{
    business_time::{BusinessTime, optional_day},
    imported::{Decides, Imported, Refused, Setting, beside},
    lookups::{Known, Lookups},
    report::Counted,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    customers::EmailKey,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::civil::Date;
use khata_domain::{
    Aggregate, Rules, Text,
    customers::{
        Address, Customer, CustomerCommand, CustomerEmail, CustomerEvent, CustomerType, Document, Email,
        EmailHash, Phone,
        customer::{IdentityPart, KycJudge, KycVerdict, Onboard, VerifyKyc},
        customer_email::Reserve,
    },
    ids::CustomerId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerOnboarded {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    /// The person's or firm's name.
    pub name: Text<200>,
    pub email: Email,
    pub phone: Phone,
    #[serde(rename = "type")]
    pub customer_type: CustomerType,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    #[serde(default, deserialize_with = "optional_day", skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<Text<40>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What the verification of the identity came to; still to be verified, if it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// What of all this had to be made up, since the data lacks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synthetic: Vec<IdentityPart>,
}

/// What the verification of an identity came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kyc {
    /// The customer is who they say.
    Verified,
    /// That could not be shown.
    Rejected,
}

/// What a fact about a customer comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Onboarding {
    customer: CustomerId,
    email: EmailHash,
    onboard: Box<Onboard>,
    kyc: Option<KycVerdict>,
}

impl Imported for CustomerOnboarded {
    fn counted(&self) -> Counted {
        Counted::Customer
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let customer = self.source.id();
        let kyc = self.kyc.map(|kyc| match kyc {
            Kyc::Verified => KycVerdict::Verified,
            Kyc::Rejected => KycVerdict::Rejected,
        });
        let onboard = Onboard {
            customer_id: customer,
            name: self.name,
            email: self.email,
            phone: self.phone,
            customer_type: self.customer_type,
            documents: self.documents,
            birth_date: self.birth_date,
            tax_id: self.tax_id,
            address: self.address,
            required_documents: 0,
            synthetic: self.synthetic.into_iter().collect(),
        };
        let email_key: &EmailKey = &setting.terms.email_key;
        let email = email_key.hash(&onboard.email);
        Ok(Box::new(Onboarding { customer, email, onboard: Box::new(onboard), kyc }))
    }
}

impl Onboarding {
    /// The id of the event that tells the verdict on the identity.
    fn verdict_event_id(first: HistoricalFact) -> Uuid {
        beside(first, 2).event_id
    }
}

impl Decides for Onboarding {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        into.extend(if presume {
            [Participant::new::<Customer>(self.customer), Participant::new::<CustomerEmail>(self.email)]
        } else {
            [Participant::of::<Customer>(self.customer), Participant::of::<CustomerEmail>(self.email)]
        });
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        _lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        let onboard = CustomerCommand::Onboard(self.onboard.clone());
        let mut events = unit.decide_history::<Customer>(self.customer, onboard, first)?;
        let reserve = Reserve { customer_id: self.customer };
        events += unit.decide_history::<CustomerEmail>(self.email, reserve, beside(first, 1))?;
        if let Some(verdict) = self.kyc {
            let verify = VerifyKyc { verdict, judge: KycJudge::Person, reasons: Vec::new() };
            events += unit.decide_history::<Customer>(self.customer, verify, beside(first, 2))?;
        }
        Ok(events)
    }

    fn further_event_ids(&self, first: HistoricalFact, into: &mut Vec<Uuid>) {
        into.push(Self::verdict_event_id(first));
    }

    /// Whether stored events are the onboarding that this would lead to, word for word, and the verdict.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, known: &Known) -> bool {
        let verdict = known
            .get(&Self::verdict_event_id(first))
            .and_then(|event| event.event::<Customer>())
            .and_then(Result::ok);
        let same_verdict = match self.kyc {
            None => verdict.is_none(),
            Some(KycVerdict::Verified) => matches!(verdict, Some(CustomerEvent::KycVerified(_))),
            Some(KycVerdict::Rejected) => matches!(verdict, Some(CustomerEvent::KycRejected(_))),
        };
        let onboard = CustomerCommand::Onboard(self.onboard.clone());
        let told = Customer::default().decide(onboard, first.alone(), Rules::Structural);
        let stored = event.event::<Customer>().and_then(Result::ok);
        let same = told.ok().and_then(|events| events.into_iter().next()).as_ref() == stored;
        event.stream == StreamName::of::<Customer>(self.customer) && same && same_verdict
    }
}
