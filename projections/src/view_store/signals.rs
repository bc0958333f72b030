//! What a store tells those who do not write.

use std::collections::BTreeMap;

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
