//! Standing debits of loans over HTTP.

use super::LoanRoutes;
use crate::http::{
    declared::bodies,
    request::{
        body::Nothing,
        fields::{DateField, IdField},
    },
    resource::post,
};
use khata_domain::{ids::AccountId, lending::loan::CancelStandingDebit};

bodies! {
    /// The account that pays.
    pub(super) struct StandingDebitBody as LoanStandingDebit,
    such as { "account_id": "acc_01890a5d-ac96-774b-bcce-b302099a8057" } {
        /// An open account of the loan's customer, in its currency.
        account_id: IdField<AccountId> as String,
    }

    /// A day.
    pub(super) struct RunBody as StandingDebitDay, such as { "date": "2026-05-05" } {
        /// What is due on this day; by default today. Not before the last payment.
        date: Option<DateField> as Option<Date>,
    }
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes
        .use_case(
            post("standing-debit", "set_standing_debit")
                .about("Name the account that pays what is due of a loan, until another one is named or none.")
                .done("It pays from now on."),
            async |app, context, id, StandingDebitBody { account_id }| {
                app.loans.set_standing_debit(&context, id, account_id.0).await
            },
        )
        .command(
            post("standing-debit/cancel", "cancel_standing_debit")
                .about("Let no account pay what is due of a loan any more.")
                .done("No account does."),
            |Nothing {}| CancelStandingDebit {},
        )
        .use_case(
            post("standing-debit/run", "run_standing_debit")
                .optional()
                .about(
                    "Debit what is due of a loan from the account that it names. What the account refuses is recorded \
                     and tried again on a later day, as often as is configured. Done again on a day it changes nothing.",
                )
                .done("It is paid, or recorded why not."),
            async |app, context, id, RunBody { date }| {
                app.loans.debit_due(&context, id, date.map(|DateField(date)| date)).await
            },
        )
}
