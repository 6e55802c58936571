//! The life of the server: bind, serve, end.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tfplugin_proto::go_plugin::grpc_broker_server::GrpcBrokerServer;
use tfplugin_proto::go_plugin::grpc_controller_server::GrpcControllerServer;
use tfplugin_proto::go_plugin::grpc_stdio_server::GrpcStdioServer;
use tfplugin_proto::tfplugin6::provider_server::ProviderServer;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic_health::ServingStatus;

use super::control::{Closing, Control};
use super::handshake::{self, HandshakeError, Transport};
use super::listen::Socket;
use super::mtls::{self, TlsError};
use super::rpc::Rpc;
use crate::lifecycle::Lifecycle;

/// Largest message in either direction, as other providers have it: states can be large.
const MESSAGE_SIZE: usize = 256 << 20;

/// Time to finish after a signal: running operations stop at their next safe point.
const SIGNAL_TIME: Duration = Duration::from_secs(10);

/// Terraform connects at once, and reconnects at once if it does at all.
const ORPHAN_TIME: Duration = Duration::from_secs(5);
const FIRST_CONNECTION_TIME: Duration = Duration::from_mins(1);

/// Why serving ended badly, or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It must not serve.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No runtime.
    #[error("could not start: {0}")]
    Runtime(#[source] io::Error),
    /// No socket.
    #[error("could not open a socket in `{directory}`: {source}")]
    Socket {
        /// Where it was tried.
        directory: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody reads stdout.
    #[error("could not write to stdout: {0}")]
    Output(#[source] io::Error),
    /// The server failed.
    #[error("could not serve: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// A bound server that nobody has been told of yet.
pub struct Server {
    socket: Socket,
    tls: Option<mtls::Server>,
    attached: bool,
}

impl Server {
    /// Opens a socket in a private directory under `parent`.
    pub fn bind(parent: &Path, transport: Transport) -> Result<Self, ServeError> {
        let socket = Socket::bind(parent).map_err(|source| ServeError::Socket {
            directory: parent.display().to_string(),
            source,
        })?;
        let attached = transport == Transport::Reattach;
        let tls = match transport {
            Transport::Mutual(client) => Some(mtls::server(client)?),
            Transport::Plaintext | Transport::Reattach => None,
        };
        Ok(Server { socket, tls, attached })
    }

    /// Where the socket is.
    pub fn path(&self) -> PathBuf {
        self.socket.path()
    }

    /// What stdout says: the handshake, or what to put into the environment of Terraform.
    pub fn announcement(&self, multiplex: bool) -> String {
        if self.attached {
            return format!("TF_REATTACH_PROVIDERS='{}'", handshake::reattach(&self.path()));
        }
        let certificate = self.tls.as_ref().map(|tls| &tls.certificate);
        handshake::line(&self.path(), certificate, multiplex)
    }

    /// Serves until Terraform, a signal or loneliness ends it. The socket is gone afterwards.
    pub async fn run(
        self,
        lifecycle: Arc<Lifecycle>,
        signals: Option<Signals>,
    ) -> Result<(), ServeError> {
        let closing = watch::Sender::new(None);
        let alive = Arc::new(watch::Sender::new(0));
        let (connections, incoming) = mpsc::channel(16);
        let tls = self.tls.map(|tls| tls.config);
        let accept = self.socket.accept(tls, Arc::clone(&alive), connections);
        let mut drain = closing.subscribe();
        let server = router(Arc::clone(&lifecycle), &closing).await.serve_with_incoming_shutdown(
            ReceiverStream::new(incoming),
            async move {
                let _ = drain.wait_for(Option::is_some).await;
            },
        );
        tokio::select! {
            result = server => result?,
            () = accept => {}
            () = hard_limit(&closing) => {}
            () = obey(signals, self.attached, &lifecycle, &closing) => {}
            () = orphaned(&alive), if !self.attached => {
                tracing::warn!("Terraform is gone, so this process ends too");
            }
        }
        Ok(())
    }
}

async fn router(
    lifecycle: Arc<Lifecycle>,
    closing: &watch::Sender<Closing>,
) -> tonic::transport::server::Router {
    let control = Control { closing: closing.clone() };
    let (health, health_service) = tonic_health::server::health_reporter();
    // go-plugin asks for this name.
    health.set_service_status("plugin", ServingStatus::Serving).await;
    let provider = ProviderServer::new(Rpc::new(lifecycle))
        .max_decoding_message_size(MESSAGE_SIZE)
        .max_encoding_message_size(MESSAGE_SIZE);
    tonic::transport::Server::builder()
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .add_service(provider)
        .add_service(GrpcControllerServer::new(control.clone()))
        .add_service(GrpcStdioServer::new(control.clone()))
        .add_service(GrpcBrokerServer::new(control))
        .add_service(health_service)
}

async fn hard_limit(closing: &watch::Sender<Closing>) {
    let time = closing.subscribe().wait_for(Option::is_some).await.ok().and_then(|time| *time);
    tokio::time::sleep(time.unwrap_or_default()).await;
    tracing::warn!("calls were still running when this process had to end");
}

/// The signals that a provider must not die of.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes them over. Must come before the announcement: whoever has read that may send signals.
    pub fn install() -> Result<Self, ServeError> {
        let take = |kind| signal(kind).map_err(ServeError::Runtime);
        Ok(Signals {
            interrupt: take(SignalKind::interrupt())?,
            terminate: take(SignalKind::terminate())?,
        })
    }
}

/// Ends the process in an orderly way when it is told to, and at once when told twice. Ctrl-C
/// reaches the whole process group: it is Terraform's to answer, unless the process runs by hand.
async fn obey(
    signals: Option<Signals>,
    attached: bool,
    lifecycle: &Lifecycle,
    closing: &watch::Sender<Closing>,
) {
    let Some(mut signals) = signals else {
        return std::future::pending().await;
    };
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => {}
            _ = signals.interrupt.recv() => if !attached { continue },
        }
        if closing.borrow().is_some() {
            return;
        }
        tracing::info!("told to end");
        lifecycle.stop();
        closing.send_replace(Some(SIGNAL_TIME));
    }
}

/// Resolves when nobody is connected and nobody comes (back): Terraform was killed.
async fn orphaned(alive: &watch::Sender<usize>) {
    let mut alive = alive.subscribe();
    let mut patience = FIRST_CONNECTION_TIME;
    loop {
        let somebody = alive.wait_for(|count| *count > 0);
        if tokio::time::timeout(patience, somebody).await.is_err() {
            return;
        }
        let _ = alive.wait_for(|count| *count == 0).await;
        patience = ORPHAN_TIME;
    }
}
