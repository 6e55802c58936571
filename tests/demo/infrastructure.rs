//! First part: an engineer, a bucket, and somebody who tampers with it.

use std::fs;

use harness::ministack::MiniStack;
use harness::terraform::{Run, Workspace};
use harness::tools;
use serde_json::Value;

use crate::narrator::{Narrator, command, expect, printed, say};

/// What the engineer of the violating variant adds.
const VIOLATION: &str = "  versioning     = false\n";

pub(crate) async fn tell(narrator: &mut Narrator) -> Result<(), String> {
    narrator.chapter("A local AWS");
    say("Nothing leaves this machine: MiniStack stands in for AWS on a free port.");
    let aws = MiniStack::start();
    narrator.check("local AWS", Ok(aws.endpoint()));

    let quickstart = tools::root().join("examples/quickstart");
    let workspace = Workspace::new(&quickstart, aws.environment());

    apply(narrator, &workspace).await?;
    refuse(narrator, &workspace).await?;
    let bucket = bucket(&workspace).await?;
    drift(narrator, &workspace, &aws, &bucket).await
}

/// The short configuration is the compliant one, and applying it is the end of the story.
async fn apply(narrator: &mut Narrator, workspace: &Workspace) -> Result<(), String> {
    narrator
        .chapter("The quickstart: a bucket and its key, compliant because nothing says otherwise");
    command("cat main.tf");
    printed(&read(workspace)?);
    typed(workspace, &["init", "-no-color"]).await?;
    let applied = typed(workspace, &["apply", "-auto-approve", "-no-color"]).await?;
    let summary = line_with(&applied.printed, "Apply complete!");
    narrator.check("apply", summary.ok_or_else(|| "it did not complete".to_owned()));

    narrator.chapter("The second plan is empty");
    let plan = typed(workspace, &["plan", "-detailed-exitcode", "-no-color"]).await?;
    narrator.check("second plan", expect(plan.code == Some(0), "no changes", "not empty"));
    Ok(())
}

/// A variant that breaks a control ends at the plan, at the line.
async fn refuse(narrator: &mut Narrator, workspace: &Workspace) -> Result<(), String> {
    narrator.chapter("Somebody switches versioning off");
    let compliant = read(workspace)?;
    fs::write(workspace.path("main.tf"), violating(&compliant)?)
        .map_err(|error| error.to_string())?;
    say("main.tf, one line more in the bucket:");
    printed(&format!("+ {}", VIOLATION.trim_end()));
    let plan = typed(workspace, &["plan", "-no-color"]).await?;
    let refused = plan.code == Some(1) && plan.printed.contains("RET-003");
    narrator
        .check("a violating variant", expect(refused, "refused at plan, RET-003", "not refused"));
    fs::write(workspace.path("main.tf"), compliant).map_err(|error| error.to_string())
}

/// What is changed behind Terraform's back is found and put right.
async fn drift(
    narrator: &mut Narrator,
    workspace: &Workspace,
    aws: &MiniStack,
    bucket: &str,
) -> Result<(), String> {
    narrator.chapter("Somebody opens the bucket behind Terraform's back");
    for (call, query) in
        [("delete-public-access-block", "publicAccessBlock"), ("delete-bucket-policy", "policy")]
    {
        command(&format!("aws s3api {call} --bucket {bucket}"));
        aws.delete(&format!("/{bucket}?{query}"))?;
    }
    let plan = typed(workspace, &["plan", "-detailed-exitcode", "-no-color"]).await?;
    let found = plan.code == Some(2)
        && plan.printed.contains("public_access_block")
        && plan.printed.contains("policy");
    narrator.check("drift", expect(found, "found in both places", "not found"));
    command(&format!("{} apply -auto-approve", workspace.name()));
    let repaired = workspace.run(&["apply", "-auto-approve", "-no-color"]).await?;
    printed(&line_with(&repaired.printed, "Apply complete!").unwrap_or(repaired.printed));
    let plan = typed(workspace, &["plan", "-detailed-exitcode", "-no-color"]).await?;
    let whole = repaired.code == Some(0) && plan.code == Some(0);
    narrator.check("repair", expect(whole, "done, and the plan is empty again", "not done"));
    Ok(())
}

/// Run it, and show it as if it had been typed.
async fn typed(workspace: &Workspace, arguments: &[&str]) -> Result<Run, String> {
    let shown: Vec<&str> = arguments.iter().copied().filter(|word| *word != "-no-color").collect();
    command(&format!("{} {}", workspace.name(), shown.join(" ")));
    let run = workspace.run(arguments).await?;
    printed(&run.printed);
    Ok(run)
}

fn read(workspace: &Workspace) -> Result<String, String> {
    fs::read_to_string(workspace.path("main.tf")).map_err(|error| error.to_string())
}

/// The configuration with one more line in the bucket for records.
fn violating(configuration: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = configuration.split_inclusive('\n').collect();
    let records = lines.iter().position(|line| line.trim_start().starts_with("record_type"));
    let at = records.ok_or("the quickstart has no bucket with a record_type")?;
    lines.insert(at + 1, VIOLATION);
    Ok(lines.concat())
}

/// The name of the bucket for records, from the state.
async fn bucket(workspace: &Workspace) -> Result<String, String> {
    let run = workspace.run(&["show", "-json"]).await?;
    let state: Value = serde_json::from_str(&run.printed).map_err(|error| error.to_string())?;
    let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
    let mut names = resources.into_iter().flatten().filter_map(|resource| {
        let values = &resource["values"];
        let records = resource["type"] == "probity_s3_bucket" && values["record_type"].is_string();
        if records { values["name"].as_str().map(str::to_owned) } else { None }
    });
    names.next_back().ok_or_else(|| "the state has no bucket for records".to_owned())
}

fn line_with(text: &str, part: &str) -> Option<String> {
    text.lines().find(|line| line.contains(part)).map(|line| line.trim().to_owned())
}
