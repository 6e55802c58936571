//! The process as a whole: bind both ports, serve, drain on request.
//!
//! ```text
//! :8443 TLS    /validate /mutate         ──> admission
//! :8080 plain  /livez /readyz /metrics   ──> probes
//! ```
//! Composes the other modules and decides nothing itself. Called by `main` and by tests.

mod connections;
mod probes;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::admission::{self, Admission};
use crate::audit::Evidence;
use crate::config::{CertificateSource, Config, Mutation};
use crate::gate::Judge;
use crate::metrics::Metrics;
use crate::reload::{CertificateWatch, Reloader, SnapshotWatch};
use crate::snapshot::{SnapshotError, Store};
use crate::tls::{self, Identity, Resolver, TlsError};

pub use connections::Connections;
use connections::serve_plain;
use probes::Readiness;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The authority could not be written.
    #[error("cannot write the CA bundle to `{}`: {source}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Catalog or settings.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// A server that is bound and not yet serving.
pub struct Server {
    config: Config,
    admission: TcpListener,
    probes: TcpListener,
    acceptor: TlsAcceptor,
    router: Router,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    evidence: Evidence,
    reloader: Reloader,
    ca_bundle: Option<String>,
}

impl Server {
    /// Loads catalog, settings and certificate, binds both ports, and says so in one log line.
    pub async fn bind(
        config: Config,
        evidence: Evidence,
        judge: impl Judge,
    ) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::default());
        let snapshots = Arc::new(Store::new(config.sources.load()?));
        let current = snapshots.current();
        metrics.catalog(current.controls(), current.catalog_version(), current.catalog_digest());

        let (identity, ca_bundle) = identity(&config.certificate)?;
        metrics.certificate(identity.not_after().map_or(0, time::OffsetDateTime::unix_timestamp));
        let resolver = Arc::new(Resolver::new(identity));
        let acceptor = TlsAcceptor::from(Arc::new(tls::server_config(Arc::clone(&resolver))?));

        let admission = listen(config.listen).await?;
        let probes = listen(config.probes_listen).await?;
        let router = admission::router(Arc::new(Admission::new(
            judge,
            Arc::clone(&snapshots),
            Arc::clone(&metrics),
            evidence.clone(),
            config.limits,
        )));
        let reloader = reloader(&config, &resolver, &snapshots, &metrics);
        let readiness = Arc::new(Readiness {
            accepting: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            certificate: resolver,
            snapshots,
        });
        let server = Self {
            config,
            admission,
            probes,
            acceptor,
            router,
            readiness,
            metrics,
            evidence,
            reloader,
            ca_bundle,
        };
        server.announce();
        Ok(server)
    }

    /// Address of the admission port.
    pub fn address(&self) -> Option<SocketAddr> {
        self.admission.local_addr().ok()
    }

    /// Address of the plain port.
    pub fn probes_address(&self) -> Option<SocketAddr> {
        self.probes.local_addr().ok()
    }

    /// The self-signed authority, PEM.
    pub fn ca_bundle(&self) -> Option<&str> {
        self.ca_bundle.as_deref()
    }

    /// What is counted.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Serves until `stop` ends, then drains: not ready at once, closed after the drain delay.
    /// Says whether everything open ended by itself.
    pub async fn run(self, stop: impl Future<Output = Stop> + Send) -> bool {
        let (close, closing) = watch::channel(false);
        let (close_probes, probes_closing) = watch::channel(false);
        let connections = Arc::new(Connections::new(
            self.acceptor,
            self.router,
            Arc::clone(&self.metrics),
            &self.config.limits,
            self.config.times,
        ));
        let serving = tokio::spawn(connections.serve(self.admission, closing));
        let routes = probes::router(Arc::clone(&self.readiness), self.metrics);
        let probing = tokio::spawn(serve_plain(self.probes, routes, probes_closing));
        let reloading = tokio::spawn(self.reloader.run(self.config.times.reload_interval));
        self.readiness.accepting.store(true, Ordering::Release);

        let stopped = stop.await;
        self.readiness.draining.store(true, Ordering::Release);
        tracing::info!("shutting down: open reviews are answered first");
        if stopped == Stop::Drain {
            tokio::time::sleep(self.config.times.drain_delay).await;
        }
        let _ = close.send(true);
        let clean = serving.await.unwrap_or(false);
        reloading.abort();
        let _ = close_probes.send(true);
        let _ = probing.await;
        self.evidence.flush();
        tracing::info!(clean, "stopped");
        clean
    }

    fn announce(&self) {
        let snapshot = self.readiness.snapshots.current();
        let expiry = self.readiness.certificate.current().not_after();
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            catalog = snapshot.catalog_version(),
            digest = snapshot.catalog_digest(),
            controls = snapshot.controls(),
            settings = snapshot.settings_origin(),
            judged_under = snapshot.judged_under(),
            mutation = self.config.mutation == Mutation::On,
            admission = self.address().map(|address| address.to_string()),
            probes = self.probes_address().map(|address| address.to_string()),
            certificate_expires = expiry.and_then(|end| end.format(&Rfc3339).ok()),
            "serving"
        );
    }
}

/// How a stop was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// By the cluster (SIGTERM): stay open for the drain delay.
    Drain,
    /// By a person (Ctrl-C): close now.
    Now,
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn identity(source: &CertificateSource) -> Result<(Identity, Option<String>), StartError> {
    match source {
        CertificateSource::Files(files) => {
            let (certificate, key) = files.read()?;
            Ok((Identity::from_pem(&certificate, &key)?, None))
        }
        CertificateSource::SelfSigned { names, ca_bundle_out } => {
            let made = tls::self_signed(names)?;
            if let Some(path) = ca_bundle_out {
                std::fs::write(path, &made.ca_pem)
                    .map_err(|source| StartError::CaBundle { path: path.clone(), source })?;
            }
            let identity =
                Identity::from_pem(made.certificate_pem.as_bytes(), made.key_pem.as_bytes())?;
            Ok((identity, Some(made.ca_pem)))
        }
    }
}

fn reloader(
    config: &Config,
    resolver: &Arc<Resolver>,
    snapshots: &Arc<Store>,
    metrics: &Arc<Metrics>,
) -> Reloader {
    let mut reloader = Reloader::new(Arc::clone(metrics));
    if let CertificateSource::Files(files) = &config.certificate {
        let metrics = Arc::clone(metrics);
        reloader.watch(CertificateWatch::new(files.clone(), Arc::clone(resolver), metrics));
    }
    let (snapshots, metrics) = (Arc::clone(snapshots), Arc::clone(metrics));
    reloader.watch(SnapshotWatch::new(config.sources.clone(), snapshots, metrics));
    reloader
}
