//! Old shapes of loans' events.

use jiff::civil::Date;
use serde_json::{Value, json};

/// Version 2 tells the arithmetic of a loan and from when on early payments save interest. Loans of before
/// keep what they had.
pub(super) fn loan_applied_1_to_2(mut data: Value, _: Date) -> Result<Value, String> {
    let members = data.as_object_mut().ok_or("an application is an object")?;
    members.insert("arithmetic".to_owned(), json!("rounded_rates"));
    members.insert("prepayment".to_owned(), json!("period"));
    Ok(data)
}

/// Version 2 may also tell what of a payment saves interest from its day on; what does not is the same in
/// both. An older Khata must not read the new shape, though: it would drop that unseen, and its schedules
/// would come out otherwise.
pub(super) fn loan_payment_made_1_to_2(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}

/// The next version may tell more: of an application and a restructuring on which days instalments are due, of a
/// payment (alone, and within the one that takes it back) what becomes of later instalments, of an approval what the
/// house pays out because of it, of an assessment the bureau that it comes from, of a penalty
/// the instalment that it is for. What does not is the same in both; an older Khata must not read the new shape, since
/// it would drop that unseen.
pub(super) fn with_more_to_tell(data: Value, _: Date) -> Result<Value, String> {
    Ok(data)
}
