//! What a bounded context declares of itself. Each does so once, in its own file (`accounts.rs` and so on); what
//! it has in the read models and on the HTTP surface hangs on that declaration in the layers above.
//!
//! An import is a port of another context that its commands take part in: opening an account takes part in the
//! customer, and can be refused by it. Whoever only listens to another's published events imports nothing: events
//! lie in the log whether or not their context runs.

pub use crate::aggregate_type::AggregateType;

use crate::processes::ProcessKind;
use std::fmt;

/// A bounded context, as it declares itself.
#[derive(Debug)]
pub struct Context {
    /// Its name, that of its folder in every layer.
    pub name: &'static str,
    /// Counts up when what it exports changes in a way that importers notice.
    pub version: u32,
    /// The ports of others that its commands take part in.
    pub imports: &'static [Port],
    /// The ports that others may import.
    pub exports: &'static [Port],
    /// Its aggregates, also those that it does not export.
    pub aggregates: &'static [AggregateType],
    /// Its processes between aggregates.
    pub processes: &'static [ProcessKind],
}

impl Context {
    /// One that stands alone: it needs nothing of others, and offers them nothing.
    pub const fn alone(name: &'static str, aggregates: &'static [AggregateType]) -> Self {
        Self { name, version: 1, imports: &[], exports: &[], aggregates, processes: &[] }
    }
}

/// What a context lets others do: take part in one of its aggregates.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    /// The context that exports it.
    pub context: &'static str,
    pub name: &'static str,
    /// The aggregate behind it.
    pub aggregate: AggregateType,
}

/// `customers.customer`
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.context, self.name)
    }
}
