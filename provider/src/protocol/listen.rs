//! Connections: a unix socket that only we can reach, TLS on each, and a count of those alive.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

/// Longest time a client may take over the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// A bound socket in a directory of its own; both go when this is dropped.
pub(super) struct Socket {
    listener: UnixListener,
    directory: TempDir,
}

impl Socket {
    pub(super) fn bind(parent: &Path) -> io::Result<Self> {
        // Whoever cannot enter the directory cannot reach the socket in it.
        let directory = tempfile::Builder::new()
            .prefix("probity-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let listener = UnixListener::bind(directory.path().join("plugin.sock"))?;
        Ok(Socket { listener, directory })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("plugin.sock")
    }

    /// Accepts for ever: finished connections arrive in the channel. Each takes its own time over
    /// TLS, so that a silent client keeps nobody waiting.
    pub(super) async fn accept(
        &self,
        tls: Option<Arc<ServerConfig>>,
        alive: Arc<watch::Sender<usize>>,
        connections: mpsc::Sender<io::Result<Connection>>,
    ) {
        let acceptor = tls.map(TlsAcceptor::from);
        loop {
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: others may close some.
                    tracing::warn!("could not accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (acceptor, connections) = (acceptor.clone(), connections.clone());
            let alive = Alive::new(Arc::clone(&alive));
            tokio::spawn(async move {
                match secure(acceptor, stream).await {
                    Ok(stream) => {
                        let _ = connections.send(Ok(Connection { stream, _alive: alive })).await;
                    }
                    Err(error) => tracing::error!("refused a connection: {error}"),
                }
            });
        }
    }
}

async fn secure(acceptor: Option<TlsAcceptor>, stream: UnixStream) -> io::Result<Stream> {
    let Some(acceptor) = acceptor else {
        return Ok(Stream::Plain(stream));
    };
    let stream = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await??;
    Ok(Stream::Tls(Box::new(stream)))
}

/// Counts a connection for as long as it lives.
struct Alive(Arc<watch::Sender<usize>>);

impl Alive {
    fn new(count: Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Alive(count)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// A connection that may carry calls.
pub(super) struct Connection {
    stream: Stream,
    _alive: Alive,
}

enum Stream {
    Tls(Box<TlsStream<UnixStream>>),
    Plain(UnixStream),
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
