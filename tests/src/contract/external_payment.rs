//! The sending of payments in the stories, and its golden traces.

use super::{
    customer, nth,
    process::{Sampled, Trace, answered, decided_to, done, fires, heard, refused},
    text,
};
use khata_application::{
    payments::{
        HandedOver, Inquired,
        sending::{Act, Answer, Call, Command, Ending, ExternalPayment, Fact},
    },
    processes::{Concern, InstanceCommand, Verb},
};
use khata_domain::{
    ids::PaymentId,
    payments::{
        GatewayNumbers, Network,
        payment::{InquiryOutcome, Learned},
    },
};

type Told = InstanceCommand<ExternalPayment>;

fn held() -> Fact {
    Fact::FundsHeld {
        payment_id: nth(1),
        from_account: nth(2),
        from_customer: customer(1),
        network: Network::VelocityPay,
        gateway: GatewayNumbers { inquiries: 2, quiet_minutes: 0, ..GatewayNumbers::default() },
    }
}

fn begins() -> Told {
    heard(held(), Concern::Starts, 1)
}

fn ended(ending: Ending) -> Told {
    heard(Fact::Ended(ending), Concern::Continues, 5)
}

fn handed(step: &str, handed: HandedOver) -> Told {
    answered(step, Answer::HandedOver(handed))
}

fn asked(step: &str, inquired: Inquired) -> Told {
    answered(step, Answer::Inquired(inquired))
}

fn settled() -> HandedOver {
    HandedOver::Settled { gateway_reference: text("vp-1") }
}

fn unanswered() -> HandedOver {
    HandedOver::Unanswered { error: text("no answer came within 10 s") }
}

fn not_sent() -> HandedOver {
    HandedOver::NotSent { reason: text("the connection was refused") }
}

fn shut() -> Told {
    refused("send/1", "gateway_shut")
}

impl Sampled for ExternalPayment {
    fn subject(number: u128) -> PaymentId {
        nth(number)
    }

    fn facts() -> Vec<Fact> {
        let endings = [Ending::Completed, Ending::GivenBack, Ending::Cancelled];
        [held()].into_iter().chain(endings.map(Fact::Ended)).collect()
    }

    fn commands() -> Vec<Command> {
        let acts = [
            Act::Send { has_waited: true },
            Act::Queue { reason: text("the gateway is shut") },
            Act::NoteUnanswered { error: text("no answer came within 10 s") },
            Act::RecordInquiry { outcome: InquiryOutcome::NotFound },
            Act::Settle { gateway_reference: text("vp-1"), learned_by: Learned::Inquiry },
            Act::GiveBack { code: text("AC04"), reason: text("closed"), learned_by: Learned::Answer },
            Act::GiveUp {},
            Act::CallOff {},
        ];
        acts.map(|act| Command { payment_id: nth(1), from_account: nth(2), act }).into()
    }

    fn calls() -> Vec<Call> {
        let (network, payment_id) = (Network::VelocityPay, nth(1));
        vec![
            Call::Wait { network },
            Call::HandOver { network, payment_id },
            Call::Inquire { network, payment_id },
        ]
    }

    fn answers() -> Vec<Answer> {
        vec![
            Answer::HandedOver(settled()),
            Answer::Reopened {},
            Answer::HandedOver(HandedOver::Refused { code: text("AC04"), reason: text("closed") }),
            Answer::HandedOver(unanswered()),
            Answer::HandedOver(not_sent()),
            Answer::Inquired(Inquired::Settled { gateway_reference: text("vp-1") }),
            Answer::Inquired(Inquired::InProgress {}),
            Answer::Inquired(Inquired::NotFound {}),
        ]
    }

    fn traces() -> Vec<Trace<Self>> {
        let trace = |name, told| Trace { name, told };
        let sent = |told: Vec<Told>| [begins(), done("send/1")].into_iter().chain(told).collect::<Vec<_>>();
        let not_found = |inquiry| asked(inquiry, Inquired::NotFound {});
        let refusal = || HandedOver::Refused { code: text("AC04"), reason: text("closed") };
        vec![
            trace("settled", sent(vec![handed("hand_over/1", settled()), done("settle/1")])),
            trace("refused", sent(vec![handed("hand_over/1", refusal()), done("give_back/1")])),
            trace(
                "shut_and_reopened",
                vec![
                    begins(),
                    shut(),
                    done("queue/1"),
                    answered("wait/1", Answer::Reopened {}),
                    done("send/2"),
                    handed("hand_over/2", settled()),
                    done("settle/1"),
                ],
            ),
            trace(
                "not_sent_and_sent_again",
                sent(vec![
                    handed("hand_over/1", not_sent()),
                    done("queue/1"),
                    fires("again"),
                    answered("wait/1", Answer::Reopened {}),
                    done("send/2"),
                    handed("hand_over/2", settled()),
                    done("settle/1"),
                ]),
            ),
            trace(
                "unknown_and_found",
                sent(vec![
                    handed("hand_over/1", unanswered()),
                    done("note/1"),
                    fires("ask"),
                    asked("inquire/1", Inquired::InProgress {}),
                    done("note/2"),
                    fires("ask"),
                    asked("inquire/2", Inquired::Settled { gateway_reference: text("vp-1") }),
                    done("settle/1"),
                ]),
            ),
            trace(
                "unknown_and_sent_again",
                sent(vec![
                    handed("hand_over/1", unanswered()),
                    done("note/1"),
                    fires("ask"),
                    not_found("inquire/1"),
                    done("note/2"),
                    fires("ask"),
                    not_found("inquire/2"),
                    done("note/3"),
                    done("send/2"),
                    handed("hand_over/2", settled()),
                    done("settle/1"),
                ]),
            ),
            trace(
                "cancelled_while_it_waits",
                vec![begins(), shut(), done("queue/1"), ended(Ending::Cancelled)],
            ),
            trace(
                "told_by_notice",
                sent(vec![
                    handed("hand_over/1", HandedOver::InProgress {}),
                    ended(Ending::Completed),
                    asked("inquire/1", Inquired::InProgress {}),
                ]),
            ),
            trace(
                "called_off_while_it_waits",
                vec![begins(), shut(), done("queue/1"), decided_to(Verb::Compensate)],
            ),
            trace(
                "called_off_while_it_is_under_way",
                sent(vec![decided_to(Verb::Compensate), handed("hand_over/1", settled())]),
            ),
        ]
    }
}
