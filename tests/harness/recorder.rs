//! Between the provider and the local AWS: passes every call on, writes it down, and answers in
//! AWS's place where a test says so. Emulators accept what AWS refuses; what goes over the wire is
//! what tells. Knows how calls are named, not which are right.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One call as it went over the wire.
#[derive(Clone, Debug)]
pub struct Call {
    /// `s3:PutBucketPolicy`, `kms:CreateKey`, `sts:GetCallerIdentity`.
    pub operation: String,
    /// What it is about: the bucket.
    pub resource: String,
    /// The body.
    pub body: String,
    /// Header names in lower case with their values.
    pub headers: Vec<(String, String)>,
}

impl Call {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The request id of answers in AWS's place.
pub const REQUEST_ID: &str = "4442587FB7D0A2F9";

/// An answer in AWS's place: to what, and what.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The call, as [`Call::operation`] has it.
    pub operation: &'static str,
    /// What it is about, as [`Call::resource`] has it.
    pub resource: String,
    /// What its body must hold.
    pub containing: &'static str,
    /// How often.
    pub times: usize,
    /// The status.
    pub status: u16,
    /// A header beside the request id.
    pub header: Option<(&'static str, &'static str)>,
    /// The body.
    pub body: String,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            operation: "",
            resource: String::new(),
            containing: "",
            times: usize::MAX,
            status: 200,
            header: None,
            body: String::new(),
        }
    }
}

#[derive(Debug, Default)]
struct Notes {
    calls: Vec<Call>,
    answers: Vec<Answer>,
}

/// A running recorder, ended when dropped.
#[derive(Debug)]
pub struct Recorder {
    port: u16,
    notes: Arc<Mutex<Notes>>,
    server: JoinHandle<()>,
}

impl Recorder {
    /// Start one in front of `endpoint`.
    pub async fn start(endpoint: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port can be bound");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let notes = Arc::new(Mutex::new(Notes::default()));
        let target = endpoint.trim_start_matches("http://").to_owned();
        let server = tokio::spawn(serve(listener, Arc::clone(&notes), target));
        Self { port, notes, server }
    }

