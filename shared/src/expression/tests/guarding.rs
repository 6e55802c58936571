//! Reads of what may be absent or null: which guards are seen, and what is said without one.

use super::*;

#[test]
fn every_way_to_ask_first_is_seen() {
    for source in [
        "has(pod.hostPID) && pod.hostPID",
        "!has(pod.hostPID) || !pod.hostPID",
        "!(has(pod.hostPID) && pod.hostPID)",
        "has(pod.hostPID) ? pod.hostPID : false",
        "!has(pod.hostPID) ? true : !pod.hostPID",
        "has(pod.hostPID) && has(pod.hostIPC) && pod.hostPID == pod.hostIPC",
        // Whichever stands first: what cannot be computed counts for nothing beside a false.
        "pod.hostPID && has(pod.hostPID)",
        "has(c.securityContext) && has(c.securityContext.privileged) && c.securityContext.privileged",
        "c.?securityContext.?privileged.hasValue() && c.securityContext.privileged",
        "c.?securityContext.?privileged.orValue(false) && c.securityContext.runAsNonRoot == true && has(c.securityContext.runAsNonRoot)",
        "!c.?securityContext.?privileged.orValue(true) && !c.securityContext.privileged",
        "c.?securityContext.?privileged.orValue(false) == true && c.securityContext.privileged",
        "pod.?nodeName.orValue('') != '' && pod.nodeName.startsWith('n')",
        "pod.?nodeName.orValue('').contains('x') && pod.nodeName.startsWith('n')",
        "pod.?nodeName.orValue('').matches('x') && pod.nodeName.startsWith('n')",
        "'app' in podMeta.?labels.orValue({}) && podMeta.labels['app'] != ''",
        "has(podMeta.labels) && 'app' in podMeta.labels && podMeta.labels.app != ''",
        "has(podMeta.labels) && podMeta.labels.all(k, podMeta.labels[k] != '')",
        "has(podMeta.labels) && podMeta.labels.all(k, v, podMeta.labels[k] != 'x' && v != '')",
        "has(pod.volumes) && pod.volumes.all(v, !has(v.secret) || !has(v.secret.optional) || !v.secret.optional)",
        "size(pod.?volumes.orValue([])) > 0 && pod.volumes.all(v, v.name != '')",
        "pod.?volumes.orValue([]).exists(v, has(v.csi)) && size(pod.volumes) > 1",
        "pod.?volumes.orValue([]).filter(v, has(v.csi)).all(v, v.csi.driver != '')",
        "pod.?volumes.orValue([]).map(v, has(v.csi), v.csi.driver).all(d, d != '')",
        "has(pod.volumes) && pod.volumes.all(v, has(v.csi)) && pod.volumes.all(v, v.csi.driver != '')",
        "cel.bind(s, pod.?securityContext, s.?runAsUser.orValue(1) != 0)",
        "has(pod.securityContext) && cel.bind(s, pod.securityContext, has(s.runAsUser) && s.runAsUser > 0)",
        "pod.?securityContext.optMap(s, has(s.runAsUser) && s.runAsUser > 0).orValue(true)",
        "effective(c, 'runAsUser') != null && effective(c, 'runAsUser') > 0",
        "c.image != '' && c.name != '' && pod.containers.all(x, x.image != '')",
        "resource.object_lock != null && resource.object_lock.mode == 'COMPLIANCE'",
        "resource.object_lock == null || resource.object_lock.mode == 'COMPLIANCE'",
        "resource.object_lock == null ? false : resource.object_lock.mode == 'COMPLIANCE'",
        "resource.?object_lock.?mode.orValue('') == 'COMPLIANCE'",
        "resource.versioning == true && resource.versioning",
        "resource.region in ['a', 'b'] && resource.region.startsWith('a')",
        "!(resource.region in [null, 'b']) && resource.region.startsWith('a')",
        "!(resource.?access_log.?bucket.orValue('') in [null, '']) && resource.access_log.bucket.startsWith('a')",
        "resource.region != null && resource.region != null",
        "prior == null || prior.region == resource.region",
        "params.unset == null || params.unset > params.rotation_days",
        "!(resource.lifecycle_rules != null && resource.lifecycle_rules.exists(r, r.enabled == false))",
        "dyn(pod).anything.goes == 1",
        "object.metadata.name == 'x' || !has(object.metadata.name)",
    ] {
        accepted(source);
    }
}

