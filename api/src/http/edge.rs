//! The outermost layer, the same for every route: who may ask, how long it may take, panics, problems' bodies, echoes, counting.
//!
//! One layer and not a tower of them, since every request pays for it.

use super::{
    access::{self, Gate},
    guard::Guard,
    identity::Identity,
    limits::{self, Limits, Standing},
    problem::{Problem, codes},
    rationed::Rationed,
    request::{
        Again, form,
        headers::{CORRELATION_ID, IDEMPOTENT_REPLAYED, TRACEPARENT, correlation_id, traceparent},
        rest::Rest,
    },
    spans,
    telemetry::{Ending, Telemetry},
};
use crate::app::App;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Uri,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use khata_application::{access::Principal, command::CommandError, event_store::Condition};
use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    time::Instant,
};
use tokio::sync::watch;
use tracing::{Instrument, Span};

/// The most that all headers of a request may weigh together, in bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;

static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The content security policy of what is no page.
const LOADS_NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// A browser that has come by TLS comes by nothing else for a year.
const ALWAYS_TLS: &str = "max-age=31536000";
/// How often a command is decided at most, if the settings change under it each time.
const DECISIONS: usize = 4;

/// What the edge needs to know.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) app: Arc<App>,
    pub(super) guard: Guard,
    pub(super) identity: Identity,
    /// Who may do what.
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    pub(super) telemetry: Telemetry,
    /// How the log is.
    pub(super) condition: watch::Receiver<Condition>,
    /// Lines of requests that found a store unavailable: while one is, all of them may.
    pub(super) unavailable: Rationed,
    /// Routes whose requests may take as long as they like.
    pub(super) unhurried: &'static [&'static str],
}

/// Sees a request in and its answer out.
pub(super) async fn edge(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let echo = edge.echo(request.headers_mut());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let span = spans::request(&request, route);
    answer(&edge, route, request, next, (&span, echo)).instrument(span.clone()).await
}

async fn answer(
    edge: &Edge,
    route: Option<&str>,
    request: Request,
    next: Next,
    (span, echo): (&Span, Echo),
) -> Response {
    let started = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (request, rest) = Rest::of(request);
    let origin = request.headers().get(ORIGIN).cloned();
    let mut standing = None;
    let (mut response, principal) = edge.answer(route, request, next, &mut standing).await;
    rest.settle(response.headers_mut()).await;
    let problem = response.extensions_mut().remove::<Arc<Problem>>();
    if let Some(problem) = &problem {
        edge.tell(problem, uri.path(), &echo);
        if let (Some(reason), Some(route), Some(principal)) = (problem.lack(), route, principal) {
            let refused = edge.gate.refused(route, &method, uri.path(), reason);
            edge.app.refusals.note(&principal, echo.correlation_id(), refused).await;
        }
        problem.complete(&mut response, uri.path());
    }
    let replayed = response.headers().contains_key(&IDEMPOTENT_REPLAYED);
    let ending =
        Ending { status: response.status(), replayed, problem: problem.as_deref(), took: started.elapsed() };
    edge.telemetry.count(route, &method, ending);
    spans::answered(span, response.status(), ending.problem);
    let took_us = ending.took.as_micros() as u64;
    if span.is_disabled() {
        tracing::debug!(%method, path = uri.path(), status = response.status().as_u16(), correlation_id = echo.correlation_id(), took_us, "answered");
    } else {
        // Method, status and correlation id are the span's, which the line has, too.
        tracing::debug!(path = uri.path(), took_us, "answered");
    }
    echo.into(response.headers_mut());
    harden(response.headers_mut());
    edge.app.settings.cors_origins.allow(origin.as_ref(), response.headers_mut());
    if let Some(standing) = &standing {
        limits::tell(standing, response.headers_mut());
    }
    if edge.app.settings.tls.is_some() {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ALWAYS_TLS));
    }
    response
}

