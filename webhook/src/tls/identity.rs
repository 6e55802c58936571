//! A certificate chain with its key, read from PEM, and the files they come from.
//!
//! Parsing is all or nothing: what is an `Identity` can be served. Called by `resolver`'s owners.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use super::{crypto_provider, der};

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or unreadable.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not PEM, or no certificate in it.
    #[error("no certificate in the PEM file: {0}")]
    Certificate(String),
    /// Not PEM, or no private key in it.
    #[error("no usable private key in the PEM file: {0}")]
    Key(String),
    /// The two do not belong together, or the key is of a kind that cannot sign.
    #[error("certificate and key do not fit: {0}")]
    Pair(rustls::Error),
    /// The crypto provider offers no protocol version.
    #[error("TLS cannot be set up: {0}")]
    Protocol(rustls::Error),
    /// A self-signed certificate could not be made.
    #[error("cannot make a self-signed certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

/// Where certificate and key lie; a mounted Secret, usually.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateFiles {
    /// PEM: the leaf first, then its chain.
    pub certificate: PathBuf,
    /// PEM: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// Both files' contents: what is compared to notice a change, and then parsed.
    ///
    /// Reading by path each time is what makes the symlink swap of a mounted Secret visible.
    pub fn read(&self) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|source| TlsError::Read { path: path.clone(), source })
        };
        Ok((read(&self.certificate)?, read(&self.key)?))
    }
}

/// A chain and its key, ready to be served.
#[derive(Debug)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    not_after: Option<OffsetDateTime>,
}

impl Identity {
    /// Reads a chain and a key, and checks that they belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::Certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(TlsError::Certificate("the file holds none".to_owned()));
        }
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsError::Key(error.to_string()))?;
        // The chain ends when its first member ends.
        let not_after = chain.iter().filter_map(|certificate| der::not_after(certificate)).min();
        let key = CertifiedKey::from_der(chain, key, &crypto_provider()).map_err(TlsError::Pair)?;
        Ok(Self { key: Arc::new(key), not_after })
    }

    /// What rustls serves.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// The earliest end in the chain.
    pub fn not_after(&self) -> Option<OffsetDateTime> {
        self.not_after
    }

    /// Whether some member of the chain has ended.
    pub fn expired(&self, now: OffsetDateTime) -> bool {
        self.not_after.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::self_signed;

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let one = self_signed(&["localhost".to_owned()]).unwrap();
        let other = self_signed(&["localhost".to_owned()]).unwrap();
        let error = Identity::from_pem(one.certificate_pem.as_bytes(), other.key_pem.as_bytes())
            .unwrap_err();
        assert!(matches!(error, TlsError::Pair(_)), "{error}");
        assert!(Identity::from_pem(one.certificate_pem.as_bytes(), one.key_pem.as_bytes()).is_ok());
    }

    #[test]
    fn files_without_pem_are_named_for_what_they_lack() {
        let one = self_signed(&["localhost".to_owned()]).unwrap();
        let error = Identity::from_pem(b"nothing", one.key_pem.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("no certificate"), "{error}");
        let error = Identity::from_pem(one.certificate_pem.as_bytes(), b"nothing").unwrap_err();
        assert!(error.to_string().starts_with("no usable private key"), "{error}");
    }
}
