//! The bounded contexts of Khata. What each of them declares is in its own file.

use crate::context::{AggregateType, Context};

/// Every bounded context, each behind those that it imports: they start in this order and stop in reverse. A new
/// one gets its line here.
pub static ALL: [&Context; 6] = [
    &crate::customers::CONTEXT,
    &crate::accounts::CONTEXT,
    &crate::cards::CONTEXT,
    &crate::lending::CONTEXT,
    &crate::orders::CONTEXT,
    &crate::traffic::CONTEXT,
];

/// The aggregates of every context, and those that every process has: the settings of the namespace, and what
/// its operators did.
pub fn aggregates() -> impl Iterator<Item = &'static AggregateType> {
    ALL.iter()
        .flat_map(|context| context.aggregates)
        .chain([&crate::settings::AGGREGATE, &crate::operations::AGGREGATE])
}

/// The aggregate whose streams have this category.
pub fn aggregate(category: &str) -> Option<&'static AggregateType> {
    ALL.iter().flat_map(|context| context.aggregates).find(|aggregate| aggregate.category == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_imports_only_what_one_declared_before_it_exports() {
        for (place, context) in ALL.iter().enumerate() {
            for import in context.imports {
                let exporter = ALL[..place].iter().find(|earlier| earlier.name == import.context);
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
        for context in ALL {
            for port in context.exports {
                let is_own = context.aggregates.iter().any(|own| own.category == port.aggregate.category);
                assert!(is_own && port.context == context.name, "{}: {port}", context.name);
            }
        }
    }

    #[test]
    fn no_two_contexts_have_one_name() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|context| context.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
