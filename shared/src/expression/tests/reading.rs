//! What expressions are found to read.

use super::*;

fn reads(source: &str) -> String {
    let scope = Scope::common(Type::Dyn).kubernetes().element("containers.all").unwrap();
    let expression = Expression::compile(source, &scope).unwrap();
    let reads = expression.reads().iter().map(|read| {
        std::iter::once(read.root.clone())
            .chain(read.fields.iter().cloned())
            .collect::<Vec<_>>()
            .join(".")
    });
    reads.collect::<Vec<_>>().join(" ")
}

#[test]
fn fields_under_variables_are_read() {
    assert_eq!(reads("true"), "");
    assert_eq!(
        reads("pod.?hostPID.orValue(false) && !pod.?hostIPC.orValue(false)"),
        "pod.hostIPC pod.hostPID"
    );
    assert_eq!(
        reads("c.?securityContext.?privileged.orValue(false)"),
        "c.securityContext.privileged"
    );
    assert_eq!(
        reads("has(pod.securityContext) && has(pod.securityContext.runAsUser)"),
        "pod.securityContext pod.securityContext.runAsUser"
    );
    assert_eq!(
        reads("pod.containers.all(x, x.image != '' && has(pod.hostPID))"),
        "pod.containers pod.hostPID"
    );
    assert_eq!(
        reads("podMeta.?labels[?'a.b/c'].orValue('') == environment"),
        "environment podMeta.labels.a.b/c"
    );
    assert_eq!(reads("podMeta.?labels[?'x'].hasValue()"), "podMeta.labels.x");
    assert_eq!(
        reads("effective(c, 'runAsUser') == 0"),
        "c.securityContext.runAsUser pod.securityContext.runAsUser"
    );
    assert_eq!(reads("[1].exists(pod, pod > 0) || has(pod.hostPID)"), "pod.hostPID");
    assert_eq!(reads("pod.containers[0].image == params.image"), "params.image pod.containers");
    assert_eq!(reads("has(pod.os) && cel.bind(x, pod.os, x.name) == 'linux'"), "pod.os");
    assert_eq!(reads("{'a': pod.?os}.transformList(k, v, c.name)"), "c.name pod.os");
}
