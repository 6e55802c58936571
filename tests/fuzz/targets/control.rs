//! Any text as a control file: loading never panics, and a refusal names the file.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use probity_catalog::Catalog;

fuzz_target!(|text: &str| {
    let folder = tempfile::tempdir_in(scratch()).expect("a scratch folder");
    let place = folder.path().join("controls/tst/TST-001-anything");
    fs::create_dir_all(&place).expect("a folder");
    fs::create_dir_all(folder.path().join("frameworks")).expect("a folder");
    fs::write(place.join("control.yaml"), text).expect("a file");
    let framework = "framework: own\nname: Own\ntitle: Own rules\nrequirements:\n  \
                     - { id: '1', title: All, controls: { TST-001: verified } }\n";
    fs::write(folder.path().join("frameworks/own.yaml"), framework).expect("a file");
    if let Err(errors) = Catalog::load(folder.path()) {
        assert!(errors.to_string().contains(".yaml"), "{errors}");
    }
});

/// Memory rather than a disk, where there is such a place: a folder is made per input.
fn scratch() -> std::path::PathBuf {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
