//! The processes of a running Khata: their options, and how their runners are put together.

use super::{gateways::Gateways, holder, stores::Stores};
use crate::{
    failure::Failure,
    part::{Part, Role},
};
use clap::Args;
use khata_application::{
    CONTEXTS, Payments,
    accounts::onboarding::{FirstAccount, FirstAccounts, KycProvider, Onboarding, OnboardingSurroundings},
    lending::{
        assessing::{CreditBureau, LoanAssessment, LoanAssessmentSurroundings},
        disbursing::{LoanDisbursement, LoanDisbursementSurroundings},
    },
    payments::{
        PaymentGateway,
        reconciling::{DailyReconciliation, Reconciler, ReconciliationSurroundings},
        scheduling::{ScheduledPayment, ScheduledPaymentSurroundings},
        sending::{ExternalPayment, ExternalPaymentSurroundings},
    },
    processes::{EnginePorts, Process, RunningProcess, Surroundings},
    subscription::SubscriptionPorts,
};
use khata_domain::accounts::{AccountType, CustomerType};
use khata_infrastructure::{LoggedNotices, V7Ids, bureau::HttpBureau, kyc::HttpKyc};
use std::{fmt, sync::Arc, time::Duration};

/// What processes do, and whom they reach.
#[derive(Clone, Args)]
pub struct ProcessOptions {
    /// Have new customers verified by this provider of identity checks, e.g. `http://kyc.internal/verifications`. Without
    /// it, verdicts are recorded by hand.
    #[arg(long, env = "KHATA_KYC_URL", value_name = "URL", hide_env_values = true)]
    pub kyc_url: Option<String>,
    /// What that provider knows Khata by, sent as a bearer token; preferably in the environment.
    #[arg(long, env = "KHATA_KYC_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub kyc_token: Option<String>,
    /// How many seconds that provider may take to answer.
    #[arg(long, env = "KHATA_KYC_TIMEOUT", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub kyc_timeout: u32,
    /// Customers who came longer ago than so many days, while there was no provider, are left to be verified by hand.
    #[arg(long, env = "KHATA_KYC_WITHIN", value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub kyc_within: u32,
    /// Have new loans assessed by this credit bureau, e.g. `http://bureau.internal/files`. Without it, assessments are
    /// recorded by hand.
    #[arg(long, env = "KHATA_BUREAU_URL", value_name = "URL", hide_env_values = true)]
    pub bureau_url: Option<String>,
    /// What that bureau knows Khata by, sent as a bearer token; preferably in the environment.
    #[arg(long, env = "KHATA_BUREAU_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub bureau_token: Option<String>,
    /// How many seconds that bureau may take to answer.
    #[arg(long, env = "KHATA_BUREAU_TIMEOUT", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub bureau_timeout: u32,
    /// The accounts that customers get once that provider has verified them, separated by commas, at most one for
    /// persons and one for firms, e.g. savings:INR,business:INR. Default: none.
    #[arg(long, env = "KHATA_FIRST_ACCOUNTS", value_name = "TYPE:CURRENCY")]
    pub first_accounts: Option<String>,
}

/// Without what is secret.
impl fmt::Debug for ProcessOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessOptions").field("first_accounts", &self.first_accounts).finish_non_exhaustive()
    }
}

/// Which processes are to run.
#[derive(Clone, Default)]
pub(crate) struct ProcessPlan {
    onboarding: Option<OnboardingPlan>,
    /// Loans are assessed by it.
    bureau: Option<HttpBureau>,
    /// Loans are paid out whose approval says so.
    loan_disbursements: bool,
    /// Payments are made when their day comes.
    scheduled_payments: bool,
    /// Payments to other banks are sent over these.
    external_payments: Vec<Arc<dyn PaymentGateway>>,
}

#[derive(Clone)]
struct OnboardingPlan {
    provider: HttpKyc,
    first_accounts: FirstAccounts,
    begins_within: Duration,
}

impl ProcessOptions {
    /// What these options ask of a process.
    ///
    /// # Errors
    /// They make no sense, whoever is to run processes.
    pub(crate) fn plan(&self, part: &Part, gateways: &Gateways) -> Result<ProcessPlan, Failure> {
        let runs_payments = part.has(Role::Processes) && runs::<ExternalPayment>(part);
        Ok(ProcessPlan {
            onboarding: self.onboarding(part)?,
            bureau: self.bureau(part)?,
            loan_disbursements: part.has(Role::Processes) && runs::<LoanDisbursement>(part),
            scheduled_payments: runs_payments,
            external_payments: if runs_payments { gateways.all.clone() } else { Vec::new() },
        })
    }

