//! Logs as Terraform reads them: hclog's JSON, a line each, on stderr. And panics as it shows them.
//!
//! Only our own events are written: what libraries log may hold credentials. Called by `main`.

use std::fmt;
use std::io::{self, Write};

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Terraform splits longer lines and then cannot read them.
const LONGEST_LINE: usize = 60_000;

/// Crates whose events are written.
const OURS: [&str; 2] = ["terraform_provider_probity", "probity_catalog"];

/// The one form of a time that hclog parses.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Starts logging at the level that Terraform's variables ask for; without them nothing is logged.
pub fn start() {
    let level = level(|name| std::env::var(name).ok());
    if level != LevelFilter::OFF {
        let subscriber = tracing_subscriber::registry().with(Hclog { level });
        // There is no other: this is called once, at the start.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

/// Panics are told as Go tells them, so that Terraform shows them even when nothing is logged.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(|place| format!("\n\n\t{place}")).unwrap_or_default();
        let trace = std::backtrace::Backtrace::force_capture();
        let _ = writeln!(io::stderr().lock(), "panic: {message}{place}\n\n{trace}");
    }));
}

/// The first of the three variables that says something decides.
fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let names = ["TF_LOG_PROVIDER_PROBITY", "TF_LOG_PROVIDER", "TF_LOG"];
    let value = names.into_iter().filter_map(variable).find(|value| !value.is_empty());
    match value.unwrap_or_default().to_ascii_uppercase().as_str() {
        "TRACE" | "JSON" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" => LevelFilter::ERROR,
        _ => LevelFilter::OFF,
    }
}

struct Hclog {
    level: LevelFilter,
}

/// The fields of a span or an event.
#[derive(Clone, Default)]
struct Fields(Map<String, Json>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let origin = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= self.level && OURS.contains(&origin)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.clone());
            }
        }
        event.record(&mut fields);
        let line = line(*event.metadata().level(), fields, OffsetDateTime::now_utc());
        // A log that cannot be written has nobody to complain to.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Json) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }
}

/// One line. `@message` and its siblings must be strings: anything else crashes Terraform.
fn line(level: Level, mut fields: Fields, now: OffsetDateTime) -> String {
    let message = match fields.0.remove("message") {
        Some(Json::String(message)) => message,
        _ => String::new(),
    };
    let mut line = Map::new();
    line.insert("@level".to_owned(), level.as_str().to_ascii_lowercase().into());
    line.insert("@message".to_owned(), message.clone().into());
    line.insert("@module".to_owned(), "provider.probity".into());
    line.insert("@timestamp".to_owned(), now.format(TIMESTAMP).unwrap_or_default().into());
    let short = line.clone();
    // Names that begin with `@` are hclog's.
    line.extend(fields.0.into_iter().filter(|(name, _)| !name.starts_with('@')));
    let text = Json::Object(line).to_string();
    if text.len() <= LONGEST_LINE {
        return text;
    }
    let mut line = short;
    // At most six bytes of JSON for each character.
    let message: String = message.chars().take(LONGEST_LINE / 8).collect();
    line.insert("@message".to_owned(), message.into());
    line.insert("truncated".to_owned(), true.into());
    Json::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_most_specific_variable_decides() {
        let level = |variables: &[(&str, &str)]| {
            level(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(level(&[]), LevelFilter::OFF);
        assert_eq!(level(&[("TF_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(level(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        let both = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")];
        assert_eq!(level(&both), LevelFilter::WARN);
        let all = [("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_PROBITY", "OFF")];
        assert_eq!(level(&all), LevelFilter::OFF);
        let empty = [("TF_LOG", "INFO"), ("TF_LOG_PROVIDER", "")];
        assert_eq!(level(&empty), LevelFilter::INFO);
    }

    #[test]
    fn a_line_is_what_hclog_reads() {
        let mut fields = Fields::default();
        fields.0.insert("message".to_owned(), "answered".into());
        fields.0.insert("tf_rpc".to_owned(), "ReadResource".into());
        fields.0.insert("@level".to_owned(), 7.into());
        let line = line(Level::WARN, fields, datetime!(2026-11-21 15:04:05.000123 UTC));
        assert_eq!(
            serde_json::from_str::<Json>(&line).unwrap(),
            serde_json::json!({
                "@level": "warn",
                "@message": "answered",
                "@module": "provider.probity",
                "@timestamp": "2026-11-21T15:04:05.000123Z",
                "tf_rpc": "ReadResource",
            })
        );
    }

    #[test]
    fn a_long_line_is_cut_and_stays_readable() {
        let mut fields = Fields::default();
        fields.0.insert("message".to_owned(), "\u{1}".repeat(100_000).into());
        fields.0.insert("body".to_owned(), "x".repeat(100_000).into());
        let line = line(Level::INFO, fields, datetime!(2026-11-21 15:04:05 UTC));
        assert!(line.len() <= LONGEST_LINE, "{}", line.len());
        let json: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(json["truncated"], true);
        assert!(json["@message"].is_string());
    }
}
