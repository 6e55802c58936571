//! IP addresses and networks.

use std::net::IpAddr;

use super::{Function, MISMATCH, Returns, Sort, Tools, global, member};
use crate::value::{Cidr, Kind, Opaque, Value, parse_ip};

use Sort::{Bool, Int, String};

const IP: Sort = Sort::Plain(Kind::Ip);
const CIDR: Sort = Sort::Plain(Kind::Cidr);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "ip",
        &[String],
        Returns::Sort(IP),
        "an IP address, without a zone, leading zeros or IPv4 inside of IPv6",
        "ip('2001:DB8::1') == ip('2001:db8::1')",
        |tools, arguments| {
            let address = address(tools, text(arguments)?)?;
            Ok(tools.opaque(Opaque::Ip(address)))
        },
    )
    .linear()
    .checked(),
    global(
        "isIP",
        &[String],
        Returns::Sort(Bool),
        "whether `ip` can read a text",
        "isIP('10.0.0.1') && !isIP('10.0.0.01')",
        |_, arguments| Ok(Value::Bool(parse_ip(text(arguments)?).is_some())),
    )
    .linear(),
    global(
        "ip.isCanonical",
        &[String],
        Returns::Sort(Bool),
        "whether an address is written as `string(ip(…))` writes it; an error where it is none",
        "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')",
        |tools, arguments| {
            let text = text(arguments)?;
            let address = address(tools, text)?;
            Ok(Value::Bool(address.to_string() == text))
        },
    )
    .linear(),
    global(
        "string",
        &[IP],
        Returns::Sort(String),
        "the address as it is usually written",
        "string(ip('2001:DB8::0')) == '2001:db8::'",
        |tools, arguments| {
            ip(arguments).map(|own| Value::String(tools.write(format_args!("{own}"))))
        },
    ),
    member(
        "family",
        &[IP],
        Returns::Sort(Int),
        "4 or 6",
        "ip('::1').family() == 6",
        |_, arguments| ip(arguments).map(|own| Value::Int(if own.is_ipv4() { 4 } else { 6 })),
    ),
    question(
        "isUnspecified",
        "whether it is `0.0.0.0` or `::`",
        "ip('::').isUnspecified()",
        |_, arguments| ip(arguments).map(|own| Value::Bool(own.is_unspecified())),
    ),
    question(
        "isLoopback",
        "whether it is in `127.0.0.0/8`, or `::1`",
        "ip('127.0.0.1').isLoopback()",
        |_, arguments| ip(arguments).map(|own| Value::Bool(own.is_loopback())),
    ),
    question(
        "isLinkLocalMulticast",
        "whether it is in `224.0.0.0/24` or `ff02::/16`, whatever its flags",
        "ip('224.0.0.1').isLinkLocalMulticast()",
        |_, arguments| ip(arguments).map(|own| Value::Bool(is_local_multicast(own))),
    ),
    question(
        "isLinkLocalUnicast",
        "whether it is in `169.254.0.0/16` or `fe80::/10`",
        "ip('169.254.169.254').isLinkLocalUnicast()",
        |_, arguments| ip(arguments).map(|own| Value::Bool(is_local_unicast(own))),
    ),
    question(
        "isGlobalUnicast",
        "whether it is none of these, no multicast and no broadcast; private addresses are global here",
        "ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
        |_, arguments| ip(arguments).map(|own| Value::Bool(is_global_unicast(own))),
    ),
    global(
        "cidr",
        &[String],
        Returns::Sort(CIDR),
        "a network: an address and how many of its bits are the network's",
        "cidr('10.0.0.0/8').prefixLength() == 8",
        |tools, arguments| {
            let network = network(tools, text(arguments)?)?;
            Ok(tools.opaque(Opaque::Cidr(network)))
        },
    )
    .linear()
    .checked(),
    global(
        "isCIDR",
        &[String],
        Returns::Sort(Bool),
        "whether `cidr` can read a text",
        "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33')",
        |_, arguments| Ok(Value::Bool(Cidr::parse(text(arguments)?).is_some())),
    )
    .linear(),
    global(
        "string",
        &[CIDR],
        Returns::Sort(String),
        "the network as it is usually written",
        "string(cidr('2001:DB8::/32')) == '2001:db8::/32'",
        |tools, arguments| {
            cidr(arguments).map(|own| Value::String(tools.write(format_args!("{own}"))))
        },
    ),
    member(
        "containsIP",
        &[CIDR, IP],
        Returns::Sort(Bool),
        "whether an address is in the network",
        "cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))",
        |_, arguments| {
            let (own, address) = (cidr(arguments)?, ip(arguments.get(1..).unwrap_or_default())?);
            Ok(Value::Bool(own.contains(address)))
        },
    ),
    member(
        "containsIP",
        &[CIDR, String],
        Returns::Sort(Bool),
        "the same for an address as text",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3')",
        |tools, arguments| {
            let address = address(tools, text(arguments.get(1..).unwrap_or_default())?)?;
            Ok(Value::Bool(cidr(arguments)?.contains(address)))
        },
    )
    .linear(),
    member(
        "containsCIDR",
        &[CIDR, CIDR],
        Returns::Sort(Bool),
        "whether the whole of a network is in this one",
        "cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))",
        |_, arguments| {
            let (own, other) = (cidr(arguments)?, cidr(arguments.get(1..).unwrap_or_default())?);
            Ok(Value::Bool(own.covers(other)))
        },
    ),
    member(
        "containsCIDR",
        &[CIDR, String],
        Returns::Sort(Bool),
        "the same for a network as text",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
        |tools, arguments| {
            let other = network(tools, text(arguments.get(1..).unwrap_or_default())?)?;
            Ok(Value::Bool(cidr(arguments)?.covers(other)))
        },
    )
    .linear(),
    member(
        "ip",
        &[CIDR],
        Returns::Sort(IP),
        "the address of a network, as it was written",
        "cidr('10.1.2.3/8').ip() == ip('10.1.2.3')",
        |tools, arguments| cidr(arguments).map(|own| tools.opaque(Opaque::Ip(own.address))),
    ),
    member(
        "masked",
        &[CIDR],
        Returns::Sort(CIDR),
        "the network with nothing set past its bits",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
        |tools, arguments| cidr(arguments).map(|own| tools.opaque(Opaque::Cidr(own.masked()))),
    ),
    member(
        "prefixLength",
        &[CIDR],
        Returns::Sort(Int),
        "how many bits are the network's",
        "cidr('10.0.0.0/8').prefixLength() == 8",
        |_, arguments| cidr(arguments).map(|own| Value::Int(own.bits.into())),
    ),
];

