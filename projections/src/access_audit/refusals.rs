//! `access_refusals`: what was refused, to whom, and how often.

use crate::{
    current::{Stand, Viewed},
    row,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use khata_domain::access_audit::AccessRefusal;

row! {
    /// A refusal, or several of a kind that were counted.
    pub struct RefusalRow in "access_refusals", partition refusal_id, key [refusal_id],
        index [actor, refusal_id],
        index [refused_on, refusal_id] {
        /// `ref_…`
        pub refusal_id: String,
        /// The subject of the token.
        pub actor: String,
        /// As the description of the surface names it.
        pub operation: String,
        /// On what, if that was one thing.
        pub resource: Option<String>,
        /// `role`, `reach` or `statement`.
        pub reason: String,
        /// How often.
        pub times: u32,
        /// When, or when first.
        pub refused_at: Timestamp,
        /// The day of that, in UTC.
        pub refused_on: Date,
        pub version: u64,
    }
}

impl RefusalRow {
    /// The row of a refusal, once it is noted.
    pub fn of(refusal_id: String, refusal: &AccessRefusal, version: u64) -> Option<Self> {
        let refused = refusal.refused()?.clone();
        Some(Self {
            refusal_id,
            actor: refused.actor,
            operation: refused.operation,
            resource: refused.resource,
            reason: refused.reason.name().to_owned(),
            times: refused.count,
            refused_at: refused.refused_at,
            refused_on: refused.refused_at.to_zoned(TimeZone::UTC).date(),
            version,
        })
    }
}

impl Viewed for AccessRefusal {
    const VIEW: &'static str = "access_refusals";
    const VIEW_VERSION: u32 = 1;
    type Row = RefusalRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<RefusalRow> {
        RefusalRow::of(id.to_owned(), self, stand.version)
    }
}
