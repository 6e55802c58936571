//! A certificate authority of one process and the leaf it signs, for local use.
//!
//! The authority's key is dropped at once; its certificate is what a webhook configuration takes as
//! `caBundle`. Called by `server` under `--self-signed` and by tests.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use super::TlsError;

/// What a self-signed start yields, all PEM.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The authority: what callers must trust.
    pub ca_pem: String,
    /// Leaf, then authority.
    pub certificate_pem: String,
    /// The leaf's key.
    pub key_pem: String,
}

/// Makes an authority and a P-256 leaf for `names` (DNS names and IP addresses), good for a year.
pub fn self_signed(names: &[String]) -> Result<SelfSigned, TlsError> {
    let now = OffsetDateTime::now_utc();
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "probity-webhook self-signed");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (authority.not_before, authority.not_after) = (now - Duration::HOUR, now + Duration::days(365));
    let ca = authority.self_signed(&authority_key)?;

    let leaf_key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "probity-webhook");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    (leaf.not_before, leaf.not_after) = (now - Duration::HOUR, now + Duration::days(365));
    let signed = leaf.signed_by(&leaf_key, &Issuer::from_params(&authority, &authority_key))?;
    Ok(SelfSigned {
        ca_pem: ca.pem(),
        certificate_pem: format!("{}{}", signed.pem(), ca.pem()),
        key_pem: leaf_key.serialize_pem(),
    })
}