    fn onboarding(&self, part: &Part) -> Result<Option<OnboardingPlan>, Failure> {
        let first_accounts = self.first_accounts()?;
        let Some(url) = &self.kyc_url else {
            return match self.first_accounts {
                Some(_) => Err(Failure::usage(
                    "--first-accounts needs a provider that verifies customers (--kyc-url)",
                )),
                None => Ok(None),
            };
        };
        if !url.starts_with("http://") {
            return Err(Failure::usage(
                "a provider of identity checks is reached by a URL such as http://kyc.internal/verifications (--kyc-url)",
            ));
        }
        let timeout = Duration::from_secs(self.kyc_timeout.into());
        let provider = HttpKyc::new(url, self.kyc_token.as_deref(), timeout);
        let begins_within = Duration::from_hours(24 * u64::from(self.kyc_within));
        let onboarding = OnboardingPlan { provider, first_accounts, begins_within };
        let runs = part.has(Role::Processes) && runs::<Onboarding>(part);
        Ok(runs.then_some(onboarding))
    }

    fn bureau(&self, part: &Part) -> Result<Option<HttpBureau>, Failure> {
        let Some(url) = &self.bureau_url else { return Ok(None) };
        if !url.starts_with("http://") {
            return Err(Failure::usage(
                "a credit bureau is reached by a URL such as http://bureau.internal/files (--bureau-url)",
            ));
        }
        let timeout = Duration::from_secs(self.bureau_timeout.into());
        let bureau = HttpBureau::new(url, self.bureau_token.as_deref(), timeout);
        let runs = part.has(Role::Processes) && runs::<LoanAssessment>(part);
        Ok(runs.then_some(bureau))
    }

    fn first_accounts(&self) -> Result<FirstAccounts, Failure> {
        let mut first = FirstAccounts::default();
        for given in self.first_accounts.iter().flat_map(|given| given.split(',')).map(str::trim) {
            let unknown = || {
                Failure::usage(format!("{given:?} names no account such as savings:INR (--first-accounts)"))
            };
            let (account_type, currency) = given.split_once(':').ok_or_else(unknown)?;
            let account_type = AccountType::ALL
                .into_iter()
                .find(|known| known.name() == account_type)
                .ok_or_else(unknown)?;
            let account = FirstAccount { account_type, currency: currency.parse().map_err(|_| unknown())? };
            let slot = match account_type.customer_type() {
                CustomerType::Individual => &mut first.individual,
                CustomerType::Business => &mut first.business,
            };
            if slot.replace(account).is_some() {
                return Err(Failure::usage(format!(
                    "{given:?} is a second account for the same customers (--first-accounts)"
                )));
            }
        }
        Ok(first)
    }
}

/// Whether a part runs the context of a kind of process.
fn runs<P: Process>(part: &Part) -> bool {
    let mut of_the_kind = CONTEXTS
        .into_iter()
        .filter(|context| context.processes.iter().any(|kind| kind.aggregate.category == P::CATEGORY));
    of_the_kind.any(|context| part.runs(context.name))
}

/// What runners stand on.
pub(super) struct Ground<'s> {
    pub(super) stores: &'s Stores,
    pub(super) engine: EnginePorts,
    pub(super) payments: &'s Payments,
    pub(super) reconciler: Option<&'s Reconciler>,
    pub(super) lease: Duration,
}

