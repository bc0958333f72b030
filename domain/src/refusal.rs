//! Why commands are refused: each rule has a code and a meaning, both told where the rule is declared.

/// A rule, as whoever is refused sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Its code, as a refusal is serialised: `insufficient_funds`.
    pub code: &'static str,
    /// When it refuses. Empty where a rule of the same code tells it elsewhere.
    pub meaning: &'static str,
}

/// Declares an enum of refusals. The documentation of a variant is its meaning for clients; its fields are the facts of
/// the case. A refusal is serialised as `{"code": "<rule>", …facts}`.
#[macro_export]
macro_rules! refusals {
    (
        $(#[doc = $about:literal])+
        $visibility:vis enum $list:ident {
            $(
                $(#[doc = $meaning:literal])*
                #[error($($message:tt)+)]
                $rule:ident $({ $($facts:tt)* })?
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, ::thiserror::Error, ::serde::Serialize)]
        #[serde(tag = "code", rename_all = "snake_case")]
        $visibility enum $list {
            $(
                $(#[doc = $meaning])*
                #[error($($message)+)]
                $rule $({ $($facts)* })?
            ),+
        }

        impl $list {
            /// Every rule, in the order of its declaration.
            pub const REFUSALS: &'static [$crate::refusal::Refusal] = &[$(
                $crate::refusal::Refusal {
                    code: {
                        const CODE: [u8; $crate::refusal::code_length(stringify!($rule))] =
                            $crate::refusal::code(stringify!($rule));
                        $crate::refusal::ascii(&CODE)
                    },
                    meaning: concat!($($meaning),*).trim_ascii(),
                }
            ),+];
        }
    };
}

/// How long the code of a rule is.
#[doc(hidden)]
pub const fn code_length(rule: &str) -> usize {
    let (bytes, mut at, mut length) = (rule.as_bytes(), 0, rule.len());
    while at < bytes.len() {
        if at > 0 && bytes[at].is_ascii_uppercase() {
            length += 1;
        }
        at += 1;
    }
    length
}

/// The code of a rule: its name in snake case, as serde writes it.
#[doc(hidden)]
pub const fn code<const LENGTH: usize>(rule: &str) -> [u8; LENGTH] {
    let (bytes, mut code, mut at, mut end) = (rule.as_bytes(), [0; LENGTH], 0, 0);
    while at < bytes.len() {
        if at > 0 && bytes[at].is_ascii_uppercase() {
            code[end] = b'_';
            end += 1;
        }
        code[end] = bytes[at].to_ascii_lowercase();
        (at, end) = (at + 1, end + 1);
    }
    code
}

/// A code as text.
#[doc(hidden)]
pub const fn ascii(code: &'static [u8]) -> &'static str {
    match std::str::from_utf8(code) {
        Ok(code) => code,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::accounts::account::AccountError;

    #[test]
    fn a_rule_tells_its_code_and_its_meaning() {
        let refusals = AccountError::REFUSALS;
        let closed = refusals.iter().find(|refusal| refusal.code == "account_closed");
        assert_eq!(closed.map(|refusal| refusal.meaning), Some("The account is closed."));
        let written = serde_json::to_value(AccountError::HistoryOnly).unwrap();
        assert!(refusals.iter().any(|refusal| refusal.code == written["code"]));
    }
}
