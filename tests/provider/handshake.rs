//! Who may talk to the provider: the process that started it, and nobody else.

use harness::provider::{ConnectError, Identity, Launch, Plugin, Terraform};

/// Starts for one client and tries to connect as another: must fail, and must not stop the right
/// one from getting through afterwards. Gives what the provider logged: what the client sees of a
/// refusal depends on who is faster.
async fn refused(
    connect: impl AsyncFn(&Plugin, &Identity) -> Result<Terraform, ConnectError>,
) -> String {
    let identity = Identity::of_terraform();
    let launch = Launch::by_terraform(&identity).variable("TF_LOG_PROVIDER", "ERROR");
    let plugin = launch.start().await;
    assert!(connect(&plugin, &identity).await.is_err(), "the wrong client is refused");
    let mut terraform = plugin.connect(&identity).await.expect("the right one is accepted");
    terraform.shutdown().await.unwrap();
    let (status, _, stderr) = plugin.ended().await;
    assert!(status.success());
    let line: serde_json::Value = serde_json::from_str(stderr.trim()).expect("one line of JSON");
    assert_eq!(line["@level"], "error");
    let message = line["@message"].as_str().unwrap();
    message.strip_prefix("refused a connection: ").unwrap().to_owned()
}

#[tokio::test]
async fn the_right_client_is_accepted() {
    let (plugin, mut terraform) = Plugin::start().await;
    assert!(terraform.schema.resource_schemas.contains_key("probity_s3_bucket"));
    terraform.open_streams().await.unwrap();
    terraform.shutdown().await.unwrap();
    let (status, stdout, stderr) = plugin.ended().await;
    assert!(status.success());
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", ""), "not a word besides the handshake");
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let refusal = refused(async |plugin, _| plugin.connect_without_certificate().await).await;
    assert_eq!(refusal, "peer sent no certificates");
}

#[tokio::test]
async fn a_client_with_another_certificate_is_refused() {
    let stranger = Identity::of_terraform();
    let refusal = refused(async |plugin, _| plugin.connect(&stranger).await).await;
    assert_eq!(refusal, "invalid peer certificate: ApplicationVerificationFailure");
}

#[tokio::test]
async fn a_client_with_the_right_certificate_but_not_its_key_is_refused() {
    let refusal =
        refused(async |plugin, identity| plugin.connect(&identity.with_another_key()).await).await;
    assert_eq!(refusal, "invalid peer certificate: BadSignature");
}

#[tokio::test]
async fn a_client_without_tls_is_refused() {
    let refusal = refused(async |plugin, _| plugin.connect_plainly().await).await;
    assert_eq!(refusal, "received corrupt message of type InvalidContentType");
}

#[tokio::test]
async fn without_a_client_certificate_it_does_not_start() {
    let output = Launch::without_certificate().output().await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).unwrap();
    for word in ["TF_DISABLE_PLUGIN_TLS", "PROBITY_ALLOW_PLAINTEXT=1"] {
        assert!(stderr.contains(word), "{stderr}");
    }
}

#[tokio::test]
async fn plain_text_is_served_only_with_permission() {
    let plugin =
        Launch::without_certificate().variable("PROBITY_ALLOW_PLAINTEXT", "1").start().await;
    assert_eq!(plugin.handshake.certificate, None);
    let mut terraform = plugin.connect_plainly().await.unwrap();
    terraform.shutdown().await.unwrap();
}

#[tokio::test]
async fn with_a_certificate_permission_for_plain_text_means_nothing() {
    let identity = Identity::of_terraform();
    let launch = Launch::by_terraform(&identity).variable("PROBITY_ALLOW_PLAINTEXT", "1");
    let plugin = launch.start().await;
    assert!(plugin.connect_plainly().await.is_err());
    assert!(plugin.connect(&identity).await.is_ok());
}

#[tokio::test]
async fn a_broken_certificate_is_refused() {
    let launch = Launch::without_certificate().variable("PLUGIN_CLIENT_CERT", "nonsense");
    let output = launch.output().await;
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("PLUGIN_CLIENT_CERT is not one PEM certificate"), "{stderr}");
}

#[tokio::test]
async fn by_hand_it_says_what_it_is() {
    let output = Launch::by_hand().output().await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let stderr = String::from_utf8(output.stderr).unwrap();
    for word in ["this is a plugin", "required_providers", "terraform init", "--debug"] {
        assert!(stderr.contains(word), "{stderr}");
    }
    let output = Launch::by_hand().argument("--versoin").output().await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("unknown argument `--versoin`"));
}

#[tokio::test]
async fn it_tells_its_version() {
    let output = Launch::by_hand().argument("--version").output().await;
    assert!(output.status.success());
    let version = format!("terraform-provider-probity {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}

#[tokio::test]
async fn the_handshake_never_has_padding() {
    // Whether padding would show depends on the certificate's length, which varies.
    for _ in 0..6 {
        let identity = Identity::of_terraform();
        let plugin = Launch::by_terraform(&identity).start().await;
        let fields: Vec<&str> = plugin.handshake.line.split('|').collect();
        assert_eq!(fields.len(), 6, "no seventh field unless asked");
        assert!(!fields[5].contains('=') && fields[5].len() > 50, "{}", fields[5]);
    }
}

#[tokio::test]
async fn the_seventh_field_is_there_when_asked() {
    let identity = Identity::of_terraform();
    let launch = Launch::by_terraform(&identity).variable("PLUGIN_MULTIPLEX_GRPC", "true");
    let plugin = launch.start().await;
    assert!(plugin.handshake.line.ends_with("|false"), "{}", plugin.handshake.line);
}

#[tokio::test]
async fn nobody_else_can_reach_the_socket() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::of_terraform();
    let launch = Launch::by_terraform(&identity).variable("PLUGIN_UNIX_SOCKET_DIR", folder.path());
    let plugin = launch.start().await;
    let directory = plugin.handshake.socket.parent().unwrap();
    assert_eq!(directory.parent(), Some(folder.path()));
    let mode = directory.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
