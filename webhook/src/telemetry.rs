//! Where logs go and how they look: standard error, JSON or text, filtered by `PROBITY_LOG`.
//!
//! Standard output belongs to evidence. Called once by `main`.

use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    #[default]
    Json,
    /// For a person at a terminal.
    Text,
}

/// A filter that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{filter}` is not a log filter ({reason}); write for example `info` or `probity_webhook=debug`"
)]
pub struct TelemetryError {
    filter: String,
    reason: String,
}

/// Installs the subscriber and a panic hook that logs where, on one line.
pub fn install(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let parsed = EnvFilter::try_new(filter)
        .map_err(|error| TelemetryError { filter: filter.to_owned(), reason: error.to_string() })?;
    let builder = fmt().with_env_filter(parsed).with_writer(std::io::stderr).with_target(false);
    // A second call (tests in one process) keeps the first subscriber.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// The message may quote a value, so only the place is logged.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panic");
}
