//! Who may write: claims, charges under an epoch, leases. And what a store tells those who do not write.

use std::{collections::BTreeMap, time::Duration};

/// What a runner asks for: to be the one that writes these projections.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks, in words for operators. No two runners that live at the same time bear one name: what a
    /// holder of this name held before is granted to it again at once, as to one that starts anew.
    pub holder: String,
    /// The projections, each by `Projection::NAME`.
    pub projections: Vec<&'static str>,
    /// How long the charge lasts from now on, and from each renewal on. By the store's own clock.
    pub lease: Duration,
    /// The epoch of a charge that these projections are to be added to; `None` for a charge of its own. Only
    /// what nobody holds can be added.
    pub epoch: Option<u64>,
}

/// What a runner was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The epoch to write under: greater than all before, unless projections were added to a charge.
    pub epoch: u64,
    /// Those of the projections claimed that were granted, in the order of the claim. None, if others hold
    /// them all.
    pub projections: Vec<&'static str>,
}

/// Who is in charge of a projection at present.
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
pub struct Tidings {
    /// The last position that queries see, by projection; no entry for one that is not served.
    pub served: BTreeMap<String, u64>,
    /// Grows whenever a charge is released: somebody who stands by may claim at once.
    pub releases: u64,
    /// Grows whenever an operator asks for something (`Requests`).
    pub requests: u64,
}
