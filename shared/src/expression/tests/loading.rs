//! What is refused when an expression is compiled: message, way out and place.

use super::*;

#[test]
fn expressions_of_the_catalog_compile() {
    for source in [
        "resource.versioning == true",
        "!(c.?securityContext.?privileged.orValue(false))",
        "has(pod.hostPID) && pod.hostPID",
        "effective(c, 'runAsNonRoot') == true",
        "pod.containers.all(c, c.image.contains('@sha256:'))",
        "resource.object_lock == null || resource.object_lock.retention_days == params.rotation_days",
        "resource.region in params.allowed_regions",
        "image(c.image).digest != ''",
        "podMeta.?labels[?'probity.dev/owner'].hasValue()",
        "c.?resources.?limits.?memory.hasValue()",
        "c.?securityContext.?capabilities.?drop.orValue([]).exists(name, name == 'ALL')",
        "classAtLeast(classification, 'confidential') ? resource.kms_key_arn != null : true",
        "request.userInfo.?groups.orValue([]).exists(g, g.startsWith('system:'))",
        "object.?spec.?replicas.orValue(1) > 1",
        "namespaceObject.metadata.?labels[?'a'].orValue('') == 'b'",
        "'sox' in regimes && environment == 'production'",
        "dyn(resource.versioning) == 'x'",
        "resource.tags != null && resource.tags.all(k, v, v != '')",
    ] {
        accepted(source);
    }
}

#[test]
fn unknown_names() {
    refused(
        "authorizer.group('').resource('pods').check('create').allowed()",
        "allowed",
        "`authorizer` is not offered",
        "it asks the API server, and a control sees only what is judged",
    );
    refused(
        "resorce.versioning",
        "resorce",
        "there is no variable `resorce` here",
        "did you mean `resource`?",
    );
    refused(
        "resource.versoning == true",
        "versoning",
        "`versoning` is not an attribute of s3",
        "did you mean `versioning`?",
    );
    refused(
        "c.securitycontext.privileged",
        "securitycontext",
        "`securitycontext` is not a field of Container",
        "did you mean `securityContext`?",
    );
    refused(
        "pod.containers.all(x, x.imgae == '')",
        "imgae",
        "`imgae` is not a field of Container",
        "did you mean `image`?",
    );
    refused(
        "has(pod.hostPid)",
        "hostPid",
        "`hostPid` is not a field of PodSpec",
        "did you mean `hostPID`?",
    );
    refused(
        "pod.?hostpid.orValue(false)",
        "hostpid",
        "`hostpid` is not a field of PodSpec",
        "did you mean `hostPID`?",
    );
    refused(
        "params.rotation > 1",
        "rotation",
        "there is no parameter `rotation`",
        "it has: allowed_regions, rotation_days, unset",
    );
    refused(
        "effective(c, 'privilegd')",
        "'privilegd'",
        "`privilegd` is not a field of SecurityContext",
        "did you mean `privileged`?",
    );
    refused(
        "pod['hostpid']",
        "[",
        "`hostpid` is not a field of PodSpec",
        "did you mean `hostPID`?",
    );
}

#[test]
fn unknown_functions_and_wrong_arguments() {
    refused(
        "'a'.startWith('b')",
        "startWith",
        "there is no function `startWith`",
        "did you mean `string.startsWith(string)`?",
    );
    refused(
        "contains('a', 'b')",
        "contains",
        "there is no function `contains`",
        "it is called as `string.contains(string)`",
    );
    refused(
        "'a'.contains('b', 'c')",
        "contains",
        "`contains` takes 1 argument, not 2",
        "there is `string.contains(string)`",
    );
    refused(
        "'a'.contains(1)",
        "contains",
        "`contains` does not take (string, int)",
        "there is `string.contains(string)`",
    );
    refused(
        "c.image.matches('[')",
        "matches",
        "`[` is not a regular expression: unclosed character class",
        "",
    );
    refused("has(c)", "has", "`has` takes a field, as in `has(a.b)`", "");
    refused("frobnicate(1)", "frobnicate", "there is no function `frobnicate`", "");
    refused(
        "effective(c, c.name)",
        "name",
        "`effective` needs the name of the field written out",
        "",
    );
    refused("[1].all(1, true)", "1", "a macro binds a plain name here", "");
}

#[test]
fn provably_wrong_types() {
    refused(
        "resource.versioning == 'true'",
        "==",
        "values of types bool and string are never equal",
        "truth values stand without quotes: `true`, `false`",
    );
    refused(
        "has(pod.hostPID) && c.name",
        "name",
        "`&&` needs a bool here, not a value of type string",
        "",
    );
    refused("!c.name", "name", "`!` needs a bool here, not a value of type string", "");
    refused("params.rotation_days < 'a'", "<", "values of types int and string have no order", "");
    refused(
        "1 in params.allowed_regions",
        "in",
        "a value of type int is never in one of type list(string)",
        "",
    );
    refused(
        "c.image + 1",
        "+",
        "`+` does not take (string, int)",
        "there is `int + int`, `string + string`",
    );
    refused(
        "c.name.exists(x, x)",
        "name",
        "`exists` needs a list or a map, not a value of type string",
        "",
    );
    refused(
        "c.name.length",
        "length",
        "a value of type string has no fields, so there is no `length`",
        "",
    );
    refused(
        "pod.containers['a']",
        "[",
        "a value of type list(Container) has no element at one of type string",
        "",
    );
    refused(
        "c.name.orValue('')",
        "name",
        "`orValue` needs a value that may be absent, not one of type string",
        "`a.?b` selects a field that may be absent",
    );
    refused(
        "pod.?nodeName.orValue(1)",
        "1",
        "the value is of type string, the other one of type int",
        "",
    );
    refused(
        "pod.containers.map(x, x.name).all(n, n > 1)",
        ">",
        "values of types string and int have no order",
        "",
    );
    let errors = Expression::compile_bool("c.name", &of_controls()).unwrap_err();
    assert_eq!(messages(&errors), "the expression gives a value of type string, not a bool");
}

#[test]
fn all_mistakes_are_found_at_once() {
    let errors =
        Expression::compile("resource.a == nothing && foo(1) || resource.b", &of_controls());
    let expected = "`a` is not an attribute of s3; there is no variable `nothing` here; \
                    there is no function `foo`; `b` is not an attribute of s3";
    assert_eq!(messages(&errors.unwrap_err()), expected);
}

#[test]
fn syntax_errors_have_a_place() {
    let place = |source: &str| {
        let errors = Expression::compile(source, &of_controls()).expect_err(source);
        errors.first().map(|error| error.range.start)
    };
    assert_eq!(place("resource.versioning == "), Some(23));
    assert_eq!(place("resource.versioning = true"), Some(20));
    assert_eq!(place("'é' == 'é' resource"), Some("'é' == 'é' ".len()));
    assert_eq!(place("'é' == resource.versoning"), Some("'é' == resource.".len()));
    assert_eq!(place(""), Some(0));
    assert_eq!(place("true\n  && ()"), Some(11));
}
