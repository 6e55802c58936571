//! Bytes between the small Terraform and a provider: unix socket, TLS as Go does it, HTTP/2.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::body::Body;
use tonic::codegen::Service;

use super::Identity;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The socket or TLS.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// HTTP/2.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// The first call.
    #[error("{0}")]
    Call(#[from] tonic::Status),
}

/// A connection that calls go over.
#[derive(Clone)]
pub struct Wire(SendRequest<Body>);

impl Wire {
    pub(super) async fn new(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, ConnectError> {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        // Its end shows in the calls.
        tokio::spawn(connection);
        Ok(Wire(sender))
    }
}

impl Service<http::Request<Body>> for Wire {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        // HTTP/2 wants a name for whom it calls; on a socket any will do.
        let path = request.uri().path().to_owned();
        let uri = http::Uri::builder().scheme("http").authority("localhost").path_and_query(path);
        *request.uri_mut() = uri.build().expect("a path of gRPC is a path");
        Box::pin(self.0.send_request(request))
    }
}

/// TLS as Terraform's: the certificate from the handshake is the only root, the name is localhost.
pub(super) async fn secure(
    socket: &Path,
    server: CertificateDer<'static>,
    client: Option<&Identity>,
) -> Result<TlsStream<UnixStream>, ConnectError> {
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(server).expect("the provider's certificate can be a root");
    let builder = ClientConfig::builder_with_provider(Arc::clone(&crypto))
        .with_safe_default_protocol_versions()
        .expect("the versions fit the crypto")
        .with_root_certificates(roots);
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = crypto.key_provider.load_private_key(identity.key()).expect("a P-521 key");
            // Not checked against the certificate: a thief would not either.
            let pair = CertifiedKey::new(vec![identity.certificate()], key);
            builder.with_client_cert_resolver(Arc::new(Always(Arc::new(pair))))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").expect("localhost is a name");
    let stream = UnixStream::connect(socket).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    // As newer Go clients insist.
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    Ok(stream)
}

/// Presents one certificate whatever the server asks for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
