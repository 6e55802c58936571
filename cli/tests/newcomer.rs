//! What a person without Rust sees who writes a first control: the likeliest mistakes, each a folder
//! under `mistakes/` that is laid over `mistakes/base`, with all that `probity test` then says in
//! its `expected.txt`; and the five steps of `shared/README.md`, followed to the letter.
//!
//! `PROBITY_WRITE=1` writes what is said now; look at the difference.

#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SAID: &str = "expected.txt";

fn mistakes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// Lays the files of one folder over another.
fn lay_over(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            lay_over(&path, &target);
        } else if !path.ends_with(SAID) {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The exit code of `probity test .` in a folder and all that it says, but for times and digests.
fn test(folder: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_probity"))
        .args(["test", "."])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    let lasting = |line: &&str| !line.starts_with("catalog ");
    let lines: Vec<_> = text.lines().filter(lasting).collect();
    (output.status.code().unwrap(), lines.join("\n").trim_end().to_owned() + "\n")
}

#[test]
fn the_base_is_in_order() {
    let (code, said) = test(&mistakes().join("base"));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn every_mistake_is_said_so_that_a_person_can_act_on_it() {
    let mut names: Vec<_> = fs::read_dir(mistakes())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "base")
        .collect();
    names.sort();
    assert!(names.len() >= 20, "{}", names.len());
    let mut differences = Vec::new();
    for name in names {
        let folder = tempfile::tempdir().unwrap();
        lay_over(&mistakes().join("base"), folder.path());
        lay_over(&mistakes().join(&name), folder.path());
        let (code, said) = test(folder.path());
        assert_ne!(code, 0, "{name} is no mistake: {said}");
        let file = mistakes().join(&name).join(SAID);
        if std::env::var_os("PROBITY_WRITE").is_some() {
            fs::write(&file, &said).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if said != expected {
            differences.push(format!("{name}\n--- expected\n{expected}--- said\n{said}"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The blocks of a language in the five steps, without their indentation.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let steps =
        readme.split("\n## ").find(|part| part.starts_with("How to add a control")).unwrap();
    let fence = format!("```{language}\n");
    let parts = steps.split(fence.as_str()).skip(1);
    let text = |part: &str| {
        let lines = part.split("```").next().unwrap_or_default().lines();
        let lines: Vec<_> = lines.map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
        lines.join("\n") + "\n"
    };
    parts.map(text).collect()
}

#[test]
fn the_five_steps_lead_to_a_control_in_an_empty_folder() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for block in blocks(&readme, "yaml") {
        let name = block.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap();
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, &block).unwrap();
    }
    let shown = blocks(&readme, "text");
    let [green, mistake] = shown.as_slice() else { panic!("{shown:?}") };
    let (code, said) = test(folder.path());
    assert_eq!((code, said.trim_end()), (0, green.trim_end()));

    let control = folder.path().join("controls/bnk/BNK-042-host-network-off/control.yaml");
    let text = fs::read_to_string(&control).unwrap();
    fs::write(&control, text.replace("?hostNetwork", "?hostNetwrok")).unwrap();
    let (code, said) = test(folder.path());
    assert_eq!(code, 2);
    assert!(said.starts_with(mistake.trim_end()), "{mistake}\nis not the beginning of\n{said}");
}
