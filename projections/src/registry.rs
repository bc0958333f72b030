//! The list of all projections, by bounded context.

use crate::{READ_MODELS, read_models::AnyProjection};
use std::sync::Arc;

/// Every projection of Khata. A new one gets its line in its context's `READ_MODELS`.
pub fn all_projections() -> Vec<Arc<dyn AnyProjection>> {
    READ_MODELS.iter().flat_map(|models| (models.projections)()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::{CONTEXTS, contexts};
    use std::collections::BTreeSet;

    #[test]
    fn every_context_has_its_read_models_here_once() {
        let declared: Vec<&str> = CONTEXTS.iter().map(|context| context.name).collect();
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
            let published = |category: &str| contexts::aggregates().any(|other| other.category == category);
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
