//! Expressions generated over the whole table of functions, and values for their variables.

use super::*;
use crate::expression::functions::{self, Body, Function, Returns, Sort};
use crate::value::{Duration, Kind, Timestamp};

/// The variables, each with the sort of its values.
pub(super) const VARIABLES: [(&str, Sort); 13] = [
    ("vb", Sort::Bool),
    ("wb", Sort::Bool),
    ("vi", Sort::Int),
    ("wi", Sort::Int),
    ("vu", Sort::Uint),
    ("vd", Sort::Double),
    ("vs", Sort::String),
    ("ws", Sort::String),
    ("vl", Sort::List),
    ("vn", Sort::Numbers),
    ("vt", Sort::Strings),
    ("vm", Sort::Map),
    ("vy", Sort::Bytes),
];

/// Numbers from a seed; the same seed gives the same expression.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end.max(1) as u64).unwrap()
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// What is not made by a function.
fn atom(random: &mut Random, sort: Sort, bound: usize) -> String {
    // What a macro binds may be of any sort.
    if bound > 0 && random.below(3) == 0 {
        return if random.below(bound) == 0 { "x".to_owned() } else { "y".to_owned() };
    }
    let variables: Vec<&str> =
        VARIABLES.iter().filter(|(_, own)| *own == sort).map(|(name, _)| *name).collect();
    if !variables.is_empty() && random.below(3) > 0 {
        return random.pick(&variables).to_owned();
    }
    let texts: &[&str] = match sort {
        Sort::Name => &["x"],
        Sort::Bool => &["true", "false", "has(vm.a)", "has(vm.b)"],
        Sort::Int => &["0", "1", "-1", "3", "64", "9223372036854775807", "vm.a", "vl[0]"],
        Sort::Uint => &["0u", "1u", "18446744073709551615u"],
        Sort::Double => &["0.0", "1.5", "-2.5", "1e300", "0.0 / 0.0"],
        Sort::Number => &["1", "2u", "1.5", "vi", "vd"],
        Sort::String => &[
            "''",
            "'a'",
            "'b,c'",
            "'[a-z]+'",
            "'10.0.0.1'",
            "'10.0.0.0/8'",
            "'1.5Gi'",
            "'1.2.3'",
            "'1h'",
            "'2026-11-21T18:30:00Z'",
            "'Europe/London'",
            "'/a?b=c'",
            "'%s %d'",
            "'nginx:1'",
            "'dns1123Label'",
            "'restricted'",
            "'5'",
            "'true'",
            "vt[0]",
        ],
        Sort::Bytes => &["b''", "b'ab'"],
        Sort::Strings => &["['a', 'b']", "[vs]", "[]"],
        Sort::Numbers => &["[1, 2]", "[vi]", "[1.5, 2]"],
        Sort::List => &["[]", "[1, 'a']", "[[1], [2, [3]]]", "[vi, vi]", "vt", "vn"],
        Sort::Map => &["{}", "{'a': 1}", "{'a': vi}", "{1: 'x'}"],
        Sort::Optional => {
            &["optional.none()", "optional.of(1)", "vm.?a", "vm.?b", "vl[?0]", "vm.?a.?b"]
        }
        Sort::Kind => &["int", "type(vi)"],
        Sort::Dyn => &["null", "1", "'a'", "vi", "vl", "vm", "vs", "vm.a", "vl[0]", "vb"],
        Sort::Plain(kind) => match kind {
            Kind::Timestamp => {
                &["timestamp(0)", "timestamp(vi)", "timestamp('2026-11-21T18:30:00Z')"]
            }
            Kind::Duration => &["duration('1h')", "duration('-0.5s')"],
            Kind::Ip => &["ip('10.0.0.1')", "ip('::1')", "ip(vs)"],
            Kind::Cidr => &["cidr('10.0.0.0/8')", "cidr('::/0')"],
            Kind::Quantity => &["quantity('1')", "quantity('-1.5Gi')", "quantity(vs)"],
            Kind::Semver => &["semver('1.2.3')", "semver('1.2.3-rc.1')"],
            Kind::Url => &["url('https://a.io:1/b?c=d')", "url('/a')"],
            _ => &["format.date()", "format.dns1123Label()"],
        },
    };
    random.pick(texts).to_owned()
}

