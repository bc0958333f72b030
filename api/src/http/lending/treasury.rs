//! The treasury over HTTP: what the house has to lend.

use crate::{
    app::App,
    http::{
        declared::{bodies, shown},
        list::Filters,
        request::fields::{MoneyField, TextField},
        resource::{Now, Picture, Resource, ResourceType, Routes, post},
        schemas::MoneySchema,
    },
};
use jiff::civil::Date;
use khata_domain::{
    Currency, Money,
    lending::{
        Treasury,
        treasury::{Fund, SetLimit, TakeOut},
    },
};
use khata_projections::{Query, lending::TreasuryRow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// What it is to clients.
pub(in crate::http) const RESOURCE: ResourceType = ResourceType::of::<Treasury>();

/// The treasury of a currency: what the house has to lend in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Treasury)]
pub(crate) struct TreasuryBody {
    /// Its currency, which is its name.
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    /// What is there, with what is reserved.
    #[schema(value_type = MoneySchema)]
    balance: Money,
    /// What is reserved for loans that are being paid out.
    #[schema(value_type = MoneySchema)]
    reserved: Money,
    /// What can be reserved or withdrawn.
    #[schema(value_type = MoneySchema)]
    available: Money,
    /// The most that is reserved for one loan; null where there is no limit.
    #[schema(value_type = Option<MoneySchema>, required)]
    limit: Option<Money>,
    /// For how many loans something is reserved.
    reservations: u64,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the treasury has.
    version: u64,
}

shown!(TreasuryBody);

impl From<TreasuryRow> for TreasuryBody {
    fn from(row: TreasuryRow) -> Self {
        let money = |minor| Money::from_minor(minor, row.currency);
        Self {
            currency: row.currency,
            balance: money(row.balance_minor),
            reserved: money(row.reserved_minor),
            available: money(row.available_minor),
            limit: row.limit_minor.map(money),
            reservations: row.reservations,
            parked: false,
            version: row.version,
        }
    }
}

/// No filters: there are few of them.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TreasuryFilters {}

impl Filters for TreasuryFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        Query::of::<TreasuryRow>(limit)
    }
}

impl Resource for Treasury {
    const ONE: &'static str = "a treasury";
    const COLLECTION: &'static str = "treasury";
    const ALL: &'static str = "treasuries";
    const ABOUT: &'static str = "Treasury: what the house has to lend, by currency.";
    type Row = TreasuryRow;
    type Body = TreasuryBody;
    type Filters = TreasuryFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> TreasuryBody {
        TreasuryRow::of(picture.id, &picture.state, picture.version).into()
    }

    fn show_row(row: TreasuryRow, _now: Now) -> TreasuryBody {
        row.into()
    }
}

bodies! {
    /// Money to lend, or not to lend any more.
    struct FundsBody as TreasuryFunds,
    such as { "amount": { "amount": "5000000.00", "currency": "INR" }, "reason": "capital of April" } {
        /// How much, in the treasury's currency.
        amount: MoneyField as MoneySchema,
        /// Where it comes from or goes.
        reason: Option<TextField<500>> as Option<String> [max_length = 500],
    }

    /// The most that is reserved for one loan.
    struct LimitBody as TreasuryLimit, such as { "limit": { "amount": "2000000.00", "currency": "INR" } } {
        /// In the treasury's currency; without it there is no limit.
        limit: Option<MoneyField> as Option<MoneySchema>,
    }
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    Routes::of(&[commands])
}

fn commands(routes: Routes<Treasury>) -> Routes<Treasury> {
    routes
        .use_case(
            post("funding", "fund_treasury").about(Fund::ABOUT).done("It is there to be lent."),
            async |app: Arc<App>, context, treasury, FundsBody { amount, reason }| {
                let reason = reason.map(|reason| reason.0);
                let fund = Fund { treasury, amount: amount.0, reason };
                app.loans.treasury(&context, treasury, fund.into()).await
            },
        )
        .use_case(
            post("withdrawals", "withdraw_treasury_funds").about(TakeOut::ABOUT).done("It is taken out."),
            async |app: Arc<App>, context, treasury, FundsBody { amount, reason }| {
                let reason = reason.map(|reason| reason.0);
                let take_out = TakeOut { treasury, amount: amount.0, reason };
                app.loans.treasury(&context, treasury, take_out.into()).await
            },
        )
        .use_case(
            post("limit", "set_treasury_limit").about(SetLimit::ABOUT).done("The limit holds from now on."),
            async |app: Arc<App>, context, treasury, LimitBody { limit }| {
                let set = SetLimit { treasury, limit: limit.map(|MoneyField(limit)| limit) };
                app.loans.treasury(&context, treasury, set.into()).await
            },
        )
}
