//! What breaks a control, or would lose data, ends before anything happens.

use harness::terraform::Workspace;

use crate::fixture::{PROVIDER, Stack, apply, aws, run, stack, workspace};

/// No credentials, no network: the address is one that nobody answers at.
fn offline(main: &str) -> Workspace {
    let nowhere = "http://127.0.0.1:9".to_owned();
    let environment = vec![
        ("AWS_ENDPOINT_URL", nowhere.clone()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("HTTPS_PROXY", nowhere.clone()),
        ("HOME", "/nonexistent".to_owned()),
    ];
    Workspace::overriding(main, environment)
}

#[tokio::test]
async fn validate_refuses_what_breaks_a_control_without_credentials_or_network() {
    let names = Stack::new();
    let workspace = offline(&names.main("  versioning     = false"));
    let refused = run(&workspace, &["validate", "-no-color"], 1).await;
    for text in [
        "Error: RET-003: Versioning enabled",
        "in resource \"probity_s3_bucket\" \"ledger\"",
        "versioning     = false",
        "found     false",
        "required  true",
        "asked by  ",
        "fix       ",
        "More: probity explain RET-003",
    ] {
        assert!(refused.contains(text), "{text} is not in\n{refused}");
    }
    workspace.write("main.tf", &names.main(""));
    run(&workspace, &["validate", "-no-color"], 0).await;
}

#[tokio::test]
async fn what_is_missing_is_refused_with_the_line_to_add() {
    let main = format!(
        "{PROVIDER}\nresource \"probity_s3_bucket\" \"ledger\" {{\n  name = \"ledger\"\n  \
         classification = \"confidential\"\n}}\n"
    );
    let refused = run(&offline(&main), &["validate", "-no-color"], 1).await;
    for text in [
        "ENC-002",
        "kms_key_arn",
        "LOG-001",
        "access_log",
        "RET-002",
        "record_type = \"ledger\"",
        "record_type = \"none\"",
    ] {
        assert!(refused.contains(text), "{text} is not in\n{refused}");
    }
}

#[tokio::test]
async fn settings_come_from_the_file_too() {
    let names = Stack::new();
    let main = names.main("").replace("  record_type    = \"ledger\"\n", "");
    let workspace = offline(&main.replace("regimes = [\"sox\"]", ""));
    run(&workspace, &["validate", "-no-color"], 0).await;
    workspace.write("probity.yaml", "environment: production\nregimes: [sox]\n");
    let refused = run(&workspace, &["validate", "-no-color"], 1).await;
    assert!(refused.contains("RET-002"), "{refused}");
    workspace.write("probity.yaml", "enviroment: production\n");
    let refused = run(&workspace, &["validate", "-no-color"], 1).await;
    assert!(refused.contains("the settings cannot be used"), "{refused}");
    assert!(refused.contains("probity.yaml:1:1"), "{refused}");
}

#[tokio::test]
async fn an_unknown_regime_is_refused_where_it_stands() {
    let main = Stack::new().main("").replace("\"sox\"", "\"soxx\"");
    let refused = run(&offline(&main), &["validate", "-no-color"], 1).await;
    assert!(refused.contains("soxx"), "{refused}");
    assert!(refused.contains("in provider \"probity\""), "{refused}");
}

#[tokio::test]
async fn replacement_of_what_holds_data_needs_consent() {
    let names = Stack::new();
    let workspace = workspace(&names.main(""));
    apply(&workspace).await;
    let other = crate::fixture::unique("other");
    let renamed = names.main("").replace(&names.ledger, &other);
    workspace.write("main.tf", &renamed);
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("replacement refused"), "{refused}");
    assert!(refused.contains("allow_replacement = true"), "{refused}");
    assert!(aws().s3.head_bucket().bucket(&names.ledger).send().await.is_ok());
    let spec = "alias          = ";
    let respecified = names.main("").replace(spec, &format!("multi_region = true\n  {spec}"));
    workspace.write("main.tf", &respecified);
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("replacement refused"), "{refused}");
    let consented = renamed.replace("record_type ", "allow_replacement = true\n  record_type ");
    workspace.write("main.tf", &consented);
    apply(&workspace).await;
    assert!(aws().s3.head_bucket().bucket(&names.ledger).send().await.is_err());
    assert!(aws().s3.head_bucket().bucket(&other).send().await.is_ok());
}

#[tokio::test]
async fn other_accounts_are_refused_before_the_first_call() {
    let names = Stack::new();
    let main = names.main("").replace(
        "regimes = [\"sox\"]",
        "regimes = [\"sox\"]\n  allowed_account_ids = [\"111122223333\"]",
    );
    let refused = run(&workspace(&main), &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("allowed: 111122223333"), "{refused}");
    assert!(aws().s3.head_bucket().bucket(&names.logs).send().await.is_err());
}

#[tokio::test]
async fn missing_credentials_are_named_with_the_way_to_give_them() {
    let names = Stack::new();
    let environment = stack().environment().into_iter();
    let environment = environment.filter(|(name, _)| !name.contains("KEY")).collect();
    let workspace = Workspace::overriding(&names.main(""), environment);
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("no credentials"), "{refused}");
    assert!(refused.contains("AWS_PROFILE"), "{refused}");
}
