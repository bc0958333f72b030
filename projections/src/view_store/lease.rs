//! Who may write: requests, grants under an epoch, leases. And what a store tells those who do not write.

use std::{collections::BTreeMap, time::Duration};

/// What a runner asks for: to be the one that writes these projections.
#[derive(Debug, Clone)]
pub struct LeaseRequest {
    /// Who asks, in words for operators. No two runners that live at the same time bear one name: what a
    /// holder of this name held before is granted to it again at once, as to one that starts anew.
    pub holder: String,
    /// The projections, each by `Projection::NAME`.
    pub projections: Vec<&'static str>,
    /// How long the leases last from now on, and from each renewal on. By the store's own clock.
    pub lease: Duration,
    /// The epoch of a grant that these projections are to be added to; `None` for a grant of its own. Only
    /// what nobody holds can be added.
    pub epoch: Option<u64>,
}

/// What a runner was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseGrant {
    /// The epoch to write under: greater than all before, unless projections were added to a grant.
    pub epoch: u64,
    /// Those of the projections asked for that were granted, in their order. None, if others hold
    /// them all.
    pub projections: Vec<&'static str>,
}

/// Who holds the lease of a projection at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub projection: String,
    pub holder: String,
    pub epoch: u64,
    /// How long that lasts unless it is renewed.
    pub left: Duration,
}

/// What a store tells everybody, as it happens and whichever process did it. Something missed is made up for
/// by what follows, or by the store's looking for itself now and then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSignals {
    /// The last position that queries see, by projection; no entry for one that is not served.
    pub served: BTreeMap<String, u64>,
    /// Grows whenever leases are released: somebody who stands by may ask at once.
    pub releases: u64,
    /// Grows whenever an operator asks for something (`Requests`).
    pub requests: u64,
}