impl ProcessPlan {
    /// Starts the runners.
    pub(super) async fn start(self, ground: &Ground<'_>) -> Result<Vec<RunningProcess>, Failure> {
        let mut running = Vec::new();
        if let Some(OnboardingPlan { provider, first_accounts, begins_within }) = self.onboarding {
            let provider: Arc<dyn KycProvider> = Arc::new(provider);
            let surroundings = OnboardingSurroundings {
                events: ground.stores.events(),
                provider,
                notifier: Arc::new(LoggedNotices),
                first_accounts,
                clock: ground.engine.clock.clone(),
                begins_within,
            };
            running.push(ground.run::<Onboarding>(Arc::new(surroundings)).await?);
        }
        if let Some(bureau) = self.bureau {
            let bureau: Arc<dyn CreditBureau> = Arc::new(bureau);
            let surroundings = LoanAssessmentSurroundings { events: ground.stores.events(), bureau };
            running.push(ground.run::<LoanAssessment>(Arc::new(surroundings)).await?);
        }
        if self.loan_disbursements {
            running.push(ground.run::<LoanDisbursement>(Arc::new(LoanDisbursementSurroundings)).await?);
        }
        if self.scheduled_payments {
            let surroundings = ScheduledPaymentSurroundings { payments: ground.payments.clone() };
            running.push(ground.run::<ScheduledPayment>(Arc::new(surroundings)).await?);
        }
        if !self.external_payments.is_empty() {
            let surroundings = ExternalPaymentSurroundings {
                events: ground.stores.events(),
                book: ground.engine.book.clone(),
                gateways: self.external_payments,
            };
            running.push(ground.run::<ExternalPayment>(Arc::new(surroundings)).await?);
            if let Some(reconciler) = ground.reconciler.cloned() {
                let surroundings = ReconciliationSurroundings { reconciler };
                running.push(ground.run::<DailyReconciliation>(Arc::new(surroundings)).await?);
            }
        }
        Ok(running)
    }
}

impl Ground<'_> {
    async fn run<P: Process>(
        &self,
        surroundings: Arc<dyn Surroundings<P>>,
    ) -> Result<RunningProcess, Failure> {
        let subscription = SubscriptionPorts {
            events: self.stores.events(),
            positions: self.stores.positions(),
            clock: self.engine.clock.clone(),
        };
        let lease = (holder::name(&V7Ids), self.lease);
        RunningProcess::start(subscription, self.engine.clone(), surroundings, lease)
            .await
            .map_err(|error| Failure::because(format!("the processes {} cannot be run", P::CATEGORY), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::Namespace;

    fn options(kyc_url: Option<&str>, first_accounts: Option<&str>) -> ProcessOptions {
        ProcessOptions {
            kyc_url: kyc_url.map(str::to_owned),
            kyc_token: Some("s3cret".into()),
            kyc_timeout: 10,
            kyc_within: 30,
            bureau_url: None,
            bureau_token: None,
            bureau_timeout: 10,
            first_accounts: first_accounts.map(str::to_owned),
        }
    }

    fn whole() -> Part {
        Part::whole(Namespace::default())
    }

    const URL: Option<&str> = Some("http://kyc.internal/verifications");

    #[test]
    fn onboarding_runs_where_there_is_a_provider_and_the_role() {
        let runs = |options: ProcessOptions, part: &Part| {
            options.plan(part, &Gateways::default()).unwrap().onboarding.is_some()
        };
        assert!(!runs(options(None, None), &whole()));
        assert!(runs(options(URL, None), &whole()));
        assert!(!runs(options(URL, None), &whole().with_roles([Role::Api, Role::Projector])));
        let orders = Part::parse(Namespace::default(), None, Some("orders")).unwrap();
        assert!(!runs(options(URL, None), &orders));
    }

    #[test]
    fn first_accounts_are_one_for_persons_and_one_for_firms() {
        let first = options(URL, Some("savings:INR, business:EUR")).first_accounts().unwrap();
        let named = |account: Option<FirstAccount>| account.map(|account| account.account_type.name());
        assert_eq!((named(first.individual), named(first.business)), (Some("savings"), Some("business")));
        for given in ["savings", "current:INR", "savings:XXXX", "savings:INR,premium:INR", ""] {
            assert!(options(URL, Some(given)).plan(&whole(), &Gateways::default()).is_err(), "{given:?}");
        }
        assert!(options(None, Some("savings:INR")).plan(&whole(), &Gateways::default()).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_told_without_secrets() {
        let asked = options(Some("ftp://user:s3cret@kyc"), None);
        assert!(!format!("{asked:?}").contains("s3cret"));
        let told = asked
            .plan(&whole(), &Gateways::default())
            .err()
            .map(|failure| failure.to_string())
            .unwrap_or_default();
        assert!(told.contains("--kyc-url") && !told.contains("s3cret"), "{told}");
    }
}
