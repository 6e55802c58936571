//! The admission port: accept, handshake, serve, close in time.
//!
//! Each connection is a task of its own from the handshake on, so that a slow or silent peer holds
//! up nobody. Knows nothing of admission: it serves whatever router it is given. Called by `server`.

use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Times};
use crate::metrics::Metrics;

/// What a client may have in flight unread on one HTTP/2 stream and connection.
const STREAM_WINDOW: u32 = 128 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
const STREAMS: u32 = 128;

/// Serves connections until told to drain.
pub struct Connections {
    acceptor: TlsAcceptor,
    router: Router,
    builder: Builder<TokioExecutor>,
    metrics: Arc<Metrics>,
    slots: Arc<Semaphore>,
    limit: u32,
    times: Times,
    ages: RandomState,
}

impl Connections {
    /// Serves `router` behind `acceptor`.
    pub fn new(
        acceptor: TlsAcceptor,
        router: Router,
        metrics: Arc<Metrics>,
        limits: &Limits,
        times: Times,
    ) -> Self {
        let limit = u32::try_from(limits.connections).unwrap_or(u32::MAX >> 4);
        Self {
            acceptor,
            router,
            builder: builder(&times),
            metrics,
            slots: Arc::new(Semaphore::new(limit as usize)),
            limit,
            times,
            ages: RandomState::new(),
        }
    }

    /// Accepts until `closing` turns true, then waits for the open connections, but not for ever.
    /// Says whether all of them ended by themselves.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        mut closing: watch::Receiver<bool>,
    ) -> bool {
        let mut serial = 0_u64;
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                () = closed(&mut closing) => break,
            };
            match stream {
                Ok((stream, _)) => {
                    serial += 1;
                    self.start(stream, serial, closing.clone());
                }
                Err(error) => {
                    // Out of descriptors, usually: give the others time to end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        drop(listener);
        let all = self.slots.acquire_many(self.limit);
        tokio::time::timeout(self.times.drain, all).await.is_ok()
    }

    fn start(self: &Arc<Self>, stream: TcpStream, serial: u64, closing: watch::Receiver<bool>) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.metrics.shed("connections");
            return; // dropping the stream closes it: the caller knows at once
        };
        let this = Arc::clone(self);
        tokio::spawn(async move { this.connection(stream, serial, closing, slot).await });
    }

    async fn connection(
        &self,
        stream: TcpStream,
        serial: u64,
        mut closing: watch::Receiver<bool>,
        _slot: OwnedSemaphorePermit,
    ) {
        let _counted = self.metrics.connection();
        let _ = stream.set_nodelay(true);
        let handshake = tokio::time::timeout(self.times.handshake, self.acceptor.accept(stream));
        let stream = match handshake.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.metrics.handshake("failed");
                return tracing::debug!(%error, "TLS handshake failed");
            }
            Err(_) => return self.metrics.handshake("timeout"),
        };
        self.metrics.handshake("ok");
        let service = TowerToHyperService::new(self.router.clone());
        let mut served = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = served.as_mut() => Some(ended),
            () = tokio::time::sleep(self.age(serial)) => None,
            () = closed(&mut closing) => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            served.as_mut().graceful_shutdown();
            served.await
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended");
        }
    }

    /// The configured age give or take a fifth, so that connections do not end in step.
    fn age(&self, serial: u64) -> Duration {
        let spread = u32::try_from(self.ages.hash_one(serial) % 401).unwrap_or(0);
        self.times.connection_age.saturating_mul(800 + spread) / 1000
    }
}

/// Ends when the process closes, or when nobody is left to say so.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

fn builder(times: &Times) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(times.idle).max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(16 << 10)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Serves the plain port until `closing` turns true; probes are short, so nothing is waited for.
pub(super) async fn serve_plain(
    listener: TcpListener,
    router: Router,
    mut closing: watch::Receiver<bool>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_mins(1));
    let slots = Arc::new(Semaphore::new(64));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closed(&mut closing) => return,
        };
        let (Ok((stream, _)), Ok(slot)) = (accepted, Arc::clone(&slots).try_acquire_owned()) else {
            continue;
        };
        let (builder, service) = (builder.clone(), TowerToHyperService::new(router.clone()));
        tokio::spawn(async move {
            let _slot = slot;
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