/// Operators and macros with places for operands: `b` a truth value, `d` any, `l` a list, `i` an
/// int, `s` a text, `m` a map, `o` an optional; capital ones see what the macro binds.
const FORMS: &[(Sort, &str)] = &[
    (Sort::Bool, "(#b && #b)"),
    (Sort::Bool, "(#b || #b)"),
    (Sort::Bool, "!(#b)"),
    (Sort::Bool, "(#b ? #b : #b)"),
    (Sort::Bool, "(#d == #d)"),
    (Sort::Bool, "(#d != #d)"),
    (Sort::Bool, "(#i < #i)"),
    (Sort::Bool, "(#d >= #d)"),
    (Sort::Bool, "(#d in #l)"),
    (Sort::Bool, "(#s in #m)"),
    (Sort::Bool, "(#d in [1, 'a', true])"),
    (Sort::Bool, "(#d).includes(#d)"),
    (Sort::Bool, "(#l).all(x, #B)"),
    (Sort::Bool, "(#l).exists(x, #B)"),
    (Sort::Bool, "(#l).exists_one(x, #B)"),
    (Sort::Bool, "(#m).all(x, y, #B)"),
    (Sort::Bool, "(#l).exists(x, y, #B)"),
    (Sort::Bool, "(#l).existsOne(x, y, #B)"),
    (Sort::Bool, "(#s).matches('^a+')"),
    (Sort::Bool, "(#o).hasValue()"),
    (Sort::String, "(#s).find('[a-z]')"),
    (Sort::Strings, "(#s).findAll('[a-z]', #i)"),
    (Sort::List, "(#l).map(x, #D)"),
    (Sort::List, "(#l).map(x, #B, #D)"),
    (Sort::List, "(#l).filter(x, #B)"),
    (Sort::List, "(#l).sortBy(x, #D)"),
    (Sort::List, "(#m).transformList(x, y, #D)"),
    (Sort::List, "[#d, #d]"),
    (Sort::List, "[?#o, #d]"),
    (Sort::Map, "(#l).transformMap(x, y, #D)"),
    (Sort::Map, "(#m).transformMapEntry(x, y, {x: #D})"),
    (Sort::Map, "{'a': #d, ?'b': #o}"),
    (Sort::Dyn, "(#b ? #d : #d)"),
    (Sort::Dyn, "cel.bind(x, #d, #D)"),
    (Sort::Dyn, "(#l)[#i]"),
    (Sort::Dyn, "(#m)[#s]"),
    (Sort::Dyn, "(#m).a"),
    (Sort::Dyn, "(#o).orValue(#d)"),
    (Sort::Dyn, "(#m).?a.?b.orValue(#d)"),
    (Sort::Optional, "(#o).or(#o)"),
    (Sort::Optional, "(#o).optMap(x, #D)"),
    (Sort::Optional, "(#o).optFlatMap(x, vm.?a)"),
    (Sort::Optional, "(#m).?a"),
    (Sort::Optional, "(#l)[?#i]"),
];

/// An expression that mostly gives a value of a sort.
pub(super) fn expression(random: &mut Random, sort: Sort, depth: usize, bound: usize) -> String {
    if depth == 0 || random.below(5) == 0 {
        return atom(random, sort, bound);
    }
    let forms: Vec<&str> =
        FORMS.iter().filter(|(own, _)| *own == sort).map(|(_, form)| *form).collect();
    if !forms.is_empty() && random.below(2) == 0 {
        let form = random.pick(&forms);
        return fill(random, form, depth - 1, bound);
    }
    let gives = |function: &&Function| match function.returns {
        Returns::Sort(own) => own == sort || sort == Sort::Dyn,
        _ => matches!(sort, Sort::Dyn | Sort::List | Sort::Number),
    };
    let all: Vec<&'static Function> = strict().filter(gives).collect();
    if all.is_empty() {
        return atom(random, sort, bound);
    }
    let function = random.pick(&all);
    call(random, function, depth - 1, bound)
}

/// The functions that are computed from their arguments.
pub(super) fn strict() -> impl Iterator<Item = &'static Function> {
    functions::all().filter(|function| matches!(function.body, Body::Strict(_)))
}

/// A call of a function with generated arguments.
pub(super) fn call(random: &mut Random, function: &Function, depth: usize, bound: usize) -> String {
    let arguments: Vec<String> = function
        .parameters
        .iter()
        .map(|sort| {
            // Now and then something else than what is asked for.
            let sort = if random.below(12) == 0 { Sort::Dyn } else { *sort };
            expression(random, sort, depth, bound)
        })
        .collect();
    match (functions::operator(function.name), arguments.as_slice()) {
        (Some(operator), [operand]) => format!("{operator}({operand})"),
        (Some(operator), [left, right]) => format!("(({left}) {operator} ({right}))"),
        (_, [receiver, rest @ ..]) if function.is_member => {
            format!("({receiver}).{}({})", function.name, rest.join(", "))
        }
        _ => format!("{}({})", function.name, arguments.join(", ")),
    }
}

