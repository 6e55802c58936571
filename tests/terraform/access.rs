//! Who can get at a key or a bucket by ways that Terraform does not write: resource shares, old
//! ACLs, and policies that shut out their own author.

use aws_sdk_s3::types as s3;
use harness::ministack::ACCOUNT;
use harness::recorder::{Answer, Recorder};
use harness::terraform::Workspace;

use crate::fixture::{Stack, apply, aws, plan_is_empty, run, stack};

async fn recorded(main: &str) -> (Recorder, Workspace) {
    let recorder = Recorder::start(&stack().endpoint()).await;
    let environment = recorder.in_front(stack().environment());
    (recorder, Workspace::overriding(main, environment))
}

/// From now on keys are in a resource share with this principal.
fn share(recorder: &Recorder, principal: &str) {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":["kms:Decrypt"],"Resource":"*"}}]}}"#
    );
    recorder.answer(Answer {
        operation: "kms:ListKeyPolicies",
        body: r#"{"PolicyNames":["default","AWS_RAM"],"Truncated":false}"#.to_owned(),
        ..Answer::default()
    });
    recorder.answer(Answer {
        operation: "kms:GetKeyPolicy",
        containing: "AWS_RAM",
        body: serde_json::json!({"Policy": policy, "PolicyName": "AWS_RAM"}).to_string(),
        ..Answer::default()
    });
}

#[tokio::test]
async fn the_policy_of_a_resource_share_is_read_and_judged() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    apply(&workspace).await;

    // A role of another account: nothing is said against it, and nothing has to be done.
    share(&recorder, "arn:aws:iam::444455556666:role/partner");
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    let address = "probity_kms_key.ledger";
    let state = run(&workspace, &["state", "show", "-no-color", address], 0).await;
    assert!(state.contains("role/partner"), "{state}");

    for (principal, said) in
        [("*", "a statement that allows every principal"), ("444455556666", "a whole account")]
    {
        share(&recorder, principal);
        let refused = run(&workspace, &["plan", "-no-color"], 1).await;
        let refused = refused.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "KEY-003: Key policy has no public or wildcard principal",
            said,
            "AWS_RAM",
            "a resource share wrote this policy",
            "aws ram list-resources",
        ] {
            // The frame of the message stands between the words.
            assert!(refused.replace("│ ", "").contains(part), "{part}: {refused}");
        }
    }

    // An import sees it as well.
    share(&recorder, "arn:aws:iam::444455556666:role/partner");
    run(&workspace, &["state", "rm", address], 0).await;
    let alias = format!("alias/{}", names.alias);
    run(&workspace, &["import", "-no-color", address, &alias], 0).await;
    let state = run(&workspace, &["state", "show", "-no-color", address], 0).await;
    assert!(state.contains("ram_policy") && state.contains("role/partner"), "{state}");
}

#[tokio::test]
async fn whom_an_old_acl_lets_in_is_said_before_it_is_switched_off() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main("")).await;
    let place = s3::CreateBucketConfiguration::builder()
        .location_constraint(s3::BucketLocationConstraint::EuCentral1)
        .build();
    let create = aws().s3.create_bucket().bucket(&names.ledger).create_bucket_configuration(place);
    create.object_ownership(s3::ObjectOwnership::ObjectWriter).send().await.unwrap();
    let acl = aws().s3.put_bucket_acl().bucket(&names.ledger);
    acl.acl("log-delivery-write".into()).send().await.unwrap();

    let address = "probity_s3_bucket.ledger";
    let said = run(&workspace, &["import", "-no-color", address, &names.ledger], 0).await;
    let warning = format!("the ACL of bucket {} lets others in", names.ledger);
    assert!(said.contains(&warning), "{said}");
    assert!(said.contains("the group `s3/LogDelivery` (WRITE)"), "{said}");

    // As AWS answers while the grant is there.
    let code = "InvalidBucketAclWithObjectOwnership";
    recorder.refuse("s3:PutBucketOwnershipControls", &names.ledger, 1, 400, code);
    let refused = run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains(code), "{refused}");
    let command = format!("aws s3api put-bucket-acl --bucket {} --acl private", names.ledger);
    assert!(refused.contains(&command), "{refused}");

    let acl = aws().s3.put_bucket_acl().bucket(&names.ledger);
    acl.acl(s3::BucketCannedAcl::Private).send().await.unwrap();
    let said = apply(&workspace).await;
    assert!(!said.contains("lets others in"), "{said}");
    plan_is_empty(&workspace).await;
    // Where ACLs are off there is nothing to look at.
    recorder.forget();
    plan_is_empty(&workspace).await;
    assert!(!recorder.calls().iter().any(|call| call.operation == "s3:GetBucketAcl"));
}

/// A statement for `policy_statements` of the bucket for records.
fn deny(action: &str, more: &str) -> String {
    format!(
        "  policy_statements = jsonencode([{{\n    Sid = \"Shut\"\n    Effect = \"Deny\"\n    \
         Principal = \"*\"\n    Action = \"{action}\"\n    Resource = \"*\"\n    {more}\n  }}])\n"
    )
}

#[tokio::test]
async fn a_policy_that_shuts_out_its_author_is_refused_before_anything_is_done() {
    let names = Stack::new();
    let (recorder, workspace) = recorded(&names.main(&deny("s3:*", ""))).await;
    recorder.answer(Answer {
        operation: "sts:GetCallerIdentity",
        body: format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/ci/run</Arn>\
             <UserId>AROAEXAMPLE:run</UserId><Account>{ACCOUNT}</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
        ..Answer::default()
    });
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    let words = refused.replace('│', "").split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "the policy would lock its own author out",
        "statement 1 (`Shut`) of `policy_statements` denies",
        &format!("arn:aws:iam::{ACCOUNT}:role/ci"),
        "s3:GetBucketAcl",
        "policy_statements = jsonencode",
    ] {
        assert!(words.contains(part), "{part}: {refused}");
    }

    // Known only after apply: refused then, before the bucket exists.
    let later = deny(
        "s3:PutBucketPolicy",
        "Condition = { StringNotEquals = { \"aws:PrincipalAccount\" = probity_kms_key.ledger.id } }",
    );
    workspace.write("main.tf", &names.main(&later));
    let refused = run(&workspace, &["apply", "-auto-approve", "-no-color"], 1).await;
    assert!(refused.contains("the policy would lock its own author out"), "{refused}");
    assert_eq!(recorder.writes(&names.ledger), Vec::<String>::new());

    // The two ways out that the message offers.
    let role = format!("arn:aws:iam::{ACCOUNT}:role/ci");
    let exempt = format!("Condition = {{ ArnNotLike = {{ \"aws:PrincipalArn\" = \"{role}\" }} }}");
    for statement in [deny("s3:GetObject", ""), deny("s3:PutBucket*", &exempt)] {
        workspace.write("main.tf", &names.main(&statement));
        run(&workspace, &["plan", "-no-color"], 0).await;
    }
}

#[tokio::test]
async fn a_policy_that_is_too_long_is_refused_at_plan() {
    let names = Stack::new();
    let long = "Condition = { StringEquals = { \"aws:PrincipalTag/team\" = [for i in range(1000) : \"team-with-a-long-name-${i}\"] } }";
    let (recorder, workspace) = recorded(&names.main(&deny("s3:GetObject", long))).await;
    let refused = run(&workspace, &["plan", "-no-color"], 1).await;
    assert!(refused.contains("the bucket policy is too long"), "{refused}");
    assert!(refused.contains("20480"), "{refused}");
    assert_eq!(recorder.writes(&names.logs), Vec::<String>::new());
}