#[test]
fn without_a_guard_the_ways_out_are_said() {
    refused(
        "!c.securityContext.privileged",
        "securityContext",
        "`c.securityContext` may be absent here, and reading it is then an error",
        "`c.?securityContext.?privileged.orValue(false)` says what stands for it then; \
         `has(c.securityContext) && has(c.securityContext.privileged) && …` makes sure of it",
    );
    refused(
        "has(c.securityContext) && c.securityContext.privileged",
        "privileged",
        "`c.securityContext.privileged` may be absent here, and reading it is then an error",
        "`c.securityContext.?privileged.orValue(false)` says what stands for it then; \
         `has(c.securityContext.privileged) && …` makes sure of it",
    );
    refused(
        "has(c.securityContext.privileged)",
        "securityContext",
        "`c.securityContext` may be absent here, and reading it is then an error",
        "`has(c.securityContext) && …` makes sure of it",
    );
    refused(
        "pod.volumes.all(v, v.name != '')",
        "volumes",
        "`pod.volumes` may be absent here, and reading it is then an error",
        "`pod.?volumes.orValue([])` says what stands for it then; \
         `has(pod.volumes) && …` makes sure of it",
    );
    refused(
        "has(podMeta.labels) && podMeta.labels['app'] == 'x'",
        "[",
        "`podMeta.labels[\"app\"]` may be absent here, and reading it is then an error",
        "`podMeta.labels[?\"app\"].orValue(\"\")` says what stands for it then; \
         `\"app\" in podMeta.labels && …` makes sure of it",
    );
    refused(
        "resource.object_lock.mode == 'COMPLIANCE'",
        "object_lock",
        "`resource.object_lock` may be null here, and null has no fields",
        "`resource.object_lock.?mode.orValue(\"\")` says what stands for it then; \
         `resource.object_lock != null && …` makes sure of it",
    );
    refused(
        "resource.region.startsWith('eu')",
        "region",
        "`resource.region` may be null, which `startsWith` does not take",
        "`resource.region != null && …` guards it",
    );
    refused(
        "params.unset > params.rotation_days",
        "unset",
        "`params.unset` may be null, which `>` does not take",
        "`params.unset != null && …` guards it",
    );
    refused(
        "prior.region == resource.region",
        "prior",
        "`prior` may be null here, and null has no fields",
        "`prior.?region.orValue(\"\")` says what stands for it then; \
         `prior != null && …` makes sure of it",
    );
    refused(
        "resource.versioning",
        "resource.versioning",
        "`resource.versioning` may be null, which is neither true nor false",
        "write `resource.versioning == true`",
    );
    refused(
        "resource.versioning && resource.name != ''",
        "versioning",
        "`resource.versioning` may be null, which `&&` does not take",
        "`resource.versioning == true` is false for null",
    );
    refused(
        "resource.?versioning.orValue(false)",
        "versioning",
        "`versioning` is never absent: where it is not set it is null",
        "`resource.versioning == true` is false for null",
    );
    refused(
        "!pod.?hostPID",
        "hostPID",
        "`!` needs a bool here, not a value of type optional(bool)",
        "`pod.?hostPID.orValue(false)` says what absence means",
    );
    refused(
        "pod.?volumes.all(v, v.name != '')",
        "volumes",
        "`all` needs a list or a map, not a value of type optional(list(Volume))",
        "`pod.?volumes.orValue([])` says what absence means",
    );
}

#[test]
fn a_guard_holds_only_where_it_has_been_asked() {
    for source in [
        "has(pod.hostPID) || pod.hostPID",
        "!has(pod.hostPID) && pod.hostPID",
        "(has(pod.hostPID) && true == pod.hostPID) || pod.hostPID",
        "has(pod.hostPID) ? true : pod.hostPID",
        "pod.hostPID == true && pod.hostPID == false",
        "pod.containers.exists(x, has(x.stdin)) && pod.containers.all(x, x.stdin)",
        "pod.containers.all(x, has(x.stdin) || x.tty)",
        "pod.?nodeName.orValue('x').contains('x') && pod.nodeName == 'x'",
        "size(pod.?volumes.orValue([])) >= 0 && pod.volumes.all(v, v.name != '')",
        "resource.object_lock == null && resource.object_lock.mode == 'COMPLIANCE'",
        "resource.region != 'x' && resource.region.startsWith('a')",
    ] {
        assert!(!refusals(source).is_empty(), "{source}");
    }
}

