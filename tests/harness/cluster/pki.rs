//! Certificates and keys of a throw-away cluster, as the files that the API server wants.
//!
//! Knows certificates, not servers. Called by the cluster alone.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Paths of the files, and the authority that clients trust.
#[derive(Debug)]
pub(super) struct Pki {
    pub(super) authority_der: Vec<u8>,
    pub(super) authority: PathBuf,
    pub(super) server_certificate: PathBuf,
    pub(super) server_key: PathBuf,
    pub(super) account_key: PathBuf,
    pub(super) account_public_key: PathBuf,
}

impl Pki {
    /// Make everything anew in `folder`.
    pub(super) fn write(folder: &Path) -> Result<Self, rcgen::Error> {
        let save = |name: &str, text: String| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a file can be written");
            path
        };
        let authority_key = KeyPair::generate()?;
        let authority = authority_params()?.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority_params()?, authority_key);
        let server_key = KeyPair::generate()?;
        let server = server_params()?.signed_by(&server_key, &issuer)?;
        let account_key = KeyPair::generate()?;
        Ok(Self {
            authority_der: authority.der().to_vec(),
            authority: save("authority.pem", authority.pem()),
            server_certificate: save("server.pem", server.pem()),
            server_key: save("server-key.pem", server_key.serialize_pem()),
            account_key: save("account-key.pem", account_key.serialize_pem()),
            account_public_key: save("account.pem", account_key.public_key_pem()),
        })
    }
}

fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "test cluster");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn server_params() -> Result<CertificateParams, rcgen::Error> {
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"];
    let mut params = CertificateParams::new(names.map(String::from).to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}
