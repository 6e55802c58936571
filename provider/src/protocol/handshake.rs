//! The first words between Terraform and the provider: environment in, one line out.
//!
//! Pure: reads a copy of the environment, gives a decision or the text of a line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// What Terraform puts into the environment of every provider. Public: it keeps people from
/// running providers by hand, nothing more.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Longest socket path that every system takes.
const LONGEST_SOCKET_PATH: usize = 100;

/// The variables that matter to the handshake.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `TF_PLUGIN_MAGIC_COOKIE`
    pub cookie: Option<OsString>,
    /// `PLUGIN_CLIENT_CERT`: the one certificate that may connect, as PEM.
    pub client_certificate: Option<OsString>,
    /// `PROBITY_ALLOW_PLAINTEXT=1`
    pub allow_plaintext: bool,
    /// `PLUGIN_MULTIPLEX_GRPC` is there: the client reads a seventh field.
    pub multiplex: bool,
    /// `PLUGIN_UNIX_SOCKET_DIR`
    pub socket_directory: Option<PathBuf>,
}

/// How the connection is secured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transport {
    /// TLS, and only for the holder of this certificate's key.
    Mutual(CertificateDer<'static>),
    /// Nothing but the socket's directory, which the user asked for.
    Plaintext,
    /// The same, for a Terraform that attaches later.
    Reattach,
}

/// Why the provider does not start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HandshakeError {
    /// It was started by hand.
    #[error(
        "this is a plugin: Terraform and OpenTofu start it by themselves. Put `probity = {{ source \
         = \"probity/probity\" }}` into required_providers and run `terraform init`; `--debug` \
         serves it for a Terraform that is told where by TF_REATTACH_PROVIDERS, `--version` tells \
         its version"
    )]
    ByHand,
    /// It was started with an argument it does not know.
    #[error("unknown argument `{0}`; known are `--debug` and `--version`")]
    Argument(String),
    /// Terraform does not want TLS.
    #[error(
        "no client certificate was given, so anybody could connect: TF_DISABLE_PLUGIN_TLS is \
         probably set, take it away; set PROBITY_ALLOW_PLAINTEXT=1 to serve without TLS all the \
         same"
    )]
    NoClientCertificate,
    /// Terraform's certificate cannot be read.
    #[error("PLUGIN_CLIENT_CERT is not one PEM certificate")]
    ClientCertificate,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    /// From any source of variables.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Environment {
            cookie: set("TF_PLUGIN_MAGIC_COOKIE"),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            allow_plaintext: set("PROBITY_ALLOW_PLAINTEXT").is_some_and(|value| value == "1"),
            multiplex: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            socket_directory: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
        }
    }

    /// Where the socket's own directory goes: short enough for the longest path that systems take.
    pub(super) fn socket_parent(&self) -> PathBuf {
        let parent = self.socket_directory.clone().unwrap_or_else(std::env::temp_dir);
        // The directory's random name and the socket's need 24 more.
        if parent.as_os_str().len() + 24 > LONGEST_SOCKET_PATH {
            return PathBuf::from("/tmp");
        }
        parent
    }
}

/// Decides whether to serve, and for whom.
pub(super) fn negotiate(environment: &Environment) -> Result<Transport, HandshakeError> {
    if environment.cookie.as_deref() != Some(COOKIE.as_ref()) {
        return Err(HandshakeError::ByHand);
    }
    // A client that does not speak version 6 says so better than we could.
    match &environment.client_certificate {
        Some(pem) => Ok(Transport::Mutual(certificate(pem)?)),
        None if environment.allow_plaintext => Ok(Transport::Plaintext),
        None => Err(HandshakeError::NoClientCertificate),
    }
}

fn certificate(pem: &OsString) -> Result<CertificateDer<'static>, HandshakeError> {
    let pem = pem.to_str().ok_or(HandshakeError::ClientCertificate)?;
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    match (certificates.next(), certificates.next()) {
        (Some(Ok(certificate)), None) => Ok(certificate),
        _ => Err(HandshakeError::ClientCertificate),
    }
}

