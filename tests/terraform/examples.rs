//! Every example is run: none can rot.

use std::fs;

use harness::terraform::Workspace;
use harness::tools;

use crate::fixture::{apply, destroy, plan_is_empty, run, stack};

/// The files of a folder under `examples/`, as one configuration.
fn example(folder: &str) -> Workspace {
    let from = tools::root().join("examples").join(folder);
    let workspace = Workspace::overriding("", stack().environment());
    for entry in fs::read_dir(from).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let text = fs::read_to_string(entry.path()).unwrap();
        workspace.write(&entry.file_name().to_string_lossy(), &text);
    }
    workspace
}

#[tokio::test]
async fn the_quickstart_applies_settles_and_goes() {
    let workspace = example("quickstart");
    run(&workspace, &["validate", "-no-color"], 0).await;
    apply(&workspace).await;
    plan_is_empty(&workspace).await;
    destroy(&workspace).await;
}

#[tokio::test]
async fn a_provider_block_in_two_files_is_judged_where_it_is_known() {
    // Terraform does not show a provider block to `validate` that an override file is merged into.
    let workspace = example("quickstart");
    workspace.write("local_override.tf", "provider \"probity\" {\n  max_attempts = 2\n}\n");
    run(&workspace, &["validate", "-no-color"], 0).await;
    run(&workspace, &["plan", "-no-color"], 0).await;
}

#[tokio::test]
async fn every_terraform_example_does_what_its_first_line_says() {
    let folder = tools::root().join("examples/terraform");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let workspace = example(&format!("terraform/{name}"));
        let main = fs::read_to_string(entry.path().join("main.tf")).unwrap();
        let first = main.lines().next().unwrap_or_default();
        if let Some(controls) = first.strip_prefix("# Refused: ") {
            let refused = run(&workspace, &["validate", "-no-color"], 1).await;
            for control in controls.split(", ") {
                assert!(refused.contains(control), "{name}: {control} is not in\n{refused}");
            }
        } else {
            assert!(first.starts_with("# Applies"), "{name}: {first}");
            apply(&workspace).await;
            plan_is_empty(&workspace).await;
            destroy(&workspace).await;
        }
        seen += 1;
    }
    assert!(seen > 0, "there are no examples");
}
