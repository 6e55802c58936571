//! Image references, by the grammar of container registries (`distribution/reference`).
//!
//! What this accepts, runtimes pull; what it refuses, they refuse. Names that only look like an
//! allowed one (user-info, `..`, upper case, other scripts, invisible characters) do not parse.

use super::{Function, MISMATCH, Outcome, Returns, Sort, Tools, global};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[global(
    "image",
    &[Sort::String],
    Returns::Sort(Sort::Map),
    "an image reference as a map of registry, repository, tag and digest (empty where absent), defaults filled in; an error where it cannot be parsed",
    "image('nginx:1.29') == {'registry': 'docker.io', 'repository': 'library/nginx', 'tag': '1.29', 'digest': ''}",
    |tools, arguments| match arguments {
        [Value::String(text)] => image(tools, text),
        _ => Err(MISMATCH),
    },
)
.linear()];

/// The tag that a runtime takes: `latest` where there is neither tag nor digest, empty where there
/// is a digest alone; nothing for what is no reference.
pub(crate) fn image_tag(text: &str) -> Option<&str> {
    let parts = parse(text)?;
    let is_bare = parts.tag.is_empty() && parts.digest.is_empty();
    Some(if is_bare { "latest" } else { parts.tag })
}

const LONGEST_NAME: usize = 255;

fn image<'a>(tools: &mut Tools<'a>, text: &'a str) -> Outcome<'a> {
    let Some(parts) = parse(text) else {
        return tools.fail(format_args!("{} is not an image reference", Value::String(text)));
    };
    let repository = if parts.registry == DEFAULT_REGISTRY && !parts.repository.contains('/') {
        tools.write(format_args!("library/{}", parts.repository))
    } else {
        parts.repository
    };
    let fields = [
        ("registry", Value::String(parts.registry)),
        ("repository", Value::String(repository)),
        ("tag", Value::String(parts.tag)),
        ("digest", Value::String(parts.digest)),
    ];
    Ok(Value::Map(tools.arena.alloc_slice_copy(&fields)))
}

const DEFAULT_REGISTRY: &str = "docker.io";

#[derive(Debug, PartialEq)]
struct Parts<'a> {
    registry: &'a str,
    repository: &'a str,
    tag: &'a str,
    digest: &'a str,
}

fn parse(text: &str) -> Option<Parts<'_>> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) if is_digest(digest) => (rest, digest),
        Some(_) => return None,
        None => (text, ""),
    };
    // A colon after the last slash begins a tag; an earlier one a port.
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest.get(last..)?.find(':') {
        Some(colon) if last > 0 || !rest.is_empty() => {
            let (name, tag) = rest.split_at_checked(last + colon)?;
            (name, tag.get(1..).filter(|tag| is_tag(tag))?)
        }
        _ => (rest, ""),
    };
    let (registry, repository) = match name.split_once('/') {
        Some((domain, path)) if is_domain_like(domain) => (domain, path),
        _ => (DEFAULT_REGISTRY, name),
    };
    let registry = match registry {
        "index.docker.io" => DEFAULT_REGISTRY,
        other => other,
    };
    let is_name = is_registry(registry)
        && repository.split('/').all(is_component)
        && name.len() <= LONGEST_NAME
        // A bare digest in the place of a name could be meant either way.
        && !(registry == DEFAULT_REGISTRY && is_bare_identifier(repository))
        && !is_digest(text);
    is_name.then_some(Parts { registry, repository, tag, digest })
}

