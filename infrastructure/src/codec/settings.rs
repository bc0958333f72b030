//! Old shapes of the settings.

use jiff::civil::Date;
use serde_json::{Value, json};

/// Version 2 also has the numbers of payments and of fraud, of which there were none: those that Khata began with
/// hold. They stand here as they were then, whatever the defaults are by now.
pub(super) fn settings_changed_1_to_2(mut data: Value, _: Date) -> Result<Value, String> {
    let rules = data.get_mut("rules").and_then(Value::as_object_mut).ok_or("settings have rules")?;
    rules.insert(
        "payments".to_owned(),
        json!({
            "internal_fee": "0", "external_fee": "0", "days_ahead": 366,
            "gateway": { "key_window_hours": 24, "quiet_minutes": 15, "inquiries": 3 },
        }),
    );
    rules.insert(
        "fraud".to_owned(),
        json!({
            "payments": { "approved_below": "0.5", "rejected_from": "0.7" },
            "cards": { "approved_up_to": "0.5", "verified_up_to": "0.8" },
            "weights": {
                "unusual_amount": "0.4", "no_history": "0.1", "new_payee": "0.15", "night": "0.15",
                "many_today": "0.25", "round_amount": "0.05", "small_town": "0.05",
            },
        }),
    );
    Ok(data)
}

/// Version 3 also has what loans are paid out and charged by: nothing was done by itself before.
pub(super) fn of_fewer_numbers(mut data: Value, _: Date) -> Result<Value, String> {
    let lending = data.pointer_mut("/rules/lending").and_then(Value::as_object_mut);
    let lending = lending.ok_or("settings have rules of lending")?;
    lending.insert("automatic_disbursement".to_owned(), json!(false));
    Ok(data)
}

/// Version 4 also says for how long what was cleared may be asked for again; of that there was nothing before.
pub(super) fn of_no_clearance(mut data: Value, _: Date) -> Result<Value, String> {
    let fraud = data.pointer_mut("/rules/fraud").and_then(Value::as_object_mut);
    fraud.ok_or("settings have numbers of fraud")?.insert("clearance_hours".to_owned(), json!(24));
    Ok(data)
}

/// Version 5 also has what loans are decided, charged and debited by without anybody: nothing was before.
pub(super) fn of_loans_by_hand(mut data: Value, _: Date) -> Result<Value, String> {
    let lending = data.pointer_mut("/rules/lending").and_then(Value::as_object_mut);
    let lending = lending.ok_or("settings have rules of lending")?;
    lending.insert("debit_attempts".to_owned(), json!(4));
    lending.insert("failed_debit_fee".to_owned(), json!("0"));
    lending.insert("overdue_penalty".to_owned(), json!("0"));
    lending.insert("overdue_penalty_rate".to_owned(), json!("0"));
    lending.insert("overdue_grace_days".to_owned(), json!(0));
    lending.insert("automatic_rejection_below".to_owned(), json!(0));
    lending.insert("automatic_approval_from".to_owned(), json!(1_000));
    lending.insert("automatic_approval_up_to".to_owned(), json!("0"));
    Ok(data)
}
