//! MessagePack as cty writes it: objects as maps of all attributes, unknowns as extensions.

use std::collections::BTreeMap;

use rmp::{Marker, encode};

use super::{CodecError, DEEPEST};
use crate::schema::Type;
use crate::value::{Number, Value, Wire};

/// What stands for a value that is known only after apply: extension 0 with one zero byte.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// Reads a value of this type.
pub fn decode(bytes: &[u8], kind: &Type) -> Result<Value, CodecError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(kind, DEEPEST)?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(CodecError::new(format!("{} bytes after the value", reader.rest.len())))
    }
}

/// Writes a value of this type.
pub fn encode(value: &Value, kind: &Type) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value, kind)?;
    Ok(bytes)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| CodecError::new("ends in the middle of a value"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        self.take(N)?.try_into().map_err(|_| CodecError::new("ends in the middle of a value"))
    }

    fn marker(&mut self) -> Result<Marker, CodecError> {
        let [byte] = self.array()?;
        Ok(Marker::from_u8(byte))
    }

    fn length8(&mut self) -> Result<usize, CodecError> {
        Ok(usize::from(u8::from_be_bytes(self.array()?)))
    }

    fn length16(&mut self) -> Result<usize, CodecError> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn length32(&mut self) -> Result<usize, CodecError> {
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| CodecError::new("is too long"))
    }

    /// Skips the body of an extension; `None` when the marker does not start one.
    fn extension(&mut self, marker: Marker) -> Result<Option<()>, CodecError> {
        let length = match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length8()?,
            Marker::Ext16 => self.length16()?,
            Marker::Ext32 => self.length32()?,
            _ => return Ok(None),
        };
        let [_code] = self.array()?;
        self.take(length)?;
        Ok(Some(()))
    }

    fn value(&mut self, kind: &Type, depth: usize) -> Result<Value, CodecError> {
        let depth = depth.checked_sub(1).ok_or_else(|| CodecError::new("is nested too deeply"))?;
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        // Every extension is an unknown: refinements of it may be ignored.
        if self.extension(marker)?.is_some() {
            return Ok(Value::Unknown);
        }
        match kind {
            Type::Bool => match marker {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                _ => Err(unexpected("a bool", marker)),
            },
            Type::Number => self.number(marker),
            Type::String => Ok(Value::String(self.text(marker)?)),
            Type::List(element) => Ok(Value::List(self.elements(marker, element, depth)?)),
            Type::Set(element) => Ok(Value::set_of(self.elements(marker, element, depth)?)),
            Type::Tuple(kinds) => self.tuple(marker, kinds, depth),
            Type::Map(element) => self.map(marker, element, depth),
            Type::Object(kinds) => self.object(marker, kinds, depth),
            Type::Dynamic => self.dynamic(marker, depth),
        }
    }

    fn number(&mut self, marker: Marker) -> Result<Value, CodecError> {
        let float = |number| Number::from_f64(number).map_err(|_| CodecError::new("is NaN"));
        let number = match marker {
            Marker::FixPos(number) => i64::from(number).into(),
            Marker::FixNeg(number) => i64::from(number).into(),
            Marker::I8 => i64::from(i8::from_be_bytes(self.array()?)).into(),
            Marker::I16 => i64::from(i16::from_be_bytes(self.array()?)).into(),
            Marker::I32 => i64::from(i32::from_be_bytes(self.array()?)).into(),
            Marker::I64 => i64::from_be_bytes(self.array()?).into(),
            Marker::U8 => u64::from(u8::from_be_bytes(self.array()?)).into(),
            Marker::U16 => u64::from(u16::from_be_bytes(self.array()?)).into(),
            Marker::U32 => u64::from(u32::from_be_bytes(self.array()?)).into(),
            Marker::U64 => u64::from_be_bytes(self.array()?).into(),
            Marker::F32 => float(f64::from(f32::from_be_bytes(self.array()?)))?,
            Marker::F64 => float(f64::from_be_bytes(self.array()?))?,
            _ => {
                let text = self.text(marker).map_err(|_| unexpected("a number", marker))?;
                text.parse().map_err(|_| CodecError::new(format!("`{text}` is not a number")))?
            }
        };
        Ok(Value::Number(number))
    }

    fn text(&mut self, marker: Marker) -> Result<String, CodecError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 => self.length8()?,
            Marker::Str16 => self.length16()?,
            Marker::Str32 => self.length32()?,
            _ => return Err(unexpected("a string", marker)),
        };
        let text = std::str::from_utf8(self.take(length)?);
        text.map(str::to_owned).map_err(|_| CodecError::new("is not UTF-8"))
    }

    fn array_length(&mut self, marker: Marker) -> Result<usize, CodecError> {
        match marker {
            Marker::FixArray(length) => Ok(usize::from(length)),
            Marker::Array16 => self.length16(),
            Marker::Array32 => self.length32(),
            _ => Err(unexpected("an array", marker)),
        }
    }

    fn map_length(&mut self, marker: Marker) -> Result<usize, CodecError> {
        match marker {
            Marker::FixMap(length) => Ok(usize::from(length)),
            Marker::Map16 => self.length16(),
            Marker::Map32 => self.length32(),
            _ => Err(unexpected("a map", marker)),
        }
    }

    fn key(&mut self) -> Result<String, CodecError> {
        let marker = self.marker()?;
        self.text(marker)
    }

    fn elements(
        &mut self,
        marker: Marker,
        element: &Type,
        depth: usize,
    ) -> Result<Vec<Value>, CodecError> {
        let length = self.array_length(marker)?;
        // The length is only a claim: memory is taken as elements arrive.
        (0..length).map(|i| self.value(element, depth).map_err(|e| e.at_index(i))).collect()
    }

    fn tuple(&mut self, marker: Marker, kinds: &[Type], depth: usize) -> Result<Value, CodecError> {
        let length = self.array_length(marker)?;
        if length != kinds.len() {
            return Err(CodecError::new(format!("has {length} elements, not {}", kinds.len())));
        }
        let elements = kinds.iter().enumerate();
        let elements = elements.map(|(i, k)| self.value(k, depth).map_err(|e| e.at_index(i)));
        Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
    }

    fn map(&mut self, marker: Marker, element: &Type, depth: usize) -> Result<Value, CodecError> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.map_length(marker)? {
            let key = self.key()?;
            let value = self.value(element, depth).map_err(|e| e.inside(&format!("[{key:?}]")))?;
            if entries.contains_key(&key) {
                return Err(CodecError::new(format!("has the key `{key}` twice")));
            }
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }

    fn object(
        &mut self,
        marker: Marker,
        kinds: &BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<Value, CodecError> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.map_length(marker)? {
            let name = self.key()?;
            let kind = kinds
                .get(&name)
                .ok_or_else(|| CodecError::new(format!("has an unknown attribute `{name}`")))?;
            let value = self.value(kind, depth).map_err(|error| error.inside(&name))?;
            if entries.contains_key(&name) {
                return Err(CodecError::new(format!("has the attribute `{name}` twice")));
            }
            entries.insert(name, value);
        }
        match kinds.keys().find(|name| !entries.contains_key(*name)) {
            None => Ok(Value::Object(entries)),
            Some(name) => Err(CodecError::new(format!("lacks the attribute `{name}`"))),
        }
    }

    fn dynamic(&mut self, marker: Marker, depth: usize) -> Result<Value, CodecError> {
        if self.array_length(marker)? != 2 {
            return Err(CodecError::new("is not a pair of type and value"));
        }
        let kind = self.marker()?;
        let length = match kind {
            Marker::Bin8 => self.length8()?,
            Marker::Bin16 => self.length16()?,
            Marker::Bin32 => self.length32()?,
            _ => return Err(unexpected("a type", kind)),
        };
        let json = serde_json::from_slice(self.take(length)?)
            .map_err(|_| CodecError::new("has a type that is not JSON"))?;
        let kind = Type::from_json(&json).map_err(|error| CodecError::new(error.to_string()))?;
        let value = self.value(&kind, depth)?;
        Ok(Value::Dynamic(Box::new(kind), Box::new(value)))
    }
}