const fn question(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    member(name, &[IP], Returns::Sort(Bool), doc, example, body)
}

fn text<'a>(arguments: &[Value<'a>]) -> Result<&'a str, &'a str> {
    arguments.first().and_then(Value::as_str).ok_or(MISMATCH)
}

fn ip<'a>(arguments: &[Value<'a>]) -> Result<IpAddr, &'a str> {
    match arguments.first() {
        Some(Value::Opaque(Opaque::Ip(address))) => Ok(*address),
        _ => Err(MISMATCH),
    }
}

fn cidr<'a>(arguments: &[Value<'a>]) -> Result<Cidr, &'a str> {
    match arguments.first() {
        Some(Value::Opaque(Opaque::Cidr(network))) => Ok(*network),
        _ => Err(MISMATCH),
    }
}

fn address<'a>(tools: &Tools<'a>, text: &str) -> Result<IpAddr, &'a str> {
    match parse_ip(text) {
        Some(address) => Ok(address),
        None => tools.fail(format_args!("{} is not an IP address", Value::String(text))),
    }
}

fn network<'a>(tools: &Tools<'a>, text: &str) -> Result<Cidr, &'a str> {
    match Cidr::parse(text) {
        Some(network) => Ok(network),
        None => {
            tools.fail(format_args!("{} is not a network as in 10.0.0.0/8", Value::String(text)))
        }
    }
}

fn is_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => matches!(address.octets(), [224, 0, 0, _]),
        IpAddr::V6(address) => matches!(address.octets(), [0xff, flags, ..] if flags & 15 == 2),
    }
}

fn is_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn is_global_unicast(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !(is_broadcast
        || address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || is_local_unicast(address))
}
