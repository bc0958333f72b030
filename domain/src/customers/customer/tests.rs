//! The customer's rules, as given/when/then.

mod properties;
mod verdicts;

use super::*;
use crate::{
    Aggregate, Rules, Text,
    customers::{Address, CityTier, Document, DocumentKind, Email, Phone, ProductId},
    ids::{AccountId, CustomerId, TypedId},
    testing::{self, Given, decided_on},
};
use jiff::civil::{Date, date};
use std::collections::BTreeSet;
use uuid::Uuid;

const JANUARY_2: Date = date(2026, 1, 2);

fn given(past: impl IntoIterator<Item = CustomerEvent>) -> Given<Customer> {
    testing::given(past).at(decided_on(JANUARY_2))
}

fn id() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(1))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn document(kind: &str, number: Option<&str>) -> Document {
    Document { kind: DocumentKind::parse(kind).unwrap(), number: number.map(text) }
}

fn account(number: u128) -> ProductId {
    ProductId::of(AccountId::from_uuid(Uuid::from_u128(number)))
}

fn maria() -> Onboard {
    Onboard {
        customer_id: id(),
        name: text("Maria Santos"),
        email: Email::parse("maria@mariasdesigns.com").unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport", Some("P123")), document("utility_bill", None)],
        birth_date: Some("1990-02-03".parse().unwrap()),
        tax_id: Some(text("ABCDE1234F")),
        address: None,
        required_documents: REQUIRED_DOCUMENTS,
        synthetic: BTreeSet::new(),
    }
}

fn onboarded() -> CustomerEvent {
    Customer::default().decide(maria().into(), decided_on(JANUARY_2), Rules::All).unwrap().remove(0)
}

fn verified() -> CustomerEvent {
    CustomerEvent::KycVerified(KycVerified { reasons: vec![] })
}

fn rejected(reason: &str) -> CustomerEvent {
    CustomerEvent::KycRejected(KycRejected { reasons: vec![text(reason)] })
}

fn suspended() -> CustomerEvent {
    CustomerEvent::CustomerSuspended(CustomerSuspended { reason: text("court order") })
}

fn reactivated() -> CustomerEvent {
    CustomerEvent::CustomerReactivated(CustomerReactivated {})
}

fn attached(number: u128) -> CustomerEvent {
    CustomerEvent::ProductAttached(ProductAttached { product: account(number) })
}

fn detached(number: u128) -> CustomerEvent {
    CustomerEvent::ProductDetached(ProductDetached { product: account(number) })
}

fn closed() -> CustomerEvent {
    CustomerEvent::CustomerClosed(CustomerClosed {})
}

fn verify() -> CustomerCommand {
    CustomerCommand::VerifyKyc(VerifyKyc {
        verdict: KycVerdict::Verified,
        judge: KycJudge::Person,
        reasons: vec![],
    })
}

fn reject(reasons: &[&str]) -> CustomerCommand {
    CustomerCommand::VerifyKyc(VerifyKyc {
        judge: KycJudge::Person,
        verdict: KycVerdict::Rejected,
        reasons: reasons.iter().map(|reason| text(reason)).collect(),
    })
}

fn suspend() -> CustomerCommand {
    CustomerCommand::Suspend(Suspend { reason: text("court order") })
}

fn attach(number: u128) -> CustomerCommand {
    CustomerCommand::AttachProduct(AttachProduct { product: account(number) })
}

fn detach(number: u128) -> CustomerCommand {
    CustomerCommand::DetachProduct(DetachProduct { product: account(number) })
}

fn new_email(email: &str) -> CustomerCommand {
    CustomerCommand::UpdateContact(UpdateContact {
        email: Some(Email::parse(email).unwrap()),
        ..UpdateContact::default()
    })
}

fn status_after(events: impl IntoIterator<Item = CustomerEvent>) -> CustomerStatus {
    given(events).state().profile().unwrap().status
}

#[test]
fn onboarding_keeps_all_that_was_told_and_leaves_the_customer_pending() {
    let state = given([]).when(maria()).then([onboarded()]);
    let profile = state.profile().unwrap();
    let told = maria();
    assert_eq!(state.owner(), Some(id()));
    assert_eq!(profile.status, CustomerStatus::Pending);
    assert_eq!((&profile.name, &profile.email, &profile.phone), (&told.name, &told.email, &told.phone));
    assert_eq!(
        (&profile.documents, profile.birth_date, &profile.tax_id),
        (&told.documents, told.birth_date, &told.tax_id)
    );
}

#[test]
fn the_number_of_required_documents_is_a_fact_of_the_event() {
    let strict = Onboard { required_documents: 3, ..maria() };
    given([]).when(strict).then_refused(CustomerError::TooFewDocuments { required: 3, given: 2 });
    let CustomerEvent::CustomerOnboarded(event) = onboarded() else { panic!("{:?}", onboarded()) };
    assert_eq!((event.required_documents, event.business_date), (2, "2026-01-02".parse().unwrap()));
}

