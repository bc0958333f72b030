//! Historical facts: what another system tells about its past, one JSON object per line. docs/importing.md
//! shows them to users. What each kind holds and comes to stands in the file of its context.

use super::{
    accounts::{AccountOpened, Entry, SignatoryAdded},
    balances::{BalanceChecked, OpeningBalance},
    business_time::BusinessTime,
    cards::CardIssued,
    customers::CustomerOnboarded,
    imported::{Decides, Imported, Refused, Setting},
    lending::{LoanDelinquent, LoanEnded, LoanGranted, LoanPaid},
    orders::{OrderPlaced, OrderShipped},
    payments::StandingOrderGiven,
    report::Counted,
    source::SourceRef,
};
use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$about:meta])* $kind:ident($held:ty),)+) => {
        /// A fact of the past: `{"entry": {"source": "berka:trans:695247", …}}`.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub enum Fact {
            $($(#[$about])* $kind($held),)+
        }

        impl Fact {
            /// What names it.
            pub fn source(&self) -> &SourceRef {
                match self { $(Self::$kind(fact) => &fact.source,)+ }
            }

            /// When it happened.
            pub fn effective_at(&self) -> BusinessTime {
                match self { $(Self::$kind(fact) => fact.effective_at,)+ }
            }

            /// What of it is counted.
            pub(super) fn counted(&self) -> Counted {
                match self { $(Self::$kind(fact) => Imported::counted(fact),)+ }
            }

            /// What is to be decided.
            pub(super) fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
                match self { $(Self::$kind(fact) => Imported::prepare(fact, setting),)+ }
            }
        }
    };
}

facts! {
    /// A customer came.
    CustomerOnboarded(Box<CustomerOnboarded>),
    /// A customer opened an account.
    AccountOpened(AccountOpened),
    /// A customer may sign for another's account.
    SignatoryAdded(SignatoryAdded),
    /// An account held so much when its history begins.
    OpeningBalance(OpeningBalance),
    /// Money came to an account or left it.
    Entry(Entry),
    /// An account's balance was so much at the end of a day.
    BalanceChecked(BalanceChecked),
    /// A loan was paid out.
    LoanGranted(Box<LoanGranted>),
    /// A customer paid for a loan.
    LoanPaid(Box<LoanPaid>),
    /// A customer was late.
    LoanDelinquent(LoanDelinquent),
    /// A loan ended.
    LoanEnded(LoanEnded),
    /// A customer got a card.
    CardIssued(CardIssued),
    /// A customer has something paid regularly.
    StandingOrderGiven(Box<StandingOrderGiven>),
    /// A customer placed an order.
    OrderPlaced(Box<OrderPlaced>),
    /// An order left.
    OrderShipped(OrderShipped),
}