    /// The environment of `environment` with this recorder in the way.
    pub fn in_front(
        &self,
        environment: Vec<(&'static str, String)>,
    ) -> Vec<(&'static str, String)> {
        let replace = |(name, value)| match name {
            "AWS_ENDPOINT_URL" => (name, self.endpoint()),
            _ => (name, value),
        };
        environment.into_iter().map(replace).collect()
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next `times` calls of this operation on this resource get an S3 error instead.
    pub fn refuse(
        &self,
        operation: &'static str,
        resource: &str,
        times: usize,
        status: u16,
        code: &str,
    ) {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>said \
             the recorder</Message></Error>"
        );
        let resource = resource.to_owned();
        self.answer(Answer { operation, resource, times, status, body, ..Answer::default() });
    }

    /// Answer calls in AWS's place. What was prepared last is given first.
    pub fn answer(&self, answer: Answer) {
        self.notes().answers.insert(0, answer);
    }

    /// Everything that was called so far.
    pub fn calls(&self) -> Vec<Call> {
        self.notes().calls.clone()
    }

    /// What changes something, about this resource, in order. Calls of KMS are about no resource
    /// that could be told apart.
    pub fn writes(&self, resource: &str) -> Vec<String> {
        let is_write = |call: &&Call| {
            let (_, verb) = call.operation.split_once(':').unwrap_or_default();
            !["Get", "Head", "List", "Describe"].iter().any(|read| verb.starts_with(read))
        };
        let calls = self.calls();
        let of_resource = calls.iter().filter(|call| call.resource == resource).filter(is_write);
        of_resource.map(|call| call.operation.clone()).collect()
    }

    /// Forget the calls so far.
    pub fn forget(&self) {
        self.notes().calls.clear();
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, notes: Arc<Mutex<Notes>>, target: String) {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    while let Ok((stream, _)) = listener.accept().await {
        let (client, notes, target) = (client.clone(), Arc::clone(&notes), target.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (client, notes, target) = (client.clone(), Arc::clone(&notes), target.clone());
                async move { Ok::<_, Infallible>(pass(&client, &notes, &target, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            // The peer may close whenever it likes.
            let _ = connection.await;
        });
    }
}

async fn pass(
    client: &Client<HttpConnector, Full<Bytes>>,
    notes: &Mutex<Notes>,
    target: &str,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (mut head, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return answer(StatusCode::BAD_REQUEST, String::new()),
    };
    let call = note(&head, &body);
    if let Some(answer) = write_down(notes, call) {
        return answer;
    }
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    match format!("http://{target}{path}").parse() {
        Ok(uri) => head.uri = uri,
        Err(_) => return answer(StatusCode::BAD_REQUEST, String::new()),
    }
    match client.request(Request::from_parts(head, Full::new(body))).await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            Response::from_parts(head, Full::new(body.unwrap_or_default()))
        }
        Err(error) => answer(StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

/// Writes a call down; gives the answer that a test has prepared for it.
fn write_down(notes: &Mutex<Notes>, call: Call) -> Option<Response<Full<Bytes>>> {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    let prepared = notes.answers.iter_mut().find(|answer| {
        answer.times > 0
            && answer.operation == call.operation
            && answer.resource == call.resource
            && call.body.contains(answer.containing)
    });
    let prepared = prepared.map(|prepared| {
        prepared.times -= 1;
        let status = StatusCode::from_u16(prepared.status).expect("a status");
        let mut response = answer(status, prepared.body.clone());
        if let Some((name, value)) = prepared.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    });
    notes.calls.push(call);
    prepared
}

fn answer(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert("x-amz-request-id", HeaderValue::from_static(REQUEST_ID));
    response
}

fn note(head: &http::request::Parts, body: &Bytes) -> Call {
    let body = String::from_utf8_lossy(body).into_owned();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let target = headers.iter().find(|(name, _)| name == "x-amz-target");
    let (operation, resource) = match target {
        Some((_, target)) => {
            let name = target.rsplit('.').next().unwrap_or_default();
            (format!("kms:{name}"), String::new())
        }
        None if body.contains("Action=") => {
            let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
            (format!("sts:{}", action.unwrap_or_default()), String::new())
        }
        None => s3_call(head),
    };
    Call { operation, resource, body, headers }
}

/// S3 names its calls by method and by a word in the query.
fn s3_call(head: &http::request::Parts) -> (String, String) {
    let path = head.uri.path().trim_matches('/');
    let (bucket, object) = path.split_once('/').unwrap_or((path, ""));
    let query = head.uri.query().unwrap_or_default();
    let word = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let part = word.clone().find_map(|word| {
        let part = match word {
            "publicAccessBlock" => "PublicAccessBlock",
            "versioning" => "BucketVersioning",
            "encryption" => "BucketEncryption",
            "policy" => "BucketPolicy",
            "object-lock" => "ObjectLockConfiguration",
            "lifecycle" => "BucketLifecycleConfiguration",
            "logging" => "BucketLogging",
            "tagging" => "BucketTagging",
            "acl" => "BucketAcl",
            "ownershipControls" => "BucketOwnershipControls",
            "versions" => "ObjectVersions",
            "uploads" => "MultipartUploads",
            "delete" => "Objects",
            _ => return None,
        };
        Some(part)
    });
    let verb = match head.method.as_str() {
        "GET" => "Get",
        "HEAD" => "Head",
        "DELETE" | "POST" => "Delete",
        "PUT" if part.is_none() && object.is_empty() => "Create",
        _ => "Put",
    };
    let thing = part.unwrap_or(if object.is_empty() { "Bucket" } else { "Object" });
    (format!("s3:{verb}{thing}"), bucket.to_owned())
}