#[test]
fn two_documents_of_one_kind_are_not_two_different_documents() {
    let twice = vec![document("passport", Some("P123")), document("passport", Some("P456"))];
    given([])
        .when(Onboard { documents: twice, ..maria() })
        .then_refused(CustomerError::TooFewDocuments { required: 2, given: 1 });
    given([])
        .when(Onboard { documents: vec![], ..maria() })
        .then_refused(CustomerError::TooFewDocuments { required: 2, given: 0 });
}

#[test]
fn a_document_shown_twice_is_kept_once() {
    let mut told = maria();
    told.documents.push(document("passport", Some("P123")));
    given([]).when(told).then([onboarded()]);
}

#[test]
fn nobody_is_born_tomorrow() {
    let (birth_date, business_date) = ("2026-01-03".parse().unwrap(), "2026-01-02".parse().unwrap());
    given([])
        .when(Onboard { birth_date: Some(birth_date), ..maria() })
        .then_refused(CustomerError::BirthDateInFuture { birth_date, business_date });
    let today = Onboard { birth_date: Some(business_date), ..maria() };
    assert_eq!(Customer::default().decide(today.into(), decided_on(JANUARY_2), Rules::All).unwrap().len(), 1);
}

#[test]
fn nobody_is_onboarded_twice() {
    given([onboarded()]).when(maria()).then_refused(CustomerError::CustomerExists);
    given([onboarded()]).when_history(maria()).then_refused(CustomerError::CustomerExists);
}

#[test]
fn only_history_may_hold_a_synthetic_identity() {
    let made_up =
        Onboard { synthetic: [IdentityPart::Name, IdentityPart::Email].into(), documents: vec![], ..maria() };
    given([]).when(made_up.clone()).then_refused(CustomerError::SyntheticIdentity);
    let events =
        Customer::default().decide(made_up.clone().into(), decided_on(JANUARY_2), Rules::Structural).unwrap();
    let profile = given(events).state().profile().unwrap().clone();
    assert_eq!(profile.synthetic, made_up.synthetic);
    assert_eq!(profile.documents, []);
}

#[test]
fn what_is_told_anew_is_no_longer_made_up() {
    let made_up = Onboard {
        synthetic: [IdentityPart::Name, IdentityPart::Email, IdentityPart::Phone].into(),
        documents: vec![],
        ..maria()
    };
    let mut customer =
        given(Customer::default().decide(made_up.into(), decided_on(JANUARY_2), Rules::Structural).unwrap())
            .state();
    let told = UpdateContact {
        name: Some(Text::parse("Maria Rao").unwrap()),
        email: Some(Email::parse("rao@example.com").unwrap()),
        ..UpdateContact::default()
    };
    customer
        .decide(CustomerCommand::UpdateContact(told), decided_on(JANUARY_2), Rules::All)
        .unwrap()
        .iter()
        .for_each(|event| customer.evolve(event));
    assert_eq!(customer.profile().unwrap().synthetic, [IdentityPart::Phone].into());
}

#[test]
fn history_states_that_it_required_no_documents() {
    let events =
        Customer::default().decide(maria().into(), decided_on(JANUARY_2), Rules::Structural).unwrap();
    let [CustomerEvent::CustomerOnboarded(event)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.required_documents, 0);
}

#[test]
fn a_verdict_verifies_or_rejects_a_pending_customer() {
    given([onboarded()]).when(verify()).then([verified()]);
    given([onboarded()]).when(reject(&["photo differs"])).then([rejected("photo differs")]);
    assert_eq!(status_after([onboarded(), verified()]), CustomerStatus::Verified);
    assert_eq!(status_after([onboarded(), rejected("photo differs")]), CustomerStatus::Rejected);
}

#[test]
fn a_rejection_needs_a_reason() {
    given([onboarded()]).when(reject(&[])).then_refused(CustomerError::KycReasonsMissing);
}

#[test]
fn a_rejected_customer_may_be_verified_later_but_not_the_reverse() {
    given([onboarded(), rejected("photo differs")]).when(verify()).then([verified()]);
    given([onboarded(), verified()])
        .when(reject(&["photo differs"]))
        .then_refused(CustomerError::CustomerAlreadyVerified);
}

#[test]
fn the_same_verdict_again_changes_nothing() {
    given([onboarded(), verified()]).when(verify()).then_nothing();
    given([onboarded(), rejected("photo differs")]).when(reject(&["photo differs"])).then_nothing();
    given([onboarded(), rejected("photo differs")]).when(reject(&["forged"])).then([rejected("forged")]);
}

