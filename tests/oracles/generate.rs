//! Expressions made from the function table: whatever is added there is tried here.
//!
//! Type-directed, so that most expressions can be computed; every root gives a bool, a number, a
//! text or a list, which all interpreters can show.

use std::sync::LazyLock;

use probity_catalog::{
    expression::functions::{self, Function, Returns, Sort},
    value::Kind,
};
use proptest::{prelude::*, sample::select};

/// Which functions may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// The core of CEL.
    Core,
    /// What Kubernetes adds, on top of the core.
    Kubernetes,
}

/// Functions of the core; all others belong to a library.
const CORE: [&str; 15] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "bool",
    "dyn",
    "type",
    "timestamp",
    "duration",
];

/// What no other interpreter has, or has under conditions of its own.
const OWN: [&str; 5] = ["image", "iamStatements", "effective", "classAtLeast", "entropy"];

/// Whether the core knows the sort; a library adds its kinds to functions such as `string`.
fn is_core(sort: Sort) -> bool {
    !matches!(sort, Sort::Plain(kind) if !matches!(kind, Kind::Timestamp | Kind::Duration))
}

/// Macros and other forms; they are written out in [`truth`] and [`list`].
fn is_form(function: &Function) -> bool {
    !function.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        || matches!(
            function.name,
            "has"
                | "all"
                | "exists"
                | "exists_one"
                | "existsOne"
                | "map"
                | "filter"
                | "optMap"
                | "optFlatMap"
                | "cel.bind"
                | "sortBy"
                | "in"
        )
        || function.name.starts_with("transform")
}

static CALLABLE: LazyLock<Vec<&'static Function>> =
    LazyLock::new(|| functions::all().filter(|f| !is_form(f) && !OWN.contains(&f.name)).collect());

fn result(function: &Function) -> Option<Sort> {
    match function.returns {
        Returns::Sort(sort) => Some(sort),
        Returns::Argument(index) => function.parameters.get(index).copied(),
        _ => None,
    }
}

/// Calls that give a sort; the arguments come from `inner` or from leaves that the function
/// understands.
fn call(sort: Sort, library: Library, depth: u32) -> BoxedStrategy<String> {
    let fits = |function: &&&Function| {
        let known = library == Library::Kubernetes
            || CORE.contains(&function.name) && function.parameters.iter().copied().all(is_core);
        known && result(function) == Some(sort)
    };
    let candidates: Vec<&'static Function> = CALLABLE.iter().filter(fits).copied().collect();
    if candidates.is_empty() {
        return leaf(sort, "").boxed();
    }
    select(candidates)
        .prop_flat_map(move |function| {
            let arguments: Vec<_> = function
                .parameters
                .iter()
                .map(|sort| {
                    let deep = of(*sort, library, depth.saturating_sub(1));
                    prop_oneof![3 => leaf(*sort, function.name), 1 => deep].boxed()
                })
                .collect();
            arguments.prop_map(move |arguments| written(function, &arguments))
        })
        .boxed()
}

fn written(function: &Function, arguments: &[String]) -> String {
    match arguments.split_first() {
        Some((receiver, rest)) if function.is_member => {
            format!("({receiver}).{}({})", function.name, rest.join(", "))
        }
        _ => format!("{}({})", function.name, arguments.join(", ")),
    }
}

