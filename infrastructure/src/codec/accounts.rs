//! Old shapes of bank accounts' events. What version 2 adds may be missing in it, too, so nothing is changed; but an older Khata must not
//! read the new shape: it would leave out unseen what decisions rest on.

use serde_json::Value;

/// Version 2 also tells the day of booking of a debit dated back: its limit counts it.
pub(super) fn debit_1_to_2(data: Value) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 also tells how many days were reckoned and how many were not.
pub(super) fn interest_posted_1_to_2(data: Value) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 also tells the day from which on the limit counts.
pub(super) fn overdraft_limit_changed_1_to_2(data: Value) -> Result<Value, String> {
    Ok(data)
}
