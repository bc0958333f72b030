//! What is sent to the byte, and what each answer means.

use super::*;
use khata_domain::{
    Currency,
    ids::TypedId,
    payments::{ExternalPayee, Network},
};
use uuid::Uuid;

const PAYMENT: &str = "pay_00000000-0000-0000-0000-000000000007";

fn payment_id() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(7))
}

fn amount() -> Money {
    Money::parse("12.34", "INR".parse::<Currency>().unwrap()).unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn order() -> GatewayOrder {
    let name = text("Maria Ańders");
    let payee = ExternalPayee::parse(
        Network::VelocityPay,
        (Some("DE89 3704 0044 0532 0130 00"), None),
        name,
        Some("DEUTDEFF"),
    );
    GatewayOrder {
        payment_id: payment_id(),
        from_account: AccountId::from_uuid(Uuid::from_u128(8)),
        payee: payee.unwrap(),
        amount: amount(),
        reference: Some(text("Rent \"May\"")),
    }
}

fn answer(status: u16, text: &str) -> Result<Answer, Failure> {
    Ok(Answer { status, text: text.as_bytes().to_vec() })
}

/// An answer of this status, with these members beside payment and amount.
fn standing(status: u16, members: &str) -> Result<Answer, Failure> {
    let amount = r#"{"amount":"12.34","currency":"INR"}"#;
    answer(status, &format!(r#"{{"payment_id":"{PAYMENT}","amount":{amount},{members}}}"#))
}

fn order_came_to(answered: Result<Answer, Failure>) -> HandedOver {
    handed_over(payment_id(), amount(), answered)
}

#[test]
fn an_order_is_written_to_the_byte() {
    let order = order();
    let rest = r#""amount":{"amount":"12.34","currency":"INR"}"#;
    let start = format!(
        r#"{{"payment_id":"{PAYMENT}","debtor_account":"acc_00000000-0000-0000-0000-000000000008","creditor":"#
    );
    let creditor = r#"{"iban":"DE89370400440532013000","name":"Maria Ańders","bic":"DEUTDEFF"}"#;
    assert_eq!(written(&order), format!(r#"{start}{creditor},{rest},"reference":"Rent \"May\""}}"#));
    let mut payee = order.payee.clone();
    (payee.iban, payee.bic, payee.account_number) = (None, None, Some(text("0012345")));
    let by_number = GatewayOrder { payee, reference: None, ..order };
    let creditor = r#"{"account_number":"0012345","name":"Maria Ańders"}"#;
    assert_eq!(written(&by_number), format!("{start}{creditor},{rest}}}"));
}

#[test]
fn only_an_order_of_the_payment_is_sent() {
    let written = written(&order());
    assert_eq!(amount_of(payment_id(), &written), Some(amount()));
    assert_eq!(amount_of(PaymentId::from_uuid(Uuid::from_u128(9)), &written), None);
    for other in ["", "{}", &written[1..]] {
        assert_eq!(amount_of(payment_id(), other), None);
    }
}

#[test]
fn an_answer_says_how_the_payment_stands() {
    for status in [200, 201, 202] {
        let settled =
            order_came_to(standing(status, r#""status":"settled","gateway_reference":"VP-1","x":1"#));
        assert_eq!(settled, HandedOver::Settled { gateway_reference: text("VP-1") });
        let refused = r#""status":"refused","code":"AC04","reason":"the account is closed""#;
        let expected = HandedOver::Refused { code: text("AC04"), reason: text("the account is closed") };
        assert_eq!(order_came_to(standing(status, refused)), expected);
        let in_progress = order_came_to(standing(status, r#""status":"in_progress""#));
        assert_eq!(in_progress, HandedOver::InProgress {});
    }
    let refused = order_came_to(answer(422, r#"{"code":"AC04","reason":"closed"}"#));
    assert_eq!(refused, HandedOver::Refused { code: text("AC04"), reason: text("closed") });
}

#[test]
fn a_long_reason_is_kept_as_far_as_there_is_room() {
    let answer = answer(422, &format!(r#"{{"code":"AC04","reason":"no\n{}"}}"#, "o".repeat(1000)));
    let HandedOver::Refused { reason, .. } = order_came_to(answer) else { panic!("a refusal") };
    assert_eq!(reason.as_str(), format!("no{}", "o".repeat(498)));
}

#[test]
fn an_answer_that_is_not_wholly_as_it_must_be_is_none_and_is_not_repeated() {
    let settled = r#""status":"settled","gateway_reference":"VP-1""#;
    let amount = r#"{"amount":"12.34","currency":"INR"}"#;
    let of = |payment: &str, amount: &str| {
        answer(200, &format!(r#"{{"payment_id":"{payment}","amount":{amount},{settled}}}"#))
    };
    let unusable = [
        of("pay_00000000-0000-0000-0000-000000000008", amount),
        of("SECRET", amount),
        of(PAYMENT, r#"{"amount":"12.35","currency":"INR"}"#),
        of(PAYMENT, r#"{"amount":"12.34","currency":"EUR"}"#),
        of(PAYMENT, r#"{"amount":12.34,"currency":"INR"}"#),
        answer(200, &format!(r#"{{"payment_id":"{PAYMENT}",{settled}}}"#)),
        standing(200, r#""status":"settled""#),
        standing(200, r#""status":"settled","gateway_reference":"SECRET\u0000""#),
        standing(200, r#""status":"settled","gateway_reference":"SECRET\u202e""#),
        standing(200, r#""status":"settled","gateway_reference":"a","gateway_reference":"b""#),
        standing(200, r#""status":"refused","code":"AC04""#),
        standing(200, r#""status":"refused","code":"AC04","reason":" ""#),
        standing(200, r#""status":"refused","reason":"SECRET""#),
        standing(200, r#""status":"SECRET""#),
        standing(200, r#""status":"in_progress"}{"a":"SECRET""#),
        answer(200, ""),
        answer(200, "<html>SECRET</html>"),
        answer(422, r#"{"reason":"SECRET"}"#),
        answer(422, "SECRET"),
    ];
    for answered in unusable {
        let shown = format!("{answered:?}");
        let outcome = order_came_to(answered);
        let HandedOver::Unanswered { error } = outcome else { panic!("{shown}: {outcome:?}") };
        assert!(!error.as_str().contains("SECRET"), "{error}");
    }
}

#[test]
fn a_status_says_whether_an_order_was_taken() {
    let taken = standing(200, r#""status":"settled","gateway_reference":"SECRET""#).unwrap().text;
    let outcome = |status| order_came_to(Ok(Answer { status, text: taken.clone() }));
    for status in [400, 401, 403, 404, 405, 413, 415, 429] {
        let reason = text(&format!("the network did not take it: status {status}"));
        assert_eq!(outcome(status), HandedOver::NotSent { reason });
    }
    for status in
        [100, 203, 204, 206, 301, 302, 307, 308, 402, 406, 408, 409, 410, 425, 500, 502, 503, 504, 599]
    {
        let error = text(&format!("the network answered with status {status}"));
        assert_eq!(outcome(status), HandedOver::Unanswered { error });
    }
}

#[test]
fn what_a_failure_means_is_whether_the_order_can_have_arrived() {
    assert!(matches!(order_came_to(Err(Failure::shut())), HandedOver::NotSent { .. }));
    assert!(matches!(order_came_to(Err(Failure::cut_off())), HandedOver::Unanswered { .. }));
}

#[test]
fn an_inquiry_tells_what_became_of_a_payment_or_that_it_is_not_there() {
    let ask = |answered| inquired((payment_id(), order().amount), answered);
    let settled = ask(standing(200, r#""status":"settled","gateway_reference":"VP-1""#));
    assert_eq!(settled, Ok(Inquired::Settled { gateway_reference: text("VP-1") }));
    assert_eq!(ask(standing(200, r#""status":"in_progress""#)), Ok(Inquired::InProgress {}));
    let refused = ask(standing(200, r#""status":"refused","code":"AC04","reason":"closed""#));
    assert_eq!(refused, Ok(Inquired::Refused { code: text("AC04"), reason: text("closed") }));
    let unknown = r#"{"code":"payment_unknown"}"#;
    assert_eq!(ask(answer(404, unknown)), Ok(Inquired::NotFound {}));
    for (answered, code) in [
        (answer(404, "<html>SECRET</html>"), "gateway_failed"),
        (answer(404, r#"{"code":"SECRET"}"#), "gateway_failed"),
        (answer(404, ""), "gateway_failed"),
        (answer(410, unknown), "gateway_failed"),
        (answer(202, unknown), "gateway_failed"),
        (answer(500, unknown), "gateway_failed"),
        (answer(200, unknown), "answer_unusable"),
        (Err(Failure::shut()), "gateway_shut"),
        (Err(Failure::cut_off()), "gateway_unreachable"),
    ] {
        let error = ask(answered).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(!error.message.contains("SECRET"), "{error}");
    }
}

#[test]
fn a_statement_is_of_the_day_that_was_asked_for() {
    let day: Date = "2026-05-04".parse().unwrap();
    let amount = r#"{"amount":"12.34","currency":"INR"}"#;
    let line = format!(
        r#"{{"payment_id":"{PAYMENT}","gateway_reference":"VP-1","booking":"paid","amount":{amount},"booked_at":"2026-05-04T10:00:00Z"}}"#
    );
    let received = line.replace(&format!(r#""payment_id":"{PAYMENT}","#), "").replace("paid", "received");
    let of = |day: &str| answer(200, &format!(r#"{{"day":"{day}","lines":[{line},{received}]}}"#));
    let lines = statement(day, of("2026-05-04")).unwrap();
    let ids: Vec<_> = lines.iter().map(|line| line.payment_id).collect();
    assert_eq!(ids, [Some(payment_id()), None]);
    assert_eq!(statement(day, answer(200, r#"{"day":"2026-05-04","lines":[]}"#)), Ok(Vec::new()));
    for (answered, code) in [
        (of("2026-05-05"), "answer_unusable"),
        (answer(200, r#"{"day":"2026-05-04"}"#), "answer_unusable"),
        (answer(200, r#"{"day":"2026-05-04","lines":[{}]}"#), "answer_unusable"),
        (answer(404, ""), "gateway_failed"),
        (Err(Failure::shut()), "gateway_shut"),
    ] {
        assert_eq!(statement(day, answered).unwrap_err().code, code);
    }
}
