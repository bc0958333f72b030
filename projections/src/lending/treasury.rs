//! `treasury`: how the treasury of each currency stands.

use crate::{
    current::{Stand, Viewed},
    row,
};
use khata_domain::{
    Currency, Money,
    lending::{Treasury, TreasuryId},
};

row! {
    /// How the treasury of a currency stands. Amounts are in minor units.
    pub struct TreasuryRow in "treasury", partition treasury_id, key [treasury_id],
    of (id: TreasuryId, treasury: &Treasury, version: u64) {
        /// The code of its currency.
        pub treasury_id: String = id.to_string(),
        pub currency: Currency = id.0,
        /// What is there, with what is reserved.
        pub balance_minor: i64 = treasury.balance().map_or(0, Money::minor),
        /// What is reserved for loans.
        pub reserved_minor: i64 = treasury.reserved().map_or(0, Money::minor),
        /// What can be reserved or withdrawn.
        pub available_minor: i64 = treasury.available().map_or(0, Money::minor),
        /// The most that is reserved for one loan.
        pub limit_minor: Option<i64> = treasury.limit().map(Money::minor),
        /// For how many loans something is reserved.
        pub reservations: u64 = treasury.reservations() as u64,
        /// How many events the treasury has.
        pub version: u64 = version,
    }
}

impl Viewed for Treasury {
    const VIEW: &'static str = "treasury";
    const VIEW_VERSION: u32 = 1;
    type Row = TreasuryRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<TreasuryRow> {
        Some(TreasuryRow::of(id.parse().ok()?, self, stand.version))
    }
}