#[test]
fn a_contact_update_tells_only_what_changed() {
    let address = Address {
        line1: None,
        line2: None,
        city: text("Pune"),
        city_tier: Some(CityTier::Tier1),
        region: None,
        postal_code: None,
        country: None,
    };
    let update = UpdateContact {
        name: Some(text("Maria Santos Rao")),
        email: Some(maria().email),
        phone: Some(Phone::parse("+1-555-9999").unwrap()),
        address: Some(address.clone()),
    };
    let changed = ContactUpdated {
        name: update.name.clone(),
        email: None,
        phone: update.phone.clone(),
        address: Some(address.clone()),
    };
    let state =
        given([onboarded()]).when(update.clone()).then([CustomerEvent::ContactUpdated(changed.clone())]);
    let profile = state.profile().unwrap();
    assert_eq!(Some(&profile.name), update.name.as_ref());
    assert_eq!(
        (&profile.email, Some(&profile.phone), &profile.address),
        (&maria().email, update.phone.as_ref(), &Some(address))
    );
    given([onboarded(), CustomerEvent::ContactUpdated(changed)]).when(update).then_nothing();
    given([onboarded()]).when(UpdateContact::default()).then_nothing();
}

#[test]
fn a_suspension_interrupts_and_gives_back_the_status() {
    for before in [vec![onboarded()], vec![onboarded(), verified()], vec![onboarded(), rejected("forged")]] {
        let status = status_after(before.clone());
        let during = [before.clone(), vec![suspended()]].concat();
        given(before.clone()).when(suspend()).then([suspended()]);
        assert_eq!(status_after(during.clone()), CustomerStatus::Suspended);
        given(during.clone()).when(Reactivate).then([reactivated()]);
        assert_eq!(status_after([during, vec![reactivated()]].concat()), status);
        given(before).when(Reactivate).then_nothing();
    }
    given([onboarded(), suspended()]).when(suspend()).then_nothing();
}

#[test]
fn nothing_but_products_end_during_a_suspension() {
    let past = || [onboarded(), verified(), attached(1), suspended()];
    given(past()).when(reject(&["forged"])).then_refused(CustomerError::CustomerSuspended);
    given(past()).when(new_email("new@example.com")).then_refused(CustomerError::CustomerSuspended);
    given(past())
        .when(attach(2))
        .then_refused(CustomerError::CustomerNotVerified { status: CustomerStatus::Suspended });
    given(past()).when(detach(1)).then([detached(1)]);
}

#[test]
fn a_verdict_from_history_inside_a_suspension_comes_back_with_its_end() {
    given([onboarded(), suspended()]).when_history(verify()).then([verified()]);
    assert_eq!(status_after([onboarded(), suspended(), verified()]), CustomerStatus::Suspended);
    assert_eq!(status_after([onboarded(), suspended(), verified(), reactivated()]), CustomerStatus::Verified);
}

#[test]
fn only_verified_customers_get_products() {
    given([onboarded(), verified()]).when(attach(1)).then([attached(1)]);
    given([onboarded()])
        .when(attach(1))
        .then_refused(CustomerError::CustomerNotVerified { status: CustomerStatus::Pending });
    given([onboarded(), rejected("forged")])
        .when(attach(1))
        .then_refused(CustomerError::CustomerNotVerified { status: CustomerStatus::Rejected });
    given([onboarded()]).when_history(attach(1)).then([attached(1)]);
}

#[test]
fn a_product_hangs_on_once_and_comes_off_once() {
    given([onboarded(), verified(), attached(1)]).when(attach(1)).then_nothing();
    given([onboarded(), verified(), attached(1)]).when(detach(1)).then([detached(1)]);
    given([onboarded(), verified(), attached(1), detached(1)]).when(detach(1)).then_nothing();
}

#[test]
fn a_customer_closes_only_without_products() {
    let products = [account(1), account(2)].into();
    given([onboarded(), verified(), attached(2), attached(1)])
        .when(Close)
        .then_refused(CustomerError::CustomerHasProducts { products });
    given([onboarded(), verified(), attached(1), detached(1)]).when(Close).then([closed()]);
    given([onboarded(), suspended()]).when(Close).then([closed()]);
    assert_eq!(status_after([onboarded(), suspended(), closed()]), CustomerStatus::Closed);
}

#[test]
fn a_closed_customer_refuses_everything_but_closing_again() {
    given([onboarded(), closed()]).when(Close).then_nothing();
    for command in
        [verify(), new_email("new@example.com"), suspend(), Reactivate.into(), attach(1), detach(1)]
    {
        given([onboarded(), closed()]).when(command.clone()).then_refused(CustomerError::CustomerClosed);
        given([onboarded(), closed()]).when_history(command).then_refused(CustomerError::CustomerClosed);
    }
}

#[test]
fn nobody_is_told_anything_before_onboarding() {
    for command in [
        verify(),
        new_email("new@example.com"),
        suspend(),
        Reactivate.into(),
        attach(1),
        detach(1),
        Close.into(),
    ] {
        given([]).when(command.clone()).then_refused(CustomerError::CustomerNotOnboarded);
        given([]).when_history(command).then_refused(CustomerError::CustomerNotOnboarded);
    }
}

#[test]
fn a_refusal_serialises_as_its_code_and_facts() {
    let refusal =
        serde_json::to_value(CustomerError::CustomerNotVerified { status: CustomerStatus::Pending }).unwrap();
    assert_eq!(refusal, serde_json::json!({"code": "customer_not_verified", "status": "pending"}));
}
