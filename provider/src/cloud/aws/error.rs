//! From the SDK's errors to ours: code, message and request id kept, everything else left behind.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::cloud::{CloudError, Kind};

/// What the SDK says about a failed call, in our words.
pub(super) fn explain<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().map(str::to_owned);
    let said = error.message().map(str::to_owned);
    let mut explained = if code.is_none() && status.is_none() {
        not_sent(operation, error)
    } else {
        let kind = kind(code.as_deref().unwrap_or_default(), status.unwrap_or_default());
        let message = said.unwrap_or_else(|| match status {
            Some(status) => format!("answered {status}"),
            None => "failed".to_owned(),
        });
        CloudError::new(kind, operation, message)
    };
    explained.code = code.or_else(|| status.filter(|s| *s >= 300).map(|s| s.to_string()));
    explained.request_id = request_id;
    match help(&explained) {
        Some(help) if explained.help.is_none() => explained.with_help(help),
        _ => explained,
    }
}

/// Errors before there was an answer: no credentials, no connection, no time.
fn not_sent<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: Error + Send + Sync + 'static,
{
    let causes = causes(error);
    if causes.contains("credential") || causes.contains("identity") {
        return CloudError::new(Kind::Settings, operation, format!("no credentials: {causes}"))
            .with_help(
                "set `profile`, `access_key` and `secret_key` or `assume_role_with_web_identity` \
                 in the provider block, or the variables AWS_PROFILE or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY",
            );
    }
    let kind = match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Kind::Transient,
        _ => Kind::Refused,
    };
    CloudError::new(kind, operation, causes)
}

/// The innermost causes; the outer ones only say that there was an error.
fn causes(error: &dyn Error) -> String {
    let mut chain = vec![];
    let mut source = Some(error);
    while let Some(error) = source {
        let text = error.to_string();
        if !chain.contains(&text) {
            chain.push(text);
        }
        source = error.source();
    }
    chain.join(": ")
}

/// `aws.md` 1.2 and 2.2 say what each code means for what to do next.
fn kind(code: &str, status: u16) -> Kind {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "MethodNotAllowed"
        | "AllAccessDisabled"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => Kind::Denied,
        "AlreadyExistsException"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "BucketNotEmpty"
        | "InvalidBucketState" => Kind::Refused,
        "ConflictException" | "KMSInvalidStateException" | "OperationAborted" => Kind::Conflict,
        "NoSuchBucket"
        | "NoSuchBucketPolicy"
        | "NoSuchConfiguration"
        | "NoSuchLifecycleConfiguration"
        | "NoSuchPublicAccessBlockConfiguration"
        | "NoSuchTagSet"
        | "NotFound"
        | "NotFoundException"
        | "ObjectLockConfigurationNotFoundError"
        | "OwnershipControlsNotFoundError"
        | "ReplicationConfigurationNotFoundError"
        | "ServerSideEncryptionConfigurationNotFoundError" => Kind::Missing,
        "DependencyTimeoutException"
        | "KMSInternalException"
        | "RequestLimitExceeded"
        | "RequestTimeout"
        | "SlowDown"
        | "TooManyRequestsException" => Kind::Transient,
        throttled if throttled.starts_with("Throttling") => Kind::Transient,
        _ => match status {
            401 | 403 => Kind::Denied,
            404 => Kind::Missing,
            409 => Kind::Conflict,
            429 | 500.. => Kind::Transient,
            _ => Kind::Refused,
        },
    }
}

/// What to do about an error that has one known way out wherever it appears.
fn help(error: &CloudError) -> Option<String> {
    let text = match error.code.as_deref()? {
        "ExpiredToken" | "ExpiredTokenException" => "the credentials have expired: renew them",
        "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => "the credentials are not valid here: check them",
        "AccessDenied" | "AccessDeniedException" => {
            return Some(format!(
                "the credentials in use need the right `{}`; a policy of the organisation or of \
                 the resource itself may take it away again",
                error.operation
            ));
        }
        "MethodNotAllowed" => "the credentials belong to another account than the bucket",
        "InvalidBucketState" => {
            "versioning cannot be suspended under object lock, and object lock needs versioning"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_win_over_statuses() {
        assert_eq!(kind("OperationAborted", 409), Kind::Conflict);
        assert_eq!(kind("BucketAlreadyExists", 409), Kind::Refused);
        assert_eq!(kind("NoSuchTagSet", 404), Kind::Missing);
        assert_eq!(kind("ThrottlingException", 400), Kind::Transient);
        assert_eq!(kind("", 503), Kind::Transient);
        assert_eq!(kind("", 403), Kind::Denied);
        assert_eq!(kind("MalformedPolicy", 400), Kind::Refused);
    }

    #[test]
    fn a_refusal_names_the_right_that_is_missing() {
        let mut error = CloudError::new(Kind::Denied, "s3:PutBucketPolicy", "Access Denied");
        error.code = Some("AccessDenied".into());
        assert!(help(&error).unwrap().contains("`s3:PutBucketPolicy`"));
    }
}
