//! A panic in a provider that is built as releases are: the call fails, the process lives.

use harness::provider::{Diagnostic, Identity, Launch};
use harness::tools;

const BUCKET: &str = "probity_s3_bucket";

fn summaries(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().filter(|d| d.error).map(|d| d.summary.as_str()).collect()
}

#[tokio::test]
async fn a_panic_fails_one_call_and_the_process_lives() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::of_terraform();
    let launch = Launch::of(&tools::panicking("panicking-provider")).as_terraform(&identity);
    let mut plugin = launch.folder(folder.path()).start().await;
    let mut terraform = plugin.connect(&identity).await.unwrap();
    let bucket = |name: &str, versioning: bool| {
        [
            ("name", name.into()),
            ("classification", "internal".into()),
            ("purpose", "access-logs".into()),
            ("versioning", versioning.into()),
        ]
    };
    let unlucky = terraform.config(BUCKET, bucket("unlucky", true));
    let refused = terraform.config(BUCKET, bucket("ledger-logs", false));
    let good = terraform.config(BUCKET, bucket("ledger-logs", true));

    // Twice, so that the first does not leave a lock behind that the second would trip over.
    for _ in 0..2 {
        let found = terraform.validate(BUCKET, &unlucky).await;
        assert_eq!(summaries(&found), ["internal error"]);
        assert!(found[0].detail.contains("the provider panicked while"), "{found:?}");

        assert!(plugin.is_running());
        let found = terraform.validate(BUCKET, &refused).await;
        let broken = ["LOG-006: Log sinks isolated and protected", "RET-003: Versioning enabled"];
        assert_eq!(summaries(&found), broken, "it still judges");
        assert_eq!(summaries(&terraform.validate(BUCKET, &good).await), [""; 0]);
    }

    // Nor is it the connection alone that lives on.
    terraform.shutdown().await.unwrap();
    let (status, stdout, stderr) = plugin.ended().await;
    assert!(status.success(), "{status}");
    assert_eq!(stdout, "");
    assert_eq!(stderr.matches("failed: out of luck\n").count(), 2, "each is told: {stderr}");
}
