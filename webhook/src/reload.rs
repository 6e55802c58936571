//! Follows catalog, settings and certificate files: a good change is swapped in whole, a bad one is
//! logged and counted while the last good one stays.
//!
//! Files are read and compared, by path and at an interval: that sees the symlink swap of a mounted
//! Secret or ConfigMap, which events on the file itself miss. Knows nothing of admission.
//! Started by `server`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::metrics::Metrics;
use crate::snapshot::{Sources, Store};
use crate::tls::{CertificateFiles, Identity, Resolver};

/// Something that is looked at again and again.
pub trait Watch: Send + 'static {
    /// Looks once. `None` where nothing changed since the last look, good or bad.
    fn look(&mut self) -> Option<Change>;
}

/// What one look found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What changed, `certificate`, `settings` or `catalog`: for the log and the counter.
    pub sources: Vec<&'static str>,
    /// What is in force now, or why the last good one stays.
    pub outcome: Result<String, String>,
}

/// Looks at all watches in turn.
pub struct Reloader {
    metrics: Arc<Metrics>,
    watches: Vec<Box<dyn Watch>>,
}

impl Reloader {
    /// One without watches.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, watches: Vec::new() }
    }

    /// Looks at this one too.
    pub fn watch(&mut self, watch: impl Watch) {
        self.watches.push(Box::new(watch));
    }

    /// Looks at everything once, logging and counting what changed.
    pub fn look(&mut self) {
        for Change { sources, outcome } in self.watches.iter_mut().filter_map(|w| w.look()) {
            let result = if outcome.is_ok() { "applied" } else { "refused" };
            for source in &sources {
                self.metrics.reloaded(source, result);
            }
            let source = sources.join(", ");
            match outcome {
                Ok(now) => tracing::info!(source, now, "reloaded"),
                Err(reason) => {
                    tracing::error!(source, reason, "not reloaded: the last good one stays");
                }
            }
        }
    }

    /// Looks at `interval` for ever. Reading and compiling block, so they run beside the reviews.
    pub async fn run(mut self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            match looked.await {
                Ok(reloader) => self = reloader,
                Err(error) => return tracing::error!(%error, "files are no longer followed"),
            }
        }
    }
}

/// Follows certificate and key.
pub struct CertificateWatch {
    files: CertificateFiles,
    resolver: Arc<Resolver>,
    metrics: Arc<Metrics>,
    seen: Option<[u8; 32]>,
}

impl CertificateWatch {
    /// Takes what lies there now as seen.
    pub fn new(files: CertificateFiles, resolver: Arc<Resolver>, metrics: Arc<Metrics>) -> Self {
        let seen = files.read().ok().map(|(certificate, key)| digest(&certificate, &key));
        Self { files, resolver, metrics, seen }
    }
}

impl Watch for CertificateWatch {
    fn look(&mut self) -> Option<Change> {
        let change = |outcome| Change { sources: vec!["certificate"], outcome };
        let (certificate, key) = match self.files.read() {
            Ok(pair) => pair,
            Err(error) => return self.seen.take().map(|_| change(Err(error.to_string()))),
        };
        let found = digest(&certificate, &key);
        if self.seen.replace(found) == Some(found) {
            return None;
        }
        Some(change(match Identity::from_pem(&certificate, &key) {
            Ok(identity) => {
                let end = identity.not_after();
                self.metrics.certificate(end.map_or(0, time::OffsetDateTime::unix_timestamp));
                self.resolver.swap(identity);
                Ok(end.map(|end| format!("ends {}", end.date())).unwrap_or_default())
            }
            Err(error) => Err(error.to_string()),
        }))
    }
}

/// Follows the settings file and the catalog folder.
pub struct SnapshotWatch {
    sources: Sources,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    seen: Fingerprints,
}

impl SnapshotWatch {
    /// Takes what lies there now as seen.
    pub fn new(sources: Sources, store: Arc<Store>, metrics: Arc<Metrics>) -> Self {
        let seen = Fingerprints::of(&sources);
        Self { sources, store, metrics, seen }
    }
}

impl Watch for SnapshotWatch {
    fn look(&mut self) -> Option<Change> {
        let found = Fingerprints::of(&self.sources);
        let seen = std::mem::replace(&mut self.seen, found);
        let changed = [
            ("settings", seen.settings != found.settings),
            ("catalog", seen.catalog != found.catalog),
        ];
        let sources: Vec<_> =
            changed.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect();
        if sources.is_empty() {
            return None;
        }
        let outcome = match self.sources.load() {
            Ok(snapshot) => {
                let (version, digest) = (snapshot.catalog_version(), snapshot.catalog_digest());
                self.metrics.catalog(snapshot.controls(), version, digest);
                let now = format!("{}; catalog {version} {digest}", snapshot.judged_under());
                self.store.swap(snapshot);
                Ok(now)
            }
            Err(error) => Err(error.to_string()),
        };
        Some(Change { sources, outcome })
    }
}

/// What a snapshot is made of, as it lies there.
#[derive(Clone, Copy)]
struct Fingerprints {
    settings: [u8; 32],
    catalog: [u8; 32],
}

impl Fingerprints {
    fn of(sources: &Sources) -> Self {
        Self {
            settings: fingerprint(sources.settings_file()),
            catalog: fingerprint(sources.catalog.clone()),
        }
    }
}

fn digest(first: &[u8], second: &[u8]) -> [u8; 32] {
    let length = first.len().to_le_bytes();
    Sha256::new().chain_update(length).chain_update(first).chain_update(second).finalize().into()
}

/// Names and contents of a file, or of all in a folder. What cannot be read counts as empty: the
/// load that follows says why.
fn fingerprint(place: Option<PathBuf>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut pending: Vec<PathBuf> = place.into_iter().collect();
    while let Some(path) = pending.pop() {
        hasher.update(path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            pending.extend(children(&path));
        } else if let Ok(content) = std::fs::read(&path) {
            hasher.update(content.len().to_le_bytes());
            hasher.update(&content);
        }
    }
    hasher.finalize().into()
}

/// In order, and without the dot entries through which Kubernetes swaps mounted folders: their
/// files are reached by their visible names.
fn children(folder: &Path) -> Vec<PathBuf> {
    let mut children: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
        })
        .collect();
    children.sort();
    children
}
