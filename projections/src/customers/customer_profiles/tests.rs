//! What becomes of customers' events in the view.

use super::*;
use crate::{
    FoldError, Projection, Row, RowChanges, cell::Json, current::Standing, query::Filter, testing::Log,
};
use khata_domain::{
    Text,
    accounts::{AccountEvent, BankAccount, account::AccountUnfrozen},
    customers::{
        Address, CityTier, CustomerEvent, CustomerType, Document, DocumentKind, Email, Phone, ProductId,
        customer::{
            ContactUpdated, CustomerClosed, CustomerOnboarded, CustomerReactivated, CustomerSuspended,
            IdentityPart, KycRejected, KycVerified, ProductAttached, ProductDetached,
        },
    },
    ids::{AccountId, CustomerId, TypedId},
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn id(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn document(kind: &str, number: Option<&str>) -> Document {
    Document { kind: DocumentKind::parse(kind).unwrap(), number: number.map(text) }
}

fn product(number: u128) -> ProductId {
    ProductId::of(AccountId::from_uuid(Uuid::from_u128(number)))
}

fn address() -> Address {
    Address {
        line1: Some(text("12 MG Road")),
        line2: None,
        city: text("Pune"),
        city_tier: Some(CityTier::Tier1),
        region: None,
        postal_code: None,
        country: None,
    }
}

fn onboarded(number: u128) -> CustomerEvent {
    CustomerEvent::CustomerOnboarded(CustomerOnboarded {
        customer_id: id(number),
        name: text("Maria Santos"),
        email: Email::parse("Maria@Example.com").unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport", Some("P1")), document("utility_bill", None)],
        birth_date: Some("1990-02-03".parse().unwrap()),
        tax_id: Some(text("T1")),
        address: None,
        required_documents: 2,
        business_date: "2026-01-01".parse().unwrap(),
        synthetic: BTreeSet::new(),
    })
}

fn rows(log: &Log) -> Vec<CustomerRow> {
    log.rows::<_, CustomerRow>(&CustomerProfiles::default())
}

#[track_caller]
fn only_row(log: &Log) -> CustomerRow {
    let rows = rows(log);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap()
}

fn log_of(events: impl IntoIterator<Item = CustomerEvent>) -> Log {
    events.into_iter().fold(Log::default(), |log, event| log.with::<Customer>(id(1), event))
}

#[test]
fn an_onboarded_customer_has_a_row_with_all_that_was_told() {
    let expected = CustomerRow {
        customer_id: id(1).to_string(),
        name: "Maria Santos".into(),
        email: "Maria@Example.com".into(),
        email_normalized: "maria@example.com".into(),
        phone: "+1-555-0123".into(),
        phone_digits: "15550123".into(),
        customer_type: "individual".into(),
        status: "pending".into(),
        documents: Json(vec![document("passport", Some("P1")), document("utility_bill", None)]),
        birth_date: Some("1990-02-03".parse().unwrap()),
        tax_id: Some("T1".into()),
        address: None,
        kyc_reasons: Json(vec![]),
        suspension_reason: None,
        products: Json(BTreeSet::new()),
        synthetic: Json(BTreeSet::new()),
        manager: None,
        version: 1,
        onboarded_at: Log::instant(1),
    };
    assert_eq!(only_row(&log_of([onboarded(1)])), expected);
}

#[test]
fn the_row_follows_verdicts_contact_and_products() {
    let events = [
        onboarded(1),
        CustomerEvent::KycRejected(KycRejected { reasons: vec![text("photo differs")] }),
        CustomerEvent::KycVerified(KycVerified { reasons: vec![] }),
        CustomerEvent::ContactUpdated(ContactUpdated {
            name: None,
            email: Some(Email::parse("m@s.org").unwrap()),
            phone: None,
            address: Some(address()),
        }),
        CustomerEvent::ProductAttached(ProductAttached { product: product(1) }),
        CustomerEvent::ProductAttached(ProductAttached { product: product(2) }),
        CustomerEvent::ProductDetached(ProductDetached { product: product(1) }),
    ];
    let rejected = only_row(&log_of(events[..2].iter().cloned()));
    assert_eq!(
        (rejected.status.as_str(), rejected.kyc_reasons),
        ("rejected", Json(vec!["photo differs".into()]))
    );
    let row = only_row(&log_of(events));
    assert_eq!((row.status.as_str(), row.kyc_reasons, row.version), ("verified", Json(vec![]), 7));
    assert_eq!(
        (row.email_normalized.as_str(), row.phone.as_str(), row.address),
        ("m@s.org", "+1-555-0123", Some(Json(address())))
    );
    assert_eq!(row.products, Json([product(2)].into()));
    assert_eq!(row.onboarded_at, Log::instant(1));
}

#[test]
fn the_row_shows_a_suspension_while_it_lasts() {
    let suspended = CustomerEvent::CustomerSuspended(CustomerSuspended { reason: text("court order") });
    let reactivated = CustomerEvent::CustomerReactivated(CustomerReactivated {});
    let closed = CustomerEvent::CustomerClosed(CustomerClosed {});
    let during = only_row(&log_of([onboarded(1), suspended.clone()]));
    assert_eq!(
        (during.status.as_str(), during.suspension_reason.as_deref()),
        ("suspended", Some("court order"))
    );
    let after = only_row(&log_of([onboarded(1), suspended.clone(), reactivated]));
    assert_eq!((after.status.as_str(), after.suspension_reason), ("pending", None));
    let gone = only_row(&log_of([onboarded(1), suspended, closed]));
    assert_eq!((gone.status.as_str(), gone.suspension_reason), ("closed", None));
}

#[test]
fn an_imported_customer_counts_from_its_business_time_and_shows_what_is_made_up() {
    let CustomerEvent::CustomerOnboarded(mut imported) = onboarded(1) else { panic!() };
    imported.synthetic = [IdentityPart::Name, IdentityPart::Email].into();
    let opened = "1993-01-01T00:00:00Z".parse().unwrap();
    let log =
        Log::default().with_effective::<Customer>(id(1), CustomerEvent::CustomerOnboarded(imported), opened);
    let row = only_row(&log);
    assert_eq!(
        (row.onboarded_at, row.synthetic),
        (opened, Json([IdentityPart::Name, IdentityPart::Email].into()))
    );
}

#[test]
fn customers_have_rows_of_their_own_and_accounts_have_none() {
    let account = AccountId::from_uuid(Uuid::from_u128(9));
    let log = Log::default()
        .with::<Customer>(id(2), onboarded(2))
        .with::<BankAccount>(account, AccountEvent::AccountUnfrozen(AccountUnfrozen {}))
        .with::<Customer>(id(1), onboarded(1));
    let ids: Vec<String> = rows(&log).into_iter().map(|row| row.customer_id).collect();
    assert_eq!(ids, [id(1).to_string(), id(2).to_string()]);
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let mut log = log_of([onboarded(1)]);
    log.events_mut()[0].data = r#"{"name":7}"#.into();
    let event = log.events_mut().remove(0);
    let (mut state, mut changes) = (Standing::<Customer>::default(), RowChanges::default());
    assert!(matches!(
        CustomerProfiles::default().fold(&mut state, &event, &mut changes),
        Err(FoldError::Decode(_))
    ));
    assert_eq!(state, Standing::default());
}

#[test]
fn customers_are_searched_by_the_one_spelling_of_address_and_number() {
    let search = CustomerSearch {
        email: Email::parse("MARIA@example.com").ok(),
        phone: Phone::parse("1 555 0123").ok(),
    };
    let is = |column, text: &str| {
        Filter::Is(column, crate::query::Comparison::Equal, crate::Value::Text(text.into()))
    };
    assert_eq!(
        search.query(50).filters,
        [is("email_normalized", "maria@example.com"), is("phone_digits", "15550123")]
    );
    assert_eq!(CustomerSearch::default().query(50).filters, []);
}

#[test]
fn every_column_has_a_value_of_its_type() {
    let values = only_row(&log_of([onboarded(1)])).into_values();
    assert_eq!(values.len(), CustomerRow::TABLE.columns.len());
    for (column, value) in CustomerRow::TABLE.columns.iter().zip(values) {
        match value.kind() {
            Some(kind) => assert_eq!(kind, column.kind, "{}", column.name),
            None => assert!(column.nullable, "{}", column.name),
        }
    }
}
