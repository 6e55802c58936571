//! Packs the catalog's files (not the cases) into one file that the library includes: each name
//! and each content behind its length on a line, in the order of the names.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut names = Vec::new();
    for top in ["controls", "frameworks", "regimes"] {
        println!("cargo::rerun-if-changed={top}");
        walk(&root, top, &mut names)?;
    }
    for single in ["classification.yaml", "environments.yaml", "releases.yaml"] {
        println!("cargo::rerun-if-changed={single}");
        if root.join(single).is_file() {
            names.push(single.to_owned());
        }
    }
    names.sort_unstable();
    let mut packed = Vec::new();
    for name in names {
        for part in [name.as_bytes(), &fs::read(root.join(&name))?] {
            packed.extend_from_slice(format!("{}\n", part.len()).as_bytes());
            packed.extend_from_slice(part);
        }
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("catalog.packed"), packed)?;
    Ok(())
}

fn walk(root: &Path, name: &str, names: &mut Vec<String>) -> io::Result<()> {
    let folder = root.join(name);
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let below = format!("{name}/{file}");
        let is_yaml = Path::new(&file).extension().is_some_and(|extension| extension == "yaml");
        let is_packed = is_yaml && (!name.starts_with("controls") || file == "control.yaml");
        if entry.file_type()?.is_dir() {
            if file != "cases" {
                walk(root, &below, names)?;
            }
        } else if is_packed {
            names.push(below);
        }
    }
    Ok(())
}
