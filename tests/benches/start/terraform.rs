//! As much of Terraform as it takes to say that a provider can be called: its variables, its
//! certificate, the handshake's line, TLS with both certificates, and the first frame of HTTP/2.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The public value that Terraform gives to every provider.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How every client of HTTP/2 begins: the preface and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Who calls.
pub(crate) struct Terraform {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Terraform {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key can be made");
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("a certificate can be made");
        Self { certificate, key }
    }

    /// Sets what Terraform sets.
    pub(crate) fn introduce(&self, command: &mut Command) {
        command
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .env("PLUGIN_CLIENT_CERT", self.certificate.pem());
    }

    /// Calls the provider that said this line, until its first answer. It comes after the
    /// provider has looked at our certificate, which the end of a TLS handshake does not say.
    pub(crate) fn call(&self, line: &str) {
        let fields: Vec<&str> = line.trim_end().split('|').collect();
        let ["1", "6", "unix", socket, "grpc", server] = *fields.as_slice() else {
            panic!("not a handshake: {line}");
        };
        let server = STANDARD_NO_PAD.decode(server).expect("base64 without padding");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(server)).expect("a certificate");
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let own = vec![self.certificate.der().clone()];
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let mut config = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .expect("the versions fit the crypto")
            .with_root_certificates(roots)
            .with_client_auth_cert(own, key.into())
            .expect("the key fits the certificate");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from("localhost").expect("a name");
        let session =
            ClientConnection::new(Arc::new(config), name).expect("the configuration fits");
        let stream = UnixStream::connect(socket).expect("the provider listens");
        let mut stream = StreamOwned::new(session, stream);
        stream.write_all(PREFACE).expect("the provider takes our certificate");
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("the provider answers");
        assert_eq!(head[3], 4, "the first frame of HTTP/2 is SETTINGS");
    }
}
