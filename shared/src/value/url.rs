//! URLs as Kubernetes' `url` reads them: an absolute URI or an absolute path, by the rules of Go's
//! parser, since that is what the API server judges by. Not a browser's reading.

use std::fmt;

use bumpalo::collections::String as ArenaString;

use super::{Arena, network};

/// A URL in parts, borrowed from an arena.
#[derive(Clone, Copy, Debug)]
pub struct Url<'a> {
    /// In small letters; empty where there is none.
    pub(crate) scheme: &'a str,
    /// With brackets and port, decoded.
    pub(crate) host: &'a str,
    /// Escaped.
    pub(crate) path: &'a str,
    /// As written, without `?`.
    query: &'a str,
    /// The whole, written in one way.
    text: &'a str,
}

/// What may stand unescaped differs between the parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    User,
    Host,
    Zone,
    Path,
    Query,
    Fragment,
}

/// What the text before `?` and `#` is made of.
#[derive(Default)]
struct Parsed<'t> {
    scheme: String,
    opaque: &'t str,
    user: Option<String>,
    host: String,
    omits_host: bool,
    path: String,
    query: &'t str,
    asks: bool,
}

type Problem = &'static str;

impl<'a> Url<'a> {
    /// Reads a URL, or says why it is none.
    pub(crate) fn parse(text: &str, arena: &'a Arena) -> Result<Self, Problem> {
        // First as the target of a request, for which `#` means nothing, as Kubernetes does.
        parse(text, true)?;
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let parsed = parse(before, false)?;
        let fragment = canonical(fragment, Part::Fragment)?;
        let store = |text: &str| -> &'a str { arena.alloc_str(text) };
        Ok(Url {
            scheme: store(&parsed.scheme),
            host: store(&parsed.host),
            path: store(&parsed.path),
            query: store(parsed.query),
            text: write(&parsed, &fragment, arena),
        })
    }

    /// Whether a text is a URL.
    pub(crate) fn check(text: &str) -> Result<(), Problem> {
        parse(text, true).map(drop)
    }

    /// The host without brackets and port.
    pub(crate) fn hostname(&self) -> &'a str {
        let host = self.split().0;
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The port as written, or empty.
    pub(crate) fn port(&self) -> &'a str {
        self.split().1
    }

    fn split(&self) -> (&'a str, &'a str) {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (self.host, ""),
        }
    }

    /// The parameters after `?` with their values, decoded; what cannot be decoded is left out.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> + use<'a> {
        self.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')).filter_map(
            |pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let decoded = |text| decode(text, Part::Query).ok();
                let read = |text| decoded(text).map(|bytes| lossy(&bytes));
                Some((read(name)?, read(value)?))
            },
        )
    }
}

/// Equal where the two are written alike once each is written in one way.
impl PartialEq for Url<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text)
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write<'a>(parsed: &Parsed<'_>, fragment: &str, arena: &'a Arena) -> &'a str {
    let mut text = ArenaString::new_in(arena);
    if !parsed.scheme.is_empty() {
        text.push_str(&parsed.scheme);
        text.push(':');
    }
    text.push_str(parsed.opaque);
    let is_hosted = !parsed.host.is_empty() || parsed.user.is_some();
    if is_hosted || (!parsed.scheme.is_empty() && !parsed.omits_host && !parsed.path.is_empty()) {
        text.push_str("//");
    }
    if let Some(user) = &parsed.user {
        text.push_str(user);
        text.push('@');
    }
    text.push_str(&encode(parsed.host.as_bytes(), Part::Host));
    text.push_str(&parsed.path);
    if parsed.asks || !parsed.query.is_empty() {
        text.push('?');
        text.push_str(parsed.query);
    }
    if !fragment.is_empty() {
        text.push('#');
        text.push_str(fragment);
    }
    text.into_bump_str()
}

/// `for_request`: only an absolute URI or an absolute path.
fn parse(text: &str, for_request: bool) -> Result<Parsed<'_>, Problem> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("it has a control character");
    }
    if text == "*" {
        return Ok(Parsed { path: "*".to_owned(), ..Parsed::default() });
    }
    let mut parsed = Parsed::default();
    let (scheme, rest) = split_scheme(text)?;
    parsed.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = match rest.split_once('?') {
        Some((rest, "")) => {
            parsed.asks = true;
            (rest, "")
        }
        Some(split) => split,
        None => (rest, ""),
    };
    parsed.query = query;
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            parsed.opaque = rest;
            return Ok(parsed);
        }
        if for_request {
            return Err("it is neither an absolute URI nor an absolute path");
        }
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return Err("its first segment has a colon");
        }
    }
    let has_authority = !scheme.is_empty() || (!for_request && !rest.starts_with("///"));
    let rest = match rest.strip_prefix("//") {
        Some(after) if has_authority => {
            let (authority, path) = after
                .split_at_checked(after.find('/').unwrap_or(after.len()))
                .unwrap_or((after, ""));
            read_authority(&mut parsed, authority)?;
            path
        }
        _ => {
            parsed.omits_host = !scheme.is_empty() && rest.starts_with('/');
            rest
        }
    };
    parsed.path = canonical(rest, Part::Path)?;
    Ok(parsed)
}

