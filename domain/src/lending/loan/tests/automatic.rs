//! What is decided without anybody: only where a house has said how, and never more than officers may.

use super::*;
use crate::Text;
use jiff::Timestamp;

fn bureau() -> BureauReference {
    let (source, reference) = (Text::fitted("bureau"), Text::fitted("B-1"));
    BureauReference { source, reference, answered_at: Timestamp::UNIX_EPOCH }
}

fn record(credit_score: u16) -> RecordBureauFile {
    RecordBureauFile { credit_score, income_verified: true, bureau: bureau() }
}

fn bands() -> LendingTerms {
    LendingTerms {
        automatic_rejection_below: 600,
        automatic_approval_from: 710,
        automatic_approval_up_to: 100.into(),
        ..LendingTerms::default()
    }
}

fn decided(
    terms: LendingTerms,
    application: LoanApplied,
    credit_score: u16,
    income_verified: bool,
) -> Vec<LoanEvent> {
    let assessed = LoanAssessed { credit_score, income_verified, assessed_on: TODAY, bureau: Some(bureau()) };
    let loan = given([applied_as(application), LoanEvent::LoanAssessed(assessed)]).state();
    loan.decide(DecideByRule { terms, settings_version: 7 }.into(), decided_on(TODAY), Rules::All).unwrap()
}

#[test]
fn what_a_bureau_answered_is_recorded_with_its_source() {
    let told =
        LoanAssessed { credit_score: 720, income_verified: true, assessed_on: TODAY, bureau: Some(bureau()) };
    let loan = given([applied()]).when(record(720)).then([LoanEvent::LoanAssessed(told)]);
    assert_eq!(loan.bureau(), Some(&bureau()));
    given([applied(), assessed(), approved()])
        .when(record(720))
        .then_refused(LoanError::LoanNotPending { status: Status::Approved });
}

#[test]
fn the_bands_decide_and_between_them_officers_do() {
    for (score, what) in
        [(599, "rejected"), (600, "left"), (709, "left"), (710, "approved"), (1000, "approved")]
    {
        let came_to = match &decided(bands(), application(), score, true)[..] {
            [LoanEvent::LoanRejected(rejected)] => {
                assert!(rejected.reasons[0].contains("599") && rejected.reasons[0].contains("settings 7"));
                "rejected"
            }
            [LoanEvent::LoanApproved(approved)] => {
                assert_eq!((&*approved.role, approved.limit), (RULE_ROLE, Some(inr("100"))));
                assert!(approved.approver.contains("settings 7"));
                "approved"
            }
            [] => "left",
            other => unreachable!("{other:?}"),
        };
        assert_eq!(came_to, what, "{score}");
    }
}

#[test]
fn nothing_is_approved_beyond_the_amount_or_against_the_rules_of_officers() {
    let larger = LoanApplied { principal: inr("100.01"), ..application() };
    assert_eq!(decided(bands(), larger, 1000, true), []);
    assert_eq!(decided(bands(), application(), 1000, false), []);
    let strict = LendingTerms { minimum_score_personal: 990, ..bands() };
    assert_eq!(decided(strict, application(), 989, true), []);
    assert_eq!(decided(LendingTerms::default(), application(), 1000, true), []);
    assert_eq!(decided(LendingTerms::default(), application(), 0, true), []);
    given([applied()])
        .when(DecideByRule { terms: bands(), settings_version: 7 })
        .then_refused(LoanError::LoanNotAssessed);
}
