//! Old shapes of bank accounts' events. What version 2 adds may be missing in most of them, too, so nothing
//! is changed; but an older Khata must not read the new shape: it would leave out unseen what decisions rest
//! on.

use jiff::civil::Date;
use serde_json::{Value, json};

/// Version 2 also tells the day of booking of a debit dated back: its limit counts it.
pub(super) fn debit_1_to_2(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// The next version also tells the payment that an entry or a hold is part of: those of before are part of none.
pub(super) fn of_no_payment(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 also tells how many days were calculated and how many were not.
pub(super) fn interest_posted_1_to_2(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// Version 2 also tells the day from which on the limit counts: that of the decision, which the time zone of
/// its metadata tells.
pub(super) fn overdraft_limit_changed_1_to_2(mut data: Value, day: Date) -> Result<Value, String> {
    let members = data.as_object_mut().ok_or("a changed limit is an object")?;
    members.insert("business_date".to_owned(), json!(day));
    Ok(data)
}
