//! Short texts that people write: names, reasons, references.

pub use crate::letters::is_shown;

use crate::letters::{Sort, sort};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text of 1 to `MAX` characters without control characters and without blanks at its ends.
///
/// There are two doors. [`Text::parse`] is for what comes in now: it takes only what shows a reader what it
/// is, in the composed form of Unicode (NFC), so that texts which look alike are alike. [`Text::of_record`]
/// is for what was written once, here or elsewhere, and stays as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Box<str>);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text is longer than {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// A line break, a tab, NUL or another control character.
    #[error("the text holds a control character")]
    ControlCharacter,
    /// A character that is not seen, turns the direction of what stands around it, is for private use, or is
    /// nothing (yet).
    #[error("the text holds U+{code_point:04X}, which shows no reader what it is")]
    HiddenCharacter { code_point: u32 },
}

impl<const MAX: usize> Text<MAX> {
    /// Reads a text that somebody writes now; blanks at its ends are dropped.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = composed(text.trim());
        require_shown(&text)?;
        Self::of_record(&text)
    }

    /// Reads a text that was taken in before, or that another system took in; blanks at its ends are dropped.
    pub fn of_record(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX });
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// As much of a text as fits, for what must be told somehow: without characters that cannot be seen, cut at
    /// `MAX`, a dash where nothing is left.
    pub fn fitted(text: &str) -> Self {
        let shown: String = text.trim().chars().filter(|character| is_shown(*character)).take(MAX).collect();
        let shown = shown.trim();
        Self(if shown.is_empty() { "-" } else { shown }.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text with every letter and its marks as one character, where there is such a one.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.into()
    } else {
        text.nfc().collect::<String>().into()
    }
}

/// Takes only texts of which all is seen, and something at all.
fn require_shown(text: &str) -> Result<(), TextError> {
    let mut seen = false;
    let mut before = Sort::Blank;
    // A joiner between two letters, which both have to be there.
    let mut joining: Option<char> = None;
    for character in text.chars() {
        let hidden = TextError::HiddenCharacter { code_point: character.into() };
        let now = sort(character);
        match now {
            Sort::Hidden if character.is_control() => return Err(TextError::ControlCharacter),
            Sort::Hidden => return Err(hidden),
            Sort::Joiner | Sort::Selector
                if !matches!(before, Sort::Visible | Sort::Mark | Sort::Selector) =>
            {
                return Err(hidden);
            }
            _ => {}
        }
        if let Some(joiner) = joining.take()
            && !matches!(now, Sort::Visible | Sort::Mark)
        {
            return Err(TextError::HiddenCharacter { code_point: joiner.into() });
        }
        // Behind a mark it may end a word: so Malayalam is written.
        joining = (now == Sort::Joiner && before != Sort::Mark).then_some(character);
        seen |= now == Sort::Visible;
        before = now;
    }
    match joining {
        Some(joiner) => Err(TextError::HiddenCharacter { code_point: joiner.into() }),
        None if !seen => Err(TextError::Empty),
        None => Ok(()),
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::of_record(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_at_the_ends_are_dropped() {
        assert_eq!(Text::<5>::parse("  खाता ").unwrap().as_str(), "खाता");
    }

    #[test]
    fn empty_long_and_unprintable_texts_are_refused() {
        for (text, error) in [
            ("", TextError::Empty),
            (" \u{a0}", TextError::Empty),
            ("abcd", TextError::TooLong { max: 3 }),
            ("a\nb", TextError::ControlCharacter),
            ("a\0b", TextError::ControlCharacter),
        ] {
            assert_eq!(Text::<3>::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn what_no_reader_sees_or_what_turns_a_text_is_refused_by_name() {
        for hidden in [
            '\u{ad}',
            '\u{200b}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{61c}',
            '\u{feff}',
            '\u{3164}',
            '\u{115f}',
            '\u{1160}',
            '\u{ffa0}',
            '\u{2800}',
            '\u{34f}',
            '\u{180e}',
            '\u{e0041}',
            '\u{e000}',
            '\u{378}',
            '\u{fffe}',
            '\u{10ffff}',
        ] {
            let error = Err(TextError::HiddenCharacter { code_point: hidden.into() });
            assert_eq!(Text::<9>::parse(&format!("a{hidden}b")), error, "U+{:04X}", u32::from(hidden));
            assert!(Text::<9>::parse(&hidden.to_string()).is_err(), "U+{:04X} alone", u32::from(hidden));
        }
        assert_eq!(Text::<9>::parse("a\u{9b}b"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn what_is_empty_to_a_reader_is_empty() {
        for text in ["\u{a0}\u{3000}", "\u{301}", "\u{300}\u{301}", "\u{200d}", "\u{fe0f}"] {
            assert!(Text::<9>::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_scripts_of_the_world_pass() {
        for text in [
            "खाता",
            "क्‍ष",
            "അവന്‍",
            "می‌خواهم",
            "王小明",
            "葛\u{e0100}城",
            "김철수",
            "Nguyễn Văn A",
            "O’Brien–Łódź",
            "مُحَمَّد",
            "שָׁלוֹם",
            "❤\u{fe0f}",
            "👩\u{200d}👧",
            "1\u{fe0f}\u{20e3}",
            "山田　太郎",
            "ඞ‍ා",
            "₹ 1 500",
            "\u{600}1",
        ] {
            assert!(Text::<40>::parse(text).is_ok(), "{text} {:?}", Text::<40>::parse(text));
        }
    }

    #[test]
    fn a_joiner_joins_two_or_ends_a_word_behind_a_mark() {
        for text in [
            "Maria\u{200d}",
            "\u{200d}Maria",
            "Maria\u{200c} Anders",
            "Maria \u{200d}Anders",
            "a\u{200d}\u{200d}b",
        ] {
            assert!(matches!(Text::<20>::parse(text), Err(TextError::HiddenCharacter { .. })), "{text:?}");
        }
    }

    #[test]
    fn texts_that_look_alike_are_alike() {
        let (composed, decomposed) =
            (Text::<5>::parse("Jos\u{e9}").unwrap(), Text::<5>::parse("Jose\u{301}").unwrap());
        assert_eq!(composed, decomposed);
        assert_eq!(Text::<4>::parse("Jose\u{301}").unwrap().as_str(), "Jos\u{e9}", "it has four characters");
    }

    #[test]
    fn what_was_stored_or_comes_from_history_stays_as_it_is() {
        assert_eq!(serde_json::from_str::<Text<3>>(r#""abc""#).unwrap().as_str(), "abc");
        assert!(serde_json::from_str::<Text<3>>(r#""abcd""#).is_err());
        for text in ["\u{200b}", "a\u{202e}b", "e\u{301}"] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(serde_json::from_str::<Text<3>>(&json).unwrap().as_str(), text);
            assert_eq!(serde_json::to_string(&Text::<3>::of_record(text).unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn what_must_be_told_somehow_is_made_to_fit() {
        for (text, fitted) in
            [("  anna ", "anna"), ("a\nb", "ab"), ("annabel", "annab"), ("anna bel", "anna"), ("\t", "-")]
        {
            assert_eq!(Text::<5>::fitted(text).as_str(), fitted, "{text:?}");
            assert_eq!(Text::<5>::of_record(fitted).unwrap().as_str(), fitted);
        }
    }
}
