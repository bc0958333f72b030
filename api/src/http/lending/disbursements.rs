//! Disbursements over HTTP: how loans are paid out by the house itself.

use super::{LoanRoutes, words::DisbursementStatusSchema};
use crate::{
    app::App,
    http::{
        answer::{Place, at_position, json_for},
        declared::{filters, shown},
        problem::Problem,
        request::{Reader, query_string::NoParameters},
        resource::{Now, Picture, Resource, ResourceType, Routes, get},
        schemas::MoneySchema,
    },
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Aggregate, Money,
    ids::{CustomerId, LoanId},
    lending::{Disbursement, disbursement::DisbursementStatus},
};
use khata_projections::lending::DisbursementRow;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// What it is to clients.
pub(in crate::http) const RESOURCE: ResourceType = ResourceType::of::<Disbursement>();

/// The disbursement of a loan. Members are null where nothing is known yet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
#[schema(as = LoanDisbursement)]
pub(crate) struct DisbursementBody {
    /// `disb_…`
    disbursement_id: String,
    /// `loan_…`
    #[schema(required)]
    loan_id: Option<String>,
    /// Whose loan it is, `cus_…`
    #[schema(required)]
    customer_id: Option<String>,
    /// The account that it is paid out to, `acc_…`
    #[schema(required)]
    account_id: Option<String>,
    /// How much.
    #[schema(required, value_type = Option<MoneySchema>)]
    amount: Option<Money>,
    /// How far it has come.
    #[schema(value_type = DisbursementStatusSchema)]
    status: String,
    /// The entry of the account, `txn_…`
    #[schema(required)]
    transaction_id: Option<String>,
    /// The day that it counts for.
    #[schema(required)]
    transferred_on: Option<Date>,
    /// The day on which the loan was paid out.
    #[schema(required)]
    disbursed_on: Option<Date>,
    /// Why it was reversed or given up.
    #[schema(required)]
    reason: Option<String>,
    /// When it was recorded.
    #[schema(required)]
    created_at: Option<Timestamp>,
    /// When it changed last.
    #[schema(required)]
    changed_at: Option<Timestamp>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the disbursement has.
    version: u64,
}

shown!(DisbursementBody);

impl From<DisbursementRow> for DisbursementBody {
    fn from(row: DisbursementRow) -> Self {
        Self {
            amount: Some(row.amount()),
            disbursement_id: row.disbursement_id,
            loan_id: Some(row.loan_id),
            customer_id: Some(row.customer_id),
            account_id: Some(row.account_id),
            status: row.status,
            transaction_id: row.transaction_id,
            transferred_on: row.transferred_on,
            disbursed_on: row.disbursed_on,
            reason: row.reason,
            created_at: Some(row.created_at),
            changed_at: Some(row.changed_at),
            parked: false,
            version: row.version,
        }
    }
}

filters! {
    /// Which disbursements.
    pub(crate) struct DisbursementFilters of DisbursementRow {
        /// Of loans of this customer.
        customer_id: CustomerId as String,
        /// In this status.
        status: DisbursementStatus as DisbursementStatusSchema,
    }
}

impl Resource for Disbursement {
    const ONE: &'static str = "a disbursement";
    const COLLECTION: &'static str = "disbursements";
    const ABOUT: &'static str = "Disbursements: how loans are paid out from the treasury to accounts.";
    type Row = DisbursementRow;
    type Body = DisbursementBody;
    type Filters = DisbursementFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> DisbursementBody {
        let (state, id, version) = (&picture.state, picture.id.to_string(), picture.version);
        match state.created() {
            Some(created) => DisbursementRow::of(id, state, created, version).into(),
            // By business time, before it was recorded.
            None => DisbursementBody {
                disbursement_id: id,
                status: state.status().name().to_owned(),
                version,
                ..DisbursementBody::default()
            },
        }
    }

    fn show_row(row: DisbursementRow, _now: Now) -> DisbursementBody {
        row.into()
    }
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    Routes::<Disbursement>::of(&[])
}

/// How a loan is paid out.
pub(super) fn of_loan(routes: LoanRoutes) -> LoanRoutes {
    routes.question(
        get("disbursement", "show_loan_disbursement")
            .about("Show how a loan is being paid out by the house, or was; of several attempts the latest.")
            .answers::<DisbursementBody>("How far it has come."),
        async |app: Arc<App>, id: LoanId, NoParameters {}, reader: Reader| {
            let views = reader.views(&app).await?;
            let page =
                views.page::<DisbursementRow>(DisbursementRow::latest_of(id), reader.min_position()?).await?;
            let position = page.position;
            let latest = page.rows.into_iter().next();
            let latest = latest.ok_or_else(|| Problem::not_found(format!("disbursement of {id}")))?;
            let body = DisbursementBody::from(latest);
            let shown_to = (Disbursement::CATEGORY, Place::Whole);
            Ok(at_position(json_for(&reader.asker, shown_to, &body)?, position))
        },
    )
}
