//! What is said about an outcome that is not a plain pass: where, what was found, what may be
//! there, who asks, and, through `decision::action`, what happens.

use std::sync::Arc;

use super::{Element, Judge, Outcome, unchanged::unchanged};
use crate::{
    control::{Anchor, Rule, RulePath, Template, TemplatePart},
    decision::{self, Change, Circumstances, Finding, Verdict},
    expression::Expression,
    snapshot::Judged,
    subject::View,
    value::{Path, Value},
};

/// What is said of an error where the value at fault may be a secret.
const UNREADABLE: &str = "something here is not of the type that belongs here";

/// What stands for a secret.
const HIDDEN: &str = "(redacted)";

/// What stands for something that nobody can know yet.
const UNKNOWN: &str = "known after apply";

impl<'a> Judge<'_, 'a> {
    pub(super) fn finding(
        &mut self,
        judged: Judged<'a>,
        rule: &'a Rule,
        element: Option<&Element<'a>>,
        outcome: Outcome,
    ) -> Finding {
        let Outcome { verdict, note } = outcome;
        // What went wrong is told with the value at which it did.
        let note = if rule.secret { note.map(|_| UNREADABLE.to_owned()) } else { note };
        let waits_for =
            if verdict == Verdict::Unknown { self.waits_for(rule, element) } else { Vec::new() };
        // The subject's own values can be supplied; what others have to look up cannot.
        let out_of_reach = !waits_for.is_empty()
            && waits_for.iter().all(|(root, _)| {
                matches!(
                    root.as_str(),
                    "namespaceObject" | "serviceAccount" | "roleBindings" | "request" | "oldObject"
                )
            });
        let finding = self.base_finding(judged, rule, element, verdict);
        let control = judged.control;
        let today = self.context.today;
        let level = self.snapshot.level(self.frame.classification);
        let environment = self.snapshot.environment();
        let conflict = match verdict {
            Verdict::Conflict => self.frame.current.conflict(&rule.parameters),
            _ => None,
        };
        let (action, why) = decision::action(
            verdict,
            &Circumstances {
                phase: self.context.phase,
                environment,
                mode: control.mode,
                severity: finding.severity,
                own: rule.action,
                settings: self.snapshot.override_of(&control.id, today),
                raise_warnings: level
                    .is_some_and(|level| level.raise_warnings_in.contains(&environment)),
                grace_until: self.snapshot.grace_until(control, today),
                change: self.change(rule, element),
                out_of_reach,
                satisfiable: conflict.is_some_and(|conflict| conflict.satisfiable),
                framework: self.snapshot.framework().is_some(),
                defaults: self.snapshot.catalog().environments(),
            },
        );
        Finding {
            action,
            note: note.or(why),
            waits_for: waits_for.into_iter().map(|(_, path)| path).collect(),
            ..finding
        }
    }

    /// Two demands on a parameter that a check reads and that passes or fails all the same.
    pub(super) fn open_conflict(
        &mut self,
        judged: Judged<'a>,
        verdict: Verdict,
    ) -> Option<Finding> {
        if verdict == Verdict::NotApplicable || !self.snapshot.parameters().has_bounds() {
            return None;
        }
        let (rule, conflict) = judged.check.rules.iter().find_map(|rule| {
            let conflict = self.frame.current.conflict(&rule.parameters)?;
            conflict.satisfiable.then_some((rule, conflict))
        })?;
        let outcome = Outcome { verdict: Verdict::Conflict, note: Some(conflict.note) };
        Some(self.finding(judged, rule, None, outcome))
    }

    fn base_finding(
        &mut self,
        judged: Judged<'a>,
        rule: &'a Rule,
        element: Option<&Element<'a>>,
        verdict: Verdict,
    ) -> Finding {
        let control = judged.control;
        let level = self.snapshot.level(self.frame.classification);
        Finding {
            control: control.id.clone(),
            check: judged.check.id.clone(),
            title: control.title.clone(),
            severity: level.map_or(control.severity, |level| {
                level.shift(control.id.family(), control.severity)
            }),
            verdict,
            action: None,
            path: absolute(&self.subject.view, &rule.path, element),
            found: self.found(rule, element, verdict),
            secret: rule.secret,
            allowed: self.render(&rule.allowed),
            basis: self.basis(rule),
            asked_by: self.asked_by(judged),
            rationale: control.rationale.clone(),
            remediation: control.remediation.clone(),
            waits_for: Vec::new(),
            note: None,
        }
    }

    /// Who asks for a control: prepared, unless the subject names regimes of its own.
    fn asked_by(&self, judged: Judged<'a>) -> Arc<[String]> {
        match self.frame.own_regimes.as_slice() {
            [] => Arc::clone(judged.asked_by),
            own => self.snapshot.asked_by(judged.control, own).into(),
        }
    }

    /// What is there now: what the control says to show, else the value at the path.
    fn found(&mut self, rule: &'a Rule, element: Option<&Element<'a>>, verdict: Verdict) -> String {
        if let Some(found) = &rule.found
            && verdict != Verdict::Error
            && let Ok(value) = self.frame.evaluate(found, &mut self.cost)
        {
            // A text of the control's own is shown as it says it.
            return value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        }
        if rule.secret {
            return HIDDEN.to_owned();
        }
        let start = match rule.path.anchor {
            Anchor::Element => element.map(|element| element.value),
            Anchor::Root => Some(self.subject.root()),
            Anchor::Pod => self.pod(|pod| pod.pod),
            Anchor::PodParent => {
                let arena = self.frame.arena();
                self.pod(|pod| Value::Map(arena.alloc_slice_copy(&[("metadata", pod.pod_meta)])))
            }
        };
        match start.and_then(|start| start.lookup(&rule.path.path)) {
            None | Some(Value::Null) => "unset".to_owned(),
            Some(Value::Unknown) => UNKNOWN.to_owned(),
            Some(value) => value.to_string(),
        }
    }

    fn change(&self, rule: &Rule, element: Option<&Element<'a>>) -> Change {
        match &self.subject.view {
            View::Pod(pod) if pod.status_only => Change::StatusOnly,
            View::Pod(pod) if pod.is_mirror => Change::Mirror,
            view if unchanged(view, rule, element) => Change::Untouched,
            _ => Change::Own,
        }
    }

    fn pod(
        &self,
        of: impl FnOnce(&crate::subject::kubernetes::PodView<'a>) -> Value<'a>,
    ) -> Option<Value<'a>> {
        match &self.subject.view {
            View::Pod(pod) => Some(of(pod)),
            View::Resource(_) => None,
        }
    }

    fn render(&mut self, template: &'a Template) -> String {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Expression(expression) => text.push_str(&self.render_one(expression)),
            }
        }
        text
    }

    fn render_one(&mut self, expression: &'a Expression) -> String {
        match self.frame.evaluate(expression, &mut self.cost) {
            Ok(value) => shown(value),
            Err(_) => "…".to_owned(),
        }
    }

    /// `sox; production`: who decided the parameters that this rule reads, and where we are.
    fn basis(&self, rule: &Rule) -> Arc<str> {
        let mut who = Vec::new();
        for name in &rule.parameters {
            let Some((parameter, folded)) = self.frame.current.get(name) else { continue };
            for voice in folded.deciders(parameter.fold).filter(|voice| !voice.is_environment()) {
                let voice = voice.to_string();
                if !who.contains(&voice) {
                    who.push(voice);
                }
            }
        }
        if who.is_empty() {
            return Arc::clone(self.snapshot.baseline());
        }
        format!("{}; {}", who.join(", "), self.snapshot.environment_shown()).into()
    }

    /// The inputs of a rule that are not known, each with the variable it belongs to.
    fn waits_for(&self, rule: &Rule, element: Option<&Element<'a>>) -> Vec<(String, Path)> {
        let mut found = Vec::new();
        for read in rule.reads() {
            self.unknown_inputs(read, rule, element, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }

    fn unknown_inputs(
        &self,
        read: &crate::expression::Read,
        rule: &Rule,
        element: Option<&Element<'a>>,
        found: &mut Vec<(String, Path)>,
    ) {
        let fields = |start: Path| read.fields.iter().fold(start, Path::field);
        let mut add = |value: Value<'a>, path: Path| {
            let value = read.fields.iter().try_fold(value, |value, field| match value {
                Value::Unknown => Some(value),
                value => value.get(field),
            });
            if value.is_some_and(|value| value.has_unknown()) {
                found.push((read.root.clone(), fields(path)));
            }
        };
        let named = |name: &str| Path::root().field(name);
        match (&self.subject.view, read.root.as_str()) {
            (_, "params") => {
                let conditions =
                    read.fields.first().and_then(|name| self.frame.current.waits_for(name));
                let Some(conditions) = conditions else { return };
                if conditions.is_empty() {
                    found.push(("classification".to_owned(), named("classification")));
                }
                for condition in conditions {
                    for read in condition.reads() {
                        self.unknown_inputs(read, rule, element, found);
                    }
                }
            }
            (View::Resource(resource), "classification") => {
                let class = resource.resource.get("classification");
                if class.is_some_and(|class| class.is_unknown()) {
                    found.push(("resource".to_owned(), named("classification")));
                }
            }
            (View::Resource(resource), "resource") => add(resource.resource, Path::root()),
            (View::Resource(resource), "prior") => add(resource.prior, named("prior")),
            (View::Resource(resource), "provider") => add(resource.provider, named("provider")),
            (View::Pod(pod), "object") => add(pod.object, Path::root()),
            (View::Pod(pod), "pod") => add(pod.pod, pod.pod_parent().field("spec")),
            (View::Pod(pod), "podMeta") => add(pod.pod_meta, pod.pod_parent().field("metadata")),
            (View::Pod(pod), "namespaceObject") => {
                add(pod.namespace_object, named("namespaceObject"));
            }
            (View::Pod(pod), "serviceAccount") => add(pod.service_account, named("serviceAccount")),
            (View::Pod(pod), "roleBindings") => add(pod.role_bindings, named("roleBindings")),
            (View::Pod(pod), "request") => add(pod.request, named("request")),
            (View::Pod(pod), "oldObject") => add(pod.old_object, named("oldObject")),
            (View::Pod(pod), variable)
                if rule.each.is_some_and(|each| each.variable() == variable) =>
            {
                if let Some(element) = element {
                    add(element.value, element.path(pod.pod_parent().field("spec")));
                }
            }
            _ => {}
        }
    }
}

/// A rule's path from the top of the object or the resource.
pub(crate) fn absolute(view: &View<'_>, path: &RulePath, element: Option<&Element<'_>>) -> Path {
    let View::Pod(pod) = view else { return path.path.clone() };
    let mut place = match path.anchor {
        Anchor::Root => Path::root(),
        Anchor::PodParent => pod.pod_parent(),
        Anchor::Pod => pod.pod_parent().field("spec"),
        Anchor::Element => {
            let spec = pod.pod_parent().field("spec");
            match element {
                Some(element) => element.path(spec),
                None => spec,
            }
        }
    };
    place.extend(path.path.segments().iter().cloned());
    place
}

/// A value in running text: without the quotes, lists as words.
fn shown(value: Value<'_>) -> String {
    match value {
        Value::String(text) => text.to_owned(),
        Value::List(items) if !items.is_empty() => {
            items.iter().map(|item| shown(*item)).collect::<Vec<_>>().join(", ")
        }
        Value::Null => "unset".to_owned(),
        Value::Unknown => UNKNOWN.to_owned(),
        other => other.to_string(),
    }
}
