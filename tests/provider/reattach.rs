//! Debugging: the provider runs by hand and Terraform attaches to it.

use std::path::Path;
use std::process::Stdio;

use harness::provider::{Launch, Terraform};
use harness::tools;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probity = { source = "probity/probity" }
  }
}

provider "probity" {
  region = "eu-central-1"
}

data "probity_controls" "all" {}
"#;

fn variable(line: &str) -> serde_json::Value {
    let json = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap();
    serde_json::from_str(json.strip_suffix('\'').unwrap()).unwrap()
}

#[tokio::test]
async fn connections_come_and_go() {
    let (mut child, _stdout, line) = Launch::by_hand().argument("--debug").first_line().await;
    let variable = variable(&line);
    let address = &variable["registry.terraform.io/probity/probity"]["Addr"]["String"];
    let socket = Path::new(address.as_str().unwrap());
    for region in ["eu-central-1", "eu-west-1"] {
        let mut terraform = Terraform::attach(socket).await.unwrap();
        let found = terraform.configure([("region", region.into())]).await;
        assert!(found.iter().all(|diagnostic| !diagnostic.error), "{found:?}");
        // A Ctrl-C in one command must not spoil the next.
        terraform.stop().await;
    }
    assert!(child.try_wait().unwrap().is_none());
    let id = child.id().unwrap().to_string();
    let interrupt = Command::new("kill").args(["-s", "INT", &id]).status().await;
    assert!(interrupt.unwrap().success());
    assert!(child.wait().await.unwrap().success(), "by hand, Ctrl-C ends it");
    assert!(!socket.exists());
}

#[tokio::test]
async fn the_real_terraform_attaches() {
    let (mut child, _stdout, line) = Launch::by_hand().argument("--debug").first_line().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), CONFIGURATION).unwrap();
    let mut terraform = Command::new(tools::terraform());
    terraform
        .args(["plan", "-input=false", "-no-color"])
        .current_dir(folder.path())
        .env("TF_REATTACH_PROVIDERS", variable(&line).to_string())
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_CLI_CONFIG_FILE")
        .stdin(Stdio::null());
    // No init: an attached provider needs none.
    let output = terraform.output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}{errors}");
    assert!(printed.contains("No changes."), "{printed}{errors}");
    assert!(child.try_wait().unwrap().is_none(), "it outlives the command");
    child.start_kill().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
    assert_eq!(stderr, "");
}
