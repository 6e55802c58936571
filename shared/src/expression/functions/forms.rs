//! Operators and macros that the compiler knows by name: they do not always evaluate everything,
//! and they are what unknown values and errors are absorbed by.

use super::{Function, Sort, form};

use Sort::{Bool, Dyn, List, Name, Optional, String};

pub(super) static FUNCTIONS: &[Function] = &[
    form(
        "_&&_",
        &[Bool, Bool],
        Bool,
        "both; false wins over unknown and over errors",
        "!(false && 1 / 0 > 0)",
    ),
    form(
        "_||_",
        &[Bool, Bool],
        Bool,
        "either; true wins over unknown and over errors",
        "true || 1 / 0 > 0",
    ),
    form("!_", &[Bool], Bool, "not", "!false"),
    form(
        "_?_:_",
        &[Bool, Dyn, Dyn],
        Dyn,
        "one or the other; only that one is evaluated",
        "(true ? 1 : 1 / 0) == 1",
    ),
    form(
        "_==_",
        &[Dyn, Dyn],
        Bool,
        "equality; numbers by value, lists and maps by content",
        "1 == 1.0 && [1] == [1]",
    ),
    form("_!=_", &[Dyn, Dyn], Bool, "inequality", "'a' != 'b'"),
    form(
        "_<_",
        &[Dyn, Dyn],
        Bool,
        "less: numbers of any kinds, or two strings, bytes or bools",
        "1 < 1.5",
    ),
    form("_<=_", &[Dyn, Dyn], Bool, "less or equal", "2 <= 2"),
    form("_>_", &[Dyn, Dyn], Bool, "greater", "'b' > 'a'"),
    form("_>=_", &[Dyn, Dyn], Bool, "greater or equal", "2u >= 2"),
    form("@in", &[Dyn, Dyn], Bool, "an element of a list, a key of a map", "'a' in ['a', 'b']"),
    form(
        "_[_]",
        &[Dyn, Dyn],
        Dyn,
        "an element of a list, a value of a map; an error where there is none",
        "[1, 2][0] == 1",
    ),
    form(
        "_?._",
        &[Dyn, String],
        Optional,
        "a field that may be absent, of what may be absent: `a.?b.?c`",
        "{'a': 1}.?b.orValue(2) == 2",
    )
    .since("1.28"),
    form(
        "_[?_]",
        &[Dyn, Dyn],
        Optional,
        "an element or value that may be absent",
        "[1, 2][?5].orValue(0) == 0",
    )
    .since("1.28"),
    form("has", &[Dyn], Bool, "whether a field is there: `has(a.b)`", "has({'a': 1}.a)"),
    form(
        "all",
        &[List, Name, Bool],
        Bool,
        "whether something holds for all elements (or keys)",
        "[1, 2].all(n, n > 0)",
    )
    .of_member(),
    form(
        "all",
        &[List, Name, Name, Bool],
        Bool,
        "the same with index (or key) and value",
        "[1, 2].all(i, n, n > i)",
    )
    .of_member()
    .since("1.32"),
    form(
        "exists",
        &[List, Name, Bool],
        Bool,
        "whether something holds for an element (or key)",
        "[1, 2].exists(n, n > 1)",
    )
    .of_member(),
    form(
        "exists",
        &[List, Name, Name, Bool],
        Bool,
        "the same with index (or key) and value",
        "{'a': 1}.exists(k, v, v == 1)",
    )
    .of_member()
    .since("1.32"),
    form(
        "exists_one",
        &[List, Name, Bool],
        Bool,
        "whether something holds for exactly one element (or key)",
        "[1, 2].exists_one(n, n > 1)",
    )
    .of_member(),
    form("existsOne", &[List, Name, Bool], Bool, "the same", "[1, 2].existsOne(n, n > 1)")
        .of_member()
    .since("1.32"),
    form(
        "existsOne",
        &[List, Name, Name, Bool],
        Bool,
        "the same with index (or key) and value",
        "[1, 2].existsOne(i, n, n > 1)",
    )
    .of_member()
    .since("1.32"),
    form(
        "filter",
        &[List, Name, Bool],
        List,
        "the elements (or keys) for which something holds",
        "[1, 2].filter(n, n > 1) == [2]",
    )
    .of_member(),
    form(
        "map",
        &[List, Name, Dyn],
        List,
        "what each element (or key) is turned into",
        "[1, 2].map(n, n * 2) == [2, 4]",
    )
    .of_member(),
    form(
        "map",
        &[List, Name, Bool, Dyn],
        List,
        "the same, only for elements for which something holds",
        "[1, 2].map(n, n > 1, n * 2) == [4]",
    )
    .of_member(),
    form(
        "transformList",
        &[List, Name, Name, Dyn],
        List,
        "what each pair of index (or key) and value is turned into",
        "{'a': 1}.transformList(k, v, k) == ['a']",
    )
    .of_member()
    .since("1.32"),
    form(
        "transformList",
        &[List, Name, Name, Bool, Dyn],
        List,
        "the same, only where something holds",
        "[5, 6].transformList(i, n, i > 0, n) == [6]",
    )
    .of_member()
    .since("1.32"),
    form(
        "transformMap",
        &[List, Name, Name, Dyn],
        Sort::Map,
        "the same keys (or indices) with other values",
        "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    )
    .of_member()
    .since("1.32"),
    form(
        "transformMap",
        &[List, Name, Name, Bool, Dyn],
        Sort::Map,
        "the same, only where something holds",
        "{'a': 1}.transformMap(k, v, v > 1, v) == {}",
    )
    .of_member()
    .since("1.32"),
    form(
        "transformMapEntry",
        &[List, Name, Name, Sort::Map],
        Sort::Map,
        "a map of the entries that each pair of index (or key) and value is turned into; an error where a key comes twice",
        "{'a': 'x'}.transformMapEntry(k, v, {v: k}) == {'x': 'a'}",
    )
    .of_member()
    .since("1.32"),
    form(
        "transformMapEntry",
        &[List, Name, Name, Bool, Sort::Map],
        Sort::Map,
        "the same, only where something holds",
        "{'a': 1, 'b': 2}.transformMapEntry(k, v, v > 1, {v: k}) == {2: 'b'}",
    )
    .of_member()
    .since("1.32"),
    form(
        "sortBy",
        &[List, Name, Dyn],
        List,
        "the elements in the order of what each is turned into",
        "['bb', 'a'].sortBy(s, s.size()) == ['a', 'bb']",
    )
    .of_member()
    .since("1.34"),
    form(
        "includes",
        &[Dyn, Dyn],
        Bool,
        "whether a list has an element; for all else, whether the two are equal",
        "[1, 2].includes(2) && 'a'.includes('a')",
    )
    .of_member()
    .since("1.37"),
    form(
        "cel.bind",
        &[Name, Dyn, Dyn],
        Dyn,
        "names a value: `cel.bind(name, value, expression)`",
        "cel.bind(x, 2, x * x) == 4",
    )
    .only_here(),
    form(
        "orValue",
        &[Optional, Dyn],
        Dyn,
        "the value, or another where it is absent",
        "{'a': 1}.?b.orValue(2) == 2",
    )
    .of_member()
    .since("1.28"),
    form(
        "or",
        &[Optional, Optional],
        Optional,
        "this, or another optional where it is absent",
        "{}.?a.or(optional.of(1)).value() == 1",
    )
    .of_member()
    .since("1.28"),
    form(
        "optMap",
        &[Optional, Name, Dyn],
        Optional,
        "what the value is turned into, where there is one",
        "{'a': 1}.?a.optMap(n, n + 1).value() == 2",
    )
    .of_member()
    .since("1.28"),
    form(
        "optFlatMap",
        &[Optional, Name, Optional],
        Optional,
        "the same for what gives an optional",
        "{'a': {'b': 1}}.?a.optFlatMap(m, m.?b).value() == 1",
    )
    .of_member()
    .since("1.28"),
    form(
        "effective",
        &[Dyn, String],
        Dyn,
        "a security setting of a container: its own, else that of its pod, else null; needs `pod`",
        "",
    )
    .only_here(),
];
