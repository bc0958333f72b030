//! How much one who asks, and one address, may ask in a while: whoever asks for more is told when to come again (429), before anything is
//! done for them.
//!
//! Each limit is a quota over a window, kept as one number per asker: the instant at which all that was asked would be paid off (the
//! generic cell rate algorithm). What nobody has used for long is forgotten, and never more than a bounded number is kept.

mod bucket;
mod caller;
mod quotas;

pub use caller::{Networks, NoNetwork};
pub use quotas::{NoQuota, RateLimits};

use super::{
    identity::{is_free, is_probe},
    peer::Peer,
    problem::{Problem, codes},
};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use bucket::Bucket;
pub(super) use bucket::Standing;
use khata_application::access::Principal;
use moka::sync::Cache;
use quotas::{Class, Quota};
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// So many askers are kept account of.
const ASKERS: u64 = 100_000;
/// Longer than any window: whoever has not asked for so long has all of it again.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * 3_600);

/// Keeps account of who asks for how much.
pub(super) struct Limits {
    limits: RateLimits,
    proxies: Networks,
    buckets: Cache<(Class, Asker), Arc<Bucket>>,
    origin: Instant,
}

/// Who is kept account of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    Principal(Arc<str>),
    Address(IpAddr),
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Limits {
    /// Keeps these limits. What proxies say of the addresses behind them is believed of these alone.
    pub(super) fn new(limits: RateLimits, proxies: Networks) -> Self {
        let buckets = Cache::builder().max_capacity(ASKERS).time_to_idle(FORGOTTEN_AFTER).build();
        Self { limits, proxies, buckets, origin: Instant::now() }
    }

    /// Makes sure that an address has not shown too many tokens that are none. Who is known already is let in all the same: one of an
    /// address must not shut out the others.
    ///
    /// # Errors
    /// It has, and whoever asks is not known.
    pub(super) fn admit_unknown(
        &self,
        route: Option<&str>,
        request: &Request,
        is_known: impl FnOnce() -> bool,
    ) -> Result<(), Problem> {
        let (Some(quota), false) = (self.limits.of(Class::Unauthenticated), is_free(route)) else {
            return Ok(());
        };
        let Some(address) = self.address(request) else { return Ok(()) };
        let bucket = self.bucket(Class::Unauthenticated, Asker::Address(address));
        match bucket.look(quota, self.now()) {
            Err(wait) if !is_known() => Err(limited(Class::Unauthenticated, quota, wait)),
            _ => Ok(()),
        }
    }

    /// Charges an address for a request, whoever asks.
    ///
    /// # Errors
    /// It has asked for too much.
    pub(super) fn admit_address(
        &self,
        route: Option<&str>,
        request: &Request,
    ) -> Result<Option<Standing>, Problem> {
        if self.limits.of(Class::Address).is_none() || is_probe(route) {
            return Ok(None);
        }
        let Some(address) = self.address(request) else { return Ok(None) };
        self.charge(Class::Address, || Asker::Address(address))
    }

    /// Notes that an address has sent a request without a token, or with one that is none.
    pub(super) fn note_unauthenticated(&self, request: &Request) {
        if self.limits.of(Class::Unauthenticated).is_some()
            && let Some(address) = self.address(request)
        {
            let _told_by_the_next = self.charge(Class::Unauthenticated, || Asker::Address(address));
        }
    }

    /// Charges whoever asks for a request, where they had to say who they are.
    ///
    /// # Errors
    /// They have asked for too much.
    pub(super) fn admit_principal(
        &self,
        route: Option<&str>,
        request: &Request,
    ) -> Result<Option<Standing>, Problem> {
        let principal = request.extensions().get::<Arc<Principal>>();
        let Some(principal) = principal.filter(|_| !is_free(route)) else { return Ok(None) };
        let class = match (request.uri().path().starts_with("/v1/admin/"), request.method()) {
            (true, _) => Class::Admin,
            (false, method) if method.is_safe() || method == Method::OPTIONS => Class::Queries,
            (false, _) => Class::Commands,
        };
        self.charge(class, || Asker::Principal(Arc::clone(&principal.actor)))
    }

    fn charge(&self, class: Class, asker: impl FnOnce() -> Asker) -> Result<Option<Standing>, Problem> {
        let Some(quota) = self.limits.of(class) else { return Ok(None) };
        let taken = self.bucket(class, asker()).take(quota, self.now());
        taken.map(|left| Some(Standing { class, quota, left })).map_err(|wait| limited(class, quota, wait))
    }

    fn bucket(&self, class: Class, asker: Asker) -> Arc<Bucket> {
        self.buckets.get_with((class, asker), Arc::default)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Where a request comes from; none where it came through no socket.
    fn address(&self, request: &Request) -> Option<IpAddr> {
        let Peer(peer) = request.extensions().get::<Peer>()?;
        Some(caller::network_of(self.proxies.caller(*peer, request.headers())))
    }
}

fn limited(class: Class, quota: Quota, wait: Duration) -> Problem {
    metrics::counter!("khata_rate_limited_total", "limit" => class.name()).increment(1);
    let seconds = u32::try_from(whole_seconds(wait)).unwrap_or(u32::MAX);
    let detail = format!("More than {quota} were asked for ({}). Nothing was done.", class.name());
    Problem::new(&codes::RATE_LIMITED, detail).with("limit", class.name()).retry_after(seconds)
}

/// Never less than it takes.
fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

/// Tells in an answer what is left of a quota.
pub(super) fn tell(standing: &Standing, headers: &mut HeaderMap) {
    let Standing { class, quota, left } = standing;
    let name = class.name();
    let policy = format!("\"{name}\";q={};w={}", quota.requests, quota.window.as_secs());
    let limit = format!("\"{name}\";r={};t={}", left.requests, whole_seconds(left.full_in));
    for (header, value) in [(&RATE_LIMIT_POLICY, policy), (&RATE_LIMIT, limit)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    }
}
