//! Flags and environment become one checked [`Config`]; impossible combinations end here.
//!
//! Knows how users say things, not how they are done. Called by `main` and, with an explicit
//! argument list, by tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use probity_catalog::control::Environment;

use crate::duration;
use crate::snapshot::Sources;
use crate::telemetry::LogFormat;
use crate::tls::CertificateFiles;

/// Holds Probity's control catalog at the door of a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(name = "probity-webhook", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer admission reviews over HTTPS
    Serve(Box<ServeArgs>),
}

/// Flags of `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Address of the admission port (HTTPS: /validate, /mutate)
    #[arg(long, value_name = "ADDRESS", env = "PROBITY_LISTEN", default_value = "0.0.0.0:8443")]
    pub listen: SocketAddr,
    /// Address of the plain port (/livez, /readyz, /metrics)
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "PROBITY_PROBES_LISTEN",
        default_value = "0.0.0.0:8080"
    )]
    pub probes_listen: SocketAddr,

    /// Certificate chain, PEM, leaf first; followed when it changes
    #[arg(long, value_name = "FILE", env = "PROBITY_TLS_CERT", help_heading = "Certificate")]
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM; followed when it changes
    #[arg(long, value_name = "FILE", env = "PROBITY_TLS_KEY", help_heading = "Certificate")]
    pub tls_key: Option<PathBuf>,
    /// Make a certificate at start, for local use
    #[arg(long, env = "PROBITY_SELF_SIGNED", help_heading = "Certificate")]
    pub self_signed: bool,
    /// Name or address in the self-signed certificate, beside localhost, 127.0.0.1 and `::1`
    #[arg(long, value_name = "NAME", help_heading = "Certificate")]
    pub self_signed_name: Vec<String>,
    /// Write the self-signed authority (PEM) to this file, for `caBundle`
    #[arg(long, value_name = "FILE", requires = "self_signed", help_heading = "Certificate")]
    pub ca_bundle_out: Option<PathBuf>,

    /// Catalog folder; without it the embedded catalog
    #[arg(long, value_name = "DIR", env = "PROBITY_CATALOG", help_heading = "What is enforced")]
    pub catalog: Option<PathBuf>,
    /// Settings file; without it `PROBITY_SETTINGS`, then ./probity.yaml where it exists
    #[arg(long, value_name = "FILE", help_heading = "What is enforced")]
    pub settings: Option<PathBuf>,
    /// Environment: dev, staging or production; the stricter of this and the settings
    #[arg(
        long,
        value_name = "NAME",
        env = "PROBITY_ENVIRONMENT",
        help_heading = "What is enforced"
    )]
    pub environment: Option<Environment>,
    /// Regime to hold, added to those of the settings; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "What is enforced")]
    pub regime: Vec<String>,
    /// Whether fixes are written on /mutate and simulated for templates on /validate
    #[arg(long, env = "PROBITY_MUTATION", default_value = "on", help_heading = "What is enforced")]
    pub mutation: Mutation,

    /// Reviews read or judged at once; more are turned away
    #[arg(long, value_name = "N", env = "PROBITY_MAX_IN_FLIGHT", default_value_t = 128,
          value_parser = at_least_one, help_heading = "Limits")]
    pub max_in_flight: usize,
    /// Open connections on the admission port; more are closed at once
    #[arg(long, value_name = "N", env = "PROBITY_MAX_CONNECTIONS", default_value_t = 512,
          value_parser = at_least_one, help_heading = "Limits")]
    pub max_connections: usize,
    /// Worker threads; without it one per core
    #[arg(long, value_name = "N", env = "PROBITY_THREADS", value_parser = at_least_one,
          help_heading = "Limits")]
    pub threads: Option<usize>,

    /// Age at which a connection is closed, give or take a fifth
    #[arg(long, value_name = "TIME", env = "PROBITY_MAX_CONNECTION_AGE", default_value = "5m",
          value_parser = duration::parse, help_heading = "Times")]
    pub max_connection_age: Duration,
    /// How often files are looked at for changes
    #[arg(long, value_name = "TIME", env = "PROBITY_RELOAD_INTERVAL", default_value = "5s",
          value_parser = duration::parse, help_heading = "Times")]
    pub reload_interval: Duration,
    /// After SIGTERM, how long to stay open so that the Service stops sending here
    #[arg(long, value_name = "TIME", env = "PROBITY_DRAIN_DELAY", default_value = "0s",
          value_parser = duration::parse, help_heading = "Times")]
    pub drain_delay: Duration,
    /// How long open reviews may take to end after that
    #[arg(long, value_name = "TIME", env = "PROBITY_DRAIN_TIMEOUT", default_value = "20s",
          value_parser = duration::parse, help_heading = "Times")]
    pub drain_timeout: Duration,

    /// Log filter, for example `info` or `probity_webhook=debug`
    #[arg(long, value_name = "FILTER", env = "PROBITY_LOG", default_value = "info")]
    pub log: String,
    /// Form of log lines on standard error
    #[arg(long, env = "PROBITY_LOG_FORMAT", default_value = "json")]
    pub log_format: LogFormat,
}

/// Whether the webhook changes objects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Mutation {
    /// Write what is absent.
    #[default]
    On,
    /// Judge as written.
    Off,
}

/// Where the served certificate comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CertificateSource {
    /// Files, followed.
    Files(CertificateFiles),
    /// Made at start.
    SelfSigned {
        /// Names and addresses in it.
        names: Vec<String>,
        /// Where the authority is written.
        ca_bundle_out: Option<PathBuf>,
    },
}

