//! What was refused for lack of rights, over HTTP.

use super::{
    Context,
    list::{self, Filters, Shown},
    request::instant::Day,
    resource::{Now, Picture, Resource, ResourceType, Routes},
    words::Word,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::access_audit::{AccessRefusal, RefusalReason};
use khata_projections::{Query, Value, access_audit::RefusalRow, query::Comparison};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::access_audit::CONTEXT,
    resource: ResourceType::of::<AccessRefusal>(),
    routes: || Routes::<AccessRefusal>::of(&[]),
    refusals: &[],
    reads: &[],
};

type ReasonSchema = Word<RefusalReason>;

/// Something that was refused for lack of rights.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AccessRefusal)]
pub(crate) struct RefusalBody {
    /// `ref_…`
    refusal_id: String,
    /// Who wanted it: the subject of the token.
    actor: String,
    /// What they wanted, as this description names it.
    operation: String,
    /// Of what, if that was one thing, `acc_…`.
    #[schema(required)]
    resource: Option<String>,
    /// Why not.
    #[schema(value_type = ReasonSchema)]
    reason: String,
    /// How often; more than once where so many came in a minute that they are told together.
    count: u32,
    /// When, or when first.
    #[serde(serialize_with = "khata_application::instants::write")]
    refused_at: Timestamp,
    /// True if this is missing events; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the refusal has.
    version: u64,
}

impl From<RefusalRow> for RefusalBody {
    fn from(row: RefusalRow) -> Self {
        Self {
            refusal_id: row.refusal_id,
            actor: row.actor,
            operation: row.operation,
            resource: row.resource,
            reason: row.reason,
            count: row.times,
            refused_at: row.refused_at,
            parked: false,
            version: row.version,
        }
    }
}

impl Shown for RefusalBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// Which refusals.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefusalFilters {
    /// Of this actor.
    actor: Option<String>,
    /// From this day on (UTC).
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Up to this day, itself included (UTC).
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
}

impl Filters for RefusalFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        let query = list::having(Query::of::<RefusalRow>(limit), [("actor", self.actor.clone())]);
        let days = [(self.from, Comparison::AtLeast), (self.to, Comparison::AtMost)];
        days.into_iter().fold(query, |query, (day, comparison)| match day {
            Some(Day(day)) => query.only("refused_on", comparison, Value::Date(day)),
            None => query,
        })
    }
}

impl Resource for AccessRefusal {
    const ONE: &'static str = "a refusal";
    const COLLECTION: &'static str = "access/refusals";
    const ABOUT: &'static str = "What was refused for lack of rights.";
    type Row = RefusalRow;
    type Body = RefusalBody;
    type Filters = RefusalFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> RefusalBody {
        let (id, state, version) = (picture.id.to_string(), picture.state, picture.version);
        match RefusalRow::of(id.clone(), &state, version) {
            Some(row) => row.into(),
            None => RefusalBody::unknown(id, version),
        }
    }

    fn show_row(row: RefusalRow, _now: Now) -> RefusalBody {
        row.into()
    }
}

impl RefusalBody {
    /// Before the refusal's day, by business time: nothing is known yet.
    fn unknown(refusal_id: String, version: u64) -> Self {
        Self {
            refusal_id,
            actor: String::new(),
            operation: String::new(),
            resource: None,
            reason: RefusalReason::Role.name().to_owned(),
            count: 0,
            refused_at: Timestamp::UNIX_EPOCH,
            parked: false,
            version,
        }
    }
}
