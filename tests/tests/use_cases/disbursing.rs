//! The steps by which a loan is paid out, and the way back from each.

use crate::{World, inr};
use khata_application::{
    StreamName,
    command::CommandError,
    executor::Unit,
    fold::{Until, fold},
    lending::{
        NewLoan,
        disbursing::{Act, Command, LoanDisbursementSurroundings},
    },
    processes::Surroundings,
};
use khata_domain::{
    Aggregate, Text,
    accounts::{BankAccount, Channel, account::Withdraw, entry::EntryDetails},
    ids::{AccountId, CustomerId, TypedId},
    lending::{
        DayCount, Disbursement, DisbursementId, DisbursementStatus, DueDates, LendingTerms, Loan, LoanType,
        Treasury, TreasuryId,
        disbursement::PaidOut,
        loan::{Approve, RecordAssessment, Status},
        treasury::Fund,
    },
};
use std::time::Duration;
use uuid::Uuid;

/// An approved loan of 1,200 rupees, being paid out.
struct Paying<'w> {
    world: &'w World,
    paid_out: PaidOut,
}

fn record() -> DisbursementId {
    DisbursementId::from_uuid(Uuid::from_u128(7))
}

fn rupees() -> TreasuryId {
    "INR".parse().unwrap()
}

fn reason() -> Text<500> {
    Text::fitted("no luck")
}

impl<'w> Paying<'w> {
    async fn of(world: &'w World, customer_id: CustomerId, account_id: AccountId) -> Self {
        let amount = inr(1_200);
        let new = NewLoan {
            loan_id: None,
            customer_id,
            account_id: Some(account_id),
            loan_type: LoanType::Home,
            principal: amount,
            income: None,
            annual_rate: "0".parse().unwrap(),
            term_months: 12,
            day_count: DayCount::Thirty360,
            prepayment: None,
            start_date: None,
            dues: DueDates::default(),
        };
        let loan_id = world.loans.apply(&world.context(), new).await.unwrap().id;
        world
            .put::<Loan>(loan_id, RecordAssessment { credit_score: 700, income_verified: true })
            .await
            .unwrap();
        let terms = LendingTerms::default();
        let officer = Approve { approver: "o".into(), role: "loan_officer".into(), conditions: None, terms };
        world.put::<Loan>(loan_id, officer).await.unwrap();
        let fund = Fund { treasury: rupees(), amount: inr(2_000), reason: None };
        world.loans.treasury(&world.context(), rupees(), fund.into()).await.unwrap();
        Self { world, paid_out: PaidOut { loan_id, customer_id, account_id, amount } }
    }

    /// Takes a step; gives the code of the rule that refuses it.
    async fn step(&self, act: Act) -> Result<(), String> {
        let command = Command { disbursement_id: record(), paid_out: self.paid_out, approval: 1, act };
        let (surroundings, context) = (LoanDisbursementSurroundings, self.world.context());
        let participants = surroundings.participants(&command);
        let body = |unit: &mut Unit<'_>| surroundings.perform(&command, &context, unit);
        let patience = Duration::from_secs(10);
        match self.world.executor.transact_many(&context, &participants, patience, body).await {
            Ok(_) => Ok(()),
            Err(CommandError::Refused { code, .. }) => Err(code),
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn steps(&self, acts: impl IntoIterator<Item = Act>) {
        for act in acts {
            self.step(act).await.unwrap();
        }
    }

    async fn state<A: Aggregate>(&self, id: A::Id) -> A {
        fold::<A>(&*self.world.store, &StreamName::of::<A>(id), Until::default()).await.unwrap().state
    }

    /// What the account, the treasury and its reservations have.
    async fn money(&self) -> [i64; 3] {
        let account = self.state::<BankAccount>(self.paid_out.account_id).await;
        let treasury = self.state::<Treasury>(rupees()).await;
        let of = |money: Option<khata_domain::Money>| money.unwrap().minor() / 100;
        [
            i64::try_from(account.balance_minor()).unwrap() / 100,
            of(treasury.balance()),
            of(treasury.reserved()),
        ]
    }

    async fn record(&self) -> DisbursementStatus {
        self.state::<Disbursement>(record()).await.status()
    }
}

fn forward() -> [Act; 4] {
    [Act::TakeUp {}, Act::Reserve {}, Act::Record {}, Act::Transfer {}]
}

#[tokio::test]
async fn each_step_is_undone_and_the_loan_to_be_decided_again() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    let paying = Paying::of(&world, maria, account).await;
    paying.steps(forward()).await;
    assert_eq!(paying.money().await, [1_200, 800, 0]);
    assert_eq!(paying.step(Act::Transfer {}).await, Err("funds_not_reserved".into()));
    paying.step(Act::TakeBack { reason: reason() }).await.unwrap();
    assert_eq!(
        (paying.money().await, paying.record().await),
        ([0, 2_000, 1_200], DisbursementStatus::Reversed)
    );
    assert_eq!(
        paying.step(Act::TakeBack { reason: reason() }).await,
        Err("disbursement_status_conflict".into())
    );
    paying.step(Act::Cancel { reason: reason() }).await.unwrap();
    paying.step(Act::Release { reason: reason() }).await.unwrap();
    paying.step(Act::ReverseApproval { reason: reason() }).await.unwrap();
    assert_eq!((paying.money().await, paying.record().await), ([0, 2_000, 0], DisbursementStatus::Cancelled));
    let loan = paying.state::<Loan>(paying.paid_out.loan_id).await;
    assert_eq!((loan.status(), loan.reversal()), (Status::Pending, Some("no luck")));
    // What does not hold any more needs no taking back.
    paying.step(Act::ReverseApproval { reason: reason() }).await.unwrap();
    assert_eq!(paying.step(Act::TakeUp {}).await, Err("loan_not_approved".into()));
}

#[tokio::test]
async fn money_that_is_gone_is_not_taken_back_and_nothing_changes() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    let paying = Paying::of(&world, maria, account).await;
    paying.steps(forward()).await;
    let details = EntryDetails { channel: Channel::Cash, ..EntryDetails::default() };
    let spend = Withdraw { amount: inr(1), details, aml_verdict: None };
    world.put::<BankAccount>(account, spend).await.unwrap();
    let back = paying.step(Act::TakeBack { reason: reason() }).await;
    assert_eq!(back, Err("insufficient_funds".into()));
    assert_eq!(
        (paying.money().await, paying.record().await),
        ([1_199, 800, 0], DisbursementStatus::Transferred)
    );
    paying.step(Act::Complete {}).await.unwrap();
    assert_eq!(paying.record().await, DisbursementStatus::Completed);
    assert_eq!(paying.state::<Loan>(paying.paid_out.loan_id).await.status(), Status::Active);
    assert_eq!(
        paying.step(Act::TakeBack { reason: reason() }).await,
        Err("disbursement_status_conflict".into())
    );
}

#[tokio::test]
async fn an_account_that_is_closed_between_two_steps_is_not_credited() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    let paying = Paying::of(&world, maria, account).await;
    paying.steps(forward().into_iter().take(3)).await;
    world.close_account(account).await.unwrap();
    assert_eq!(paying.step(Act::Transfer {}).await, Err("payout_account_closed".into()));
    assert_eq!(paying.money().await, [0, 2_000, 1_200]);
}
