//! Which part of the system a process runs: its roles, its bounded contexts, its namespace.

use khata_application::{CONTEXTS, Namespace, context::Context};
use std::{collections::BTreeSet, fmt};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Answers commands and queries over HTTP.
    Api,
    /// Feeds the read models.
    Projector,
    /// Runs what acts outward: the processes between aggregates, the relay.
    Processes,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Api, Self::Projector, Self::Processes];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Projector => "projector",
            Self::Processes => "processes",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What of the system a process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    namespace: Namespace,
    roles: BTreeSet<Role>,
    contexts: BTreeSet<&'static str>,
}

/// Why no part of the system can be made of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// There is no such role.
    #[error("there is no role {given:?} (--roles); there are {}", names(Role::ALL.map(Role::name)))]
    UnknownRole {
        /// As it was written.
        given: String,
    },
    /// There is no such context.
    #[error("there is no context {given:?} (--contexts); there are {}", names(CONTEXTS.map(|context| context.name)))]
    UnknownContext {
        /// As it was written.
        given: String,
    },
    /// A list without names.
    #[error("{option} names nothing; leave it out for all of them")]
    Empty { option: &'static str },
}

fn names<const N: usize>(names: [&str; N]) -> String {
    names.join(", ")
}

impl Part {
    /// All of it.
    pub fn whole(namespace: Namespace) -> Self {
        Self {
            namespace,
            roles: Role::ALL.into(),
            contexts: CONTEXTS.iter().map(|context| context.name).collect(),
        }
    }

    /// What comma lists of names say; `None` is all of them.
    ///
    /// # Errors
    /// See [`PartError`].
    pub fn parse(
        namespace: Namespace,
        roles: Option<&str>,
        contexts: Option<&str>,
    ) -> Result<Self, PartError> {
        let mut part = Self::whole(namespace);
        if let Some(roles) = roles {
            let role = |given: &str| Role::ALL.into_iter().find(|role| role.name() == given);
            part.roles = listed(roles, "--roles", |given| {
                role(given).ok_or_else(|| PartError::UnknownRole { given: given.to_owned() })
            })?;
        }
        if let Some(contexts) = contexts {
            let known = |given: &str| CONTEXTS.iter().map(|context| context.name).find(|name| *name == given);
            part.contexts = listed(contexts, "--contexts", |given| {
                known(given).ok_or_else(|| PartError::UnknownContext { given: given.to_owned() })
            })?;
        }
        Ok(part)
    }

    /// The same part, with these roles alone.
    #[must_use]
    pub fn with_roles(self, roles: impl IntoIterator<Item = Role>) -> Self {
        Self { roles: roles.into_iter().collect(), ..self }
    }

    /// Whose events, views and keys it sees.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Its roles.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().copied()
    }

    /// Whether it has a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it runs a context.
    pub fn runs(&self, context: &str) -> bool {
        self.contexts.contains(context)
    }

    /// Whether it runs every context.
    pub fn runs_all_contexts(&self) -> bool {
        self.contexts.len() == CONTEXTS.len()
    }

    /// The contexts that it runs, in the order in which they start; they stop in reverse. What they import
    /// need not be among them: the aggregate behind a port is in the log, and every Khata knows its rules.
    pub fn contexts(&self) -> Vec<&'static Context> {
        CONTEXTS.into_iter().filter(|context| self.runs(context.name)).collect()
    }
}

/// The roles, and the contexts where they are not all.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.roles().map(Role::name).collect::<Vec<_>>().join(", "))?;
        if self.runs_all_contexts() {
            return Ok(());
        }
        write!(f, " of {}", self.contexts.iter().copied().collect::<Vec<_>>().join(", "))
    }
}

fn listed<T: Ord>(
    text: &str,
    option: &'static str,
    read: impl Fn(&str) -> Result<T, PartError>,
) -> Result<BTreeSet<T>, PartError> {
    let read: BTreeSet<T> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(read).collect::<Result<_, _>>()?;
    if read.is_empty() { Err(PartError::Empty { option }) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(roles: Option<&str>, contexts: Option<&str>) -> Result<Part, PartError> {
        Part::parse(Namespace::default(), roles, contexts)
    }

    #[test]
    fn without_a_word_it_is_all_of_the_system() {
        let part = part(None, None).unwrap();
        assert_eq!(part, Part::whole(Namespace::default()));
        assert!(Role::ALL.iter().all(|role| part.has(*role)) && part.runs_all_contexts());
    }

    #[test]
    fn lists_name_parts_of_it() {
        let part = part(Some("api, processes,"), Some("orders,accounts")).unwrap();
        assert_eq!(part.roles().collect::<Vec<_>>(), [Role::Api, Role::Processes]);
        let running: Vec<&str> = part.contexts().iter().map(|context| context.name).collect();
        assert_eq!(running, ["accounts", "orders"]);
        assert!(part.runs("orders") && !part.runs("customers") && !part.runs_all_contexts());
    }

    #[test]
    fn unknown_names_are_told_with_those_there_are() {
        let role = part(Some("api,cook"), None).unwrap_err().to_string();
        assert_eq!(role, "there is no role \"cook\" (--roles); there are api, projector, processes");
        let context = part(None, Some("loans")).unwrap_err().to_string();
        let there_are = CONTEXTS.map(|context| context.name).join(", ");
        assert_eq!(context, format!("there is no context \"loans\" (--contexts); there are {there_are}"));
        assert_eq!(part(Some(" ,"), None), Err(PartError::Empty { option: "--roles" }));
    }
}
