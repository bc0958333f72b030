//! Old shapes of payments' events.

use jiff::civil::Date;
use serde_json::Value;

/// Version 2 need not tell the hour, and tells where an approval against money laundering is needed: before, the hour was
/// told always, and without such an approval nothing was judged.
pub(super) fn of_a_chosen_hour(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 may tell which date of a standing order it is for: before, there were none.
pub(super) fn of_no_standing_order(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}
