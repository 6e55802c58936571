//! IP addresses and networks, read as strictly as Kubernetes reads them: no zones, no leading
//! zeros, no IPv4 dressed as IPv6.

use std::fmt;
use std::net::IpAddr;

/// An address and how many of its bits are the network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub(crate) address: IpAddr,
    pub(crate) bits: u8,
}

/// Reads an address.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => None,
        _ => Some(address),
    }
}

/// Whether a text is an IPv6 address, of any dress.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

impl Cidr {
    /// Reads `10.0.0.0/8`. Bits past the network's may be set.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.rsplit_once('/')?;
        let address = parse_ip(address)?;
        let is_plain = bits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain || (bits.len() > 1 && bits.starts_with('0')) {
            return None;
        }
        let bits = bits.parse().ok().filter(|bits| *bits <= width(address))?;
        Some(Cidr { address, bits })
    }

    /// The same network with nothing set past its bits.
    pub(crate) fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or_default();
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or_default();
                IpAddr::V6((u128::from(address) & mask).into())
            }
        };
        Cidr { address, ..self }
    }

    /// Whether an address is in the network.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        width(self.address) == width(address)
            && Cidr { address, bits: self.bits }.masked().address == self.masked().address
    }

    /// Whether all of another network is in this one.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.bits)
    }
}
