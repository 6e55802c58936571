//! Every metric: name, help, labels, and the only place that counts.
//!
//! Labels come from closed sets (operation, kind, decision, control id), never a name, a namespace
//! or a message. `DOCUMENTED` is both what is registered and what `docs/webhook.md` shows.
//! Knows nothing of admission logic; written to by `admission`, `server`, `reload`, `audit`.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// One metric as users see it.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    /// The name without `probity_`, and for counters without the `_total` that the encoder adds.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Label names.
    pub labels: &'static [&'static str],
    /// One sentence.
    pub help: &'static str,
}

impl Documented {
    /// The name as it is scraped.
    pub fn full_name(&self) -> String {
        let suffix = if self.kind == "counter" { "_total" } else { "" };
        format!("probity_{}{suffix}", self.name)
    }
}

macro_rules! documented {
    ($($constant:ident: $kind:literal $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(const $constant: Documented =
            Documented { name: $name, kind: $kind, labels: &[$($label),*], help: $help };)*
        /// All metrics, in the order of the documentation.
        pub const DOCUMENTED: &[Documented] = &[$($constant),*];
    };
}

documented! {
    REQUESTS: "counter" "admission_requests" ["endpoint", "operation", "kind", "decision"]
        "Reviews by what came of them: decision is allowed, denied, warned, mutated or error";
    DURATION: "histogram" "admission_duration_seconds" ["endpoint"]
        "From the request's head to the answer, for every review that was read";
    EVALUATIONS: "counter" "control_evaluations" ["control", "verdict"]
        "Findings by control and verdict; plain passes are counted in probity_control_passes_total";
    PASSES: "counter" "control_passes" []
        "Checks that passed, all controls together";
    MUTATIONS: "counter" "mutations" ["control", "result"]
        "Fixes by control: applied, or dropped because the patched object would break a control";
    BAD_REQUESTS: "counter" "admission_bad_requests" ["reason"]
        "Requests that are no review, by what is wrong with them";
    SHED: "counter" "admission_shed" ["reason"]
        "Turned away at once: reviews in flight, buffered bytes or connections at their limit";
    DEADLINES: "counter" "admission_deadline_exceeded" []
        "Reviews whose answer would have come after the API server stopped waiting";
    PANICS: "counter" "admission_panics" []
        "Reviews whose judgement panicked; each was answered as an error and nothing else was hurt";
    IN_FLIGHT: "gauge" "admission_in_flight" []
        "Reviews being read or judged";
    CONNECTIONS: "gauge" "connections" []
        "Open connections on the admission port";
    HANDSHAKES: "counter" "tls_handshakes" ["result"]
        "TLS handshakes: ok, failed or timeout";
    CERTIFICATE: "gauge" "tls_certificate_not_after_seconds" []
        "When the served certificate chain ends, in seconds since the epoch";
    CONTROLS: "gauge" "catalog_controls" []
        "Controls in the catalog in force";
    INFO: "gauge" "catalog_info" ["version", "digest"]
        "Always 1; carries version and digest of the catalog in force";
    RELOADS: "counter" "reload" ["source", "result"]
        "Changes seen in catalog, settings or certificate: applied, or refused while the last good one stays";
    EVIDENCE: "counter" "evidence_events" ["result"]
        "Evidence lines: written, or dropped because the output did not keep up";
}

/// Labels of `probity_admission_requests_total`.
#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub struct RequestLabels {
    /// `validate` or `mutate`.
    pub endpoint: &'static str,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `other`.
    pub operation: &'static str,
    /// A kind the catalog can judge, or `other`.
    pub kind: &'static str,
    /// What was answered.
    pub decision: &'static str,
}

#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct EndpointLabel {
    endpoint: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct EvaluationLabels {
    control: String,
    verdict: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct MutationLabels {
    control: String,
    result: &'static str,
}

#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReloadLabels {
    source: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct InfoLabels {
    version: String,
    digest: String,
}

/// The process's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    duration: Family<EndpointLabel, Histogram>,
    evaluations: Family<EvaluationLabels, Counter>,
    passes: Counter,
    mutations: Family<MutationLabels, Counter>,
    bad_requests: Family<ReasonLabel, Counter>,
    shed: Family<ReasonLabel, Counter>,
    deadlines: Counter,
    panics: Counter,
    in_flight: Gauge,
    connections: Gauge,
    handshakes: Family<ResultLabel, Counter>,
    certificate: Gauge,
    controls: Gauge,
    info: Family<InfoLabels, Gauge>,
    reloads: Family<ReloadLabels, Counter>,
    evidence: Family<ResultLabel, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("probity");
        Self {
            requests: add(&mut registry, REQUESTS, Family::default()),
            duration: add(&mut registry, DURATION, Family::new_with_constructor(duration_buckets)),
            evaluations: add(&mut registry, EVALUATIONS, Family::default()),
            passes: add(&mut registry, PASSES, Counter::default()),
            mutations: add(&mut registry, MUTATIONS, Family::default()),
            bad_requests: add(&mut registry, BAD_REQUESTS, Family::default()),
            shed: add(&mut registry, SHED, Family::default()),
            deadlines: add(&mut registry, DEADLINES, Counter::default()),
            panics: add(&mut registry, PANICS, Counter::default()),
            in_flight: add(&mut registry, IN_FLIGHT, Gauge::default()),
            connections: add(&mut registry, CONNECTIONS, Gauge::default()),
            handshakes: add(&mut registry, HANDSHAKES, Family::default()),
            certificate: add(&mut registry, CERTIFICATE, Gauge::default()),
            controls: add(&mut registry, CONTROLS, Gauge::default()),
            info: add(&mut registry, INFO, Family::default()),
            reloads: add(&mut registry, RELOADS, Family::default()),
            evidence: add(&mut registry, EVIDENCE, Family::default()),
            registry,
        }
    }
}

