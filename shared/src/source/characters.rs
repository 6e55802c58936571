//! Which characters a YAML text may hold, as kubectl's reader has it.
//!
//! Characters that one reader takes for a line break and another for text could hide a field from
//! whoever judges the file; they are refused. Called by the YAML reader before it starts.

use super::{Fault, Span};

pub(super) fn check(text: &str) -> Result<(), Fault> {
    let plain = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if text.bytes().all(plain) {
        return Ok(());
    }
    match text.char_indices().find(|(_, character)| !allowed(*character)) {
        None => Ok(()),
        Some((offset, character)) => {
            let mut span = Span::at_end_of(text.get(..offset).unwrap_or_default());
            span.end += u32::try_from(character.len_utf8()).unwrap_or_default();
            Err(fault(span, character))
        }
    }
}

fn fault(span: Span, character: char) -> Fault {
    let code = u32::from(character);
    if matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}') {
        return Fault::new(
            span,
            format!("the character U+{code:04X} is a line break to kubectl and text to others"),
        )
        .with_help(format!("in double quotes, write it as `\\u{code:04x}`"));
    }
    Fault::new(span, format!("the control character U+{code:04X} is not allowed"))
}

fn allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~'
        | '\u{a0}'..='\u{2027}'
        | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}'
        | '\u{ff00}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}'
    )
}
