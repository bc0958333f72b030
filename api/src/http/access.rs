//! Who may do what, held against every request before its body is read: the operation of its route and method, the rule of
//! that operation, and whether what the path names is within reach.

use super::{
    CONTEXTLESS, CONTEXTS,
    problem::{Problem, codes},
    request::{
        path,
        principal::{Asker, names},
    },
    resource::ResourceType,
    resources,
};
use crate::app::App;
use axum::{
    extract::Request,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use khata_application::{
    access::{Principal, Rule},
    access_audit::Refused as RefusedAccess,
};
use khata_domain::access_audit::RefusalReason;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// Routes that the description of the surface does not tell of: the method, the path, the operation.
pub(super) const UNDESCRIBED: &[(&str, &str, &str)] = &[
    ("GET", "/openapi.json", "read_description"),
    ("GET", "/v1", "read_description"),
    ("GET", "/docs", "read_pages"),
    ("GET", "/docs/", "read_pages"),
    ("GET", "/docs/errors.md", "read_pages"),
    ("GET", "/docs/{*asset}", "read_pages"),
    ("GET", "/", "read_pages"),
    ("POST", "/v1/bench/echo", "echo_body"),
];

/// The rules of all routes.
#[derive(Debug, Default)]
pub(super) struct Gate {
    paths: FxHashMap<String, Ruled>,
}

/// What may be done at a path.
#[derive(Debug, Default)]
struct Ruled {
    /// The rule of each method; none where the table has none, which nobody passes.
    methods: Vec<(Method, Option<&'static Rule>)>,
    /// What the path begins with the id of.
    resource: Option<ResourceType>,
    /// Whether this process serves it; another's is told to be another's, whatever the method.
    is_here: bool,
}

impl Gate {
    /// The rules of everything that there is, in this process, which is described, or in others.
    pub(super) fn of_the_surface(described: &OpenApi) -> Self {
        let mut gate = Self::default();
        let of_contexts = CONTEXTS.iter().map(|context| context.routes);
        for routes in of_contexts.chain(CONTEXTLESS) {
            for (path, item) in routes().into_openapi().paths.paths {
                let operations = [
                    (Method::GET, item.get),
                    (Method::POST, item.post),
                    (Method::PUT, item.put),
                    (Method::PATCH, item.patch),
                    (Method::DELETE, item.delete),
                ];
                for (method, operation) in operations {
                    let Some(operation) = operation else { continue };
                    gate.rule(&path, method, operation.operation_id.as_deref().unwrap_or_default());
                }
            }
        }
        for path in described.paths.paths.keys() {
            gate.paths.entry(path.clone()).or_default().is_here = true;
        }
        for (method, path, operation) in UNDESCRIBED {
            gate.paths.entry((*path).to_owned()).or_default().is_here = true;
            gate.rule(path, Method::try_from(*method).unwrap_or_default(), operation);
        }
        gate
    }

    fn rule(&mut self, path: &str, method: Method, operation: &str) {
        let ruled = self.paths.entry(path.to_owned()).or_default();
        ruled.resource = resource_of(path);
        if !ruled.methods.iter().any(|(known, _)| *known == method) {
            ruled.methods.push((method, Rule::of(operation)));
        }
    }

    /// Who asks, if they may do that. Where there is no route, nobody is asked: there is nothing.
    pub(super) fn admit(
        &self,
        route: Option<&str>,
        method: &Method,
        principal: &Arc<Principal>,
    ) -> Result<Option<Asker>, Box<Refused>> {
        let Some(route) = route else { return Ok(None) };
        let ruled = self.paths.get(route).ok_or_else(|| Refused::forbidden(None))?;
        // What can be read can be asked for its head alone, too.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let Some((_, rule)) = ruled.methods.iter().find(|(known, _)| known == method) else {
            return if ruled.is_here { Err(ruled.refuse(method)) } else { Ok(None) };
        };
        let reach = rule.and_then(|rule| Some((rule, rule.reach(principal)?)));
        let (rule, reach) = reach.ok_or_else(|| Refused::forbidden(*rule))?;
        Ok(Some(Asker { principal: Arc::clone(principal), rule, reach, within: None }))
    }

    /// Makes sure that what the path names is within the reach of who asks. What is not is not there: the answer is the one that
    /// is given where there is nothing.
    pub(super) async fn reach(
        &self,
        app: &App,
        route: Option<&str>,
        asker: Asker,
        request: &mut Request,
    ) -> Result<Asker, Problem> {
        let resource =
            route.and_then(|route| self.paths.get(route)?.resource).filter(|_| !asker.reach.is_all());
        let Some(resource) = resource else { return Ok(asker) };
        let id: String = path::nth(&path::params(request).await?, 0)?;
        // What cannot name anything is refused by the route, for everybody.
        let Some(stream) = resource.stream(&id) else { return Ok(asker) };
        match app.executor.owners().reached(&asker.principal, asker.reach, &stream).await? {
            Some(owner) => Ok(Asker { within: Some((stream.id().into(), owner)), ..asker }),
            None => Err(Problem::not_found(stream.id()).lacking(RefusalReason::Reach)),
        }
    }
}

impl Gate {
    /// What was refused at a path, as it is recorded.
    pub(super) fn refused(
        &self,
        route: &str,
        method: &Method,
        path: &str,
        reason: RefusalReason,
    ) -> RefusedAccess {
        let ruled = self.paths.get(route);
        let rule = ruled.and_then(|ruled| ruled.methods.iter().find(|(known, _)| known == method)?.1);
        let operation = rule.map_or("unknown", |rule| rule.operation);
        let resource = ruled.and_then(|ruled| {
            let place = route.split('/').position(|segment| segment == "{id}")?;
            Some(ruled.resource?.stream(path.split('/').nth(place)?)?.id().to_owned())
        });
        RefusedAccess { operation, resource, reason }
    }
}

impl Ruled {
    fn refuse(&self, method: &Method) -> Box<Refused> {
        let names =
            |method: &Method| if *method == Method::GET { "GET,HEAD".to_owned() } else { method.to_string() };
        let allowed: Vec<String> = self.methods.iter().map(|(method, _)| names(method)).collect();
        Box::new(Refused {
            problem: no_such_method(method),
            allowed: HeaderValue::try_from(allowed.join(",")).ok(),
        })
    }
}

/// A route without this method.
pub(super) fn no_such_method(method: &Method) -> Problem {
    Problem::new(&codes::METHOD_NOT_ALLOWED, format!("The route does not take {method}."))
}

/// The aggregate whose id a path begins with.
fn resource_of(path: &str) -> Option<ResourceType> {
    let path = path.strip_prefix("/v1/")?;
    let below = |collection: &str| path.strip_prefix(collection)?.strip_prefix("/{id}");
    resources().find(|resource| {
        below(resource.collection).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Why a request comes to no route.
#[derive(Debug)]
pub(super) struct Refused {
    problem: Problem,
    /// The methods that there are, where there is none of that name.
    allowed: Option<HeaderValue>,
}

impl Refused {
    /// Nothing is told but the roles that may.
    fn forbidden(rule: Option<&Rule>) -> Box<Self> {
        let roles = rule.map(|rule| names(rule.roles())).unwrap_or_default();
        let problem = Problem::new(&codes::FORBIDDEN, "Whoever asks has no role that may do this.")
            .with("roles", roles)
            .lacking(RefusalReason::Role);
        Box::new(Self { problem, allowed: None })
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        response.headers_mut().extend(self.allowed.map(|allowed| (header::ALLOW, allowed)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_begin_with_an_id_are_those_of_their_aggregate() {
        let category = |path: &str| resource_of(path).map(|resource| resource.category);
        assert_eq!(category("/v1/accounts/{id}/holds/{hold_id}/capture"), Some("bank_account"));
        assert_eq!(category("/v1/customers/{id}"), Some("customer"));
        assert_eq!(category("/v1/access/refusals/{id}/events"), Some("access_refusal"));
        assert_eq!(category("/v1/accounts"), None);
        assert_eq!(category("/v1/streams/{stream}/events"), None);
        assert_eq!(category("/v1/admin/projections/{name}/rebuild"), None);
    }
}