fn add<M: Metric + Clone>(registry: &mut Registry, documented: Documented, metric: M) -> M {
    registry.register(documented.name, documented.help, metric.clone());
    metric
}

/// From 50 µs to 10 s: a review takes tens of microseconds, an API server waits at most 30 s.
fn duration_buckets() -> Histogram {
    Histogram::new([
        0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
        1.0, 3.0, 10.0,
    ])
}

impl Metrics {
    /// The text that `/metrics` answers.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        match text::encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }

    /// A review was answered.
    pub fn answered(&self, labels: RequestLabels, seconds: f64) {
        self.requests.get_or_create(&labels).inc();
        self.duration.get_or_create(&EndpointLabel { endpoint: labels.endpoint }).observe(seconds);
    }

    /// A control gave a verdict that is not a plain pass.
    pub fn evaluated(&self, control: String, verdict: &'static str) {
        self.evaluations.get_or_create(&EvaluationLabels { control, verdict }).inc();
    }

    /// So many checks passed.
    pub fn passed(&self, count: u64) {
        self.passes.inc_by(count);
    }

    /// A fix was applied or dropped.
    pub fn mutated(&self, control: String, result: &'static str) {
        self.mutations.get_or_create(&MutationLabels { control, result }).inc();
    }

    /// A request was no review.
    pub fn bad_request(&self, reason: &'static str) {
        self.bad_requests.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Something was turned away.
    pub fn shed(&self, reason: &'static str) {
        self.shed.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// A review came too late.
    pub fn deadline_exceeded(&self) {
        self.deadlines.inc();
    }

    /// A judgement panicked.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts a review in flight until dropped.
    pub fn review_in_flight(&self) -> GaugeGuard {
        GaugeGuard::new(&self.in_flight)
    }

    /// Counts a connection until dropped.
    pub fn connection(&self) -> GaugeGuard {
        GaugeGuard::new(&self.connections)
    }

    /// A handshake ended.
    pub fn handshake(&self, result: &'static str) {
        self.handshakes.get_or_create(&ResultLabel { result }).inc();
    }

    /// Another certificate is served.
    pub fn certificate(&self, not_after: i64) {
        self.certificate.set(not_after);
    }

    /// Another catalog is in force.
    pub fn catalog(&self, controls: usize, version: &str, digest: &str) {
        self.controls.set(i64::try_from(controls).unwrap_or(i64::MAX));
        self.info.clear();
        let labels = InfoLabels { version: version.to_owned(), digest: digest.to_owned() };
        self.info.get_or_create(&labels).set(1);
    }

    /// A change was seen in a source.
    pub fn reloaded(&self, source: &'static str, result: &'static str) {
        self.reloads.get_or_create(&ReloadLabels { source, result }).inc();
    }

    /// Evidence was written or dropped.
    pub fn evidence(&self, result: &'static str) {
        self.evidence.get_or_create(&ResultLabel { result }).inc();
    }
}

/// One more while it lives.
#[derive(Debug)]
pub struct GaugeGuard(Gauge);

impl GaugeGuard {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Touches everything, so that each metric shows its labels.
    fn touched() -> String {
        let metrics = Metrics::default();
        let labels = RequestLabels {
            endpoint: "validate",
            operation: "CREATE",
            kind: "Pod",
            decision: "allowed",
        };
        metrics.answered(labels, 0.001);
        metrics.evaluated("POD-001".to_owned(), "fail");
        metrics.passed(3);
        metrics.mutated("POD-006".to_owned(), "applied");
        metrics.bad_request("json");
        metrics.shed("in_flight");
        metrics.deadline_exceeded();
        metrics.panicked();
        metrics.handshake("ok");
        metrics.certificate(7);
        metrics.catalog(28, "0.1.0", "abc");
        metrics.reloaded("settings", "refused");
        metrics.evidence("written");
        metrics.encode()
    }

    #[test]
    fn what_is_documented_is_what_is_scraped() {
        let text = touched();
        for metric in DOCUMENTED {
            let name = metric.full_name();
            assert!(
                text.contains(&format!("# TYPE probity_{} {}\n", metric.name, metric.kind)),
                "{name}"
            );
            let suffix = if metric.kind == "histogram" { "_count" } else { "" };
            let start = format!("{name}{suffix}");
            let line = text.lines().find(|line| line.starts_with(&start)).expect(&name);
            let labels: Vec<&str> = line
                .split_once('{')
                .map(|(_, rest)| {
                    rest.split(',')
                        .filter_map(|pair| pair.split_once('='))
                        .map(|(k, _)| k)
                        .collect()
                })
                .unwrap_or_default();
            assert_eq!(labels, metric.labels, "{line}");
        }
        let scraped = text.lines().filter(|line| line.starts_with("# TYPE")).count();
        assert_eq!(scraped, DOCUMENTED.len());
    }

    #[test]
    fn guards_count_down_again() {
        let metrics = Metrics::default();
        let guard = metrics.review_in_flight();
        assert!(metrics.encode().contains("probity_admission_in_flight 1"));
        drop(guard);
        assert!(metrics.encode().contains("probity_admission_in_flight 0"));
    }
}
