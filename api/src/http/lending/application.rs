//! From the application to the disbursement.

use super::{
    LoanRoutes,
    rate::RateField,
    words::{DayCountSchema, LoanTypeSchema, PrepaymentSchema},
};
use crate::http::{
    answer::CommandAnswer,
    problem::{Problem, codes},
    request::fields::{DateField, IdField, List, MoneyField, TextField},
    resource::{creation, post},
    schemas::MoneySchema,
};
use khata_application::{access::Role, command::CommandContext, lending::NewLoan};
use khata_domain::{
    ids::{AccountId, CustomerId, LoanId},
    lending::{
        DayCount, DueDates, DueDay, Loan, LoanType, PrepaymentRule,
        loan::{Approve, RecordAssessment, Reject, ReverseApproval},
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new loan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLoan, examples(json!({
    "customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "loan_type": "personal",
    "principal": {"amount": "250000.00", "currency": "INR"}, "annual_rate": "12.5", "term_months": 24,
    "day_count": "ACT/365",
})))]
pub(super) struct ApplyBody {
    /// An id chosen by the client, `loan_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<LoanId>>,
    /// The owner: a verified customer.
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
    /// The customer's account that it is to be paid out to, `acc_…`, in the loan's currency.
    #[schema(value_type = Option<String>)]
    account_id: Option<IdField<AccountId>>,
    /// What it is for.
    #[schema(value_type = LoanTypeSchema)]
    loan_type: LoanType,
    /// How much.
    #[schema(value_type = MoneySchema)]
    principal: MoneyField,
    /// The customer's yearly income.
    #[schema(value_type = Option<MoneySchema>)]
    income: Option<MoneyField>,
    /// Percent per year: a decimal string from 0 to 1000 with at most nine decimals.
    #[schema(value_type = String, example = "12.5", pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    annual_rate: RateField,
    /// How many monthly instalments.
    #[schema(minimum = 1, maximum = 600)]
    term_months: u32,
    /// How the days of a period count.
    #[schema(value_type = DayCountSchema)]
    day_count: DayCount,
    /// From when on money that comes before its instalment is due saves interest; by default as configured
    /// for the type.
    #[schema(value_type = Option<PrepaymentSchema>)]
    prepayment: Option<PrepaymentRule>,
    /// The day on which it shall begin, if agreed.
    #[schema(value_type = Option<Date>)]
    start_date: Option<DateField>,
    /// The day on which the first instalment is due: after the start, and within twelve months of it. The first period
    /// bears interest by its own days, which must be less than an instalment. By default the due day in the month
    /// after the start's.
    #[schema(value_type = Option<Date>)]
    first_due_date: Option<DateField>,
    /// The day of the month on which the others are due; a month that has no such day takes its last. By default that
    /// of the first due date, or of the start.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 31, example = 5)]
    due_day: Option<DueDay>,
}

/// What is known of the customer's standing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assessment, examples(json!({"credit_score": 742, "income_verified": true})))]
pub(super) struct AssessBody {
    /// A credit bureau's score, 0 to 1000.
    #[schema(value_type = u16, minimum = 0, maximum = 1000, example = 720)]
    credit_score: ScoreField,
    /// Whether the stated income was verified.
    income_verified: bool,
}

/// A credit score: 0 to 1000.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u16")]
struct ScoreField(u16);

impl TryFrom<u16> for ScoreField {
    type Error = &'static str;
    fn try_from(score: u16) -> Result<Self, &'static str> {
        if score <= 1000 { Ok(Self(score)) } else { Err("a credit score is between 0 and 1000") }
    }
}

/// An approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanApproval, examples(json!({"approver": "R. Iyer", "role": "loan_officer"})))]
pub(super) struct ApproveBody {
    /// Who approves. Whoever shows a token approves themselves and may leave it out; without tokens it must be given.
    #[schema(value_type = Option<String>, max_length = 200)]
    approver: Option<TextField<200>>,
    /// In which role; `loan_officer` is the one that may. The token's, as with `approver`.
    #[schema(value_type = Option<String>, max_length = 100, example = "loan_officer")]
    role: Option<TextField<100>>,
    /// Conditions that were agreed upon, in words.
    #[schema(value_type = Option<String>, max_length = 2000)]
    conditions: Option<TextField<2000>>,
}

/// A rejection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanRejection, examples(json!({"reasons": ["income not shown"]})))]
pub(super) struct RejectBody {
    /// Why; at least one.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20)]
    reasons: List<TextField<500>, 20>,
}

