//! Payments for a later day, as their process makes them.

use crate::{World, inr, payments::transfer};
use khata_application::{
    StreamName,
    command::{CommandContext, CommandError},
    executor::Unit,
    fold::{Until, fold},
    payments::{
        NewPayment,
        scheduling::{Command, ScheduledPaymentSurroundings},
    },
    processes::Surroundings,
};
use khata_domain::{
    ids::PaymentId,
    payments::{Payment, PaymentStatus, payment::Payee},
};
use std::time::Duration;

impl World {
    /// Makes a payment for a later day, as its process does. Gives what it is then, and its version.
    pub async fn make_scheduled(
        &self,
        context: &CommandContext,
        payment_id: PaymentId,
    ) -> Result<(Payment, u64), CommandError> {
        let stream = StreamName::of::<Payment>(payment_id);
        let ordered = fold::<Payment>(&*self.store, &stream, Until::default()).await.unwrap().state;
        let request = ordered.request().expect("an order");
        let Payee::Account(to_account) = request.payee else { panic!("it goes to another bank") };
        let (from_account, from_customer) = (request.from_account, request.from_customer);
        let command = Command::Make { payment_id, from_account, from_customer, to_account: Some(to_account) };
        let surroundings = ScheduledPaymentSurroundings { payments: self.payments.clone() };
        let participants = surroundings.participants(&command);
        let body = |unit: &mut Unit<'_>| {
            surroundings.perform(&command, context, unit)?;
            Ok((unit.state::<Payment>(payment_id)?.clone(), unit.version::<Payment>(payment_id)?))
        };
        let made = self.executor.transact_many(context, &participants, Duration::from_secs(10), body).await;
        made.map(|(_, made)| made)
    }
}

#[tokio::test]
async fn a_payment_for_a_later_day_moves_nothing_before_it_and_is_made_once() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let tomorrow = world.context().today().tomorrow().unwrap();
    let planned = NewPayment { scheduled_for: Some(tomorrow), ..transfer(from, to, inr(400)) };
    let answer = world.payments.request(&world.context(), planned.clone()).await.unwrap();
    assert_eq!((answer.state.status(), answer.version), (PaymentStatus::Requested, 1));
    assert_eq!(world.holds(from).await, 100_000);
    let make =
        async |context: CommandContext, payment_id| match world.make_scheduled(&context, payment_id).await {
            Ok(_) => "made".to_owned(),
            Err(CommandError::Refused { code, .. }) => code,
            Err(other) => panic!("{other:?}"),
        };
    assert_eq!(make(world.context(), answer.id).await, "payment_not_due");
    for _ in 0..2 {
        assert_eq!(make(world.later(1), answer.id).await, "made");
        assert_eq!((world.holds(from).await, world.holds(to).await), (60_000, 40_000));
    }
    // One that cannot be made can be tried again.
    let broke = NewPayment { amount: inr(601), ..planned.clone() };
    let broke = world.payments.request(&world.context(), broke).await.unwrap().id;
    assert_eq!(make(world.later(1), broke).await, "insufficient_funds");
    // One that was cancelled is not made.
    let unwanted = world.payments.request(&world.context(), planned).await.unwrap().id;
    world.payments.cancel(&world.context(), unwanted, None).await.unwrap();
    assert_eq!(make(world.later(1), unwanted).await, "payment_status_conflict");
    assert_eq!(world.holds(from).await, 60_000);
}
