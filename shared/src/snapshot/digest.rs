//! What names a set of parameters in evidence: the SHA-256 of `{"name":value,…}`, names in order,
//! without white space, null where nobody speaks and there is no default. Called by `parameters`.

use sha2::{Digest, Sha256};

use super::parameters::Folded;
use crate::{control::Parameter, decision::ParametersDigest};

/// The digest of these parameters, which come in the order of their names; `is_known` says of a
/// place whether its value is.
pub(super) fn of<'f>(
    parameters: &[Parameter],
    folded: impl Iterator<Item = &'f Folded>,
    is_known: impl Fn(usize) -> bool,
) -> ParametersDigest {
    let mut hasher = Sha256::new();
    for (at, (parameter, folded)) in parameters.iter().zip(folded).enumerate() {
        hasher.update(if at == 0 { "{" } else { "," });
        let value = if is_known(at) {
            serde_json::json!(folded.value)
        } else {
            serde_json::json!({ "unknown": true })
        };
        hasher.update(format!("{}:{value}", serde_json::json!(parameter.name)));
    }
    hasher.update(if parameters.is_empty() { "{}" } else { "}" });
    ParametersDigest::new(hasher.finalize().into())
}
