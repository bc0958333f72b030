//! The bounded contexts of Khata: what each declares of itself, and the graph that they make. Each is
//! declared once, in its own file (`accounts.rs` and so on); what it has in the read models and on the HTTP
//! surface hangs on that declaration in the layers above.
//!
//! An import is a port that a context's commands need: opening an account takes part in the customer. Imports
//! make the order of start, so there is no cycle among them. Whoever only listens to another's published
//! events imports nothing: events lie in the log whether or not their context runs.

use crate::{audit::Refold, fold::Folded};
use khata_domain::{Aggregate, DomainEvent};
use std::{any::type_name, fmt};

/// Every bounded context. A new one gets its line here.
pub static ALL: [&Context; 5] = [
    &crate::customers::CONTEXT,
    &crate::accounts::CONTEXT,
    &crate::cards::CONTEXT,
    &crate::lending::CONTEXT,
    &crate::orders::CONTEXT,
];

/// The aggregates of every context, and those that every process has: the settings of the namespace, and what
/// its operators did.
pub fn aggregates() -> impl Iterator<Item = &'static AggregateType> {
    ALL.iter()
        .flat_map(|context| context.aggregates)
        .chain([&crate::settings::AGGREGATE, &crate::operations::AGGREGATE])
}

/// A bounded context, as it declares itself.
#[derive(Debug)]
pub struct Context {
    /// Its name, that of its folder in every layer.
    pub name: &'static str,
    /// Counts up when what it exports changes in a way that importers notice.
    pub version: u32,
    /// The ports of others that its commands need.
    pub imports: &'static [Import],
    /// The ports that others may import.
    pub exports: &'static [Port],
    /// Its aggregates, also those that it does not export.
    pub aggregates: &'static [AggregateType],
    /// Its processes between aggregates, by name.
    pub processes: &'static [&'static str],
}

/// A port of another context, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// The context that exports it.
    pub context: &'static str,
    pub port: &'static str,
}

/// What a context lets others do: take part in one of its aggregates.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    pub name: &'static str,
    /// The aggregate behind it.
    pub aggregate: AggregateType,
}

/// An aggregate, without its type.
#[derive(Debug, Clone, Copy)]
pub struct AggregateType {
    /// [`Aggregate::CATEGORY`].
    pub category: &'static str,
    /// [`DomainEvent::SCHEMA`]: the names of its events with their schema versions.
    pub events: &'static [(&'static str, u32)],
    full_name: fn() -> &'static str,
    refold: fn() -> Box<dyn Refold>,
}

/// The fold of an aggregate, before its first event.
fn unfolded<A: Aggregate>() -> Box<dyn Refold> {
    Box::new(Folded::<A>::default())
}

impl AggregateType {
    /// That of an aggregate.
    pub const fn of<A: Aggregate>() -> Self {
        Self {
            category: A::CATEGORY,
            events: A::Event::SCHEMA,
            full_name: type_name::<A>,
            refold: unfolded::<A>,
        }
    }

    /// Begins to fold its events anew, to compare what comes of them.
    pub(crate) fn refold(&self) -> Box<dyn Refold> {
        (self.refold)()
    }

    /// The name of the type, `BankAccount`.
    pub fn name(&self) -> &'static str {
        let full = (self.full_name)();
        full.rsplit("::").next().unwrap_or(full)
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.context, self.port)
    }
}

/// The aggregate whose streams have this category.
pub fn aggregate(category: &str) -> Option<&'static AggregateType> {
    ALL.iter().flat_map(|context| context.aggregates).find(|aggregate| aggregate.category == category)
}

