//! Bytes as text.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Function, MISMATCH, Returns, Sort, global};
use crate::value::Value;

/// Padding and the bits past the last byte are not looked at, as in Go.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "base64.encode",
        &[Sort::Bytes],
        Returns::Sort(Sort::String),
        "bytes as base64",
        "base64.encode(b'hello') == 'aGVsbG8='",
        |tools, arguments| match arguments {
            [Value::Bytes(bytes)] => Ok(tools.text(&BASE64.encode(bytes))),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    global(
        "base64.decode",
        &[Sort::String],
        Returns::Sort(Sort::Bytes),
        "the bytes that base64 stands for, padded or not",
        "base64.decode('aGVsbG8') == b'hello'",
        |tools, arguments| match arguments {
            [Value::String(text)] => match BASE64.decode(text) {
                Ok(bytes) => Ok(Value::Bytes(tools.arena.alloc_slice_copy(&bytes))),
                Err(_) => tools.fail(format_args!("{} is not base64", Value::String(text))),
            },
            _ => Err(MISMATCH),
        },
    )
    .linear()
    .checked(),
];
