//! Kubernetes' named formats: what a text must be like to be a name, a label, a date.

use super::{Function, MISMATCH, Returns, Sort, Tools, global, member};
use crate::value::{Kind, Opaque, Url, Value};

use Sort::{Optional, String};

const FORMAT: Sort = Sort::Plain(Kind::Format);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "format.named",
        &[String],
        Returns::Sort(Optional),
        "the format of that name, if there is one; the names are those of the functions below",
        "!format.named('dns1123Label').value().validate('web-1').hasValue()",
        |tools, arguments| match arguments {
            [Value::String(wanted)] => match NAMES.iter().find(|name| *name == wanted) {
                Some(name) => {
                    Ok(Value::Optional(Some(tools.arena.alloc(tools.opaque(Opaque::Format(name))))))
                }
                None => Ok(Value::Optional(None)),
            },
            _ => Err(MISMATCH),
        },
    ),
    member(
        "validate",
        &[FORMAT, String],
        Returns::Sort(Optional),
        "what is wrong with a text, as a list of texts; nothing where it keeps the format",
        "format.dns1123Label().validate('Web').value().size() == 1",
        |tools, arguments| match arguments {
            [Value::Opaque(Opaque::Format(name)), Value::String(text)] => {
                Ok(validate(tools, name, text))
            }
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    named(
        "format.dns1123Label",
        "up to 63 small letters, digits and hyphens, no hyphen at either end",
        "!format.dns1123Label().validate('web-1').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1123Label"))),
    ),
    named(
        "format.dns1123Subdomain",
        "such labels with dots in between, up to 253 characters",
        "!format.dns1123Subdomain().validate('apps.example.com').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1123Subdomain"))),
    ),
    named(
        "format.dns1035Label",
        "as dns1123Label, and the first is a letter",
        "format.dns1035Label().validate('1web').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1035Label"))),
    ),
    named(
        "format.dns1123LabelPrefix",
        "what can begin a dns1123Label: it may end in a hyphen",
        "!format.dns1123LabelPrefix().validate('web-').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1123LabelPrefix"))),
    ),
    named(
        "format.dns1123SubdomainPrefix",
        "what can begin a dns1123Subdomain",
        "!format.dns1123SubdomainPrefix().validate('apps.web-').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1123SubdomainPrefix"))),
    ),
    named(
        "format.dns1035LabelPrefix",
        "what can begin a dns1035Label",
        "!format.dns1035LabelPrefix().validate('web-').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("dns1035LabelPrefix"))),
    ),
    named(
        "format.qualifiedName",
        "the key of a label or an annotation, with or without a prefix",
        "!format.qualifiedName().validate('probity.dev/class').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("qualifiedName"))),
    ),
    named(
        "format.labelValue",
        "the value of a label; it may be empty",
        "!format.labelValue().validate('v1.2_a').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("labelValue"))),
    ),
    named(
        "format.uri",
        "what `isURL` accepts",
        "format.uri().validate('no url').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("uri"))),
    ),
    named(
        "format.uuid",
        "a UUID of any version, with or without its hyphens",
        "!format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("uuid"))),
    ),
    named(
        "format.byte",
        "padded base64",
        "!format.byte().validate('aGVsbG8=').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("byte"))),
    ),
    named(
        "format.date",
        "a day as in 2026-11-21",
        "format.date().validate('2026-02-29').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("date"))),
    ),
    named(
        "format.datetime",
        "a day and a time with its zone",
        "!format.datetime().validate('2026-11-21T18:30:00Z').hasValue()",
        |tools, _| Ok(tools.opaque(Opaque::Format("datetime"))),
    ),
];

const fn named(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    global(name, &[], Returns::Sort(FORMAT), doc, example, body)
}

const NAMES: [&str; 13] = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
];

const LABEL: usize = 63;
const SUBDOMAIN: usize = 253;

const LABEL_FORM: &str =
    "must be small letters, digits and hyphens, with a letter or a digit at both ends";
const DNS1035_FORM: &str =
    "must be small letters, digits and hyphens, a letter first and no hyphen last";
const SUBDOMAIN_FORM: &str = "must be labels of small letters, digits and hyphens with dots in \
                              between, each with a letter or a digit at both ends";
const NAME_FORM: &str =
    "must be letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends";

fn validate<'a>(tools: &Tools<'a>, name: &str, text: &str) -> Value<'a> {
    let mut problems = Problems { tools, found: Vec::new() };
    match name {
        "dns1123Label" => problems.label(text),
        "dns1123LabelPrefix" => problems.label(&finished(text)),
        "dns1035Label" => problems.dns1035(text),
        "dns1035LabelPrefix" => problems.dns1035(&finished(text)),
        "dns1123Subdomain" => problems.subdomain(text),
        "dns1123SubdomainPrefix" => problems.subdomain(&finished(text)),
        "qualifiedName" => problems.qualified(text),
        "labelValue" => {
            problems.longest("", text, LABEL);
            problems.unless(text.is_empty() || is_name(text), NAME_FORM);
        }
        "uri" => {
            if let Err(problem) = Url::check(text) {
                problems.unless(false, problem);
            }
        }
        "uuid" => problems.unless(is_uuid(text), "is not a UUID"),
        "byte" => problems.unless(is_base64(text), "is not padded base64"),
        "date" => problems.unless(is_date(text), "is not a date as in 2026-11-21"),
        _ => problems.unless(is_date_time(text), "is not a time as in 2026-11-21T18:30:00Z"),
    }
    if problems.found.is_empty() {
        return Value::Optional(None);
    }
    let list = Value::List(tools.arena.alloc_slice_copy(&problems.found));
    Value::Optional(Some(tools.arena.alloc(list)))
}

