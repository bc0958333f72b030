//! Commands and events of an aggregate, each declared by one list. Structs that hold their data stand in the list
//! itself, or are written out beside it; `in Box` keeps a large one from making all the others as large.

/// Makes of a list of commands their structs, the enum of them, `From` of each, and the way to the rule that decides
/// on it. `/// Refuse debits. Freeze { reason: Text<500> } => controls::freeze` gives
///
/// ```text
/// /// Refuse debits.
/// pub struct Freeze { pub reason: Text<500> }
/// impl Freeze { pub const ABOUT: &str = "Refuse debits."; }
/// pub enum AccountCommand { Freeze(Freeze), … }
/// impl From<Freeze> for AccountCommand { … }
/// impl Command<BankAccount> for AccountCommand {
///     fn decide_on(self, account: &BankAccount, at: DecisionContext<'_>, rules: Rules) -> Result<Vec<AccountEvent>, AccountError> {
///         match self { Self::Freeze(command) => controls::freeze(account, command, at, rules), … }
///     }
/// }
/// ```
///
/// Without members (`Freeze => …`), the struct is one that stands elsewhere.
macro_rules! commands {
    (@struct [] $command:ident) => {};
    (@struct [$($about:literal)+] $command:ident { $($(#[$meaning:meta])* $member:ident: $kind:ty),* $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $command { $($(#[$meaning])* pub $member: $kind),* }
        impl $command {
            /// What it is, as its documentation has it.
            pub const ABOUT: &'static str = concat!($($about),+).trim_ascii();
        }
    };
    (@held $command:ident) => { $command };
    (@held $command:ident $pointer:ident) => { $pointer<$command> };
    (@taken $command:expr) => { $command };
    (@taken $command:expr, $pointer:ident) => { *$command };
    ($(#[$about:meta])* pub enum $name:ident for $aggregate:ident {
        $($(#[doc = $what:literal])* $command:ident $(in $pointer:ident)? $({ $($members:tt)* })? => $rule:path),+ $(,)?
    }) => {
        $($crate::declared::commands!(@struct [$($what)*] $command $({ $($members)* })?);)+
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name { $($command($crate::declared::commands!(@held $command $($pointer)?))),+ }
        $(impl From<$command> for $name {
            fn from(command: $command) -> Self { Self::$command(command.into()) }
        })+
        impl $crate::aggregate::Command<$aggregate> for $name {
            fn decide_on(
                self,
                aggregate: &$aggregate,
                at: $crate::DecisionContext<'_>,
                rules: $crate::Rules,
            ) -> Result<Vec<<$aggregate as $crate::Aggregate>::Event>, <$aggregate as $crate::Aggregate>::Error> {
                match self {
                    $(Self::$command(command) => $rule(
                        aggregate, $crate::declared::commands!(@taken command $(, $pointer)?), at, rules,
                    )),+
                }
            }
        }
    };
}

/// Makes of a list of events their structs, the enum of them as it is stored, their `SCHEMA`, and `From` of each.
/// `/// Debits are refused. AccountFrozen = "account_frozen" v 1 { reason: Text<500> }` gives
///
/// ```text
/// /// Debits are refused.
/// pub struct AccountFrozen { pub reason: Text<500> }
/// pub enum AccountEvent { AccountFrozen(AccountFrozen), … }
/// impl AccountEvent { pub const SCHEMA: &[(&str, u32)] = &[("account_frozen", 1), …]; }
/// impl From<AccountFrozen> for AccountEvent { … }
/// ```
///
/// Without members, the struct is one that stands elsewhere. `pub enum AccountEvent: DomainEvent` has nothing else to
/// say of its events: then `impl DomainEvent for AccountEvent` is made, too.
macro_rules! events {
    (@struct [] $event:ident) => {};
    (@struct [$(#[$about:meta])+] $event:ident { $($(#[$meaning:meta])* $member:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])+
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $event { $($(#[$meaning])* pub $member: $kind),* }
    };
    (@held $event:ident) => { $event };
    (@held $event:ident $pointer:ident) => { $pointer<$event> };
    ($(#[$about:meta])* pub enum $name:ident $(: $plain:ident)? {
        $(
            $(#[$what:meta])*
            $event:ident $(in $pointer:ident)? = $stored_as:literal v $version:literal $({ $($members:tt)* })?
        ),+ $(,)?
    }) => {
        $($crate::declared::events!(@struct [$(#[$what])*] $event $({ $($members)* })?);)+
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[serde(rename = $stored_as)] $event($crate::declared::events!(@held $event $($pointer)?))),+
        }
        impl $name {
            /// Each by its stored name, with the present version of its shape.
            pub const SCHEMA: &'static [(&'static str, u32)] = &[$(($stored_as, $version)),+];
        }
        $(impl $plain for $name {
            const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
        })?
        $(impl From<$event> for $name {
            fn from(event: $event) -> Self { Self::$event(event.into()) }
        })+
    };
}

pub(crate) use {commands, events};