/// What browsers are told with every answer. What customers wrote stands in answers: no browser shall take them for something else
/// than they say, give them to pages from elsewhere, or run or load anything on their word. Pages have a policy of their own.
pub(super) fn harden(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(&RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // What is no page holds customers' data, and is for whoever asked alone.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(LOADS_NOTHING));
}

impl Edge {
    /// Answers by the route, if the request is one that may come to it, and tells who asks, where that is known. The body of
    /// another request is not read. `standing` is what is left to whoever asks.
    async fn answer(
        &self,
        route: Option<&str>,
        mut request: Request,
        next: Next,
        standing: &mut Option<Standing>,
    ) -> (Response, Option<Arc<Principal>>) {
        match self.let_in(route, &mut request, standing).await {
            Ok(None) => {}
            Ok(Some(preflight)) => return (preflight, None),
            Err(problem) => return (problem.into_response(), None),
        }
        let Some(principal) = request.extensions().get::<Arc<Principal>>().cloned() else {
            return (Problem::internal("nobody knows who asks").into_response(), None);
        };
        (self.answer_to(&principal, route, request, next).await, Some(principal))
    }

    async fn answer_to(
        &self,
        principal: &Arc<Principal>,
        route: Option<&str>,
        mut request: Request,
        next: Next,
    ) -> Response {
        let asker = match self.gate.admit(route, request.method(), principal) {
            Ok(asker) => asker,
            Err(refused) => return (*refused).into_response(),
        };
        if let Some(asker) = asker {
            match self.gate.reach(&self.app, route, asker, &mut request).await {
                Ok(asker) => request.extensions_mut().insert(asker),
                Err(problem) => return problem.into_response(),
            };
        }
        self.run(route, request, next).await
    }

    fn admit(&self, request: &Request) -> Result<(), Problem> {
        let headers = request.headers();
        let weight: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if weight > MAX_HEADER_BYTES {
            let detail = format!("The headers are larger than {MAX_HEADER_BYTES} bytes.");
            return Err(Problem::new(&codes::HEADERS_TOO_LARGE, detail).with("limit_bytes", MAX_HEADER_BYTES));
        }
        self.guard.admit(request.method(), request.uri(), request.version(), headers)?;
        form::admit(headers)?;
        self.refuse_without_the_log(request.uri().path())?;
        correlation_id(headers).map(|_| ())
    }

    /// Who asks, and whether they may ask now. `standing` is what is left to them. A browser that only asks what pages may send is
    /// answered at once.
    async fn let_in(
        &self,
        route: Option<&str>,
        request: &mut Request,
        standing: &mut Option<Standing>,
    ) -> Result<Option<Response>, Problem> {
        self.admit(request)?;
        self.limits.admit_unknown(route, request, || self.identity.remembers(request.headers()))?;
        *standing = self.limits.admit_address(route, request)?;
        let preflight = self.app.settings.cors_origins.preflight(request.method(), request.headers());
        if preflight.is_some() {
            return Ok(preflight);
        }
        let established = self.identity.establish(route, request).await;
        established.inspect_err(|problem| {
            // That nobody can tell is no fault of whoever asks.
            if problem.code() == codes::UNAUTHENTICATED.code {
                self.limits.note_unauthenticated(request);
            }
        })?;
        if self.identity.is_asked_for()
            && let Some(of_principal) = self.limits.admit_principal(route, request)?
        {
            *standing = Some(of_principal);
        }
        Ok(None)
    }

    /// A log that went back takes everything with it that clients are told: also views may show what is no more. Operators may ask.
    fn refuse_without_the_log(&self, path: &str) -> Result<(), Problem> {
        match self.condition.borrow().unreadable() {
            Some(reason) if path.starts_with("/v1/") && !path.starts_with("/v1/admin/") => {
                Err(Problem::replaced(reason))
            }
            _ => Ok(()),
        }
    }

    async fn run(&self, route: Option<&str>, request: Request, next: Next) -> Response {
        let answered = without_panic(self.decided(request, next));
        if route.is_some_and(|route| self.unhurried.contains(&route)) {
            return answered.await.unwrap_or_else(IntoResponse::into_response);
        }
        match tokio::time::timeout(self.app.settings.request_timeout, answered).await {
            Ok(answered) => answered.unwrap_or_else(IntoResponse::into_response),
            Err(_) => Problem::new(
                &codes::TIMEOUT,
                "The request took too long. Repeat a command with the same idempotency key.",
            )
            .into_response(),
        }
    }

    /// Runs the route. A command that was decided by settings which changed meanwhile is decided again, by the new ones: all that it
    /// made of the old ones (which day it is, above all) has to be made anew.
    async fn decided(&self, mut request: Request, next: Next) -> Response {
        if request.method().is_safe() {
            return next.run(request).await;
        }
        for _ in 1..DECISIONS {
            let again = Again::default();
            request.extensions_mut().insert(again.clone());
            let response = next.clone().run(request).await;
            if response
                .extensions()
                .get::<Arc<Problem>>()
                .is_none_or(|problem| problem.code() != codes::SETTINGS_CHANGED.code)
            {
                return response;
            }
            let Some((kept, settings)) = again.take() else { return response };
            if let Err(error) = self.app.book.renew_from(settings).await {
                return Problem::from(CommandError::from(error)).into_response();
            }
            request = kept;
        }
        next.run(request).await
    }

    /// Tells the log what the client is not told.
    fn tell(&self, problem: &Problem, path: &str, echo: &Echo) {
        let Some(reason) = problem.internal_reason() else { return };
        let kept_back = match problem.code() {
            code if code == codes::STORE_UNAVAILABLE.code => self.unavailable.may_tell(Instant::now()),
            _ => Some(0),
        };
        let Some(kept_back) = kept_back else { return };
        let kept_back = Some(kept_back).filter(|lines| *lines > 0);
        tracing::error!(
            correlation_id = echo.correlation_id(),
            path,
            code = problem.code(),
            reason,
            kept_back,
            "a request failed"
        );
    }

    /// What the answer gives back. A request without a correlation id gets one here, and passes on as if its client had sent it.
    fn echo(&self, headers: &mut HeaderMap) -> Echo {
        let traceparent = headers.get(&TRACEPARENT).filter(|_| traceparent(headers).is_some()).cloned();
        let fresh = || HeaderValue::try_from(self.app.ids.uuid().to_string()).ok();
        let correlation = match correlation_id(headers) {
            Ok(Some(_)) => headers.get(&CORRELATION_ID).cloned(),
            Ok(None) => {
                let correlation = fresh();
                headers.extend(correlation.clone().map(|correlation| (CORRELATION_ID.clone(), correlation)));
                correlation
            }
            // Refused in a moment: the answer has one all the same.
            Err(_) => fresh(),
        };
        Echo { correlation, traceparent }
    }
}

/// Runs a handler to its end, or to its panic.
async fn without_panic(handler: impl Future<Output = Response>) -> Result<Response, Problem> {
    let mut handler = pin!(handler);
    let ended = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic)),
    });
    ended.await.map_err(|panic| Problem::internal(format!("a handler panicked: {}", panic_message(&*panic))))
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// The headers that an answer gives back.
#[derive(Debug)]
struct Echo {
    correlation: Option<HeaderValue>,
    traceparent: Option<HeaderValue>,
}

impl Echo {
    fn correlation_id(&self) -> &str {
        self.correlation.as_ref().and_then(|correlation| correlation.to_str().ok()).unwrap_or_default()
    }

    fn into(self, headers: &mut HeaderMap) {
        if let Some(correlation) = self.correlation {
            headers.insert(&CORRELATION_ID, correlation);
        }
        if let Some(traceparent) = self.traceparent {
            headers.insert(&TRACEPARENT, traceparent);
        }
    }
}

/// No such route.
pub(super) async fn no_route(uri: Uri) -> Problem {
    Problem::new(&codes::NOT_FOUND, format!("There is no route {}.", uri.path()))
}

/// A route without this method.
pub(super) async fn no_method(method: Method) -> Problem {
    access::no_such_method(&method)
}
