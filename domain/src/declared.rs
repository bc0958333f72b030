//! Commands and events of an aggregate, each declared by one list. The structs that hold their data are
//! written out beside it; `in Box` keeps a large one from making all the others as large.

/// Makes of a list of commands the enum of them, `From` of each, and the way to the rule that decides on it.
/// `Freeze => controls::freeze` gives
///
/// ```text
/// pub enum AccountCommand { Freeze(Freeze), … }
/// impl From<Freeze> for AccountCommand { … }
/// impl AccountCommand {
///     fn decide_on(self, account: &BankAccount, at: DecisionContext<'_>, rules: Rules) -> Result<Vec<AccountEvent>, AccountError> {
///         match self { Self::Freeze(command) => controls::freeze(account, command, at, rules), … }
///     }
/// }
/// ```
macro_rules! commands {
    (@held $command:ident) => { $command };
    (@held $command:ident $pointer:ident) => { $pointer<$command> };
    (@taken $command:expr) => { $command };
    (@taken $command:expr, $pointer:ident) => { *$command };
    ($(#[$about:meta])* pub enum $name:ident for $aggregate:ident {
        $($command:ident $(in $pointer:ident)? => $rule:path),+ $(,)?
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name { $($command($crate::declared::commands!(@held $command $($pointer)?))),+ }
        $(impl From<$command> for $name {
            fn from(command: $command) -> Self { Self::$command(command.into()) }
        })+
        impl $name {
            pub(super) fn decide_on(
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

/// Makes of a list of events the enum of them as it is stored, their `SCHEMA`, and `From` of each.
/// `AccountFrozen = "account_frozen" v 1` gives
///
/// ```text
/// pub enum AccountEvent { AccountFrozen(AccountFrozen), … }
/// impl AccountEvent { pub const SCHEMA: &[(&str, u32)] = &[("account_frozen", 1), …]; }
/// impl From<AccountFrozen> for AccountEvent { … }
/// ```
macro_rules! events {
    (@held $event:ident) => { $event };
    (@held $event:ident $pointer:ident) => { $pointer<$event> };
    ($(#[$about:meta])* pub enum $name:ident {
        $($event:ident $(in $pointer:ident)? = $stored_as:literal v $version:literal),+ $(,)?
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[serde(rename = $stored_as)] $event($crate::declared::events!(@held $event $($pointer)?))),+
        }
        impl $name {
            /// Each by its stored name, with the present version of its shape.
            pub const SCHEMA: &'static [(&'static str, u32)] = &[$(($stored_as, $version)),+];
        }
        $(impl From<$event> for $name {
            fn from(event: $event) -> Self { Self::$event(event.into()) }
        })+
    };
}

pub(crate) use {commands, events};
