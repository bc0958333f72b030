//! `khata contexts`: the bounded contexts, and what of them a running server runs.

use crate::{
    client::Client,
    failure::Failure,
    http::ContextsBody,
    options::GlobalOptions,
    output::{self, table},
    part::Part,
};

/// Shows the contexts of the server that runs, or else of this Khata: no store is opened for that.
pub(super) fn list(options: &GlobalOptions) -> Result<(), Failure> {
    let contexts: ContextsBody = match Client::running(options)? {
        Some(server) => server.get("/v1/admin/contexts")?.read()?,
        None => ContextsBody::of(&Part::whole(options.namespace()?).with_roles([])),
    };
    let listed = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    let rows = contexts.items.iter().map(|context| {
        let cells =
            [&context.running, &context.imports, &context.exports, &context.aggregates, &context.projections]
                .map(|names| listed(names));
        let [running, imports, exports, aggregates, projections] = cells;
        [
            context.name.clone(),
            context.version.to_string(),
            running,
            imports,
            exports,
            aggregates,
            projections,
            context.routes.len().to_string(),
        ]
    });
    table(
        ["CONTEXT", "VERSION", "RUNNING AS", "IMPORTS", "EXPORTS", "AGGREGATES", "PROJECTIONS", "ROUTES"],
        rows,
    )?;
    if !contexts.roles.is_empty() {
        output::complain(&format!("namespace {}, roles {}", contexts.namespace, contexts.roles.join(", ")));
    }
    Ok(())
}