/// Why contexts do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two declarations have one name.
    #[error("the context {0} is declared twice")]
    DeclaredTwice(&'static str),
    /// An import names a context that nobody declares.
    #[error("the context {importer} imports {import}, but there is no context {}", import.context)]
    MissingContext { importer: &'static str, import: Import },
    /// An import names a port that its context does not export.
    #[error("the context {importer} imports {import}, but {} exports {}", import.context, listed(exports))]
    MissingExport { importer: &'static str, import: Import, exports: Vec<&'static str> },
    /// An import leads back to its importer.
    #[error("the context {importer} imports {import}, which leads back to {importer}: {}", path.join(" -> "))]
    Cycle {
        importer: &'static str,
        import: Import,
        /// From the importer back to it.
        path: Vec<&'static str>,
    },
}

fn listed(exports: &[&str]) -> String {
    if exports.is_empty() { "nothing".to_owned() } else { format!("only {}", exports.join(", ")) }
}

/// The contexts in the order in which they start: each behind all that it imports, otherwise as they are
/// declared. They stop in reverse.
///
/// # Errors
/// See [`GraphError`].
pub fn start_order(declared: &[&'static Context]) -> Result<Vec<&'static Context>, GraphError> {
    check_names(declared)?;
    check_cycles(declared)?;
    let mut ordered: Vec<&'static Context> = Vec::with_capacity(declared.len());
    loop {
        let has_started = |name: &str| ordered.iter().any(|context| context.name == name);
        let ready = |context: &&&'static Context| {
            !has_started(context.name) && context.imports.iter().all(|import| has_started(import.context))
        };
        match declared.iter().find(ready) {
            Some(context) => ordered.push(context),
            None => return Ok(ordered),
        }
    }
}

/// Every import names a port that some other context exports.
fn check_names(declared: &[&'static Context]) -> Result<(), GraphError> {
    for (place, context) in declared.iter().enumerate() {
        if declared[..place].iter().any(|earlier| earlier.name == context.name) {
            return Err(GraphError::DeclaredTwice(context.name));
        }
        for import in context.imports {
            let importer = context.name;
            let exporter = find(declared, import.context)
                .ok_or(GraphError::MissingContext { importer, import: *import })?;
            if !exporter.exports.iter().any(|port| port.name == import.port) {
                let exports = exporter.exports.iter().map(|port| port.name).collect();
                return Err(GraphError::MissingExport { importer, import: *import, exports });
            }
        }
    }
    Ok(())
}

fn find(declared: &[&'static Context], name: &str) -> Option<&'static Context> {
    declared.iter().find(|context| context.name == name).copied()
}

fn check_cycles(declared: &[&'static Context]) -> Result<(), GraphError> {
    let mut path = Vec::new();
    declared.iter().try_for_each(|context| follow(declared, context, &mut path))
}

/// Follows the imports of a context, `path` being the way to it; fails where one leads back onto the way.
fn follow(
    declared: &[&'static Context],
    context: &'static Context,
    path: &mut Vec<(&'static str, Import)>,
) -> Result<(), GraphError> {
    if let Some(begin) = path.iter().position(|(name, _)| *name == context.name) {
        let (importer, import) = path[begin];
        let names = path[begin..].iter().map(|(name, _)| *name).chain([importer]).collect();
        return Err(GraphError::Cycle { importer, import, path: names });
    }
    for import in context.imports {
        path.push((context.name, *import));
        find(declared, import.context).map_or(Ok(()), |imported| follow(declared, imported, path))?;
        path.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_domain::orders::Order;

    const PORT: Port = Port {
        name: "thing",
        aggregate: AggregateType {
            category: "thing",
            events: &[],
            full_name: type_name::<()>,
            refold: unfolded::<Order>,
        },
    };

    fn context(name: &'static str, imports: Vec<Import>) -> &'static Context {
        let imports = imports.leak();
        Box::leak(Box::new(Context {
            name,
            version: 1,
            imports,
            exports: &[PORT],
            aggregates: &[],
            processes: &[],
        }))
    }

    fn import(context: &'static str) -> Import {
        Import { context, port: "thing" }
    }

    fn names(ordered: &[&Context]) -> Vec<&'static str> {
        ordered.iter().map(|context| context.name).collect()
    }

    #[test]
    fn khatas_own_contexts_fit_together_and_start_behind_what_they_import() {
        let ordered = start_order(&ALL).unwrap();
        assert_eq!(ordered.len(), ALL.len());
        for (place, context) in ordered.iter().enumerate() {
            let before = names(&ordered[..place]);
            assert!(
                context.imports.iter().all(|import| before.contains(&import.context)),
                "{}",
                context.name
            );
        }
        assert_eq!(ordered[0].name, "customers");
    }

    #[test]
    fn contexts_start_behind_what_they_import_and_otherwise_as_they_are_declared() {
        let declared =
            [context("c", vec![import("a")]), context("b", vec![]), context("a", vec![import("b")])];
        assert_eq!(names(&start_order(&declared).unwrap()), ["b", "a", "c"]);
    }

    #[test]
    fn a_missing_context_is_told_with_who_wants_what() {
        let error = start_order(&[context("a", vec![import("b")])]).unwrap_err();
        assert_eq!(error.to_string(), "the context a imports b.thing, but there is no context b");
    }

    #[test]
    fn a_port_that_is_not_exported_is_told_with_what_there_is() {
        let declared = [context("a", vec![Import { context: "b", port: "other" }]), context("b", vec![])];
        let error = start_order(&declared).unwrap_err();
        assert_eq!(error.to_string(), "the context a imports b.other, but b exports only thing");
    }

    #[test]
    fn a_cycle_is_told_with_both_ends_and_the_way_between() {
        let declared = [
            context("d", vec![import("a")]),
            context("a", vec![import("b")]),
            context("b", vec![import("c")]),
            context("c", vec![import("a")]),
        ];
        let error = start_order(&declared).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the context a imports b.thing, which leads back to a: a -> b -> c -> a"
        );
        let itself = start_order(&[context("a", vec![import("a")])]).unwrap_err();
        assert_eq!(itself.to_string(), "the context a imports a.thing, which leads back to a: a -> a");
    }

    #[test]
    fn a_name_declared_twice_is_refused() {
        let error = start_order(&[context("a", vec![]), context("a", vec![])]).unwrap_err();
        assert_eq!(error, GraphError::DeclaredTwice("a"));
    }
}
