//! Closed lists of words: enums whose values have a name and a meaning, each told once. Events, answers and filters
//! write the names; what describes the surface tells the meanings, too.

/// A closed list of words.
pub trait Named: Copy + 'static {
    /// What it is called where the lists of all contexts stand beside each other, `LoanStatus`.
    const TITLE: &'static str;
    /// What it is about, as its documentation has it.
    const ABOUT: &'static str;
    /// The names of its values with what they mean, in order.
    const MEANINGS: &'static [(&'static str, &'static str)];
}

/// Declares such enums: the documentation of each, its title if that is not its own name, its default if it has one, and
/// its values with their names and meanings. A meaning of some words stands behind the name, a longer one before the value
/// as its documentation:
///
/// ```text
/// /// What a direction sees.
/// pub enum Light, default Red {
///     Red = "red": "Stop.",
///     /// Stop, unless that is not safe any more.
///     Yellow = "yellow",
/// }
/// ```
macro_rules! names {
    ($(
        $(#[doc = $about:literal])+
        pub enum $list:ident $(as $title:literal)? $(, default $default:ident)? {
            $($(#[doc = $meaning:literal])* $value:ident = $name:literal $(: $told:literal)?,)+
        }
    )+) => {$(
        $(#[doc = $about])+
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $list {
            $($(#[doc = $meaning])* $(#[doc = $told])? #[serde(rename = $name)] $value,)+
        }

        impl $list {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Its name as events and answers write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }

        impl $crate::names::Named for $list {
            const TITLE: &'static str = [$($title,)? stringify!($list)][0];
            const ABOUT: &'static str = concat!($($about, "\n"),+);
            const MEANINGS: &'static [(&'static str, &'static str)] = &[$(($name, concat!($($meaning,)* $($told)?))),+];
        }

        impl ::std::fmt::Display for $list {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }

        $(impl Default for $list {
            fn default() -> Self {
                Self::$default
            }
        })?
    )+};
}

pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::Named;
    use crate::lending::{Bucket, PrepaymentRule};

    #[test]
    fn a_list_tells_its_names_and_meanings() {
        assert_eq!(
            Bucket::ALL.map(Bucket::name),
            Bucket::MEANINGS.iter().map(|(name, _)| *name).collect::<Vec<_>>()[..]
        );
        assert_eq!((Bucket::TITLE, PrepaymentRule::TITLE), ("DelinquencyBucket", "PrepaymentRule"));
        assert_eq!(Bucket::UpTo30.to_string(), "1-30");
        assert_eq!(serde_json::from_str::<Bucket>("\"31-60\"").ok(), Some(Bucket::UpTo60));
        assert_eq!(Bucket::MEANINGS[1], ("1-30", " 1 to 30 days."));
        assert_eq!(PrepaymentRule::ABOUT.lines().nth(1), Some(""));
    }
}