#[test]
fn what_a_condition_settles_goes_on_to_the_next() {
    let when =
        Expression::compile_bool("has(pod.hostPID) && prior != null", &of_controls()).unwrap();
    let given = of_controls().given(&when, true);
    assert!(Expression::compile_bool("pod.hostPID && prior.name == ''", &given).is_ok());
    let not = of_controls().given(&when, false);
    assert!(Expression::compile_bool("pod.hostPID", &not).is_err());
}

#[test]
fn comparisons_that_can_never_hold() {
    refused(
        "pod.?restartPolicy.orValue('Always') == 'always'",
        "'always'",
        "`pod.?restartPolicy.orValue(\"Always\")` is never \"always\"",
        "did you mean \"Always\"? It is one of \"Always\", \"Never\", \"OnFailure\"",
    );
    refused(
        "has(c.imagePullPolicy) && c.imagePullPolicy in ['Always', 'Sometimes']",
        "'Sometimes'",
        "`c.imagePullPolicy` is never \"Sometimes\"",
        "it is one of \"Always\", \"IfNotPresent\", \"Never\"",
    );
    refused(
        "environment == 'prod'",
        "'prod'",
        "`environment` is never \"prod\"",
        "it is one of \"dev\", \"staging\", \"production\"",
    );
    refused(
        "resource.classification != 'secret'",
        "'secret'",
        "`resource.classification` is never \"secret\"",
        "it is one of \"confidential\", \"internal\", \"public\", \"restricted\"",
    );
    refused(
        "has(pod.hostPID) && pod.hostPID == null",
        "hostPID",
        "`pod.hostPID` is never null",
        "where nothing was said it is absent: `has(pod.hostPID)` asks that",
    );
    refused(
        "pod.?hostPID == null",
        "hostPID",
        "`pod.?hostPID` is never null",
        "`pod.?hostPID.hasValue()` asks whether it is there",
    );
    refused("resource.name == null", "name", "`resource.name` is never null", "");
    refused("size(pod.containers) < 0", "<", "a size is never below 0, so this is never so", "");
    refused(
        "0 <= pod.containers.size()",
        "<=",
        "a size is never below 0, so this is always so",
        "",
    );
    refused(
        "1 + 1 == 2",
        "==",
        "both sides are constants, so this is the same for every input",
        "",
    );
    refused(
        "c.image == c.image",
        "==",
        "both sides are `c.image`, so this is the same for every input",
        "",
    );
    refused(
        "true || c.image == ''",
        "true",
        "`true` decides `||` alone, so this is the same for every input",
        "",
    );
    refused(
        "pod.?securityContext.?runAsUser.orValue(0) == '0'",
        "==",
        "values of types int and string are never equal",
        "numbers stand without quotes",
    );
    refused(
        "pod.?hostPID == true",
        "==",
        "values of types optional(bool) and bool are never equal",
        "`.orValue(…)` says what stands for what is absent",
    );
    for source in ["true", "c.image == ''", "environment == 'dev'", "size(pod.containers) > 0"] {
        accepted(source);
    }
}

#[test]
fn amounts_and_ports_are_types_of_their_own() {
    accepted("c.?resources.?limits[?'cpu'].orValue('') != ''");
    accepted("c.?livenessProbe.?httpGet.?port.orValue(0) in [8080, 'http']");
    refused(
        "c.?livenessProbe.?httpGet.?port.orValue(0) == true",
        "==",
        "values of types int or string and bool are never equal",
        "",
    );
    refused(
        "has(c.livenessProbe) && has(c.livenessProbe.httpGet) && c.livenessProbe.httpGet.port > 1024",
        ">",
        "values of types int or string and int have no order",
        "",
    );
    accepted("quantity(c.?resources.?limits[?'cpu'].orValue('1')).isLessThan(quantity('2'))");
    refused(
        "c.?resources.?limits[?'cpu'].orValue('0') > '2'",
        ">",
        "values of types amount and string have no order",
        "`quantity(a).isLessThan(quantity(b))` compares amounts",
    );
    refused(
        "c.?resources.?limits[?'cpu'].orValue('0') == 2",
        "==",
        "values of types amount and int are never equal",
        "amounts are texts: `\"2\"`, `\"500m\"`",
    );
}
