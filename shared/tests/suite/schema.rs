//! The JSON Schema for editors is made from the types and kept beside the controls. With
//! `PROBITY_WRITE=1` this test writes it; otherwise it says that it is out of date.

use std::{env, fs, path::Path};

use probity_catalog::Catalog;

#[test]
fn the_schema_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("controls/schema.json");
    let made = format!("{:#}\n", Catalog::control_schema());
    if env::var_os("PROBITY_WRITE").is_some() {
        fs::write(&file, &made).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == made,
        "controls/schema.json is out of date: run this test with PROBITY_WRITE=1"
    );
}
