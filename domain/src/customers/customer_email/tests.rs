//! One address, one customer.

use super::*;
use crate::{
    Aggregate,
    ids::{CustomerId, TypedId},
    testing::{self, Given},
};
use proptest::prelude::*;
use uuid::Uuid;

fn given(past: impl IntoIterator<Item = CustomerEmailEvent>) -> Given<CustomerEmail> {
    testing::given(past)
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn reserved(number: u128) -> CustomerEmailEvent {
    CustomerEmailEvent::Reserved(Reserved { customer_id: customer(number) })
}

fn released(number: u128) -> CustomerEmailEvent {
    CustomerEmailEvent::Released(Released { customer_id: customer(number) })
}

#[test]
fn a_free_address_goes_to_whoever_asks() {
    let state = given([]).when(Reserve { customer_id: customer(1) }).then([reserved(1)]);
    assert_eq!((state.holder(), state.owner()), (Some(customer(1)), Some(customer(1))));
    given([reserved(1), released(1)]).when(Reserve { customer_id: customer(2) }).then([reserved(2)]);
}

#[test]
fn a_taken_address_goes_to_nobody_else() {
    given([reserved(1)])
        .when(Reserve { customer_id: customer(2) })
        .then_refused(CustomerEmailError::EmailAlreadyUsed);
    given([reserved(1)])
        .when_history(Reserve { customer_id: customer(2) })
        .then_refused(CustomerEmailError::EmailAlreadyUsed);
    given([reserved(1)]).when(Reserve { customer_id: customer(1) }).then_nothing();
}

#[test]
fn only_the_holder_gives_an_address_back() {
    let state = given([reserved(1)]).when(Release { customer_id: customer(1) }).then([released(1)]);
    assert_eq!((state.holder(), state.owner()), (None, Some(customer(1))));
    given([reserved(1)]).when(Release { customer_id: customer(2) }).then_nothing();
    given([reserved(1), released(1)]).when(Release { customer_id: customer(1) }).then_nothing();
}

#[test]
fn the_refusal_does_not_tell_who_holds_the_address() {
    let refusal = serde_json::to_value(CustomerEmailError::EmailAlreadyUsed).unwrap();
    assert_eq!(refusal, serde_json::json!({"code": "email_already_used"}));
}

#[test]
fn texts_that_are_no_hash_are_refused() {
    for text in
        ["".to_owned(), "0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64), "é".repeat(32)]
    {
        assert!(text.parse::<EmailHash>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_hash_reads_back_what_it_writes(bytes: [u8; 32]) {
        let hash = EmailHash::from_bytes(bytes);
        prop_assert_eq!(hash.to_string().len(), 64);
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
    }
}
