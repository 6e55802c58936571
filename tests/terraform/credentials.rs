//! Who signs: each way to give credentials, told from what goes over the wire.

use std::collections::BTreeSet;

use harness::recorder::Recorder;
use harness::terraform::Workspace;

use crate::fixture::{run, stack, unique};

/// Plans a key with this provider block and without any credentials in the environment but
/// `variables`; a plan asks STS who it is. Gives the access keys that signed, and what STS was
/// asked.
async fn signed_by(
    block: &str,
    files: &[(&str, &str)],
    variables: &[(&'static str, String)],
) -> (BTreeSet<String>, Vec<String>) {
    let recorder = Recorder::start(&stack().endpoint()).await;
    let environment = recorder.in_front(stack().environment()).into_iter();
    let environment = environment.filter(|(name, _)| !name.contains("KEY"));
    let main = format!(
        r#"
terraform {{
  required_providers {{
    probity = {{ source = "probity/probity" }}
  }}
}}

provider "probity" {{
  default_tags = {{ BusinessUnit = "b", Owner = "o", CostCenter = "c", Application = "a" }}
{block}
}}

resource "probity_kms_key" "ledger" {{
  alias          = "{}"
  classification = "confidential"
  services       = ["s3"]
}}
"#,
        unique("signed")
    );
    let workspace =
        Workspace::overriding(&main, environment.chain(variables.iter().cloned()).collect());
    for (name, text) in files {
        workspace.write(name, text);
    }
    run(&workspace, &["plan", "-no-color", "-input=false"], 0).await;
    let calls = recorder.calls();
    let identified = calls.iter().filter(|call| call.operation == "sts:GetCallerIdentity");
    let keys = identified.filter_map(|call| {
        let header = call.header("authorization")?;
        let (_, rest) = header.split_once("Credential=")?;
        rest.split('/').next().map(str::to_owned)
    });
    let asked = calls.iter().filter(|call| call.operation.starts_with("sts:Assume"));
    (keys.collect(), asked.map(|call| format!("{} {}", call.operation, call.body)).collect())
}

fn only(key: &str) -> BTreeSet<String> {
    BTreeSet::from([key.to_owned()])
}

#[tokio::test]
async fn keys_of_the_provider_block_sign() {
    let block = "  access_key = \"AKIAPROVIDERBLOCK\"\n  secret_key = \"secret\"\n";
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ];
    assert_eq!(signed_by(block, &[], &variables).await.0, only("AKIAPROVIDERBLOCK"));
    assert_eq!(signed_by("", &[], &variables).await.0, only("AKIAENVIRONMENT"));
}

#[tokio::test]
async fn a_profile_of_the_shared_files_signs() {
    let block = "  profile = \"bank\"\n  shared_credentials_files = [\"credentials\"]\n";
    let credentials = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
                       [bank]\naws_access_key_id = AKIABANK\naws_secret_access_key = s\n";
    let files = [("credentials", credentials)];
    assert_eq!(signed_by(block, &files, &[]).await.0, only("AKIABANK"));
}

#[tokio::test]
async fn a_role_is_taken_on_top() {
    let block = r#"
  access_key = "AKIAPROVIDERBLOCK"
  secret_key = "secret"
  assume_role {
    role_arn     = "arn:aws:iam::000000000000:role/deploy"
    session_name = "pipeline"
    external_id  = "ledger"
  }
"#;
    let (keys, asked) = signed_by(block, &[], &[]).await;
    assert!(!keys.contains("AKIAPROVIDERBLOCK") && keys.len() == 1, "{keys:?}");
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    for part in ["sts:AssumeRole ", "role%2Fdeploy", "ExternalId=ledger", "=pipeline"] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
}

#[tokio::test]
async fn a_token_of_another_identity_provider_is_exchanged() {
    let block = r#"
  assume_role_with_web_identity {
    role_arn                = "arn:aws:iam::000000000000:role/ci"
    web_identity_token_file = "token"
  }
"#;
    let (keys, asked) = signed_by(block, &[("token", "eyJhbGciOiJub25lIn0.e30.\n")], &[]).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    for part in ["sts:AssumeRoleWithWebIdentity ", "role%2Fci", "WebIdentityToken=eyJ"] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
}

#[tokio::test]
async fn endpoints_of_the_provider_block_win() {
    let recorder = Recorder::start(&stack().endpoint()).await;
    let block = format!("  endpoints {{\n    sts = \"{}\"\n  }}\n", recorder.endpoint());
    let variables =
        [("AWS_ACCESS_KEY_ID", "test".to_owned()), ("AWS_SECRET_ACCESS_KEY", "test".to_owned())];
    let (keys, _) = signed_by(&block, &[], &variables).await;
    assert!(keys.is_empty(), "the other endpoint was asked");
    assert!(recorder.calls().iter().any(|call| call.operation == "sts:GetCallerIdentity"));
}
