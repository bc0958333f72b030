//! What a gateway tells of its own accord.

use super::Payments;
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Money, Text,
    accounts::{BankAccount, Channel, account::Deposit, entry::EntryDetails},
    ids::{AccountId, IncomingPaymentId, PaymentId, TypedId},
    payments::{
        IncomingPayment, Network, Payment, PaymentStatus,
        incoming::Receive,
        payment::{Ground, InquiryOutcome, Learned, NoteReturn, Payee, RecordInquiry},
    },
};

/// What a gateway tells of a payment. Told twice, or by an answer before, it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayNotice {
    /// The gateway works on it.
    InProgress,
    /// The money is paid.
    Settled { gateway_reference: Text<128>, amount: Money },
    /// It will not be paid.
    Refused { code: Text<100>, reason: Text<500> },
    /// The money came back after it had arrived.
    Returned { gateway_reference: Text<128>, amount: Money, reason: Text<500> },
}

/// Money that came over a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingNotice {
    pub gateway_reference: Text<128>,
    pub to_account: AccountId,
    pub amount: Money,
    /// Who pays.
    pub payer: Text<140>,
    pub reference: Option<Text<140>>,
}

impl Payments {
    /// Takes money that came over a network, and books it on its account in the same append. What is not taken stays with the
    /// network, which sends it back.
    ///
    /// # Errors
    /// `NotFound` for an unknown account; refused by the account's rules, or if the network told otherwise of the same money
    /// before; those of [`crate::Executor::transact`].
    pub async fn receive(
        &self,
        context: &CommandContext,
        network: Network,
        notice: IncomingNotice,
    ) -> Result<Answer<IncomingPayment>, CommandError> {
        let IncomingNotice { gateway_reference, to_account, amount, payer, reference } = notice;
        let owner = self.owner(to_account).await?;
        let to_customer = owner.ok_or_else(|| CommandError::NotFound(to_account.to_string()))?;
        let id = incoming_id(network, &gateway_reference);
        let receive = Receive {
            network,
            gateway_reference: gateway_reference.clone(),
            to_account,
            to_customer,
            amount,
            payer: payer.clone(),
            reference: reference.clone(),
        };
        let body = |unit: &mut Unit<'_>| {
            if unit.decide::<IncomingPayment>(id, receive.clone())? == 0 {
                return Ok(());
            }
            unit.existing::<BankAccount>(to_account)?;
            let details = EntryDetails {
                channel: Channel::Transfer,
                counterparty: Some(payer.to_string()),
                reference: reference.as_ref().map(ToString::to_string),
                description: Some(format!("{} {gateway_reference}", network.name())),
                ..EntryDetails::default()
            };
            unit.decide::<BankAccount>(to_account, Deposit { amount, details }).map(drop)
        };
        let account = [Participant::of::<BankAccount>(to_account)];
        self.executor.transact::<IncomingPayment>(context, id, &account, body).await
    }

    /// Takes what the gateway of a network tells of a payment, with what becomes of the money, in one append.
    ///
    /// # Errors
    /// `NotFound` for a payment that this network does not carry; refused as `notice_differs` if the gateway speaks of another
    /// amount, by the payment's rules if it comes before what must have come before it, or by the payer's account; those of
    /// [`crate::Executor::transact`].
    pub async fn notice(
        &self,
        context: &CommandContext,
        network: Network,
        payment_id: PaymentId,
        notice: GatewayNotice,
    ) -> Result<Answer<Payment>, CommandError> {
        let others = self.others(payment_id).await?;
        let body = |unit: &mut Unit<'_>| {
            let payment = unit.existing::<Payment>(payment_id)?;
            let unknown = || CommandError::NotFound(payment_id.to_string());
            let request = payment.request().ok_or_else(unknown)?;
            if !matches!(&request.payee, Payee::External(payee) if payee.network == network) {
                return Err(unknown());
            }
            match &notice {
                GatewayNotice::InProgress => {
                    let is_awaited = matches!(payment.status(), PaymentStatus::Sent | PaymentStatus::Unknown);
                    let inquiry = RecordInquiry { outcome: InquiryOutcome::InProgress };
                    if is_awaited { unit.decide::<Payment>(payment_id, inquiry).map(drop) } else { Ok(()) }
                }
                GatewayNotice::Settled { gateway_reference, amount } => {
                    let ordered = request.amount;
                    if *amount != ordered {
                        return Err(CommandError::refused(&Differs::NoticeDiffers {
                            amount: *amount,
                            ordered,
                        }));
                    }
                    Self::settle(unit, payment_id, gateway_reference, Learned::Notice)
                }
                GatewayNotice::Refused { code, reason } => {
                    Self::give_back(unit, payment_id, Ground::Refused(Learned::Notice), (code, reason))
                }
                GatewayNotice::Returned { gateway_reference, amount, reason } => {
                    let (gateway_reference, reason) = (gateway_reference.clone(), reason.clone());
                    Self::take_back(
                        unit,
                        payment_id,
                        NoteReturn { amount: *amount, reason, gateway_reference },
                    )
                }
            }
        };
        self.executor.transact::<Payment>(context, payment_id, &others, body).await
    }
}

/// The id of money that a network names so: the same whenever it tells of it.
pub(super) fn incoming_id(network: Network, gateway_reference: &Text<128>) -> IncomingPaymentId {
    let named = format!("{}/{gateway_reference}", network.name());
    let digest = blake3::derive_key("khata.dev 2026-11 incoming payment id", named.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    IncomingPaymentId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

khata_domain::refusals! {
    /// Why what a gateway tells is not taken.
    enum Differs {
        /// The gateway speaks of another amount than was ordered (`amount`, `ordered`).
        #[error("the gateway speaks of {amount}, and {ordered} were ordered")]
        NoticeDiffers { amount: Money, ordered: Money },
    }
}

/// What notices are refused by before the payment is asked.
pub const REFUSALS: &[khata_domain::refusal::Refusal] = Differs::REFUSALS;
