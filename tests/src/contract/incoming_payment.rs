//! Money that comes from other banks in the stories.

use super::{Asked, Contract, Sample, Step, bare, customer, customer::customer_id, full, inr, nth, text};
use khata_domain::{
    ids::IncomingPaymentId,
    payments::{
        IncomingPayment, IncomingPaymentCommand, IncomingPaymentEvent, Network,
        incoming::{PaymentReceived, Receive},
    },
};

fn received() -> PaymentReceived {
    PaymentReceived {
        network: Network::VelocityPay,
        gateway_reference: text("VP-7"),
        to_account: nth(1),
        to_customer: customer_id(),
        amount: inr(12_345),
        payer: text("Erik"),
        reference: Some(text("rent")),
        business_date: super::DAY,
    }
}

impl Contract for IncomingPayment {
    const SUBJECTS: u128 = 1;
    const NTH: fn(u128) -> IncomingPaymentId = nth;

    fn samples() -> Vec<Sample<IncomingPaymentEvent>> {
        vec![full(received().into()), bare(PaymentReceived { reference: None, ..received() }.into())]
    }

    fn past() -> Vec<IncomingPaymentEvent> {
        vec![received().into()]
    }

    fn asked(&self, step: &Step) -> Asked<IncomingPaymentCommand> {
        let receive = Receive {
            network: Network::VelocityPay,
            gateway_reference: text("VP-7"),
            to_account: nth(step.subject),
            to_customer: customer(step.subject),
            amount: inr(step.minor),
            payer: text("Erik"),
            reference: None,
        };
        (step.at(), receive.into())
    }
}
