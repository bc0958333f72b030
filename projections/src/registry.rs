//! The list of all projections, by bounded context, and the form in which the runner handles them whatever
//! their states are.

use crate::{
    accounts, cards, customers,
    folder::{Folder, FolderStart, PartitionFolder},
    lending, orders,
    projection::Projection,
    row::Table,
};
use khata_application::context::{AggregateType, Context};
use std::sync::Arc;

/// What a bounded context has in the read models.
#[derive(Debug)]
pub struct ReadModels {
    pub context: &'static Context,
    /// The aggregates of other contexts whose published events its projections fold.
    pub subscribes_to: &'static [AggregateType],
    pub projections: fn() -> Vec<Arc<dyn AnyProjection>>,
}

/// Every context's read models. Those of a new context get their line here.
pub static READ_MODELS: [&ReadModels; 5] = [
    &customers::READ_MODELS,
    &accounts::READ_MODELS,
    &cards::READ_MODELS,
    &lending::READ_MODELS,
    &orders::READ_MODELS,
];

/// Every projection of Khata. A new one gets its line in its context's `READ_MODELS`.
pub fn all_projections() -> Vec<Arc<dyn AnyProjection>> {
    READ_MODELS.iter().flat_map(|models| (models.projections)()).collect()
}

/// A projection, whatever its state.
pub trait AnyProjection: Send + Sync + 'static {
    /// [`Projection::NAME`].
    fn name(&self) -> &'static str;
    /// [`Projection::VERSION`].
    fn version(&self) -> u32;
    /// [`Projection::TABLES`].
    fn tables(&self) -> &'static [&'static Table];
    /// Begins to fold events into one generation of its tables.
    fn folder(&self, start: FolderStart) -> Box<dyn Folder>;
}

/// Gives a projection the form in which the runner handles it.
pub fn register<P: Projection>(projection: P) -> Arc<dyn AnyProjection> {
    Arc::new(Erased(Arc::new(projection)))
}

struct Erased<P>(Arc<P>);

impl<P: Projection> AnyProjection for Erased<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> u32 {
        P::VERSION
    }

    fn tables(&self) -> &'static [&'static Table] {
        P::TABLES
    }

    fn folder(&self, start: FolderStart) -> Box<dyn Folder> {
        Box::new(PartitionFolder::new(self.0.clone(), start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::contexts;
    use std::collections::BTreeSet;

    #[test]
    fn every_context_has_its_read_models_here_once() {
        let declared: Vec<&str> = contexts::ALL.iter().map(|context| context.name).collect();
        let here: Vec<&str> = READ_MODELS.iter().map(|models| models.context.name).collect();
        assert_eq!(here, declared);
    }

    #[test]
    fn names_and_tables_of_projections_are_their_own() {
        let all = all_projections();
        let names: BTreeSet<&str> = all.iter().map(|projection| projection.name()).collect();
        assert_eq!(names.len(), all.len());
        let tables: Vec<&str> =
            all.iter().flat_map(|projection| projection.tables()).map(|table| table.name).collect();
        assert_eq!(tables.iter().collect::<BTreeSet<_>>().len(), tables.len(), "{tables:?}");
    }

    #[test]
    fn what_is_heard_of_others_is_what_others_publish() {
        for models in READ_MODELS {
            let own = |category: &str| {
                models.context.aggregates.iter().any(|aggregate| aggregate.category == category)
            };
            let published = |category: &str| {
                contexts::ALL
                    .iter()
                    .flat_map(|context| context.aggregates)
                    .any(|other| other.category == category)
            };
            for heard in models.subscribes_to {
                assert!(
                    published(heard.category) && !own(heard.category),
                    "{} hears {}",
                    models.context.name,
                    heard.category
                );
            }
        }
    }
}