/// The part before the first colon, if it can be a scheme.
fn split_scheme(text: &str) -> Result<(&str, &str), Problem> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    match text.split_once(':') {
        Some(("", _)) => Err("the scheme before the colon is missing"),
        Some((scheme, rest))
            if scheme.bytes().all(is_allowed)
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            Ok((scheme, rest))
        }
        _ => Ok(("", text)),
    }
}

fn read_authority(parsed: &mut Parsed<'_>, authority: &str) -> Result<(), Problem> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    parsed.host = read_host(&parsed.scheme, host)?;
    let Some(user) = user else { return Ok(()) };
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(is_allowed) {
        return Err("its user part has a character that must be escaped");
    }
    let written = |text| decode(text, Part::User).map(|bytes| encode(&bytes, Part::User));
    parsed.user = Some(match user.split_once(':') {
        Some((name, password)) => format!("{}:{}", written(name)?, written(password)?),
        None => written(user)?,
    });
    Ok(())
}

fn read_host(scheme: &str, host: &str) -> Result<String, Problem> {
    match host.rfind('[') {
        Some(0) => return read_literal(host),
        Some(_) => return Err("a bracket stands inside its host"),
        None => {}
    }
    let (first, last) = (host.find(':'), host.rfind(':'));
    // Lists of hosts with ports are a habit of databases; HTTP has one host.
    let colon = if matches!(scheme, "http" | "https") { first } else { last };
    if !colon.is_none_or(|at| is_port(host.get(at..).unwrap_or_default())) {
        return Err("its port is no number");
    }
    text_of(decode(host, Part::Host)?)
}

/// An IPv6 address in brackets, perhaps with a zone and a port.
fn read_literal(host: &str) -> Result<String, Problem> {
    let (inside, port) = host
        .strip_prefix('[')
        .and_then(|host| host.rsplit_once(']'))
        .ok_or("a bracket of its host is not closed")?;
    if !is_port(port) {
        return Err("its port is no number");
    }
    let (address, zone) =
        inside.split_at_checked(inside.find("%25").unwrap_or(inside.len())).unwrap_or((inside, ""));
    let address = text_of(decode(address, Part::Host)?)?;
    let zone = text_of(decode(zone, Part::Zone)?)?;
    let is_zone = zone.is_empty() || zone.len() > 1;
    if !is_zone || !network::is_ipv6(&address) {
        return Err("what stands in brackets is not an IPv6 address");
    }
    Ok(format!("[{address}{zone}]{port}"))
}

/// Empty, or a colon with digits.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

fn text_of(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| "its host is not UTF-8")
}

/// A part as it is when what must be escaped is, and only that, unless it was well escaped.
fn canonical(text: &str, part: Part) -> Result<String, Problem> {
    let written = encode(&decode(text, part)?, part);
    let is_left_alone = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte) || !must_escape(byte, part);
    if written != text && text.bytes().all(is_left_alone) {
        return Ok(text.to_owned());
    }
    Ok(written)
}

fn decode(text: &str, part: Part) -> Result<Vec<u8>, Problem> {
    const WRONG: Problem = "an escape in it is wrong";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit().ok_or(WRONG)?, digit().ok_or(WRONG)?);
                let value = u8::try_from(high << 4 | low).map_err(|_| WRONG)?;
                let is_wrong = match part {
                    Part::Host => value < 0x80 && value != b'%',
                    Part::Zone => value != b'%' && value != b' ' && must_escape(value, Part::Host),
                    _ => false,
                };
                if is_wrong {
                    return Err(WRONG);
                }
                value
            }
            b'+' if part == Part::Query => b' ',
            _ if matches!(part, Part::Host | Part::Zone)
                && byte.is_ascii()
                && must_escape(byte, part) =>
            {
                return Err("its host has a character that cannot be in one");
            }
            other => other,
        };
        bytes.push(decoded);
    }
    Ok(bytes)
}

fn encode(bytes: &[u8], part: Part) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if must_escape(*byte, part) {
            text.push('%');
            for digit in [byte >> 4, byte & 15] {
                let letter = char::from_digit(digit.into(), 16).unwrap_or_default();
                text.push(letter.to_ascii_uppercase());
            }
        } else {
            text.push(char::from(*byte));
        }
    }
    text
}

fn must_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    let allowed: &[u8] = match part {
        Part::User => b"$&+,;=",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::Path => b"$&+,/:;=@",
        Part::Query => b"",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !allowed.contains(&byte)
}
