//! Our own controls: they load, every case gives its verdict, the library holds what the folder
//! holds.

use std::{path::Path, sync::Arc};

use probity_catalog::{Catalog, cases};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_gives_its_verdict() {
    let catalog = Arc::new(Catalog::load(folder()).unwrap_or_else(|errors| panic!("{errors}")));
    let report = cases::run(&catalog, folder());
    assert!(report.controls.iter().all(|control| control.run > 1), "every control has cases");
    let differences: Vec<_> = report
        .controls
        .iter()
        .flat_map(|control| &control.failures)
        .map(|case| format!("{}\n  {}", case.file, case.said))
        .collect();
    assert_eq!(report.failed(), 0, "\n{}", differences.join("\n"));
}

#[test]
fn the_library_holds_what_the_folder_holds() {
    let embedded = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    let loaded = Catalog::load(folder()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(embedded.digest(), loaded.digest());
    assert_eq!(embedded.version(), loaded.version());
    assert_eq!(embedded.digest().len(), 64);
}
