//! The JSON Schemas of what the commands write with `--format json`, as the files
//! `cli/COMMAND.schema.json` hold them. Shapes only grow: a test holds real output against them.

use schemars::schema_for;

use crate::{command, report::json::Report};

/// Each schema by its file.
pub fn all() -> serde_json::Result<Vec<(&'static str, String)>> {
    [
        ("explain.schema.json", schema_for!(command::explain::Explanation<'static>)),
        ("framework.schema.json", schema_for!(command::framework::Answer<'static>)),
        ("list.schema.json", schema_for!(command::list::List<'static>)),
        ("report.schema.json", schema_for!(Report)),
        ("test.schema.json", schema_for!(command::test::Report)),
    ]
    .into_iter()
    .map(|(file, schema)| Ok((file, serde_json::to_string_pretty(&schema)? + "\n")))
    .collect()
}

#[cfg(test)]
mod tests {
    /// `PROBITY_WRITE=1` writes the files instead of comparing them.
    #[test]
    fn the_schema_files_are_up_to_date() {
        for (file, schema) in super::all().unwrap() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            if std::env::var_os("PROBITY_WRITE").is_some() {
                std::fs::write(&path, &schema).unwrap();
            }
            let written = std::fs::read_to_string(&path).unwrap_or_default();
            let anew = "write it anew: PROBITY_WRITE=1 cargo test -p probity-cli schema";
            assert!(written == schema, "{file}: {anew}");
        }
    }
}