/// Texts that a function reads as more than text.
fn texts(function: &str) -> &'static [&'static str] {
    const QUANTITIES: &[&str] = &[
        "'1'",
        "'1000m'",
        "'1.5Gi'",
        "'500Mi'",
        "'-2k'",
        "'1e3'",
        "'0'",
        "'+3Ti'",
        "'12Q'",
        "''",
        "'1.2.3'",
        "'0.0001'",
        "'9223372036854775807'",
    ];
    const ADDRESSES: &[&str] = &[
        "'10.0.0.1'",
        "'127.0.0.1'",
        "'::1'",
        "'2001:db8::abcd'",
        "'fe80::1'",
        "'224.0.0.1'",
        "'10.0.0.256'",
        "'::ffff:1.2.3.4'",
        "'010.0.0.1'",
        "'0.0.0.0'",
        "'FE80::1'",
    ];
    const NETWORKS: &[&str] = &[
        "'10.0.0.0/8'",
        "'10.1.2.3/24'",
        "'192.168.0.0/33'",
        "'2001:db8::/32'",
        "'0.0.0.0/0'",
        "'10.0.0.0'",
        "'::ffff:1.2.3.0/120'",
    ];
    const VERSIONS: &[&str] = &[
        "'1.2.3'",
        "'1.2.3-alpha.1'",
        "'1.2.3+build'",
        "'v1.2.3'",
        "'1.2'",
        "'01.2.3'",
        "'1.10.0'",
        "'1.2.3-01'",
    ];
    const URLS: &[&str] = &[
        "'https://example.com:8080/a/b?x=1&y=2&x=3'",
        "'http://[::1]:80/'",
        "'/path/only'",
        "'example.com'",
        "'https://user@example.com/%20?q'",
        "''",
        "'mailto:a@b.c'",
    ];
    const PATTERNS: &[&str] =
        &["'a.*c'", "'^[a-c]+$'", "'[0-9]+'", "'('", "''", "'b|c'", "'(?i)B'", "'\\\\d'"];
    const TIMES: &[&str] = &[
        "'2024-02-29T12:30:45Z'",
        "'1970-01-01T00:00:00.001Z'",
        "'2024-12-31T23:59:59+01:00'",
        "'nonsense'",
        "'0001-01-01T00:00:00Z'",
    ];
    const LENGTHS: &[&str] = &["'1h30m'", "'-1.5s'", "'100ms'", "'0'", "'1d'", "'3us'"];
    const FORMATS: &[&str] =
        &["'dns1123Label'", "'uuid'", "'date'", "'datetime'", "'uri'", "'byte'", "'nothing'"];
    const PLAIN: &[&str] = &[
        "''", "'abc'", "'a-b'", "'A,b,,c'", "'Ünï'", "' pad '", "'123'", "'true'", "'1.5'", "s",
        "u", "k[0]",
    ];
    match function {
        _ if function.to_lowercase().contains("quantity") => QUANTITIES,
        _ if function.to_lowercase().contains("cidr") => NETWORKS,
        _ if function.to_lowercase().contains("ip") => ADDRESSES,
        _ if function.to_lowercase().contains("semver") => VERSIONS,
        _ if function.to_lowercase().contains("url") => URLS,
        "matches" | "find" | "findAll" => PATTERNS,
        "timestamp" => TIMES,
        "duration" => LENGTHS,
        _ if function.starts_with("format.") => FORMATS,
        _ => PLAIN,
    }
}

/// Functions that make a value of a kind out of text.
const MAKERS: [&str; 5] = ["quantity", "cidr", "ip", "semver", "url"];

/// The simplest expressions of a sort.
fn leaf(sort: Sort, function: &str) -> BoxedStrategy<String> {
    let made = |make: &'static str| {
        select(texts(make)).prop_map(move |text| format!("{make}({text})")).boxed()
    };
    let fixed = |all: &'static [&'static str]| select(all).prop_map(str::to_owned).boxed();
    match sort {
        Sort::Bool => fixed(&["true", "false", "t"]),
        Sort::Int => fixed(&["0", "1", "-1", "2", "7", "i", "j", "9223372036854775807"]),
        Sort::Uint => fixed(&["0u", "3u", "18446744073709551615u"]),
        Sort::Double => fixed(&["0.5", "-1.5", "2.0", "1e3", "d"]),
        Sort::Number => prop_oneof![leaf(Sort::Int, ""), leaf(Sort::Double, "")].boxed(),
        Sort::String => fixed(texts(function)),
        Sort::Bytes => fixed(&["b''", "b'abc'", "b'\\xff'"]),
        Sort::Strings => fixed(&["[]", "['b', 'a']", "k", "['a', 'a']"]),
        Sort::List => fixed(&["[]", "[1, 2, 3]", "[3, 1, 2]", "l", "[1, 1]", "k", "[[1], [2]]"]),
        Sort::Map => fixed(&["{}", "{'a': 1}", "m"]),
        Sort::Optional => fixed(&["optional.none()", "optional.of(1)", "m[?'a']", "m[?'z']"]),
        Sort::Kind => fixed(&["int", "string", "type(1)"]),
        // Only macros take names, and they are written out.
        Sort::Name => fixed(&["x"]),
        Sort::Dyn => fixed(&["1", "'a'", "null", "l", "m.b", "true"]),
        Sort::Numbers => fixed(&["[]", "[1, 2, 3]", "[0.5, 2.0]", "l"]),
        Sort::Plain(kind) => match kind.name() {
            "google.protobuf.Timestamp" => made("timestamp"),
            "google.protobuf.Duration" => made("duration"),
            name => match MAKERS.iter().find(|maker| name.to_lowercase().contains(*maker)) {
                Some(maker) => made(maker),
                None => fixed(&["null"]),
            },
        },
    }
}

