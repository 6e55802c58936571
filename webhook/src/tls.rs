//! TLS of the admission listener: rustls with aws-lc-rs, HTTP/2 and HTTP/1.1 by ALPN.
//!
//! ```text
//! files ─┐
//!        ├─> Identity ──> Resolver (swapped while serving) ──> handshakes
//! self ──┘
//! ```
//! Knows nothing of admission; called by `server` and `reload`.

mod der;
mod identity;
mod resolver;
mod self_signed;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;

pub use identity::{CertificateFiles, Identity, TlsError};
pub use resolver::Resolver;
pub use self_signed::{SelfSigned, self_signed};

/// The one crypto provider of the process.
pub fn crypto_provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

/// The server side of every handshake: certificates from `resolver`, TLS 1.2 and 1.3.
///
/// Resumption stays on (an API server opens many connections), by the session cache that rustls
/// bounds itself.
pub fn server_config(resolver: Arc<Resolver>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Protocol)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
