//! AdmissionReview v1, from the bytes of a body to borrowed fields in the request's arena.
//!
//! What comes out is complete enough to judge and to answer; whatever is not is an error that says
//! what is wrong. Knows the envelope, not the controls. Called by `admission`.

use probity_catalog::shape::kubernetes::WORKLOADS;
use probity_catalog::value::{Arena, Value, read_json};

/// `apiVersion` of request and answer.
pub const API_VERSION: &str = "admission.k8s.io/v1";
/// `kind` of request and answer.
pub const KIND: &str = "AdmissionReview";

/// Why a body is no review that can be judged.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReviewError {
    /// Not JSON, or JSON that two readers could understand differently.
    #[error("body is not acceptable JSON: {0}")]
    Json(String),
    /// JSON of another kind.
    #[error("body is {found}; this endpoint takes `{KIND}` of `{API_VERSION}`")]
    Kind {
        /// What it is instead.
        found: String,
    },
    /// No `request` in it.
    #[error("the review has no `request`")]
    Request,
    /// Nothing to answer to.
    #[error("the review's request has no `uid`")]
    Uid,
}

impl ReviewError {
    /// The label of `probity_admission_bad_requests_total`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Kind { .. } => "kind",
            Self::Request => "request",
            Self::Uid => "uid",
        }
    }
}

/// What is done to the object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// Made, applied where there was none.
    Create,
    /// Changed, a subresource included.
    Update,
    /// Deleted.
    Delete,
    /// Exec, attach, port-forward, proxy.
    Connect,
    /// No word that an API server says.
    Other,
}

impl Operation {
    /// The API server's spelling, or `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::Other => "other",
        }
    }

    fn parse(text: &str) -> Self {
        [Self::Create, Self::Update, Self::Delete, Self::Connect]
            .into_iter()
            .find(|operation| operation.as_str() == text)
            .unwrap_or(Self::Other)
    }
}

/// Group, version and kind (or resource).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Gvk<'a> {
    /// Empty for the core group.
    pub group: &'a str,
    /// `v1`.
    pub version: &'a str,
    /// `Pod`, or `pods` in a resource.
    pub name: &'a str,
}

impl<'a> Gvk<'a> {
    fn read(request: Value<'a>, field: &str, name: &str) -> Self {
        let Some(value) = request.get(field) else { return Self::default() };
        Self {
            group: text(value, "group"),
            version: text(value, "version"),
            name: text(value, name),
        }
    }
}

/// One review, borrowed from body and arena.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// The JSON that all of it was read from.
    pub body: &'a [u8],
    /// Names this call; the answer carries it back.
    pub uid: &'a str,
    /// What is done.
    pub operation: Operation,
    /// The kind of `object`.
    pub kind: Gvk<'a>,
    /// The resource addressed.
    pub resource: Gvk<'a>,
    /// The part of it addressed; empty for the whole.
    pub subresource: &'a str,
    /// Empty where the object is not in a namespace.
    pub namespace: &'a str,
    /// Empty where the server still has to make one up.
    pub name: &'a str,
    /// Whether nothing is stored.
    pub dry_run: bool,
    /// The object as it would be; null for DELETE.
    pub object: Value<'a>,
    /// The object as it is; null for CREATE.
    pub old_object: Value<'a>,
    /// Who asks.
    pub user: Value<'a>,
    /// All of the above as it was sent, for expressions.
    pub request: Value<'a>,
}

impl<'a> Review<'a> {
    /// Reads a body: what can be answered under its uid. [`Self::check`] says whether it can be
    /// judged too.
    pub fn read(body: &'a [u8], arena: &'a Arena) -> Result<Self, ReviewError> {
        let review =
            read_json(body, arena).map_err(|error| ReviewError::Json(error.to_string()))?;
        check_envelope(review)?;
        let request = review
            .get("request")
            .filter(|request| request.as_map().is_some())
            .ok_or(ReviewError::Request)?;
        let uid = text(request, "uid");
        if uid.is_empty() {
            return Err(ReviewError::Uid);
        }
        Ok(Self {
            body,
            uid,
            operation: Operation::parse(text(request, "operation")),
            kind: Gvk::read(request, "kind", "kind"),
            resource: Gvk::read(request, "resource", "resource"),
            subresource: text(request, "subResource"),
            namespace: text(request, "namespace"),
            name: text(request, "name"),
            dry_run: request.get("dryRun").and_then(|value| value.as_bool()).unwrap_or(false),
            object: request.get("object").unwrap_or(Value::Null),
            old_object: request.get("oldObject").unwrap_or(Value::Null),
            user: request.get("userInfo").unwrap_or(Value::Null),
            request,
        })
    }

    /// What is wrong with a review that can be answered, but not judged. What is to be judged must
    /// be there and be what the request says it is: what one side took for a Pod and the other for
    /// something else would be judged by nobody.
    pub fn check(&self) -> Result<(), String> {
        if self.operation == Operation::Other {
            let operation = shown(text(self.request, "operation"));
            return Err(format!(
                "`operation` is `{operation}`, not one of CREATE, UPDATE, DELETE, CONNECT"
            ));
        }
        if self.kind.name.is_empty() {
            return Err("`kind` is missing".to_owned());
        }
        if !self.judged() {
            return Ok(());
        }
        if self.object.as_map().is_none() {
            return Err(format!("{} without an `object`", self.operation.as_str()));
        }
        let (kind, api_version) = (text(self.object, "kind"), text(self.object, "apiVersion"));
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let same = (kind, group, version) == (self.kind.name, self.kind.group, self.kind.version);
        if same {
            return Ok(());
        }
        Err(format!(
            "`object` is `{}` `{}`, but `kind` says `{}` `{}`",
            shown(api_version),
            shown(kind),
            shown(&group_version(self.kind)),
            shown(self.kind.name)
        ))
    }

    /// Whether the operation brings something to judge.
    pub fn judged(&self) -> bool {
        matches!(self.operation, Operation::Create | Operation::Update)
    }

    /// The kind as a label of metrics: kinds that carry a pod are one each, all others are `other`.
    pub fn kind_label(&self) -> &'static str {
        WORKLOADS.iter().find(|kind| **kind == self.kind.name).copied().unwrap_or("other")
    }

    /// A text field of `userInfo`.
    pub fn user_text(&self, field: &str) -> &'a str {
        text(self.user, field)
    }
}

/// `apps/v1`, or `v1` in the core group.
pub fn group_version(kind: Gvk<'_>) -> String {
    if kind.group.is_empty() {
        kind.version.to_owned()
    } else {
        format!("{}/{}", kind.group, kind.version)
    }
}

fn check_envelope(review: Value<'_>) -> Result<(), ReviewError> {
    if review.as_map().is_none() {
        return Err(ReviewError::Kind { found: "not a JSON object".to_owned() });
    }
    let (api_version, kind) = (text(review, "apiVersion"), text(review, "kind"));
    if (api_version, kind) == (API_VERSION, KIND) {
        return Ok(());
    }
    let found = format!("`{}` of `{}`", shown(kind), shown(api_version));
    Err(ReviewError::Kind { found })
}

fn text<'a>(value: Value<'a>, field: &str) -> &'a str {
    value.get(field).and_then(|value| value.as_str()).unwrap_or_default()
}

/// A stranger's text, short and on one line.
fn shown(text: &str) -> String {
    super::response::one_line(text, 60)
}
