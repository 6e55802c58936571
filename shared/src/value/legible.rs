//! What a reader sees of a text: characters that have no form of their own are written out, so that
//! nobody who writes a name can make a message look like another. Whatever shows a text that
//! somebody else wrote asks here; must not know who shows it where.

use std::borrow::Cow;

/// Whether a character is not seen as what it is: it moves the cursor or ends the line (controls,
/// separators of lines and paragraphs), turns the text around (bidirectional controls, as in
/// CVE-2021-42574), or leaves no trace.
///
/// By the Unicode standard: the categories Cc, Zl and Zp, what is by default ignorable, which all
/// bidirectional controls are, and the marks of interlinear annotations. Whatever a font has a form
/// for is shown: private use, and the signs for numbers and verses that count as formats.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A text on one line, what is hidden in it written as escapes.
pub fn legible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}
