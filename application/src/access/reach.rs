//! How far a permission goes: to whose data.

use super::{Principal, Role};
use khata_domain::ids::CustomerId;

/// Whose data a permission goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's, and what is nobody's.
    All,
    /// Only that of some customers.
    Some {
        /// This one's.
        own: Option<CustomerId>,
        /// That of the customers assigned to whoever asks.
        assigned: bool,
    },
}

impl Reach {
    /// Nobody's data.
    pub const NONE: Self = Self::Some { own: None, assigned: false };

    /// The data of one customer, if there is one.
    pub const fn own(customer: Option<CustomerId>) -> Self {
        Self::Some { own: customer, assigned: false }
    }

    /// Whether it goes to everything.
    pub const fn is_all(self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether it goes to customers who are assigned to whoever asks, and not to everybody.
    pub const fn is_of_assigned(self) -> bool {
        matches!(self, Self::Some { assigned: true, .. })
    }

    /// Both together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some { own, assigned }, Self::Some { own: others, assigned: also }) => {
                Self::Some { own: own.or(others), assigned: assigned || also }
            }
            _ => Self::All,
        }
    }
}

/// How far a role's permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// There is none.
    Nothing,
    /// To what is the customer's own.
    Own,
    /// To what belongs to customers assigned to the relationship manager.
    Assigned,
    /// To everything.
    All,
}

impl Grant {
    /// How far it goes for one who has the role; `None` where it allows nothing.
    pub fn reach(self, principal: &Principal) -> Option<Reach> {
        match self {
            Self::Nothing => None,
            Self::Own => Some(Reach::own(principal.customer)),
            Self::Assigned => Some(Reach::Some { own: None, assigned: true }),
            Self::All => Some(Reach::All),
        }
    }
}

/// How far the permissions of all roles go together, `None` where none allows anything. One grant for each
/// role, in the order of [`Role::ALL`].
pub(super) fn reach(grants: &[Grant; Role::ALL.len()], principal: &Principal) -> Option<Reach> {
    Role::ALL
        .into_iter()
        .zip(grants)
        .filter(|(role, _)| principal.roles.has(*role))
        .filter_map(|(_, grant)| grant.reach(principal))
        .reduce(Reach::or)
}
