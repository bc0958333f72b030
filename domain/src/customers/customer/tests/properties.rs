//! What no sequence of commands can bring about.

use super::*;
use proptest::prelude::*;

fn any_command() -> impl Strategy<Value = CustomerCommand> {
    prop_oneof![
        Just(maria().into()),
        Just(verify()),
        Just(reject(&["forged"])),
        Just(suspend()),
        Just(Reactivate.into()),
        Just(Close.into()),
        (1..4_u128).prop_map(attach),
        (1..4_u128).prop_map(detach),
        prop::sample::select(vec!["a@example.com", "b@example.com"]).prop_map(new_email),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_commands_gives_a_product_to_the_unverified_or_closes_over_one(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut customer = Customer::default();
        for command in commands {
            let before = customer.profile().cloned();
            let Ok(events) = customer.decide(command.clone(), decided_on(JANUARY_2), Rules::All) else { continue };
            events.iter().for_each(|event| customer.evolve(event));
            let after = customer.profile().unwrap();
            if let Some(before) = &before && after.products.len() > before.products.len() {
                prop_assert_eq!(before.status, CustomerStatus::Verified);
            }
            prop_assert!(after.status != CustomerStatus::Closed || after.products.is_empty());
            prop_assert_eq!(after.suspension.is_some(), after.status == CustomerStatus::Suspended);
            // What has just been done is already so, except that nobody is onboarded twice.
            if before.is_some() {
                prop_assert_eq!(customer.decide(command, decided_on(JANUARY_2), Rules::All), Ok(vec![]));
            }
        }
    }

    #[test]
    fn a_state_reads_back_what_it_writes(commands in prop::collection::vec(any_command(), 0..20)) {
        let mut customer = Customer::default();
        for command in commands {
            customer.decide(command, decided_on(JANUARY_2), Rules::All).unwrap_or_default().iter().for_each(|event| customer.evolve(event));
        }
        let written = serde_json::to_string(&customer).unwrap();
        prop_assert_eq!(serde_json::from_str::<Customer>(&written).unwrap(), customer);
    }
}
