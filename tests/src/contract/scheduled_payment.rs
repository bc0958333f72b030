//! Payments for a later day in the stories, and the golden traces of their process.

use super::{
    customer, nth,
    process::{Sampled, Trace, done, fires, heard, refused},
    text,
};
use jiff::Timestamp;
use khata_application::{
    payments::scheduling::{Command, Fact, NoAnswer, NoCall, ScheduledPayment},
    processes::{Concern, InstanceCommand},
};
use khata_domain::{ids::PaymentId, testing::noon_of};

type Told = InstanceCommand<ScheduledPayment>;

fn due() -> Timestamp {
    noon_of(super::DAY)
}

fn ordered() -> Fact {
    Fact::Ordered {
        payment_id: nth(1),
        from_account: nth(2),
        from_customer: customer(1),
        to_account: Some(nth(3)),
        due: due(),
    }
}

impl Sampled for ScheduledPayment {
    fn subject(number: u128) -> PaymentId {
        nth(number)
    }

    fn facts() -> Vec<Fact> {
        vec![ordered(), Fact::Cancelled {}]
    }

    fn commands() -> Vec<Command> {
        vec![
            Command::Make {
                payment_id: nth(1),
                from_account: nth(2),
                from_customer: customer(1),
                to_account: Some(nth(3)),
            },
            Command::GiveUp { payment_id: nth(1), code: text("insufficient_funds") },
        ]
    }

    fn calls() -> Vec<NoCall> {
        Vec::new()
    }

    fn answers() -> Vec<NoAnswer> {
        Vec::new()
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told: Vec<Told>| {
            let begins = heard(ordered(), Concern::Starts, 1);
            Trace { name, told: [begins].into_iter().chain(told).collect() }
        };
        let broke = |step| refused(step, "insufficient_funds");
        vec![
            trace("made", vec![fires("day"), done("make/1")]),
            trace(
                "before_its_day",
                vec![fires("day"), refused("make/1", "payment_not_due"), fires("day"), done("make/2")],
            ),
            trace(
                "refused_and_made_later",
                vec![fires("day"), broke("make/1"), fires("day"), done("make/2")],
            ),
            trace(
                "given_up",
                vec![
                    fires("day"),
                    broke("make/1"),
                    fires("day"),
                    broke("make/2"),
                    fires("day"),
                    broke("make/3"),
                    fires("day"),
                    broke("make/4"),
                    done("give_up"),
                ],
            ),
            trace(
                "to_a_closed_account",
                vec![fires("day"), refused("make/1", "account_closed"), done("give_up")],
            ),
            trace("cancelled", vec![heard(Fact::Cancelled {}, Concern::Continues, 5)]),
        ]
    }
}
