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
        // For the suites' small Terraform. Not a feature: the provider would be compiled twice.
        .build_client(true)
        .build_transport(false)
        // Ordered maps, so that schemas are the same bytes in every process.
        .btree_map(".tfplugin6")
        .compile_fds(descriptors)?;
    Ok(())
}