/// Bounds on what a client can make the process hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Reviews at once.
    pub in_flight: usize,
    /// Connections at once.
    pub connections: usize,
    /// Bytes of one review. A user's body has at most 3 MiB, and an update carries two objects.
    pub body_bytes: usize,
    /// Bytes of all bodies held at once.
    pub buffered_bytes: usize,
    /// Up to here a review is judged on the thread that read it; a larger one goes to the pool for
    /// blocking work, where it cannot hold up its neighbours and the deadline can pass it by.
    pub inline_bytes: usize,
    /// Large reviews judged at once.
    pub large_reviews: usize,
    /// Bytes that judging one review may take in its arena.
    pub arena_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 128,
            connections: 512,
            body_bytes: 8 << 20,
            buffered_bytes: 24 << 20,
            inline_bytes: 256 << 10,
            large_reviews: 2,
            arena_bytes: 40 << 20,
        }
    }
}

/// Times that are not a request's own.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a TLS handshake.
    pub handshake: Duration,
    /// For a request's head, idle time of a kept-alive connection included; the API server gives
    /// its idle connections up after 90 s, so it is the one that closes.
    pub idle: Duration,
    /// Age of a connection.
    pub connection_age: Duration,
    /// Between two looks at the files.
    pub reload_interval: Duration,
    /// Between SIGTERM and the closed door.
    pub drain_delay: Duration,
    /// For what is still open then.
    pub drain: Duration,
}

/// All that a server needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Admission port.
    pub listen: SocketAddr,
    /// Plain port.
    pub probes_listen: SocketAddr,
    /// Certificate.
    pub certificate: CertificateSource,
    /// Catalog and settings.
    pub sources: Sources,
    /// Whether to mutate.
    pub mutation: Mutation,
    /// Bounds.
    pub limits: Limits,
    /// Times.
    pub times: Times,
}

/// Flags that do not go together.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// Nothing to serve TLS with.
    #[error(
        "no certificate: give --tls-cert FILE and --tls-key FILE (PROBITY_TLS_CERT, PROBITY_TLS_KEY), \
         or --self-signed for local use"
    )]
    NoCertificate,
    /// One of the pair.
    #[error("--tls-cert and --tls-key go together: {0} is missing")]
    HalfCertificate(&'static str),
    /// Two sources.
    #[error("--self-signed and --tls-cert exclude each other: leave one out")]
    TwoCertificates,
}

impl TryFrom<ServeArgs> for Config {
    type Error = ConfigError;

    fn try_from(args: ServeArgs) -> Result<Self, ConfigError> {
        let certificate = certificate(&args)?;
        Ok(Self {
            listen: args.listen,
            probes_listen: args.probes_listen,
            certificate,
            sources: Sources {
                catalog: args.catalog,
                settings: args.settings,
                environment: args.environment,
                regimes: args.regime,
            },
            mutation: args.mutation,
            limits: Limits {
                in_flight: args.max_in_flight,
                connections: args.max_connections,
                ..Limits::default()
            },
            times: Times {
                handshake: Duration::from_secs(5),
                idle: Duration::from_secs(100),
                connection_age: args.max_connection_age,
                reload_interval: args.reload_interval.max(Duration::from_millis(50)),
                drain_delay: args.drain_delay,
                drain: args.drain_timeout,
            },
        })
    }
}

fn certificate(args: &ServeArgs) -> Result<CertificateSource, ConfigError> {
    match (&args.tls_cert, &args.tls_key, args.self_signed) {
        (Some(certificate), Some(key), false) => Ok(CertificateSource::Files(CertificateFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        })),
        (None, None, true) => {
            let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
            names.extend(args.self_signed_name.iter().cloned());
            names.dedup();
            Ok(CertificateSource::SelfSigned { names, ca_bundle_out: args.ca_bundle_out.clone() })
        }
        (None, None, false) => Err(ConfigError::NoCertificate),
        (_, _, true) => Err(ConfigError::TwoCertificates),
        (Some(_), None, false) => Err(ConfigError::HalfCertificate("--tls-key")),
        (None, Some(_), false) => Err(ConfigError::HalfCertificate("--tls-cert")),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("`{text}` is not a number from 1 on")),
        Ok(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> Result<Config, ConfigError> {
        let Command::Serve(args) =
            Cli::try_parse_from(["probity-webhook", "serve"].iter().chain(flags)).unwrap().command;
        Config::try_from(*args)
    }

    #[test]
    fn without_a_certificate_the_error_names_both_ways_out() {
        let error = config(&[]).unwrap_err().to_string();
        assert!(error.contains("--tls-cert FILE") && error.contains("--self-signed"), "{error}");
    }

    #[test]
    fn half_a_certificate_and_two_sources_are_refused() {
        assert_eq!(
            config(&["--tls-cert", "c"]).unwrap_err(),
            ConfigError::HalfCertificate("--tls-key")
        );
        assert_eq!(
            config(&["--tls-key", "k"]).unwrap_err(),
            ConfigError::HalfCertificate("--tls-cert")
        );
        let both = ["--self-signed", "--tls-cert", "c", "--tls-key", "k"];
        assert_eq!(config(&both).unwrap_err(), ConfigError::TwoCertificates);
    }

    #[test]
    fn self_signed_names_come_beside_localhost() {
        let config =
            config(&["--self-signed", "--self-signed-name", "webhook.probity.svc"]).unwrap();
        let CertificateSource::SelfSigned { names, .. } = config.certificate else { panic!() };
        assert_eq!(names, ["localhost", "127.0.0.1", "::1", "webhook.probity.svc"]);
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