/// A reversal of an approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalReversal, examples(json!({"reason": "the transfer failed"})))]
pub(super) struct ReverseBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// A disbursement.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Disbursement, examples(json!({"date": "2026-03-10"})))]
pub(super) struct DisburseBody {
    /// The day; by default the agreed start date, or today if that is still to come.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

impl From<ApplyBody> for NewLoan {
    fn from(body: ApplyBody) -> Self {
        Self {
            loan_id: body.id.map(|IdField(id)| id),
            customer_id: body.customer_id.0,
            account_id: body.account_id.map(|IdField(id)| id),
            loan_type: body.loan_type,
            principal: body.principal.0,
            income: body.income.map(|MoneyField(money)| money),
            annual_rate: body.annual_rate.0,
            term_months: body.term_months,
            day_count: body.day_count,
            prepayment: body.prepayment,
            start_date: body.start_date.map(|DateField(date)| date),
            dues: DueDates { first: body.first_due_date.map(|DateField(date)| date), day: body.due_day },
        }
    }
}

impl ApproveBody {
    /// The approval by whoever asks; by whom the body names, where nobody has to prove who they are.
    fn by(self, context: &CommandContext) -> Result<Approve, Problem> {
        let said = (self.approver.map(TextField::into_string), self.role.map(TextField::into_string));
        let (approver, role) = match &*context.principal {
            asker if asker.is_proven() => {
                let is_officer = asker.roles.has(Role::LoanOfficer);
                let role = if is_officer { Some(Role::LoanOfficer) } else { asker.roles.iter().last() };
                let role = role.map_or("", Role::name);
                (own("approver", said.0, &asker.actor)?, own("role", said.1, role)?)
            }
            _ => (needed("approver", said.0)?, needed("role", said.1)?),
        };
        let conditions = self.conditions.map(TextField::into_string);
        Ok(Approve { approver, role, conditions, terms: context.settings.rules().lending.clone() })
    }
}

/// The asker's own, whether the body says so or nothing.
fn own(field: &str, said: Option<String>, own: &str) -> Result<String, Problem> {
    if said.is_none_or(|said| said == own) {
        return Ok(own.to_owned());
    }
    let detail = format!("`{field}` is that of whoever asks: it may be left out.");
    Err(Problem::new(&codes::AUTHORITY_CONTRADICTED, detail).with("field", field))
}

fn needed(field: &str, said: Option<String>) -> Result<String, Problem> {
    said.ok_or_else(|| {
        Problem::new(&codes::MISSING_FIELD, format!("The member `{field}` is missing.")).with("field", field)
    })
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes
        .create(
            creation("apply_for_loan")
                .about("Apply for a loan of a verified customer.")
                .done("The loan is to be decided."),
            async |app, context, new: ApplyBody| app.loans.apply(&context, new.into()).await,
        )
        .command(
            post("assessment", "assess_loan")
                .about("Record what is known of the customer's standing.")
                .done("It is recorded."),
            |body: AssessBody| RecordAssessment {
                credit_score: body.credit_score.0,
                income_verified: body.income_verified,
            },
        )
        .telling(
            post("approve", "approve_loan")
                .about("Approve a loan; from then on it has a schedule.")
                .done("The loan is approved."),
            async |app, context, id, body: ApproveBody| {
                let approve = body.by(&context)?.into();
                Ok(CommandAnswer::done(app.executor.execute::<Loan>(&context, id, approve).await?))
            },
        )
        .use_case(
            post("reject", "reject_loan").about("Reject a loan.").done("The loan is rejected."),
            async |app, context, id, body: RejectBody| {
                let reasons = body.reasons.0.into_iter().map(TextField::into_string).collect();
                app.loans.execute_to_the_end(&context, id, Reject { reasons }.into()).await
            },
        )
}

pub(super) fn after_approval(routes: LoanRoutes) -> LoanRoutes {
    routes
        .command(
            post("reverse-approval", "reverse_loan_approval")
                .about(
                    "Reverse an approval before the money is paid out: the loan is to be decided again.",
                )
                .done("The loan is pending again."),
            |body: ReverseBody| ReverseApproval { reason: body.reason.into_string() },
        )
        .use_case(
            post("disburse", "disburse_loan").optional()
                .about("Record that the money is paid out. A day other than the agreed one recalculates the schedule.")
                .done("The loan is active."),
            async |app, context, id, body: DisburseBody| {
                app.loans.disburse(&context, id, body.date.map(|DateField(date)| date)).await
            },
        )
}
