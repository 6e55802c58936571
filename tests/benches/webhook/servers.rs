//! The three servers, each a process: one thread, the same TLS, HTTP and router under all of them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http_body_util::BodyExt as _;
use probity_benches::catalog::{fixed, folder};
use probity_benches::process::Memory;
use probity_webhook::config::{Cli, Command as Subcommand, Config};
use probity_webhook::gate::CatalogJudge;
use probity_webhook::metrics::Metrics;
use probity_webhook::server::Connections;
use probity_webhook::tls::{Identity, Resolver, self_signed, server_config};
use probity_webhook::{Evidence, Server as Webhook, Stop};
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;

use crate::by_hand;

/// Names the server that a started process is to be.
const VARIABLE: &str = "PROBITY_BENCH_SERVER";

/// What answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Reads the body, allows, echoes no uid: what TLS and HTTP cost.
    Constant,
    /// Typed structs and checks as one would write them for these controls alone.
    ByHand,
    /// The product.
    Probity,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Constant, Self::ByHand, Self::Probity];

    /// Which server this process is to be, if any.
    pub(crate) fn asked_for() -> Option<Self> {
        let name = std::env::var(VARIABLE).ok()?;
        Self::ALL.into_iter().find(|kind| format!("{kind:?}") == name)
    }
}

/// A server process; it ends with its standard input.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) authority: String,
}

impl Server {
    pub(crate) fn start(kind: Kind) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program has a path"))
            .env(VARIABLE, format!("{kind:?}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program starts");
        let mut output = BufReader::new(child.stdout.take().expect("output is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the server speaks");
        let address = line.trim().parse().unwrap_or_else(|_| panic!("{kind:?} said `{line}`"));
        let mut authority = String::new();
        while !authority.ends_with("-----END CERTIFICATE-----\n") {
            assert_ne!(output.read_line(&mut authority).expect("the server speaks"), 0);
        }
        // Evidence goes on and on; somebody has to take it.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { child, address, authority }
    }

    /// Nanoseconds that its threads have run so far.
    pub(crate) fn run_time(&self) -> u64 {
        let tasks = format!("/proc/{}/task", self.child.id());
        fs::read_dir(tasks)
            .expect("the server runs")
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok())
            .sum()
    }

    pub(crate) fn memory(&self) -> Memory {
        Memory::of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves as `kind` until standard input ends.
pub(crate) fn serve(kind: Kind) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = stop.send(());
        });
        match kind {
            Kind::Constant => same_stack(constant(), stopped).await,
            Kind::ByHand => {
                let evidence = Evidence::new(std::io::stdout()).expect("a thread can be started");
                same_stack(by_hand::router(evidence), stopped).await;
            }
            Kind::Probity => probity(stopped).await,
        }
    });
}

fn config(more: &[String]) -> Config {
    use clap::Parser as _;
    let flags = ["bench", "serve", "--self-signed", "--listen=127.0.0.1:0"].map(str::to_owned);
    let fixed = ["--probes-listen=127.0.0.1:0", "--environment=production"].map(str::to_owned);
    let Subcommand::Serve(args) = Cli::parse_from(flags.iter().chain(&fixed).chain(more)).command;
    Config::try_from(*args).expect("the flags go together")
}

fn say(address: Option<SocketAddr>, authority: &str) {
    let address = address.expect("the port is bound");
    let text = format!("{address}\n{authority}");
    std::io::stdout().write_all(text.as_bytes()).expect("the benchmark listens");
    std::io::stdout().flush().expect("the benchmark listens");
}

async fn probity(stopped: oneshot::Receiver<()>) {
    let evidence = Evidence::new(std::io::stdout()).expect("a thread can be started");
    let folder = folder(&fixed(60));
    let config = config(&[format!("--catalog={}", folder.path().display())]);
    let judge = CatalogJudge::of(&config);
    let server =
        Webhook::bind(config, evidence, judge).await.unwrap_or_else(|error| panic!("{error}"));
    say(server.address(), server.ca_bundle().unwrap_or_default());
    let stop = async {
        let _ = stopped.await;
        Stop::Now
    };
    server.run(stop).await;
}

async fn same_stack(router: Router, stopped: oneshot::Receiver<()>) {
    let made = self_signed(&["localhost".to_owned()]).expect("a certificate can be made");
    let identity = Identity::from_pem(made.certificate_pem.as_bytes(), made.key_pem.as_bytes());
    let resolver = Arc::new(Resolver::new(identity.expect("the pair fits")));
    let acceptor = TlsAcceptor::from(Arc::new(server_config(resolver).expect("TLS works")));
    let config = config(&[]);
    let listener = tokio::net::TcpListener::bind(config.listen).await.expect("a port is free");
    say(listener.local_addr().ok(), &made.ca_pem);
    let (close, closing) = watch::channel(false);
    let metrics = Arc::new(Metrics::default());
    let connections = Connections::new(acceptor, router, metrics, &config.limits, config.times);
    let serving = tokio::spawn(Arc::new(connections).serve(listener, closing));
    let _ = stopped.await;
    let _ = close.send(true);
    let _ = serving.await;
}

fn constant() -> Router {
    const ANSWER: &str = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800001","allowed":true}}"#;
    Router::new().route(
        "/validate",
        post(|body: Body| async {
            let _ = body.collect().await;
            ([("content-type", "application/json")], ANSWER)
        }),
    )
}
