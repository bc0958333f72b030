//! The aggregates of all bounded contexts. What each context declares is in its own file.

use crate::{CONTEXTS, context::AggregateType, processes::ProcessKind};

/// The aggregates of every context, instances of its processes among them, and those that belong to none: the settings
/// of the namespace, and what its operators did.
pub fn aggregates() -> impl Iterator<Item = &'static AggregateType> {
    CONTEXTS
        .iter()
        .flat_map(|context| context.aggregates)
        .chain(processes().map(|kind| &kind.aggregate))
        .chain([&crate::settings::AGGREGATE, &crate::operations::AGGREGATE])
}

/// The kinds of processes of every context.
pub fn processes() -> impl Iterator<Item = &'static ProcessKind> {
    CONTEXTS.iter().flat_map(|context| context.processes)
}

/// The kind of process whose streams have this category.
pub fn process(category: &str) -> Option<&'static ProcessKind> {
    processes().find(|kind| kind.aggregate.category == category)
}

/// The aggregate whose streams have this category.
pub fn aggregate(category: &str) -> Option<&'static AggregateType> {
    let of_contexts = CONTEXTS.iter().flat_map(|context| context.aggregates);
    let of_processes = processes().map(|kind| &kind.aggregate);
    of_contexts.chain(of_processes).find(|aggregate| aggregate.category == category)
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