/// The line that Terraform waits for on stdout, without its end. The certificate goes as base64
/// without padding: go-plugin refuses padding.
pub(super) fn line(
    socket: &Path,
    certificate: Option<&CertificateDer<'_>>,
    multiplex: bool,
) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    // Old clients take everything after the fifth bar for the certificate.
    let multiplex = if multiplex { "|false" } else { "" };
    format!("1|6|unix|{}|grpc|{certificate}{multiplex}", socket.display())
}

/// What to put into `TF_REATTACH_PROVIDERS`: a key for each registry that is meant by
/// `probity/probity`.
pub(super) fn reattach(socket: &Path) -> String {
    let provider = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": "unix", "String": socket.display().to_string() },
    });
    let providers = ["registry.terraform.io", "registry.opentofu.org"]
        .map(|host| (format!("{host}/probity/probity"), provider.clone()));
    serde_json::Value::Object(providers.into_iter().collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    fn pem() -> String {
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem()
    }

    #[test]
    fn without_the_cookie_it_refuses() {
        for cookie in [&[][..], &[("TF_PLUGIN_MAGIC_COOKIE", "x")]] {
            assert_eq!(negotiate(&environment(cookie)), Err(HandshakeError::ByHand));
        }
    }

    #[test]
    fn without_a_certificate_it_needs_permission() {
        let cookie = ("TF_PLUGIN_MAGIC_COOKIE", COOKIE);
        let refused = Err(HandshakeError::NoClientCertificate);
        assert_eq!(negotiate(&environment(&[cookie])), refused);
        assert_eq!(
            negotiate(&environment(&[cookie, ("PLUGIN_CLIENT_CERT", "")])),
            refused,
            "an empty one is none"
        );
        for value in ["0", "true", ""] {
            let allow = ("PROBITY_ALLOW_PLAINTEXT", value);
            assert_eq!(negotiate(&environment(&[cookie, allow])), refused, "{value}");
        }
        let allow = ("PROBITY_ALLOW_PLAINTEXT", "1");
        assert_eq!(negotiate(&environment(&[cookie, allow])), Ok(Transport::Plaintext));
    }

    #[test]
    fn a_certificate_means_mutual_tls_whatever_else_is_set() {
        let (cookie, allow) =
            (("TF_PLUGIN_MAGIC_COOKIE", COOKIE), ("PROBITY_ALLOW_PLAINTEXT", "1"));
        let pem = pem();
        let with =
            |pem: &str| negotiate(&environment(&[cookie, allow, ("PLUGIN_CLIENT_CERT", pem)]));
        assert!(matches!(with(&pem), Ok(Transport::Mutual(_))));
        let two = format!("{pem}{}", self::pem());
        for pem in ["nonsense", "-----BEGIN CERTIFICATE-----\nAA\n", &two] {
            assert_eq!(with(pem), Err(HandshakeError::ClientCertificate), "{pem}");
        }
    }

    #[test]
    fn the_line_has_no_padding_and_a_seventh_field_only_when_asked() {
        // One byte more or less: every remainder of three, so padding would show.
        for length in 60..64 {
            let der = CertificateDer::from(vec![7; length]);
            let line = line(Path::new("/tmp/x/s"), Some(&der), false);
            let fields: Vec<&str> = line.split('|').collect();
            assert_eq!(fields[..5], ["1", "6", "unix", "/tmp/x/s", "grpc"]);
            assert_eq!(fields.len(), 6);
            assert_eq!(STANDARD_NO_PAD.decode(fields[5]).unwrap(), vec![7; length]);
            assert!(!line.contains('='));
        }
        assert_eq!(line(Path::new("/s"), None, true), "1|6|unix|/s|grpc||false");
    }

    #[test]
    fn reattach_names_both_registries() {
        let json: serde_json::Value = serde_json::from_str(&reattach(Path::new("/s"))).unwrap();
        for host in ["registry.terraform.io", "registry.opentofu.org"] {
            let provider = &json[format!("{host}/probity/probity")];
            assert_eq!(provider["ProtocolVersion"], 6);
            assert_eq!(provider["Addr"]["String"], "/s");
        }
    }

    #[test]
    fn a_long_directory_gives_way_to_tmp() {
        let long = format!("/{}", "x".repeat(90));
        let environment = environment(&[("PLUGIN_UNIX_SOCKET_DIR", &long)]);
        assert_eq!(environment.socket_parent(), Path::new("/tmp"));
    }
}
