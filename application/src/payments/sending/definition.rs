//! What carries a payment to another bank: when which step follows.

use super::{
    state::{AGAIN, GIVE_BACK, HAND_OVER, INQUIRE, QUEUE, SEND, SETTLE, State, WAIT, kind},
    words::{Act, Answer, Call, Command, Ending, ExternalPayment, Fact},
};
use crate::processes::{At, Budget, Certainty, Effect, Outcome, Process, Request, Trigger};
use khata_domain::{
    Text,
    ids::{CustomerId, PaymentId},
};
use std::time::Duration;

impl Process for ExternalPayment {
    const CATEGORY: &'static str = "process_external_payment";
    const VERSION: u32 = 1;
    type Subject = PaymentId;
    type Fact = Fact;
    type Command = Command;
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(fact) | Trigger::Heard(fact) => state.hear(fact),
            Trigger::Done { step } | Trigger::Skipped { step } => state.close(kind(step)),
            Trigger::Refused { step, .. } if kind(step) == SEND => state.close(SEND),
            Trigger::Answered { answer, .. } => state.note(answer),
            Trigger::Refused { .. } | Trigger::Exhausted { .. } | Trigger::Fired { .. } => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some(payment) = state.payment() else { return Vec::new() };
        match happened {
            Trigger::Heard(Fact::Ended(Ending::Completed)) => vec![Effect::Finish(Outcome::Completed)],
            Trigger::Heard(Fact::Ended(ending)) => {
                let how = if *ending == Ending::Cancelled { "cancelled" } else { "given back" };
                vec![Effect::Finish(Outcome::Failed(format!("the payment was {how}")))]
            }
            _ if state.has_ended() => state.finished(happened),
            Trigger::Started(_) => vec![state.send(payment, false)],
            Trigger::Refused { step, code: GATEWAY_SHUT } if kind(step) == SEND => {
                vec![state.queue(payment, Text::fitted("the gateway is shut")), state.wait(payment)]
            }
            Trigger::Done { step } => match kind(step) {
                SEND => vec![state.hand_over(payment)],
                // An operator says that it is with the gateway.
                HAND_OVER | INQUIRE => vec![state.ask_later(at.now)],
                WAIT => vec![state.send(payment, true)],
                _ => Vec::new(),
            },
            Trigger::Answered { answer, .. } => state.answered(payment, answer, at.now),
            Trigger::Fired { timer: AGAIN } => vec![state.wait(payment)],
            Trigger::Fired { .. } => vec![state.inquire(payment)],
            Trigger::Skipped { step } if matches!(kind(step), HAND_OVER | INQUIRE) => {
                vec![state.ask_later(at.now)]
            }
            Trigger::Skipped { step } if kind(step) == WAIT => vec![state.send(payment, true)],
            Trigger::Heard(_)
            | Trigger::Refused { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Skipped { .. } => Vec::new(),
        }
    }

    /// What was not sent is called off. What the gateway said of what was sent is done; as long as it has said nothing, calling
    /// it off is refused, and somebody has to look at it.
    fn undo(state: &State, step: &str, _: Certainty, _at: &At<'_>) -> Option<Request<Self>> {
        let payment = state.payment().filter(|_| !state.has_ended())?;
        let act = state.told_act().unwrap_or(Act::CallOff {});
        let is_undone = matches!(kind(step), SEND | QUEUE | HAND_OVER | INQUIRE);
        is_undone.then(|| Request::Command(payment.command(act)))
    }

    fn only_waits(call: &Call) -> bool {
        matches!(call, Call::Wait { .. })
    }

    fn budget(step: &str) -> Budget {
        let day = 86_400;
        let (attempts, longest, total) = match kind(step) {
            // Time alone makes nothing known: it is asked as long as anybody could want to know.
            INQUIRE => (10_000, 3_600, 90 * day),
            WAIT => (10_000, 60, 90 * day),
            // The money has gone, whatever the account says: that passes, or somebody has to look at it.
            SETTLE | GIVE_BACK => (100, 3_600, day),
            _ => (20, 300, 3_600),
        };
        let (first, longest, total) =
            (Duration::from_secs(1), Duration::from_secs(longest), Duration::from_secs(total));
        Budget { attempts, first, longest, total }
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.payment().map(|payment| payment.from_customer)
    }
}

/// The code by which a command is refused because the gateway is shut.
const GATEWAY_SHUT: &str = "gateway_shut";
