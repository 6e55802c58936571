//! Where the tools are: our own binaries, and what `tests/tools/build.sh` put into the cache.
//!
//! Must not know what they are used for. Called by the other modules of the harness and by suites
//! that run a tool themselves.

use std::env;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

const VERSIONS: &str = include_str!("../tools/versions.env");

/// The repository's root.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package lies in the repository").to_path_buf()
}

/// A folder for one run. It lies under `target`: suites keep servers in statics, which nothing drops,
/// and what they leave behind goes with `cargo clean`.
pub fn scratch() -> TempDir {
    let parent = target_folder("debug").join("scratch");
    std::fs::create_dir_all(&parent).expect("a folder can be made");
    tempfile::tempdir_in(parent).expect("a temporary folder can be made")
}

/// One of our binaries (`probity`, `probity-webhook`, `terraform-provider-probity`), built as it
/// is now. All of them are built at once, with the features that the suites themselves have.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        build(&["--workspace", "--exclude", PANICKING, "--bins"]);
        target_folder("debug")
    });
    built(folder, name)
}

/// The package whose binaries panic on request.
const PANICKING: &str = "probity-panicking";

/// One of the binaries that panic on request (`panicking-provider`, `panicking-webhook`), built as
/// releases are. The first build takes minutes, like that of a release.
pub fn panicking(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        build(&["--profile", "contained", "--package", PANICKING, "--bins"]);
        target_folder("contained")
    });
    built(folder, name)
}

fn build(what: &[&str]) {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked"]).args(what).current_dir(root());
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the binaries do not build");
}

fn built(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    assert!(path.is_file(), "there is no binary `{}`", path.display());
    path
}

/// The folder that cargo puts the binaries of a profile into.
fn target_folder(profile: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    root().join(target).join(profile)
}

/// `terraform` from the path, else the OpenTofu that was built for the suites.
pub fn terraform() -> PathBuf {
    on_path("terraform").unwrap_or_else(|| {
        let tofu = cached("tofu", version("TOFU_VERSION"));
        assert!(
            tofu.is_file(),
            "no `terraform` on the path and no OpenTofu built: run `tests/tools/build.sh tofu`"
        );
        tofu
    })
}

/// The Kubernetes binaries: from `KUBEBUILDER_ASSETS` when it is set, else built ones.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    /// The store.
    pub etcd: PathBuf,
    /// The API server.
    pub apiserver: PathBuf,
    /// The controllers.
    pub controller_manager: PathBuf,
}

impl ControlPlane {
    /// What this machine has, or why it has nothing.
    pub fn find() -> Result<Self, String> {
        let found = match env::var_os("KUBEBUILDER_ASSETS").filter(|set| !set.is_empty()) {
            Some(assets) => {
                let assets = PathBuf::from(assets);
                Self {
                    etcd: assets.join("etcd"),
                    apiserver: assets.join("kube-apiserver"),
                    controller_manager: assets.join("kube-controller-manager"),
                }
            }
            None => Self {
                etcd: cached("etcd", version("ETCD_VERSION")),
                apiserver: cached("kube-apiserver", version("KUBERNETES_VERSION")),
                controller_manager: cached(
                    "kube-controller-manager",
                    version("KUBERNETES_VERSION"),
                ),
            },
        };
        match [&found.etcd, &found.apiserver, &found.controller_manager]
            .iter()
            .find(|p| !p.is_file())
        {
            None => Ok(found),
            Some(missing) => Err(format!(
                "`{}` is missing: install Go and run `tests/tools/build.sh kubernetes`, or set \
                 KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kube-controller-manager",
                missing.display()
            )),
        }
    }
}

/// The version of a tool, from the one file that says them.
pub fn version(variable: &str) -> &'static str {
    VERSIONS
        .lines()
        .find_map(|line| line.strip_prefix(variable)?.strip_prefix('='))
        .unwrap_or_else(|| panic!("tests/tools/versions.env has no `{variable}`"))
}

/// The folder that holds `name` in `version`, complete or not.
pub fn cache(name: &str, version: &str) -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").expect("HOME is set")).join(".cache");
    let cache = env::var_os("XDG_CACHE_HOME").filter(|set| !set.is_empty());
    cache.map_or_else(home, PathBuf::from).join("probity/tools").join(name).join(version)
}

/// The first file called `name` on the path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A port of 127.0.0.1 that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port can be bound");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn cached(name: &str, version: &str) -> PathBuf {
    cache(name, version).join(name)
}
