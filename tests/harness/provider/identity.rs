//! Client certificates as go-plugin makes them, and wrong ones.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P521_SHA512,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate, and a key that need not belong to it.
#[derive(Debug)]
pub struct Identity {
    certificate: rcgen::Certificate,
    key: Vec<u8>,
}

impl Identity {
    /// A fresh one, in every detail as Terraform's: P-521, self-signed, a CA used as a leaf.
    pub fn of_terraform() -> Self {
        let key = new_key();
        let certificate = parameters().self_signed(&key).expect("a certificate can be made");
        Identity { certificate, key: key.serialize_der() }
    }

    /// The same certificate in the hands of somebody without its key.
    #[must_use]
    pub fn with_another_key(&self) -> Self {
        Identity { certificate: self.certificate.clone(), key: new_key().serialize_der() }
    }

    /// What Terraform puts into the environment.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key can be made")
}

fn parameters() -> CertificateParams {
    let mut parameters =
        CertificateParams::new(vec!["localhost".to_owned()]).expect("localhost is a name");
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::KeyAgreement,
        KeyUsagePurpose::KeyCertSign,
    ];
    parameters.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    parameters
}
