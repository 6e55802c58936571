//! The one error of all cloud calls: what was tried, what the cloud said, its code and request id.
//! Never holds request bodies, headers or credentials.

use std::fmt;

/// What an error means for what to do next, whatever the cloud calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The operation was stopped by Terraform.
    Cancelled,
    /// Somebody else changes the same thing, or the thing is in another state.
    Conflict,
    /// The caller may not do this.
    Denied,
    /// The thing, or this part of its configuration, does not exist.
    Missing,
    /// The request is wrong: trying again cannot help.
    Refused,
    /// The provider's configuration does not allow the call.
    Settings,
    /// Busy, throttled or broken on the way: trying again may help.
    Transient,
    /// The operation's timeout passed.
    TimedOut,
}

/// A failed cloud call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudError {
    /// What it means.
    pub kind: Kind,
    /// The call, as the cloud's documentation names it, such as `s3:PutBucketPolicy`.
    pub operation: &'static str,
    /// The cloud's own code, such as `MalformedPolicy`.
    pub code: Option<String>,
    /// What the cloud said.
    pub message: String,
    /// What support asks for.
    pub request_id: Option<String>,
    /// What to do about it, when that is known.
    pub help: Option<String>,
}

impl CloudError {
    /// An error that did not come from the cloud itself.
    pub fn new(kind: Kind, operation: &'static str, message: impl Into<String>) -> Self {
        Self { kind, operation, code: None, message: message.into(), request_id: None, help: None }
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the cloud answered with this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl std::error::Error for CloudError {}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)?;
        let details: Vec<String> =
            [self.code.clone(), self.request_id.as_ref().map(|id| format!("request id {id}"))]
                .into_iter()
                .flatten()
                .collect();
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n\n{help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_tried_and_what_support_asks_for() {
        let mut error = CloudError::new(Kind::Refused, "s3:PutBucketPolicy", "invalid principal");
        error.code = Some("MalformedPolicy".into());
        error.request_id = Some("4442587FB7D0A2F9".into());
        assert_eq!(
            error.with_help("name a role that exists").to_string(),
            "s3:PutBucketPolicy: invalid principal (MalformedPolicy, request id 4442587FB7D0A2F9)\n\n\
             name a role that exists"
        );
    }
}
