//! The words of standing orders.

use crate::names::names;

names! {
    /// A day of the week.
    pub enum DayOfWeek {
        Monday = "monday": "Monday.",
        Tuesday = "tuesday": "Tuesday.",
        Wednesday = "wednesday": "Wednesday.",
        Thursday = "thursday": "Thursday.",
        Friday = "friday": "Friday.",
        Saturday = "saturday": "Saturday.",
        Sunday = "sunday": "Sunday.",
    }
}

impl DayOfWeek {
    /// So many days after Monday.
    pub(super) fn offset(self) -> i8 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
            Self::Sunday => 6,
        }
    }
}

names! {
    /// What a standing order is for.
    pub enum StandingOrderKind, default Other {
        Household = "household": "Rent, electricity and the like.",
        Insurance = "insurance": "Premiums of an insurance.",
        Leasing = "leasing": "Rates of a lease.",
        LoanPayment = "loan_payment": "Instalments of a loan.",
        Other = "other": "Anything else.",
    }
}

names! {
    /// Whether a standing order is carried out.
    pub enum StandingOrderStatus, default Active {
        Active = "active": "It is carried out on its dates.",
        Paused = "paused": "Its dates go by until it is resumed.",
        Ended = "ended": "It has no more dates.",
    }
}

names! {
    /// Why a standing order has ended.
    pub enum StandingOrderEnd {
        Cancelled = "cancelled": "Somebody did not want it any more.",
        RanOut = "ran_out": "It had no more dates.",
        AccountClosed = "account_closed": "The account that pays was closed.",
    }
}
