//! Verdicts on an identity, and whose they are.

use super::*;

/// As a provider of identity checks finds it.
fn found(verdict: KycVerdict, reasons: &[&str]) -> CustomerCommand {
    CustomerCommand::VerifyKyc(VerifyKyc {
        verdict,
        judge: KycJudge::Provider,
        reasons: reasons.iter().map(|reason| text(reason)).collect(),
    })
}

#[test]
fn a_provider_decides_on_nobody_whom_a_person_has_decided_on() {
    let (yes, no) = (found(KycVerdict::Verified, &[]), found(KycVerdict::Rejected, &["no such person"]));
    given([onboarded()]).when(yes.clone()).then([verified()]);
    given([onboarded()]).when(no.clone()).then([rejected("no such person")]);
    let by_hand = || [onboarded(), rejected("forged")];
    let decided = || CustomerError::KycDecided { status: CustomerStatus::Rejected };
    given(by_hand()).when(yes.clone()).then_refused(decided());
    given(by_hand()).when(no.clone()).then_refused(decided());
    given([onboarded(), verified()]).when(yes).then_nothing();
    given([onboarded(), verified()]).when(no).then_refused(CustomerError::CustomerAlreadyVerified);
    // A person decides whatever a provider found.
    given([onboarded(), rejected("no such person")]).when(verify()).then([verified()]);
}