struct Problems<'t, 'a> {
    tools: &'t Tools<'a>,
    found: Vec<Value<'a>>,
}

impl Problems<'_, '_> {
    fn unless(&mut self, is_right: bool, problem: &'static str) {
        if !is_right {
            self.found.push(Value::String(problem));
        }
    }

    fn longest(&mut self, part: &str, text: &str, most: usize) {
        if text.len() > most {
            let problem = self.tools.write(format_args!("{part}must be no more than {most} bytes"));
            self.found.push(Value::String(problem));
        }
    }

    fn label(&mut self, text: &str) {
        self.longest("", text, LABEL);
        self.unless(is_label(text), LABEL_FORM);
    }

    fn dns1035(&mut self, text: &str) {
        self.longest("", text, LABEL);
        let is_first = text.starts_with(|first: char| first.is_ascii_lowercase());
        self.unless(is_first && is_label(text), DNS1035_FORM);
    }

    fn subdomain(&mut self, text: &str) {
        self.longest("", text, SUBDOMAIN);
        self.unless(text.split('.').all(is_label), SUBDOMAIN_FORM);
    }

    fn qualified(&mut self, text: &str) {
        let name = match text.split_once('/') {
            Some((_, name)) if name.contains('/') => {
                return self.unless(false, "must be a name, or a prefix, `/` and a name");
            }
            Some(("", name)) => {
                self.unless(false, "the prefix before `/` must not be empty");
                name
            }
            Some((prefix, name)) => {
                self.subdomain(prefix);
                name
            }
            None => text,
        };
        self.unless(!name.is_empty(), "the name must not be empty");
        self.longest("the name ", name, LABEL);
        self.unless(is_name(name), NAME_FORM);
    }
}

/// A prefix as it may be once it is finished: a hyphen at its end is one before something else.
fn finished(text: &str) -> std::string::String {
    match text.strip_suffix('-') {
        Some("") | None => text.to_owned(),
        // The character before the hyphen goes too, as it does in Kubernetes.
        Some(start) => {
            let kept = start.char_indices().next_back().map_or(0, |(at, _)| at);
            format!("{}a", start.get(..kept).unwrap_or_default())
        }
    }
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_name(text: &str) -> bool {
    let is_end = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && is_end(text.chars().next())
        && is_end(text.chars().next_back())
}

/// Groups of hexadecimal digits; each hyphen may be left out by itself.
fn is_uuid(text: &str) -> bool {
    let mut rest = text;
    for (position, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if position > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        match rest.split_at_checked(length) {
            Some((group, after)) if group.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                rest = after;
            }
            _ => return false,
        }
    }
    rest.is_empty()
}

fn is_base64(text: &str) -> bool {
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    !text.is_empty() && text.len().is_multiple_of(4) && digits.bytes().all(is_digit)
}

fn is_date(text: &str) -> bool {
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form && text.parse::<chrono::NaiveDate>().is_ok()
}

/// A date, `t` and a time with a zone, in letters of any case; nobody looks past another `t`.
fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    match (parts.next(), parts.next()) {
        (Some(date), Some(time)) => is_date(date) && is_zoned_time(time),
        _ => false,
    }
}

fn is_zoned_time(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(8) else { return false };
    let rest = match rest.chars().next() {
        // A fraction, after any character, as Kubernetes has it.
        Some(point) if point != '\n' => {
            let digits = rest.get(point.len_utf8()..).unwrap_or_default();
            let zone = digits.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if is_zone(rest) || zone.len() == digits.len() { rest } else { zone }
        }
        _ => rest,
    };
    let is_clock = clock.bytes().enumerate().all(|(at, byte)| match at {
        2 | 5 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let within = |at: usize, most: &str| clock.get(at..at + 2).is_some_and(|part| part <= most);
    is_clock && within(0, "23") && within(3, "59") && within(6, "59") && is_zone(rest)
}

/// `z`, or an offset with digits of any size.
fn is_zone(text: &str) -> bool {
    let is_offset = |offset: &str| {
        offset.len() == 5
            && offset.bytes().enumerate().all(|(at, byte)| match at {
                2 => byte == b':',
                _ => byte.is_ascii_digit(),
            })
    };
    text == "z" || text.strip_prefix(['+', '-']).is_some_and(is_offset)
}
