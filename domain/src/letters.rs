//! Which characters show a reader what they are. Those that show nothing, or turn what stands around them,
//! let two texts look alike that are not, or one look like what it is not.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// What a character does to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It is seen.
    Visible,
    /// It is seen at the character before it.
    Mark,
    /// It parts words.
    Blank,
    /// It joins the characters around it, or keeps them apart: Indic and Persian words and composed emoji
    /// need it.
    Joiner,
    /// It chooses among the forms of the character before it.
    Selector,
    /// A control character, one that is not seen or turns the direction, or one that is nothing yet.
    Hidden,
}

/// Whether a character can be shown to people as it is, wherever it stands.
pub fn is_shown(character: char) -> bool {
    sort(character) != Sort::Hidden
}

pub(crate) fn sort(character: char) -> Sort {
    match character {
        ' ' => Sort::Blank,
        '!'..='~' => Sort::Visible,
        '\u{200c}' | '\u{200d}' => Sort::Joiner,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Sort::Selector,
        // Letters, marks and symbols by their category that leave nothing on paper.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{ffa0}' => Sort::Hidden,
        '\u{16fe4}' | '\u{1d159}' => Sort::Hidden,
        // Signs that begin a number or a verse: formats by their category, and seen all the same.
        '\u{600}'..='\u{605}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'
        | '\u{891}'
        | '\u{8e2}'
        | '\u{110bd}'
        | '\u{110cd}' => Sort::Visible,
        _ => match character.general_category() {
            GeneralCategory::SpaceSeparator => Sort::Blank,
            GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark => Sort::Mark,
            GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator => Sort::Hidden,
            _ => Sort::Visible,
        },
    }
}
