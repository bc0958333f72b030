//! The aggregates of all bounded contexts. What each context declares is in its own file.

use crate::{CONTEXTS, context::AggregateType};

/// The aggregates of every context, and those that every process has: the settings of the namespace, and what
/// its operators did.
pub fn aggregates() -> impl Iterator<Item = &'static AggregateType> {
    CONTEXTS
        .iter()
        .flat_map(|context| context.aggregates)
        .chain([&crate::settings::AGGREGATE, &crate::operations::AGGREGATE])
}

/// The aggregate whose streams have this category.
pub fn aggregate(category: &str) -> Option<&'static AggregateType> {
    CONTEXTS.iter().flat_map(|context| context.aggregates).find(|aggregate| aggregate.category == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_imports_only_what_one_declared_before_it_exports() {
        for (place, context) in CONTEXTS.iter().enumerate() {
            for import in context.imports {
                let exporter = CONTEXTS[..place].iter().find(|earlier| earlier.name == import.context);
                let exports = exporter.map(|exporter| exporter.exports).unwrap_or_default();
                assert!(
                    exports.iter().any(|port| port.to_string() == import.to_string()),
                    "{} imports {import}, which no context declared before it exports",
                    context.name
                );
            }
        }
    }

    #[test]
    fn a_context_exports_aggregates_of_its_own_under_its_name() {
        for context in CONTEXTS {
            for port in context.exports {
                let is_own = context.aggregates.iter().any(|own| own.category == port.aggregate.category);
                assert!(is_own && port.context == context.name, "{}: {port}", context.name);
            }
        }
    }

    #[test]
    fn no_two_contexts_have_one_name() {
        let names: std::collections::BTreeSet<&str> = CONTEXTS.iter().map(|context| context.name).collect();
        assert_eq!(names.len(), CONTEXTS.len());
    }
}
