//! The treasury of a currency, as people keep it. There is one for each currency, whether or not anything was ever in it.

use super::Loans;
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use khata_domain::lending::{Treasury, TreasuryCommand, TreasuryId};

impl Loans {
    /// Puts a command to the treasury of a currency; the first one begins it.
    ///
    /// # Errors
    /// The treasury's refusal; those of [`crate::Executor::transact`].
    pub async fn treasury(
        &self,
        context: &CommandContext,
        treasury: TreasuryId,
        command: TreasuryCommand,
    ) -> Result<Answer<Treasury>, CommandError> {
        let body = |unit: &mut Unit<'_>| unit.decide::<Treasury>(treasury, command.clone()).map(drop);
        self.executor.transact::<Treasury>(context, treasury, &[], body).await
    }
}
