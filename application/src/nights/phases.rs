//! What each phase asks of whom.

use super::{Subjects, desk::Desk, pages::Page};
use crate::command::CommandContext;
use khata_domain::{
    Evening,
    accounts::BankAccount,
    cards::CreditCard,
    lending::Loan,
    nights::{NightPhase, Tally},
};

/// The subjects of a phase, and what works a page of them off. Nothing for the checks, which have none.
pub(super) fn subjects(phase: NightPhase) -> Option<Subjects> {
    match phase {
        NightPhase::ExpireHolds
        | NightPhase::AccrueInterest
        | NightPhase::ChargeFees
        | NightPhase::PostInterest => Some(Subjects::Accounts),
        NightPhase::ExpireAuthorizations | NightPhase::CloseStatements => Some(Subjects::Cards),
        NightPhase::PayInstalments | NightPhase::ReviewLoans => Some(Subjects::Loans),
        NightPhase::Check => None,
    }
}

/// Whether a phase has anything to do on an evening: months end on one of thirty.
pub(super) fn is_due(phase: NightPhase, evening: &Evening) -> bool {
    match phase {
        NightPhase::ChargeFees | NightPhase::PostInterest => evening.ends_month(),
        NightPhase::ExpireHolds
        | NightPhase::ExpireAuthorizations
        | NightPhase::PayInstalments
        | NightPhase::AccrueInterest
        | NightPhase::ReviewLoans
        | NightPhase::CloseStatements
        | NightPhase::Check => true,
    }
}

/// Works off a page of a phase's subjects.
pub(super) async fn work_off(
    phase: NightPhase,
    desk: &Desk,
    context: &CommandContext,
    evening: &Evening,
    names: &[String],
) -> Tally {
    let page = Page { desk, context, evening, names };
    match phase {
        NightPhase::ExpireHolds => page.work_off::<BankAccount>(BankAccount::holds_to_expire).await,
        NightPhase::ExpireAuthorizations => {
            page.work_off::<CreditCard>(CreditCard::authorizations_to_expire).await
        }
        NightPhase::AccrueInterest => page.work_off::<BankAccount>(BankAccount::interest_to_accrue).await,
        NightPhase::ChargeFees => page.work_off::<BankAccount>(BankAccount::fee_to_charge).await,
        NightPhase::PayInstalments => page.pay_instalments().await,
        NightPhase::ReviewLoans => {
            let settings = desk.book.in_force();
            let penalties = settings.rules().lending.penalties();
            page.work_off::<Loan>(|loan: &Loan, evening: &Evening| loan.day_to_close(evening, penalties))
                .await
        }
        NightPhase::CloseStatements => page.work_off::<CreditCard>(CreditCard::statement_to_close).await,
        NightPhase::PostInterest => page.work_off::<BankAccount>(BankAccount::interest_to_post).await,
        NightPhase::Check => Tally::default(),
    }
}
