//! URLs in parts.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global, member};
use crate::value::{Entry, Kind, Opaque, Url, Value};

use Sort::{Bool, Map, String};

const URL: Sort = Sort::Plain(Kind::Url);

pub(super) static FUNCTIONS: &[Function] = &[
    global(
        "url",
        &[String],
        Returns::Sort(URL),
        "an absolute URI or an absolute path, in parts",
        "url('https://example.com/a').getHost() == 'example.com'",
        |tools, arguments| {
            let [Value::String(text)] = arguments else { return Err(MISMATCH) };
            // Its parts are copied, escaped ones at three times their length.
            tools.charge(text.len() / 2)?;
            match Url::parse(text, tools.arena) {
                Ok(url) => Ok(tools.opaque(Opaque::Url(url))),
                Err(problem) => {
                    tools.fail(format_args!("{} is not a URL: {problem}", Value::String(text)))
                }
            }
        },
    )
    .own_cost()
    .checked(),
    global(
        "isURL",
        &[String],
        Returns::Sort(Bool),
        "whether `url` can read a text",
        "isURL('/a/b') && !isURL('a/b')",
        |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(Url::check(text).is_ok())),
            _ => Err(MISMATCH),
        },
    )
    .linear(),
    part(
        "getScheme",
        "the scheme, or empty",
        "url('https://a.io').getScheme() == 'https'",
        |_, arguments| read(arguments).map(|url| Value::String(url.scheme)),
    ),
    part(
        "getHost",
        "host and port, or empty; IPv6 in brackets",
        "url('https://[::1]:80/').getHost() == '[::1]:80'",
        |_, arguments| read(arguments).map(|url| Value::String(url.host)),
    ),
    part(
        "getHostname",
        "the host alone, or empty",
        "url('https://[::1]:80/').getHostname() == '::1'",
        |_, arguments| read(arguments).map(|url| Value::String(url.hostname())),
    ),
    part(
        "getPort",
        "the port, or empty",
        "url('https://a.io:80/').getPort() == '80'",
        |_, arguments| read(arguments).map(|url| Value::String(url.port())),
    ),
    part(
        "getEscapedPath",
        "the path with what is special escaped, or empty",
        "url('https://a.io/with space/').getEscapedPath() == '/with%20space/'",
        |_, arguments| read(arguments).map(|url| Value::String(url.path)),
    ),
    member(
        "getQuery",
        &[URL],
        Returns::Sort(Map),
        "the parameters after `?` with the lists of their values, decoded",
        "url('https://a.io/?a=1&b=%20&a=2').getQuery() == {'a': ['1', '2'], 'b': [' ']}",
        query,
    )
    .own_cost(),
];

const fn part(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    body: super::Strict,
) -> Function {
    member(name, &[URL], Returns::Sort(String), doc, example, body)
}

fn read<'a>(arguments: &[Value<'a>]) -> Result<&'a Url<'a>, &'a str> {
    match arguments {
        [Value::Opaque(Opaque::Url(url))] => Ok(url),
        _ => Err(MISMATCH),
    }
}

fn query<'a>(tools: &mut Tools<'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let mut found: Vec<(&'a str, Vec<Value<'a>>)> = Vec::new();
    for (name, value) in read(arguments)?.parameters() {
        tools.charge(1 + found.len() + (name.len() + value.len()) / 8)?;
        let value = tools.text(&value);
        match found.iter_mut().find(|(own, _)| *own == name) {
            Some((_, values)) => values.push(value),
            None => found.push((tools.arena.alloc_str(&name), vec![value])),
        }
    }
    let entries: Vec<Entry<'a>> = found
        .into_iter()
        .map(|(name, values)| (name, Value::List(tools.arena.alloc_slice_copy(&values))))
        .collect();
    Ok(Value::Map(tools.arena.alloc_slice_copy(&entries)))
}