/// The first part of a name is a registry if it has a dot, a colon or a capital, or is localhost.
fn is_domain_like(part: &str) -> bool {
    part == "localhost"
        || part.contains(['.', ':', '['])
        || part.chars().any(|character| character.is_ascii_uppercase())
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, after)) => {
                let is_address = !address.is_empty()
                    && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
                return is_address
                    && (after.is_empty() || after.strip_prefix(':').is_some_and(is_port));
            }
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Lower-case letters and digits, separated by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let starts = bytes.first().copied().is_some_and(is_plain);
    let ends = bytes.last().copied().is_some_and(is_plain);
    starts
        && ends
        && bytes.split(|byte| is_plain(*byte)).all(|separator| {
            matches!(separator, b"" | b"." | b"_" | b"__")
                || separator.iter().all(|byte| *byte == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// The algorithms that registries know, with the length that each has.
fn is_digest(text: &str) -> bool {
    let length = match text.split_once(':') {
        Some(("sha256", _)) => 64,
        Some(("sha384", _)) => 96,
        Some(("sha512", _)) => 128,
        _ => return false,
    };
    text.split_once(':').is_some_and(|(_, digits)| {
        digits.len() == length
            && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    })
}

fn is_bare_identifier(text: &str) -> bool {
    text.len() == 64
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let parts = parse(text)?;
        Some(format!("{} {} {} {}", parts.registry, parts.repository, parts.tag, parts.digest))
    }

    #[test]
    fn references_that_runtimes_pull() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, expected) in [
            ("nginx", "docker.io nginx  ".to_owned()),
            ("nginx:latest", "docker.io nginx latest ".to_owned()),
            ("team/app:1.0_x-y", "docker.io team/app 1.0_x-y ".to_owned()),
            ("docker.io/library/nginx", "docker.io library/nginx  ".to_owned()),
            ("index.docker.io/nginx", "docker.io nginx  ".to_owned()),
            ("localhost/app", "localhost app  ".to_owned()),
            ("localhost:5000/app:1", "localhost:5000 app 1 ".to_owned()),
            ("reg.example/a/b__c/d-e", "reg.example a/b__c/d-e  ".to_owned()),
            ("Reg.Example:443/app", "Reg.Example:443 app  ".to_owned()),
            ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000 app  ".to_owned()),
            (&format!("reg.example/app:1@{digest}"), format!("reg.example app 1 {digest}")),
            (&format!("app@{digest}"), format!("docker.io app  {digest}")),
            ("reg.example.evil.test/app", "reg.example.evil.test app  ".to_owned()),
        ] {
            assert_eq!(shown(text), Some(expected), "{text}");
        }
    }

    /// What is written to look like an allowed reference, or to be read by one and missed by
    /// another.
    #[test]
    fn references_that_mean_to_deceive() {
        let (sha256, sha512) =
            (format!("sha256:{}", "0a".repeat(32)), format!("sha512:{}", "0a".repeat(64)));
        let of = |text: &str| {
            parse(text).map(|parts| (parts.registry.to_owned(), parts.repository.to_owned()))
        };
        let is =
            |registry: &str, repository: &str| Some((registry.to_owned(), repository.to_owned()));
        // The implied registry, its alias, and what is implied below it.
        for text in ["nginx", "docker.io/nginx", "index.docker.io/nginx"] {
            assert_eq!(of(text), is("docker.io", "nginx"), "{text}");
        }
        // Not an alias to runtimes, so not to us.
        assert_eq!(
            of("registry-1.docker.io/library/nginx"),
            is("registry-1.docker.io", "library/nginx")
        );
        // Ports are part of the registry, and a number alone is a tag.
        assert_eq!(of("reg.example:5000/app"), is("reg.example:5000", "app"));
        assert_eq!(of("reg.example:5000"), is("docker.io", "reg.example"));
        assert_eq!(of("localhost/app"), is("localhost", "app"));
        assert_eq!(of("localhosted/app"), is("docker.io", "localhosted/app"));
        // Hosts in capitals are hosts, and other text than the one that is allowed.
        assert_eq!(of("REG.example/app"), is("REG.example", "app"));
        assert_eq!(of("Team/app"), is("Team", "app"));
        // Hosts and paths that only begin like an allowed one.
        assert_eq!(of("reg.example.evil.test/team/app"), is("reg.example.evil.test", "team/app"));
        assert_eq!(of("reg.example/teamevil/app"), is("reg.example", "teamevil/app"));
        assert_eq!(
            of("docker.io.evil.test/library/nginx"),
            is("docker.io.evil.test", "library/nginx")
        );
        // A digest rules over a tag, and is of a kind that registries know.
        let both = format!("reg.example/app:latest@{sha256}");
        let parts = parse(&both).unwrap();
        assert_eq!((parts.tag, parts.digest), ("latest", sha256.as_str()));
        assert_eq!(parse(&format!("app@{sha512}")).unwrap().digest, sha512);
        // Addresses.
        assert_eq!(of("[2001:db8::1]/app"), is("[2001:db8::1]", "app"));
        assert_eq!(of("10.0.0.1:5000/app"), is("10.0.0.1:5000", "app"));
        for text in [
            "reg.example./app",
            ".reg.example/app",
            "reg.example.:5000/app",
            "user@reg.example/app",
            "reg.example@evil.test/app",
            "reg.example:5000@evil.test/app",
            "reg.example/../evil/app",
            "reg.example/..",
            "reg.example/team/./app",
            "reg.example%2fevil/app",
            "reg.example/%2e%2e/app",
            "reg.ex\u{430}mple/app",
            "reg.example/te\u{430}m/app",
            "reg.example\u{ff0f}team/app",
            "reg.example/\u{200b}team/app",
            "reg\u{200d}.example/app",
            "reg.example/team/app\u{feff}",
            "reg.example/app\u{0}",
            "reg.example\\evil/app",
            "reg.example/app#x",
            "reg.example//app",
            "oci://reg.example/app",
            "[2001:db8::1/app",
            "2001:db8::1/app",
            "[2001:db8::1]app/x",
            "[fe80::1%25eth0]/app",
            &sha256,
            &sha512,
            &format!("@{sha256}"),
            &format!("app@{sha256}@{sha256}"),
            &format!("app@{sha256}:tag"),
            &format!("app@{}", sha256.replace("sha256", "SHA256")),
            &format!("app@{}", sha256.replace("sha256", "sha512")),
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_tag_that_a_runtime_takes() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(image_tag("reg.example:5000/app"), Some("latest"));
        assert_eq!(image_tag("app:1"), Some("1"));
        assert_eq!(image_tag(&format!("app@{digest}")), Some(""));
        assert_eq!(image_tag(&format!("app:latest@{digest}")), Some("latest"));
        assert_eq!(image_tag("APP"), None);
    }

    #[test]
    fn references_that_are_refused() {
        let identifier = "0a".repeat(32);
        let short = format!("app@sha256:{}", "0a".repeat(31));
        let upper = format!("app@sha256:{}", "0A".repeat(32));
        let wrong = format!("app@md5:{}", "0a".repeat(16));
        let long = format!("reg.example/{}", "a".repeat(300));
        for text in [
            "",
            " ",
            "nginx ",
            " nginx",
            "Nginx",
            "nginx:",
            ":1",
            "@",
            "app@",
            "a//b",
            "/a",
            "a/",
            "reg.example.",
            "reg.example./app",
            "reg..example/app",
            "user@reg.example/app",
            "user:pw@reg.example/app",
            "reg.example/../app",
            "reg.example/./app",
            "reg.example/%61",
            "reg.example/аpp",
            "reg.example/a\u{200b}pp",
            "reg.example/a___b",
            "reg.example/a..b",
            "reg.example:port/app",
            "reg.example:/app",
            "reg.example/app:-1",
            "reg.example/app:1/x",
            "-reg.example/app",
            "http://reg.example/app",
            "reg.example/app?x",
            "[::1/app",
            "[xyz]/app",
            "app:1\n",
            "reg.example/App",
            &identifier,
            &short,
            &upper,
            &wrong,
            &long,
            &format!("app:{}", "a".repeat(129)),
        ] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
