//! One local AWS for the whole suite, and configurations with names of their own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::aws::Aws;
use harness::ministack::{ACCOUNT, MiniStack};
use harness::terraform::{Run, Workspace};
use serde_json::Value;

static STACK: LazyLock<MiniStack> = LazyLock::new(MiniStack::start);

/// The AWS of the suite.
pub(crate) fn stack() -> &'static MiniStack {
    &STACK
}

/// Somebody else's clients.
pub(crate) fn aws() -> Aws {
    Aws::at(&stack().endpoint())
}

/// A name that no other test has.
pub(crate) fn unique(stem: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The provider block that most tests use.
pub(crate) const PROVIDER: &str = r#"
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

provider "probity" {
  regimes = ["sox"]
  default_tags = {
    BusinessUnit = "payments"
    Owner        = "ledger-team"
    CostCenter   = "4711"
    Application  = "ledger"
  }
}
"#;

/// A key, a log bucket and a bucket for records, as short as they may be.
pub(crate) struct Stack {
    pub(crate) alias: String,
    pub(crate) logs: String,
    pub(crate) ledger: String,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self { alias: unique("key"), logs: unique("logs"), ledger: unique("ledger") }
    }

    /// The whole configuration, with `more` in the bucket for records.
    pub(crate) fn main(&self, more: &str) -> String {
        let Self { alias, logs, ledger } = self;
        format!(
            r#"{PROVIDER}
resource "probity_kms_key" "ledger" {{
  alias          = "{alias}"
  classification = "confidential"
  users          = ["arn:aws:iam::{ACCOUNT}:role/ledger"]
}}

resource "probity_s3_bucket" "logs" {{
  name           = "{logs}"
  classification = "internal"
  purpose        = "access-logs"
}}

resource "probity_s3_bucket" "ledger" {{
  name           = "{ledger}"
  classification = "confidential"
  record_type    = "ledger"
  kms_key_arn    = probity_kms_key.ledger.arn
  access_log     = {{ bucket = probity_s3_bucket.logs.id }}
{more}
}}
"#
        )
    }
}

/// A folder with this configuration, pointed at the AWS of the suite.
pub(crate) fn workspace(main: &str) -> Workspace {
    Workspace::overriding(main, stack().environment())
}

/// Runs a command that must end with this code.
pub(crate) async fn run(workspace: &Workspace, arguments: &[&str], code: i32) -> String {
    let run: Run = workspace.run(arguments).await.expect("terraform runs");
    assert_eq!(run.code, Some(code), "terraform {}:\n{}", arguments.join(" "), run.printed);
    run.printed
}

/// Applies, which must work.
pub(crate) async fn apply(workspace: &Workspace) -> String {
    run(workspace, &["apply", "-auto-approve", "-no-color", "-input=false"], 0).await
}

/// Plans nothing, which must be so.
pub(crate) async fn plan_is_empty(workspace: &Workspace) {
    run(workspace, &["plan", "-detailed-exitcode", "-no-color", "-input=false"], 0).await;
}

/// Destroys everything, which must work.
pub(crate) async fn destroy(workspace: &Workspace) -> String {
    run(workspace, &["destroy", "-auto-approve", "-no-color", "-input=false"], 0).await
}

/// Plans, and gives the changes as Terraform writes them for machines.
pub(crate) async fn plan(workspace: &Workspace) -> Value {
    run(workspace, &["plan", "-no-color", "-input=false", "-out=plan"], 0).await;
    let shown = workspace.run(&["show", "-json", "plan"]).await.expect("terraform runs");
    let json = shown.printed.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str(json).expect("a plan is JSON")
}

/// The names of the attributes that a plan changes in the resource at this address.
pub(crate) fn changed(plan: &Value, address: &str) -> Vec<String> {
    let changes = plan["resource_changes"].as_array().expect("a plan has changes");
    let change = changes.iter().find(|c| c["address"] == address).expect("the address is there");
    let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
    let unknown = &change["change"]["after_unknown"];
    let names = before.as_object().into_iter().flatten().map(|(name, _)| name);
    names.filter(|name| before[*name] != after[*name] || unknown[*name] == true).cloned().collect()
}

/// What happens to the resource at this address.
pub(crate) fn actions(plan: &Value, address: &str) -> Value {
    let changes = plan["resource_changes"].as_array().expect("a plan has changes");
    let change = changes.iter().find(|c| c["address"] == address).expect("the address is there");
    change["change"]["actions"].clone()
}
