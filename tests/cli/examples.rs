//! Everything under `examples/` says on its first line what is found in it, and that is what is
//! found: `# probity: clean`, or `# probity: POD-001 IMG-003`.

use std::fs;

use harness::cli::probity;

#[test]
fn kubernetes_examples_say_what_is_found_in_them() {
    let folder = harness::tools::root().join("examples/kubernetes");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let said = text.lines().next().and_then(|line| line.strip_prefix("# probity: "));
        let Some(said) = said else { panic!("{} does not say what is found", path.display()) };
        let mut expected: Vec<_> = said.split_whitespace().filter(|id| *id != "clean").collect();
        expected.sort_unstable();
        let ran = probity(["check", "--format", "json", path.to_str().unwrap()]).run();
        assert_eq!(ran.controls("fail"), expected, "{}", path.display());
        assert!(ran.controls("error").is_empty(), "{}", path.display());
        assert_eq!(ran.code, i32::from(!expected.is_empty()), "{}: {}", path.display(), ran.out);
        seen += 1;
    }
    assert!(seen >= 5);
}