fn unexpected(wanted: &str, marker: Marker) -> CodecError {
    // Extensions never get here: they are unknowns of any type.
    let found = match marker {
        Marker::True | Marker::False => "a bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::Null | Marker::Reserved => "something else",
        _ => "a number",
    };
    CodecError::new(format!("{wanted} is required, found {found}"))
}

fn write(bytes: &mut Vec<u8>, value: &Value, kind: &Type) -> Result<(), CodecError> {
    match (value, kind) {
        (Value::Null, _) => bytes.push(Marker::Null.to_u8()),
        (Value::Unknown, _) => bytes.extend_from_slice(&UNKNOWN),
        (Value::Bool(flag), Type::Bool) => {
            bytes.push(if *flag { Marker::True } else { Marker::False }.to_u8());
        }
        (Value::Number(number), Type::Number) => write_number(bytes, number)?,
        (Value::String(text), Type::String) => write_text(bytes, text)?,
        (Value::List(elements), Type::List(element)) => write_elements(bytes, elements, element)?,
        (Value::Set(elements), Type::Set(element)) => {
            write_elements(bytes, elements.as_slice(), element)?;
        }
        (Value::Tuple(elements), Type::Tuple(kinds)) if elements.len() == kinds.len() => {
            encode::write_array_len(bytes, length(elements.len())?).map_err(unwritten)?;
            for (index, (element, kind)) in elements.iter().zip(kinds).enumerate() {
                write(bytes, element, kind).map_err(|error| error.at_index(index))?;
            }
        }
        (Value::Map(entries), Type::Map(element)) => {
            encode::write_map_len(bytes, length(entries.len())?).map_err(unwritten)?;
            for (key, value) in entries {
                write_text(bytes, key)?;
                write(bytes, value, element).map_err(|e| e.inside(&format!("[{key:?}]")))?;
            }
        }
        (Value::Object(entries), Type::Object(kinds)) => write_object(bytes, entries, kinds)?,
        (Value::Dynamic(own, value), Type::Dynamic) => {
            let json = own.to_json().to_string();
            encode::write_array_len(bytes, 2).map_err(unwritten)?;
            encode::write_bin_len(bytes, length(json.len())?).map_err(unwritten)?;
            bytes.extend_from_slice(json.as_bytes());
            write(bytes, value, own)?;
        }
        _ => return Err(CodecError::new(format!("is not of type {}", kind.to_json()))),
    }
    Ok(())
}

