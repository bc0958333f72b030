//! Old shapes of customers' events.

use jiff::civil::Date;
use serde_json::Value;

/// Version 2 may also hold a new name; what has none is the same in both. An older Khata must not read the
/// new shape, though: it would drop the name unseen.
pub(super) fn contact_updated_1_to_2(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}
