//! A real Kubernetes control plane: etcd, kube-apiserver and, when asked for, its controllers.
//!
//! There is no scheduler and no kubelet: pods stay pending, which is all that admission needs.
//! Knows nothing of Probity but how a webhook is registered. Called by the cluster suite and the
//! demo.

mod pki;
pub mod registration;

use std::env;
use std::fs;
use std::time::Duration;

use kube::config::AuthInfo;
use kube::{Client, Config};
use tempfile::TempDir;

use self::pki::Pki;
use crate::process::{Process, leashed};
use crate::tools::{ControlPlane, free_port, scratch};

/// What the only user says to be let in; it works for one API server that lives for one run.
const TOKEN: &str = "suite";

/// One event for each write, with what webhooks noted about it.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- { level: Metadata, verbs: [create, update, patch, delete] }
- { level: None }
";

/// The API server computes what it is asked to, and some expressions ask for more memory than any
/// machine has; then it is to end, not its neighbours. It needs two of these gigabytes.
const LIMITED: &str = r#"ulimit -v 8388608; exec "$0" "$@""#;

/// How long anything may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running control plane, ended when dropped.
#[derive(Debug)]
pub struct Cluster {
    // Fields drop in this order: clients of a server before the server.
    controllers: Option<Process>,
    apiserver: Process,
    _etcd: Process,
    tools: ControlPlane,
    pki: Pki,
    url: String,
    folder: TempDir,
}

impl Cluster {
    /// Start one and wait until it can be asked.
    pub async fn start(tools: ControlPlane) -> Self {
        let folder = scratch();
        let pki = Pki::write(folder.path()).expect("certificates can be made");
        let (etcd, store) = start_etcd(&tools, &folder);
        let port = free_port();
        let apiserver = start_apiserver(&tools, &folder, &pki, &store, port);
        let url = format!("https://127.0.0.1:{port}");
        let mut cluster =
            Self { controllers: None, apiserver, _etcd: etcd, tools, pki, url, folder };
        cluster.wait_for_apiserver().await;
        registration::create_account(&cluster.client(), "default", "default", false).await;
        cluster
    }

    /// A client for the runtime that this is called on.
    pub fn client(&self) -> Client {
        self.client_with(AuthInfo::default())
    }

    /// The same in the name of somebody else, who may do what the cluster lets them do.
    pub fn client_as(&self, user: &str, groups: &[&str]) -> Client {
        self.client_with(AuthInfo {
            impersonate: Some(user.to_owned()),
            impersonate_groups: Some(groups.iter().map(|group| (*group).to_owned()).collect()),
            ..AuthInfo::default()
        })
    }

    fn client_with(&self, auth_info: AuthInfo) -> Client {
        let mut config = Config::new(self.url.parse().expect("the address is a URL"));
        config.root_cert = Some(vec![self.pki.authority_der.clone()]);
        config.auth_info = AuthInfo { token: Some(TOKEN.to_owned().into()), ..auth_info };
        Client::try_from(config).expect("the configuration makes a client")
    }

    /// Run the controllers that make `ReplicaSets` of Deployments and pods of those.
    pub fn start_controllers(&mut self) {
        let kubeconfig = self.folder.path().join("kubeconfig");
        fs::write(&kubeconfig, self.kubeconfig()).expect("a file can be written");
        let mut command = leashed(&self.tools.controller_manager);
        command
            .arg(format!("--kubeconfig={}", kubeconfig.display()))
            .args(["--controllers=deployment-controller,replicaset-controller,job-controller"])
            .args(["--leader-elect=false", "--secure-port=0"])
            .arg(format!("--service-account-private-key-file={}", self.pki.account_key.display()));
        self.controllers =
            Some(Process::spawn("kube-controller-manager", command, self.folder.path()));
    }

