//! Compiles the `.proto` files, without protoc.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new("proto");
    let files = [folder.join("tfplugin6.proto"), folder.join("go_plugin.proto")];
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let descriptors = protox::compile(&files, [folder])?;
    tonic_prost_build::configure()
        // What the provider does not implement answers `Unimplemented`.
        .generate_default_stubs(true)
        .build_client(std::env::var_os("CARGO_FEATURE_CLIENT").is_some())
        .build_transport(false)
        // Ordered maps, so that schemas are the same bytes in every process.
        .btree_map(".tfplugin6")
        .compile_fds(descriptors)?;
    Ok(())
}
