//! Old shapes of cards' events.

use jiff::civil::Date;
use serde_json::Value;

/// Version 2 may also tell how a transaction was judged; what brings its verdict is the same in both. An older Khata
/// must not read the new shape, though: it would drop the judgement unseen.
pub(super) fn of_no_screening(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 may also tell which account a payment came from; what does not is the same in both.
pub(super) fn of_no_account(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}
