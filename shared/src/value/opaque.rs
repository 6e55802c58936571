//! The kinds of values that only functions make and only functions look into: Kubernetes'
//! addresses, quantities, versions, URLs and named formats.

use std::fmt;
use std::net::IpAddr;

use super::{Cidr, Kind, Quantity, Semver, Url};

/// A value whose inside expressions see only through functions.
#[derive(Clone, Copy, Debug)]
pub enum Opaque<'a> {
    /// An IP address: `ip("…")`.
    Ip(IpAddr),
    /// A network: `cidr("…")`.
    Cidr(Cidr),
    /// An amount of a resource: `quantity("…")`.
    Quantity(Quantity),
    /// A semantic version: `semver("…")`.
    Semver(Semver<'a>),
    /// `url("…")`
    Url(Url<'a>),
    /// A format of Kubernetes, by its name: `format.named("…")`.
    Format(&'static str),
}

impl Opaque<'_> {
    /// The kind of this value.
    pub const fn kind(&self) -> Kind {
        match self {
            Opaque::Ip(_) => Kind::Ip,
            Opaque::Cidr(_) => Kind::Cidr,
            Opaque::Quantity(_) => Kind::Quantity,
            Opaque::Semver(_) => Kind::Semver,
            Opaque::Url(_) => Kind::Url,
            Opaque::Format(_) => Kind::Format,
        }
    }
}

/// Quantities by amount, versions without their build, all else by what is written.
impl PartialEq for Opaque<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Opaque::Ip(a), Opaque::Ip(b)) => a == b,
            (Opaque::Cidr(a), Opaque::Cidr(b)) => a == b,
            (Opaque::Quantity(a), Opaque::Quantity(b)) => a.compare(b).is_eq(),
            (Opaque::Semver(a), Opaque::Semver(b)) => a.compare(b).is_eq(),
            (Opaque::Url(a), Opaque::Url(b)) => a == b,
            (Opaque::Format(a), Opaque::Format(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Opaque<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opaque::Ip(address) => address.fmt(out),
            Opaque::Cidr(network) => network.fmt(out),
            Opaque::Quantity(quantity) => quantity.fmt(out),
            Opaque::Semver(version) => version.fmt(out),
            Opaque::Url(url) => url.fmt(out),
            Opaque::Format(name) => out.write_str(name),
        }
    }
}
