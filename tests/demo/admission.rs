//! Second part: three pods come to a cluster's door.

use std::env;
use std::fs;

use harness::cluster::Cluster;
use harness::served::Served;
use harness::tools;
use harness::tools::ControlPlane;
use probity_catalog::source::{Options, Source};
use serde_json::Value;

use crate::door::{Answer, Door};
use crate::narrator::{Narrator, command, expect, printed, say};

const SETTINGS: &str = "environment: production\nregimes: [sox, pci-dss]\n";
const NAMESPACE: &str = "payments";

pub(crate) async fn tell(narrator: &mut Narrator) -> Result<(), String> {
    let door = open(narrator).await?;

    narrator.chapter("A privileged pod");
    let answer = ask(&door, "privileged-pod.yaml").await?;
    let outcome = match &answer.outcome {
        Err(message) if message.contains("POD-001") => Ok("denied, POD-001".to_owned()),
        Err(message) => Err(format!("denied for another reason: {message}")),
        Ok(_) => Err("admitted".to_owned()),
    };
    narrator.check("a privileged pod", outcome);

    narrator.chapter("A pod in order, but for the security context that it leaves out");
    let answer = ask(&door, "needs-mutation-pod.yaml").await?;
    let written = answer.outcome.as_ref().ok().map(hardened);
    if let Some(Ok(context)) = &written {
        say("stored with, among others:");
        printed(context);
    }
    let outcome = match written {
        Some(Ok(_)) => Ok("mutated and admitted".to_owned()),
        Some(Err(missing)) => Err(format!("admitted without {missing}")),
        None => Err("denied".to_owned()),
    };
    narrator.check("a pod without securityContext", outcome);

    narrator.chapter("A compliant pod");
    let answer = ask(&door, "compliant-pod.yaml").await?;
    let silent = answer.outcome.is_ok() && answer.warnings.is_empty();
    narrator.check("a compliant pod", expect(silent, "admitted, without a word", "not so"));
    Ok(())
}

/// A real API server where there is one or one is asked for, else the webhook alone.
async fn open(narrator: &mut Narrator) -> Result<Door, String> {
    let asked = env::var("CLUSTER").unwrap_or_default();
    let clustered = asked == "1" || (asked != "0" && ControlPlane::find().is_ok());
    narrator.chapter("The admission webhook");
    let webhook = Served::start(SETTINGS);
    command("probity-webhook serve --self-signed --settings probity.yaml");
    printed(SETTINGS);
    if !clustered {
        narrator.check("webhook", Ok(format!("ready at {}", webhook.url())));
        say("Reviews go to it over HTTPS, made as an API server makes them.");
        return Ok(Door::Https(webhook));
    }
    say("Starting a Kubernetes API server and registering the webhook with it.");
    let cluster = Cluster::start(ControlPlane::find()?).await;
    let door = Door::through_a_cluster(cluster, webhook, NAMESPACE).await;
    narrator.check("webhook", Ok("ready, and asked by a real API server".to_owned()));
    Ok(door)
}

async fn ask(door: &Door, file: &str) -> Result<Answer, String> {
    let pod = read(file)?;
    let path = format!("examples/kubernetes/{file}");
    command(&match door {
        Door::Cluster(_) => format!("kubectl apply -f {path}"),
        Door::Https(_) => {
            format!("review {path}   # POST /mutate, apply the patch, POST /validate")
        }
    });
    let answer = door.ask(&pod).await?;
    for warning in &answer.warnings {
        printed(&format!("Warning: {warning}"));
    }
    match &answer.outcome {
        Ok(_) => printed("admitted"),
        Err(message) => printed(message),
    }
    Ok(answer)
}

fn read(file: &str) -> Result<Value, String> {
    let path = tools::root().join("examples/kubernetes").join(file);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let source = Source::new(file, bytes).map_err(|error| error.to_string())?;
    let document = source.document(&Options::default()).map_err(|error| error.to_string())?;
    Ok(document.root.to_json())
}

/// The container's security context as YAML-like lines, or what is missing in it.
fn hardened(pod: &Value) -> Result<String, String> {
    let on_container =
        |field: &str| pod.pointer(&format!("/spec/containers/0/securityContext/{field}"));
    let on_pod = |field: &str| pod.pointer(&format!("/spec/securityContext/{field}"));
    let wanted = [
        ("allowPrivilegeEscalation", "false"),
        ("capabilities/drop", r#"["ALL"]"#),
        ("runAsNonRoot", "true"),
        ("seccompProfile/type", r#""RuntimeDefault""#),
    ];
    let mut lines = Vec::new();
    for (field, value) in wanted {
        let found = on_container(field).or_else(|| on_pod(field)).map(Value::to_string);
        if found.as_deref() != Some(value) {
            return Err(field.replace('/', "."));
        }
        lines.push(format!("{}: {value}", field.replace('/', ".")));
    }
    Ok(lines.join("\n"))
}
