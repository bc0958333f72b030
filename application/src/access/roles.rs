//! A set of roles.

use super::Role;
use std::fmt;

/// A set of roles, as small as a byte.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ALL: Self = Self::of(&Role::ALL);

    /// These.
    pub const fn of(roles: &[Role]) -> Self {
        let (mut set, mut n) = (0, 0);
        while n < roles.len() {
            set |= 1 << roles[n] as u8;
            n += 1;
        }
        Self(set)
    }

    /// Whether a role is one of them.
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// Whether any of others is one of them.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Each, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | 1 << role as u8))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Role::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let some = Roles::of(&[Role::Teller, Role::Admin]);
        assert!(some.has(Role::Teller) && some.has(Role::Admin) && !some.has(Role::Customer));
        assert_eq!(some.iter().collect::<Roles>(), some);
        assert_eq!(Roles::ALL.iter().count(), Role::ALL.len());
        assert!(!Roles::NONE.has_any(Roles::ALL));
        assert_eq!(format!("{some:?}"), "{\"teller\", \"admin\"}");
    }
}
