//! The daily reconciliation in the stories, and its golden traces.

use super::{
    nth,
    process::{Sampled, Trace, answered, done, fires, heard, refused},
    reconciliation::{counts, difference, nth_day},
    text,
};
use khata_application::{
    payments::reconciling::{Answer, Call, Command, DailyReconciliation, Fact, Late},
    processes::{Concern, InstanceCommand},
};
use khata_domain::{
    payments::{ReconciliationId, reconciliation::DifferenceKind},
    testing::noon_of,
};

type Told = InstanceCommand<DailyReconciliation>;

fn carried() -> Fact {
    let ReconciliationId { network, day } = nth_day(0);
    Fact::Carried { network, day, due: noon_of(super::DAY) }
}

fn late() -> Late {
    Late { payment_id: nth(1), from_account: nth(2), gateway_reference: text("VP-1") }
}

fn compared(late: Vec<Late>) -> Answer {
    let differences = vec![difference(DifferenceKind::Status)];
    Answer::Compared { counts: counts(), differences, late }
}

impl Sampled for DailyReconciliation {
    fn subject(number: u128) -> ReconciliationId {
        nth_day(number)
    }

    fn facts() -> Vec<Fact> {
        vec![carried(), carried()]
    }

    fn commands() -> Vec<Command> {
        let ReconciliationId { network, day } = nth_day(0);
        let differences = vec![difference(DifferenceKind::Status)];
        let Late { payment_id, from_account, gateway_reference } = late();
        vec![
            Command::Record { network, day, counts: counts(), differences },
            Command::LearnLate { payment_id, from_account, gateway_reference },
        ]
    }

    fn calls() -> Vec<Call> {
        let ReconciliationId { network, day } = nth_day(0);
        vec![Call::Compare { network, day }]
    }

    fn answers() -> Vec<Answer> {
        vec![compared(vec![late()]), compared(Vec::new())]
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told: Vec<Told>| {
            let begins = [heard(carried(), Concern::Starts, 1), fires("day_over")];
            Trace { name, told: begins.into_iter().chain(told).collect() }
        };
        let learned = format!("learn/{}", late().payment_id);
        let with_late = || vec![answered("compare", compared(vec![late()])), done("record")];
        vec![
            trace("compared", vec![answered("compare", compared(Vec::new())), done("record")]),
            trace("paid_after_all", [with_late(), vec![done(&learned)]].concat()),
            trace(
                "paid_after_all_and_refused",
                [with_late(), vec![refused(&learned, "payment_status_conflict")]].concat(),
            ),
        ]
    }
}
