//! What onboarding hears, and how its commands and calls are done.

use super::{
    definition::{Answer, Call, Command, Fact, FirstAccount, Onboarding},
    ports::{KycProvider, KycQuestion, Notifier},
};
use crate::{
    Clock, EventStore, Origin, Recorded, StreamName,
    accounts::{NewAccount, opening},
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
    processes::{Asked, CallError, Concern, Concerned, Port, Process, Surroundings},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use khata_domain::{
    Aggregate,
    accounts::BankAccount,
    customers::{
        Customer, CustomerEvent, CustomerType,
        customer::{KycJudge, KycVerdict, VerifyKyc},
    },
    ids::CustomerId,
};
use std::{sync::Arc, time::Duration};

/// The accounts that verified customers get at first, by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FirstAccounts {
    /// Persons get this one.
    pub individual: Option<FirstAccount>,
    /// Firms get this one.
    pub business: Option<FirstAccount>,
}

/// The surroundings of onboarding.
pub struct OnboardingSurroundings {
    pub events: Arc<dyn EventStore>,
    pub provider: Arc<dyn KycProvider>,
    pub notifier: Arc<dyn Notifier>,
    pub first_accounts: FirstAccounts,
    pub clock: Arc<dyn Clock>,
    /// Who came longer ago than this is left to be verified by hand.
    pub begins_within: Duration,
}

/// The calls that one process makes to a provider at once.
const QUESTIONS_AT_ONCE: usize = 8;
/// The notices that are under way at once.
const NOTICES_AT_ONCE: usize = 32;

#[async_trait]
impl Surroundings<Onboarding> for OnboardingSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[Customer::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<Onboarding>>, DecodeError> {
        let Some(happened) = event.event::<Customer>().transpose()? else { return Ok(None) };
        let Some(subject) = event.stream.id_of::<Customer>() else { return Ok(None) };
        let concerned = |concern, fact| Some(Concerned { subject, concern, fact });
        Ok(match happened {
            CustomerEvent::CustomerOnboarded(came) => {
                // History of another system is nothing that happens now.
                let is_live = event.metadata().is_ok_and(|metadata| metadata.origin == Origin::Live);
                let first_account = self.first_accounts.of(came.customer_type);
                let version = Some(event.version);
                let fact = Fact::CustomerCame { customer_id: subject, first_account, version };
                if is_live && self.is_of_late(event) { concerned(Concern::Starts, fact) } else { None }
            }
            CustomerEvent::KycVerified(_) | CustomerEvent::KycRejected(_) => {
                let is_own = event.metadata().is_ok_and(|metadata| metadata.actor == Onboarding::CATEGORY);
                let verified = matches!(happened, CustomerEvent::KycVerified(_));
                if is_own { None } else { concerned(Concern::Continues, Fact::VerdictRecorded { verified }) }
            }
            CustomerEvent::CustomerClosed(_) => concerned(Concern::Continues, Fact::CustomerLeft {}),
            // How to reach them is not asked about.
            CustomerEvent::ContactUpdated(updated) if updated.name.is_some() || updated.address.is_some() => {
                concerned(Concern::Continues, Fact::CustomerChanged { version: event.version })
            }
            CustomerEvent::ContactUpdated(_)
            | CustomerEvent::CustomerSuspended(_)
            | CustomerEvent::CustomerReactivated(_)
            | CustomerEvent::ManagerAssigned(_)
            | CustomerEvent::ManagerUnassigned(_)
            | CustomerEvent::ProductAttached(_)
            | CustomerEvent::ProductDetached(_) => None,
        })
    }

    /// Who came before there was a provider was verified by hand, or is being.
    fn hears_the_past(&self) -> bool {
        false
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        match command {
            Command::RecordVerdict { customer_id, .. } => vec![Participant::of::<Customer>(*customer_id)],
            Command::OpenAccount { customer_id, account_id, .. } => {
                vec![Participant::of::<Customer>(*customer_id), Participant::of::<BankAccount>(*account_id)]
            }
        }
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match command {
            Command::RecordVerdict { customer_id, verified, reasons } => {
                let verdict = if *verified { KycVerdict::Verified } else { KycVerdict::Rejected };
                unit.existing::<Customer>(*customer_id)?;
                let verify = VerifyKyc { verdict, judge: KycJudge::Provider, reasons: reasons.clone() };
                unit.decide::<Customer>(*customer_id, verify).map(drop)
            }
            Command::OpenAccount { customer_id, account_id, account } => {
                let new = NewAccount {
                    account_id: Some(*account_id),
                    customer_id: *customer_id,
                    account_type: account.account_type,
                    currency: account.currency,
                    initial_deposit: None,
                };
                opening::open(unit, context, *account_id, &new)
            }
        }
    }

    fn port(&self, call: &Call) -> Port {
        match call {
            Call::Verify { .. } => Port { name: "kyc", at_once: QUESTIONS_AT_ONCE },
            Call::Notify { .. } => Port { name: "notice", at_once: NOTICES_AT_ONCE },
        }
    }

    async fn call(&self, asked: &Asked<'_>, call: &Call) -> Result<Answer, CallError> {
        match call {
            Call::Verify { customer_id, version } => {
                let question = self.question(*customer_id, *version).await?;
                let verdict = self.provider.verify(asked.key, &question).await?;
                Ok(Answer::Verdict { verified: verdict.verified, reasons: verdict.reasons })
            }
            Call::Notify { customer_id, notice } => {
                self.notifier.notify(asked.key, *customer_id, *notice).await?;
                Ok(Answer::Told {})
            }
        }
    }
}

impl OnboardingSurroundings {
    /// Whether an event is not too long ago for something to begin with it. A provider may have been away for long, and
    /// whoever came meanwhile has been looked at by people.
    fn is_of_late(&self, event: &Recorded) -> bool {
        let age = self.clock.now().duration_since(event.recorded_at);
        age <= SignedDuration::try_from(self.begins_within).unwrap_or(SignedDuration::MAX)
    }

    /// What was known of a customer as of a version, or else what is known now. It stays where it is: processes keep no
    /// copy of personal data.
    async fn question(
        &self,
        customer_id: CustomerId,
        version: Option<u64>,
    ) -> Result<KycQuestion, CallError> {
        let stream = StreamName::of::<Customer>(customer_id);
        let folded = fold::<Customer>(&*self.events, &stream, Until { version, ..Until::default() })
            .await
            .map_err(|error| CallError { code: "log_unavailable", message: error.to_string() })?;
        let profile = folded.state.profile().cloned();
        let unknown =
            || CallError { code: "customer_unknown", message: format!("nothing is known of {customer_id}") };
        Ok(KycQuestion { profile: profile.ok_or_else(unknown)? })
    }
}

impl FirstAccounts {
    /// That of a customer of a type.
    fn of(self, customer_type: CustomerType) -> Option<FirstAccount> {
        match customer_type {
            CustomerType::Individual => self.individual,
            CustomerType::Business => self.business,
        }
    }
}