    /// The audit log of the API server: one JSON event per line.
    pub fn audit_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("audit.log")).unwrap_or_default()
    }

    async fn wait_for_apiserver(&mut self) {
        let client = self.client();
        let gets = async |path: &str| {
            let request = http::Request::get(path).body(Vec::new());
            client.request_text(request.expect("the request is whole")).await.is_ok()
        };
        // The namespace comes a moment after the server says that it is ready.
        let ready = async || gets("/readyz").await && gets("/api/v1/namespaces/default").await;
        self.apiserver.wait_until_async(PATIENCE, ready).await;
    }

    fn kubeconfig(&self) -> String {
        let (url, authority) = (&self.url, self.pki.authority.display());
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: suite\n\
             clusters:\n- name: suite\n  cluster: {{ server: '{url}', certificate-authority: '{authority}' }}\n\
             users:\n- name: suite\n  user: {{ token: '{TOKEN}' }}\n\
             contexts:\n- name: suite\n  context: {{ cluster: suite, user: suite }}\n"
        )
    }
}

/// The control plane of this machine, or nothing where it has none and nobody insists on one.
///
/// Where `CI` is set a missing control plane fails the test that asks.
pub fn control_plane_or_skip() -> Option<ControlPlane> {
    match ControlPlane::find() {
        Ok(tools) => Some(tools),
        Err(why) if env::var_os("CI").is_some_and(|ci| !ci.is_empty()) => {
            panic!("no Kubernetes API server to test against: {why}")
        }
        Err(why) => {
            skip_loudly(&why);
            None
        }
    }
}

/// Past the capture of test output: a suite that did not run must be seen in a green run.
fn skip_loudly(why: &str) {
    use std::io::Write;
    let line = "=".repeat(80);
    let text =
        format!("\n{line}\nNOT TESTED against a real Kubernetes API server\n{why}\n{line}\n");
    // Nothing to do where even standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn start_etcd(tools: &ControlPlane, folder: &TempDir) -> (Process, String) {
    let clients = format!("http://127.0.0.1:{}", free_port());
    let peers = format!("http://127.0.0.1:{}", free_port());
    let mut command = leashed(&tools.etcd);
    command
        .arg(format!("--data-dir={}", folder.path().join("etcd").display()))
        .arg(format!("--listen-client-urls={clients}"))
        .arg(format!("--advertise-client-urls={clients}"))
        .arg(format!("--listen-peer-urls={peers}"))
        .arg(format!("--initial-advertise-peer-urls={peers}"))
        .arg(format!("--initial-cluster=default={peers}"))
        .args(["--unsafe-no-fsync", "--log-level=warn"]);
    (Process::spawn("etcd", command, folder.path()), clients)
}

fn start_apiserver(
    tools: &ControlPlane,
    folder: &TempDir,
    pki: &Pki,
    store: &str,
    port: u16,
) -> Process {
    let tokens = folder.path().join("tokens.csv");
    fs::write(&tokens, format!("{TOKEN},admin,admin,system:masters\n"))
        .expect("a file can be written");
    let policy = folder.path().join("audit-policy.yaml");
    fs::write(&policy, AUDIT_POLICY).expect("a file can be written");
    let mut command = leashed("sh");
    command
        .args(["-c", LIMITED])
        .arg(&tools.apiserver)
        .arg(format!("--etcd-servers={store}"))
        .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
        .arg(format!("--secure-port={port}"))
        .arg(format!("--cert-dir={}", folder.path().display()))
        .arg(format!("--tls-cert-file={}", pki.server_certificate.display()))
        .arg(format!("--tls-private-key-file={}", pki.server_key.display()))
        .arg(format!("--token-auth-file={}", tokens.display()))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(format!("--service-account-signing-key-file={}", pki.account_key.display()))
        .arg(format!("--service-account-key-file={}", pki.account_public_key.display()))
        .args(["--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none"])
        .arg(format!("--audit-policy-file={}", policy.display()))
        .arg(format!("--audit-log-path={}", folder.path().join("audit.log").display()))
        // Privileged pods have to reach admission.
        .args(["--allow-privileged=true", "--authorization-mode=RBAC", "--profiling=false"]);
    Process::spawn("kube-apiserver", command, folder.path())
}
