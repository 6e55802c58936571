//! What holds the parts of the catalog together: regimes name frameworks that exist, and a catalog
//! of a bank's own stands by itself.

use std::sync::Arc;

use probity_catalog::{Catalog, cases};

use crate::judge::shared;

#[test]
fn regimes_name_frameworks_that_exist() {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    for regime in catalog.regimes() {
        for framework in &regime.frameworks {
            assert!(catalog.framework(framework).is_some(), "{}: {framework}", regime.id);
        }
    }
}

#[test]
fn the_example_of_a_private_catalog_holds() {
    let folder = shared().join("../examples/catalog");
    let catalog = Catalog::load(&folder).unwrap_or_else(|errors| panic!("{errors}"));
    let report = cases::run(&Arc::new(catalog), &folder);
    assert_eq!((report.run(), report.failed()), (6, 0), "{report:#?}");
}