/// An expression of a sort.
fn of(sort: Sort, library: Library, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return leaf(sort, "");
    }
    let below = depth - 1;
    let called = call(sort, library, depth);
    match sort {
        Sort::Bool => {
            prop_oneof![2 => truth(library, below), 3 => called, 1 => leaf(sort, "")].boxed()
        }
        Sort::Int => {
            let operand = of(Sort::Int, library, below);
            let sum = (operand.clone(), select(vec!["+", "-", "*", "/", "%"]), operand)
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})"));
            prop_oneof![2 => sum, 3 => called, 1 => leaf(sort, "")].boxed()
        }
        Sort::List => {
            prop_oneof![1 => list(library, below), 2 => called, 1 => leaf(sort, "")].boxed()
        }
        _ => prop_oneof![3 => called, 1 => leaf(sort, "")].boxed(),
    }
}

fn truth(library: Library, depth: u32) -> BoxedStrategy<String> {
    let inner = of(Sort::Bool, library, depth);
    let pair = (inner.clone(), inner.clone());
    let compare = select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let same = select(vec![Sort::Int, Sort::String, Sort::Double]);
    prop_oneof![
        pair.clone().prop_map(|(left, right)| format!("({left} && {right})")),
        pair.clone().prop_map(|(left, right)| format!("({left} || {right})")),
        inner.clone().prop_map(|operand| format!("!({operand})")),
        (inner.clone(), pair).prop_map(|(is, (yes, no))| format!("({is} ? {yes} : {no})")),
        inner.clone().prop_map(|body| format!("l.all(x, x < 3 || ({body}))")),
        inner.clone().prop_map(|body| format!("l.exists(x, x == 2 && ({body}))")),
        inner.prop_map(|body| format!("k.exists_one(x, x == 'a' && ({body}))")),
        Just("has(m.a)".to_owned()),
        Just("has(m.z)".to_owned()),
        (same, compare).prop_flat_map(move |(sort, compare)| {
            let side = of(sort, library, depth);
            (side.clone(), side).prop_map(move |(a, b)| format!("({a} {compare} {b})"))
        }),
        (of(Sort::Dyn, library, depth), of(Sort::List, library, depth))
            .prop_map(|(item, list)| format!("({item} in {list})")),
    ]
    .boxed()
}

fn list(library: Library, depth: u32) -> BoxedStrategy<String> {
    let inner = of(Sort::List, library, depth);
    prop_oneof![
        (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
        inner.clone().prop_map(|list| format!("({list}).map(x, [x])")),
        inner.prop_map(|list| format!("({list}).filter(x, x != 2)")),
    ]
    .boxed()
}

/// Expressions that every interpreter can show the answer of.
pub fn expressions(library: Library) -> impl Strategy<Value = String> {
    select(vec![Sort::Bool, Sort::Bool, Sort::Int, Sort::String, Sort::List, Sort::Double])
        .prop_flat_map(move |sort| of(sort, library, 3))
}
