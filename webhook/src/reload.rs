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
    /// `certificate`, `settings` or `catalog`: for the log line and the counter.
    fn source(&self) -> &'static str;
    /// Looks once. `None` where nothing changed since the last look, good or bad.
    fn look(&mut self) -> Option<Result<String, String>>;
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
        for watch in &mut self.watches {
            let source = watch.source();
            match watch.look() {
                None => {}
                Some(Ok(now)) => {
                    self.metrics.reloaded(source, "applied");
                    tracing::info!(source, now, "reloaded");
                }
                Some(Err(reason)) => {
                    self.metrics.reloaded(source, "refused");
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
    fn source(&self) -> &'static str {
        "certificate"
    }

    fn look(&mut self) -> Option<Result<String, String>> {
        let (certificate, key) = match self.files.read() {
            Ok(pair) => pair,
            Err(error) => return self.seen.take().map(|_| Err(error.to_string())),
        };
        let found = digest(&certificate, &key);
        if self.seen.replace(found) == Some(found) {
            return None;
        }
        Some(match Identity::from_pem(&certificate, &key) {
            Ok(identity) => {
                let end = identity.not_after();
                self.metrics.certificate(end.map_or(0, time::OffsetDateTime::unix_timestamp));
                self.resolver.swap(identity);
                Ok(end.map(|end| format!("ends {}", end.date())).unwrap_or_default())
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Follows the settings file and the catalog folder.
pub struct SnapshotWatch {
    sources: Sources,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    seen: [u8; 32],
}

impl SnapshotWatch {
    /// Takes what lies there now as seen.
    pub fn new(sources: Sources, store: Arc<Store>, metrics: Arc<Metrics>) -> Self {
        let seen = fingerprint(&sources);
        Self { sources, store, metrics, seen }
    }
}

impl Watch for SnapshotWatch {
    fn source(&self) -> &'static str {
        if self.sources.catalog.is_some() { "catalog" } else { "settings" }
    }

    fn look(&mut self) -> Option<Result<String, String>> {
        let found = fingerprint(&self.sources);
        if std::mem::replace(&mut self.seen, found) == found {
            return None;
        }
        Some(match self.sources.load() {
            Ok(snapshot) => {
                let (version, digest) = (snapshot.catalog_version(), snapshot.catalog_digest());
                self.metrics.catalog(snapshot.controls(), version, digest);
                let now = format!("{}; catalog {version} {digest}", snapshot.judged_under());
                self.store.swap(snapshot);
                Ok(now)
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

fn digest(first: &[u8], second: &[u8]) -> [u8; 32] {
    let length = first.len().to_le_bytes();
    Sha256::new().chain_update(length).chain_update(first).chain_update(second).finalize().into()
}

/// Names and contents of everything a snapshot is made of. What cannot be read counts as empty: the
/// load that follows says why.
fn fingerprint(sources: &Sources) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut pending: Vec<PathBuf> = sources.settings_file().into_iter().collect();
    pending.extend(sources.catalog.clone());
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
