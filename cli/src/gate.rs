//! Where the command meets the catalog: values in, decisions out. The only caller of `evaluate`
//! and `fixes` here. Knows nothing of files; called by the readers of `input`.

use std::sync::Arc;

use probity_catalog::{
    Arena, Context, ControlId, Decision, Path, Snapshot, Subject, Value, evaluate,
    evaluate::{evaluate_control, evaluate_watched},
    fixes, simulate,
    subject::{
        kubernetes::{self, RequestInfo, Unjudged},
        terraform::{self, Operation},
    },
};

use crate::profile::{Profile, Stopwatch};

/// What is judged by, and how.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Catalog and settings.
    pub snapshot: Arc<Snapshot>,
    /// Phase and day.
    pub context: Context,
    /// Judge pods and templates as the mutating webhook would leave them.
    pub mutate: bool,
    /// The namespace of objects that do not name their own.
    pub namespace: Option<String>,
    /// What finds secrets where the controls in force would not.
    pub secrets: Option<Arc<Secrets>>,
    /// Where to note what judging takes, if anybody asks.
    pub profile: Option<Arc<Profile>>,
}

/// Finds secrets for no other end than not to show them: under a framework alone nothing may ask
/// for the controls that would.
#[derive(Debug)]
pub struct Secrets {
    snapshot: Snapshot,
    controls: Vec<ControlId>,
}

impl Secrets {
    /// By all controls of a snapshot that say of what they find that it is a secret.
    pub fn new(snapshot: Snapshot) -> Self {
        let mut controls: Vec<_> = snapshot
            .controls()
            .flat_map(|control| &control.checks)
            .filter(|check| check.rules.iter().any(|rule| rule.secret))
            .map(|check| check.id.control.clone())
            .collect();
        controls.dedup();
        Self { snapshot, controls }
    }

    fn of<'a>(&'a self, subject: &Subject<'a>, context: Context, arena: &'a Arena) -> Vec<Path> {
        let judge = |control| evaluate_control(&self.snapshot, subject, &context, arena, control);
        let findings = self.controls.iter().filter_map(judge).flat_map(|(_, findings)| findings);
        findings.filter(|finding| finding.secret).map(|finding| finding.path).collect()
    }
}

/// What became of one object of a file.
#[derive(Debug, Default)]
pub struct Objects {
    /// The decisions.
    pub judged: Vec<Object>,
    /// What carries a pod template and cannot be judged.
    pub unjudged: Vec<Unjudged>,
    /// How many objects there were, lists unfolded.
    pub count: usize,
}

/// An object that was judged.
#[derive(Debug)]
pub struct Object {
    /// Where it stands in the document.
    pub origin: Path,
    /// What was decided.
    pub decision: Decision,
    /// Where in the object secrets stand.
    pub secrets: Vec<Path>,
}

/// A resource of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// `probity_s3_bucket`.
    pub kind: &'a str,
    /// `module.a.probity_s3_bucket.ledger`.
    pub address: &'a str,
    /// The attributes as planned.
    pub values: Value<'a>,
    /// The attributes before.
    pub prior: Value<'a>,
    /// What happens to it.
    pub operation: Operation,
    /// What is known of its provider.
    pub provider: Value<'a>,
}

impl<'a> Resource<'a> {
    fn subject(self, arena: &'a Arena) -> Option<Subject<'a>> {
        let Self { kind, address, values, prior, operation, provider } = self;
        terraform::subject(kind, values, prior, operation, address, provider, arena)
    }
}

impl Gate {
    /// Judges an object as it would be admitted; lists unfold.
    pub fn object<'a>(&'a self, object: Value<'a>, arena: &'a Arena) -> Objects {
        self.request(object, &RequestInfo::offline(self.namespace.as_deref()), arena)
    }

    /// Judges an object of which more is known than a file says.
    pub fn request<'a>(
        &'a self,
        object: Value<'a>,
        info: &RequestInfo<'a>,
        arena: &'a Arena,
    ) -> Objects {
        let found = kubernetes::subjects(object, info, arena);
        let judge = |subject: &Subject<'a>| {
            let origin = subject.origin().clone();
            let mutated = if self.mutate { self.mutated(subject, arena) } else { None };
            let decision = self.judge(mutated.as_ref().unwrap_or(subject), arena);
            let found = decision.findings.iter().filter(|finding| finding.secret);
            let mut secrets: Vec<_> = found.map(|finding| finding.path.clone()).collect();
            if let Some(more) = &self.secrets {
                secrets.extend(more.of(subject, self.context, arena));
            }
            Object { origin, decision, secrets }
        };
        let judged = found.judged.iter().map(judge).collect();
        Objects { judged, unjudged: found.unjudged, count: found.objects }
    }

    /// Judges a resource; none where no control knows its type.
    pub fn resource<'a>(&'a self, resource: Resource<'a>, arena: &'a Arena) -> Option<Decision> {
        Some(self.judge(&resource.subject(arena)?, arena))
    }

    fn judge<'a>(&'a self, subject: &Subject<'a>, arena: &'a Arena) -> Decision {
        let Some(profile) = &self.profile else {
            return evaluate(&self.snapshot, subject, &self.context, arena);
        };
        let mut stopwatch = Stopwatch::default();
        let decision =
            evaluate_watched(&self.snapshot, subject, &self.context, arena, &mut stopwatch);
        profile.add(&subject.identity, stopwatch);
        decision
    }

    fn mutated<'a>(&'a self, subject: &Subject<'a>, arena: &'a Arena) -> Option<Subject<'a>> {
        let fixes = fixes(&self.snapshot, subject, &self.context, arena);
        if fixes.is_empty() {
            return None;
        }
        subject.patched(simulate(subject.root(), &fixes, arena), arena)
    }
}
