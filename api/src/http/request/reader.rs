//! Who asks a question, and what the headers say of it. Views are seen through a reader alone.

use super::{command::circumstances, headers, principal::Asker};
use crate::{app::App, http::problem::Problem};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use khata_application::access::Reach;
use khata_domain::ids::CustomerId;
use khata_projections::{
    Bounds, Query, Scope, ScopedViews, Value, customers::CustomerRow, query::Comparison,
};
use std::{collections::BTreeSet, sync::Arc};

/// So many rows are read at once to find out who is assigned.
const PAGE: usize = 5_000;

/// Who asks a question.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) asker: Asker,
    pub(crate) headers: HeaderMap,
}

impl Reader {
    /// The position that views have to have seen.
    pub(crate) fn min_position(&self) -> Result<Option<u64>, Problem> {
        headers::min_position(&self.headers)
    }

    /// Records that the asker begins something that operators do, where they had to say who they are.
    pub(crate) async fn begin(&self, app: &App, act: &str, target: String) -> Result<(), Problem> {
        let context = circumstances(app, self.asker.clone(), &self.headers)?;
        Ok(app.operations_log.begin(&context, act, target).await?)
    }

    /// The views, as far as the reader sees them.
    pub(crate) async fn views(&self, app: &App) -> Result<ScopedViews, Problem> {
        let bounds = match (self.asker.reach, &self.asker.within) {
            (Reach::All, _) => return Ok(app.views.within(Scope::All)),
            (_, Some((parent, owner))) => {
                Bounds { customers: vec![*owner], parent: Some(parent.to_string()) }
            }
            (_, None) => {
                let customers = self.asker.customers(app, self.min_position()?).await?;
                Bounds { customers: customers.into_iter().collect(), parent: None }
            }
        };
        Ok(app.views.within(Scope::Some(Arc::new(bounds))))
    }
}

impl Asker {
    /// The customers within reach, where that does not go to everybody: as far as the view of customers knows.
    pub(crate) async fn customers(
        &self,
        app: &App,
        min_position: Option<u64>,
    ) -> Result<BTreeSet<CustomerId>, Problem> {
        let Reach::Some { own, assigned } = self.reach else { return Ok(BTreeSet::new()) };
        let mut customers: BTreeSet<CustomerId> = own.into_iter().collect();
        let views = app.views.within(Scope::All);
        let mut after = None;
        if !assigned {
            return Ok(customers);
        }
        loop {
            let manager = Value::Text(self.principal.actor.to_string());
            let query = Query::of::<CustomerRow>(PAGE).only("manager", Comparison::Equal, manager);
            let page = views.page::<CustomerRow>(query.behind(after.take()), min_position).await?;
            customers.extend(page.rows.iter().filter_map(|row| row.customer_id.parse::<CustomerId>().ok()));
            after = page.next;
            if after.is_none() {
                return Ok(customers);
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self { asker: Asker::of(&parts.extensions)?, headers: std::mem::take(&mut parts.headers) })
    }
}
