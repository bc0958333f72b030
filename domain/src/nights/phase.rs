//! The phases of a night, and what each waits for.

use crate::names::names;

names! {
    /// A phase of the end of a day.
    pub enum NightPhase {
        /// Money set aside until a time that has passed is free again.
        ExpireHolds = "expire_holds",
        /// Card authorisations whose time has passed count no longer.
        ExpireAuthorizations = "expire_authorizations",
        /// What is due of loans is debited from the accounts that they name.
        PayInstalments = "pay_instalments",
        /// A day's interest is accrued on each account, with days before that were missed.
        AccrueInterest = "accrue_interest",
        /// The products' monthly fees, on the last day of a month.
        ChargeFees = "charge_fees",
        /// How late loans are, and the penalties for that.
        ReviewLoans = "review_loans",
        /// Interest of card periods that end, and their statements.
        CloseStatements = "close_statements",
        /// Interest of the month is paid out, on its last day.
        PostInterest = "post_interest",
        /// Whether subjects of views wait for an operator.
        Check = "check",
    }
}

impl NightPhase {
    /// What must have ended before it begins.
    pub const fn waits_for(self) -> &'static [Self] {
        match self {
            Self::ExpireHolds | Self::ExpireAuthorizations => &[],
            // What is free again can be taken by whatever is due.
            Self::PayInstalments => &[Self::ExpireHolds],
            Self::AccrueInterest => &[Self::PayInstalments],
            Self::ChargeFees => &[Self::AccrueInterest],
            Self::ReviewLoans => &[Self::ChargeFees],
            Self::CloseStatements => &[Self::ExpireAuthorizations, Self::ReviewLoans],
            // A fee of the last day must not change what its interest was reckoned on.
            Self::PostInterest => &[Self::ChargeFees],
            Self::Check => &[Self::CloseStatements, Self::PostInterest],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NightPhase;

    #[test]
    fn each_waits_only_for_what_comes_before_it() {
        for (place, phase) in NightPhase::ALL.iter().enumerate() {
            let earlier = &NightPhase::ALL[..place];
            assert!(phase.waits_for().iter().all(|needed| earlier.contains(needed)), "{phase}");
        }
    }
}
