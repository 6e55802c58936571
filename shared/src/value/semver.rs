//! Semantic versions, read and ordered as semver.org has it.

use std::cmp::Ordering;
use std::fmt;

/// A version, borrowed from its text.
#[derive(Clone, Copy, Debug)]
pub struct Semver<'a> {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    /// What follows `-`, without the build.
    release: &'a str,
    /// What follows `+`; it counts for nothing.
    build: &'a str,
}

impl<'a> Semver<'a> {
    /// Reads `1.2.3-rc.1+build`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (major, minor, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (rest, build) = rest.split_once('+').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (patch, release) = rest.split_once('-').map_or((rest, None), |(a, b)| (a, Some(b)));
        if !release.is_none_or(|release| release.split('.').all(is_release))
            || !build.is_none_or(|build| build.split('.').all(is_identifier))
        {
            return None;
        }
        Some(Semver {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            release: release.unwrap_or_default(),
            build: build.unwrap_or_default(),
        })
    }

    /// By precedence: a release comes after what was released before it.
    pub(crate) fn compare(&self, other: &Semver<'_>) -> Ordering {
        let numbers = |version: &Semver<'_>| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| match (self.release, other.release) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => compare_releases(a, b),
        })
    }
}

/// Identifier by identifier: numbers by value and before texts, a longer list after a shorter.
fn compare_releases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (is_numeric(a), is_numeric(b)) {
                // Without leading zeros the longer number is the larger.
                (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn is_numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An identifier before the release; a number has no leading zeros and fits 64 bits.
fn is_release(text: &str) -> bool {
    if is_numeric(text) { number(text).is_some() } else { is_identifier(text) }
}

fn number(text: &str) -> Option<u64> {
    let has_zero = text.len() > 1 && text.starts_with('0');
    if is_numeric(text) && !has_zero { text.parse().ok() } else { None }
}

impl fmt::Display for Semver<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (sign, part) in [('-', self.release), ('+', self.build)] {
            if !part.is_empty() {
                write!(out, "{sign}{part}")?;
            }
        }
        Ok(())
    }
}