/// The forms of operators and macros.
pub(super) fn forms() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|(_, form)| *form)
}

/// A form with expressions in its places.
pub(super) fn fill(random: &mut Random, form: &str, depth: usize, bound: usize) -> String {
    let mut parts = form.split('#');
    let mut text = parts.next().unwrap().to_owned();
    let names = usize::from(form.contains("(x,")) + usize::from(form.contains(" y,"));
    for part in parts {
        let sort = match part.as_bytes()[0].to_ascii_lowercase() {
            b'b' => Sort::Bool,
            b'l' => Sort::List,
            b'i' => Sort::Int,
            b's' => Sort::String,
            b'm' => Sort::Map,
            b'o' => Sort::Optional,
            _ => Sort::Dyn,
        };
        let inside = part.as_bytes()[0].is_ascii_uppercase();
        text.push_str(&expression(random, sort, depth, if inside { names } else { bound }));
        text.push_str(part.get(1..).unwrap());
    }
    text
}

/// A known value of a sort.
pub(super) fn value<'a>(
    random: &mut Random,
    sort: Sort,
    arena: &'a Arena,
    depth: usize,
) -> Value<'a> {
    match sort {
        Sort::Bool => Value::Bool(random.below(2) == 0),
        Sort::Int => Value::Int(random.pick(&[0, 1, 2, -1, 5, i64::MIN, i64::MAX, 3_600])),
        Sort::Uint => Value::Uint(random.pick(&[0, 1, 7, u64::MAX])),
        Sort::Double => {
            Value::Double(random.pick(&[0.0, -0.0, 1.0, 1.5, -2.5, f64::NAN, f64::INFINITY, 1e300]))
        }
        Sort::String => Value::String(random.pick(&[
            "", "a", "abc", "b,c", "é日本", "10.0.0.1", "fe80::1", "1Gi", "1.2.3", "90s", "a.b/c",
            "%d%%", "[", "UTC",
        ])),
        Sort::Bytes => Value::Bytes(random.pick(&[&b""[..], b"ab", b"\xff"])),
        Sort::Strings | Sort::Numbers | Sort::List => {
            let inner = match sort {
                Sort::Strings => Sort::String,
                Sort::Numbers => Sort::Number,
                _ => Sort::Dyn,
            };
            let items: Vec<_> =
                (0..random.below(4)).map(|_| value(random, inner, arena, depth + 1)).collect();
            Value::List(arena.alloc_slice_copy(&items))
        }
        Sort::Map => {
            let fields = random.below(3);
            let entries: Vec<_> = ["a", "b"]
                .into_iter()
                .take(fields)
                .map(|key| (key, value(random, Sort::Dyn, arena, depth + 1)))
                .collect();
            Value::Map(arena.alloc_slice_copy(&entries))
        }
        Sort::Number => {
            let sort = random.pick(&[Sort::Int, Sort::Uint, Sort::Double]);
            value(random, sort, arena, depth)
        }
        // Few different ones, so that they meet each other.
        _ if depth > 1 || random.below(2) == 0 => {
            random.pick(&[Value::Int(0), Value::Int(1), Value::String("a"), Value::Bool(true)])
        }
        _ => match random.below(9) {
            0 => Value::Null,
            1 => Value::Timestamp(Timestamp::from_seconds(60).unwrap()),
            2 => Value::Duration(Duration::from_nanos(1_500_000_000)),
            3 => value(random, Sort::Map, arena, depth),
            4 => value(random, Sort::List, arena, depth),
            5 => value(random, Sort::String, arena, depth),
            6 => value(random, Sort::Bool, arena, depth),
            _ => value(random, Sort::Int, arena, depth),
        },
    }
}

/// The value with some of it unknown.
pub(super) fn masked<'a>(random: &mut Random, value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    if random.below(4) == 0 {
        return Value::Unknown;
    }
    rebuilt(value, arena, &mut |item| masked(random, item, arena))
}

/// The value with something known in every place that was unknown.
pub(super) fn filled<'a>(random: &mut Random, value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    if value.is_unknown() {
        return self::value(random, Sort::Dyn, arena, 1);
    }
    rebuilt(value, arena, &mut |item| filled(random, item, arena))
}

fn rebuilt<'a>(
    value: Value<'a>,
    arena: &'a Arena,
    change: &mut dyn FnMut(Value<'a>) -> Value<'a>,
) -> Value<'a> {
    match value {
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| change(*item)).collect();
            Value::List(arena.alloc_slice_copy(&items))
        }
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, item)| (*key, change(*item))).collect();
            Value::Map(arena.alloc_slice_copy(&entries))
        }
        other => other,
    }
}