fn write_object(
    bytes: &mut Vec<u8>,
    entries: &BTreeMap<String, Value>,
    kinds: &BTreeMap<String, Type>,
) -> Result<(), CodecError> {
    if let Some(name) = entries.keys().find(|name| !kinds.contains_key(*name)) {
        return Err(CodecError::new(format!("has an unknown attribute `{name}`")));
    }
    encode::write_map_len(bytes, length(kinds.len())?).map_err(unwritten)?;
    for (name, kind) in kinds {
        let value = entries
            .get(name)
            .ok_or_else(|| CodecError::new(format!("lacks the attribute `{name}`")))?;
        write_text(bytes, name)?;
        write(bytes, value, kind).map_err(|error| error.inside(name))?;
    }
    Ok(())
}

fn write_elements(bytes: &mut Vec<u8>, elements: &[Value], kind: &Type) -> Result<(), CodecError> {
    encode::write_array_len(bytes, length(elements.len())?).map_err(unwritten)?;
    for (index, element) in elements.iter().enumerate() {
        write(bytes, element, kind).map_err(|error| error.at_index(index))?;
    }
    Ok(())
}

fn write_number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), CodecError> {
    match number.wire() {
        Wire::Int(number) => {
            encode::write_sint(bytes, number).map_err(unwritten)?;
        }
        Wire::Float(number) => encode::write_f64(bytes, number).map_err(unwritten)?,
        Wire::Text(text) => write_text(bytes, &text)?,
    }
    Ok(())
}

fn write_text(bytes: &mut Vec<u8>, text: &str) -> Result<(), CodecError> {
    length(text.len())?;
    encode::write_str(bytes, text).map_err(unwritten)
}

fn length(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length).map_err(|_| CodecError::new("is too long"))
}

fn unwritten<E>(_: E) -> CodecError {
    CodecError::new("could not be written")
}
