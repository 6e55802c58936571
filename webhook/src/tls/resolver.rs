//! The certificate in force, swapped whole while handshakes go on.
//!
//! Connections that are open keep what they were opened with; the next handshake gets the new one.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Identity;

/// Hands out the current certificate.
#[derive(Debug)]
pub struct Resolver {
    current: ArcSwap<Identity>,
}

impl Resolver {
    /// Starts with `identity`.
    pub fn new(identity: Identity) -> Self {
        Self { current: ArcSwap::from_pointee(identity) }
    }

    /// What is served now.
    pub fn current(&self) -> Arc<Identity> {
        self.current.load_full()
    }

    /// Serves `identity` from the next handshake on.
    pub fn swap(&self, identity: Identity) {
        self.current.store(Arc::new(identity));
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load().certified_key())
    }
}
