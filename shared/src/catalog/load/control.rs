//! `RawControl` to `Control`: words that say something, expressions compiled for their target,
//! paths that exist. One mistake does not hide the next.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{scopes::Scopes, shapes, template, variables};
use crate::catalog::place::{Errors, Place, Unit};
use crate::{
    control::{
        ActionTable, Anchor, Assignment, Check, CheckId, Control, ControlId, Each, Fix, Rule,
        RulePath, Target, Variable,
        raw::{RawControl, RawFix, RawRule},
    },
    expression::{Expression, Read, Scope},
    shape::{self, Type},
    value::Path,
};

/// Where paths begin.
const OF_ANCHORS: &str = "a path begins in the pod's specification, or in the element of `each`; \
                          `object.…` begins at the object, `metadata.…` at the pod's metadata";

/// A control; `None` after an error.
pub(super) fn control(
    unit: &Unit,
    id: &ControlId,
    raw: &RawControl,
    scopes: &Scopes,
    errors: &mut Errors,
) -> Option<Control> {
    for (field, text) in
        [("title", &raw.title), ("rationale", &raw.rationale), ("remediation", &raw.remediation)]
    {
        if text.trim().is_empty() {
            errors.add(unit.at(field).error(format!("the {field} is empty")));
        }
    }
    for (index, link) in raw.links.iter().enumerate() {
        if !link.starts_with("https://") {
            let message = format!("`{link}` is not an https link");
            errors.add(unit.at("links").index(index).error(message));
        }
    }
    let since = raw.since.parse();
    if let Err(error) = &since {
        errors.add(unit.at("since").error(format!("{error}")));
    }
    if raw.checks.is_empty() {
        errors.add(unit.at("checks").error("there is no check"));
    }
    let mistakes = errors.len();
    let variables = variables::declare(unit, &raw.variables, errors);
    let checks = checks(unit, id, raw, &scopes.using(&variables), errors);
    // What follows from another mistake is not said as well.
    if errors.len() == mistakes {
        variables::all_used(unit, &raw.variables, checks.iter().flatten(), errors);
    }
    let declared: Vec<_> = raw.parameters.keys().cloned().collect();
    Some(Control {
        id: id.clone(),
        title: raw.title.trim().into(),
        severity: raw.severity,
        mode: raw.mode,
        since: since.ok()?,
        rationale: raw.rationale.trim().into(),
        remediation: raw.remediation.trim().into(),
        links: raw.links.clone(),
        parameters: declared,
        variables: raw.variables.iter().map(Variable::from).collect(),
        checks: checks?,
    })
}

fn checks(
    unit: &Unit,
    id: &ControlId,
    raw: &RawControl,
    scopes: &Scopes,
    errors: &mut Errors,
) -> Option<Vec<Check>> {
    let mut checks = Some(Vec::new());
    for (word, rules) in &raw.checks {
        let at = unit.at("checks").field(word);
        let target: Target = match word.parse() {
            Ok(target) => target,
            Err(error) => {
                errors.add(at.error(format!("{error}")));
                checks = None;
                continue;
            }
        };
        if rules.0.is_empty() {
            errors.add(at.error("there is no rule"));
        }
        let listed = at.is_list();
        let mut compiled = Some(Vec::new());
        for (index, rule) in rules.0.iter().enumerate() {
            let at = if listed { at.clone().index(index) } else { at.clone() };
            let rule = RuleLoader { target, scopes, at, errors }.rule(rule);
            compiled = compiled.zip(rule).map(|(mut all, rule)| {
                all.push(rule);
                all
            });
        }
        let check =
            compiled.map(|rules| Check { id: CheckId { control: id.clone(), target }, rules });
        checks = checks.zip(check).map(|(mut all, check)| {
            all.push(check);
            all
        });
    }
    checks
}

/// Compiles an expression that answers yes or no; `None` after errors.
pub(super) fn compile_bool(
    source: &str,
    scope: &Scope,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Option<Expression> {
    compiled(Expression::compile_bool(source, scope), 0, at, errors)
}

/// Reports what is wrong with an expression that starts `offset` bytes into the text at `at`.
pub(super) fn compiled(
    result: Result<Expression, Vec<crate::expression::CompileError>>,
    offset: usize,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Option<Expression> {
    match result {
        Ok(expression) => Some(expression),
        Err(mistakes) => {
            for mistake in &mistakes {
                errors.add(match mistake.variable {
                    Some(index) => at.of_variable(index).compile_error(0, mistake),
                    None => at.compile_error(offset, mistake),
                });
            }
            None
        }
    }
}

/// What one rule is compiled with.
struct RuleLoader<'l> {
    target: Target,
    scopes: &'l Scopes,
    at: Place<'l>,
    errors: &'l mut Errors,
}

impl RuleLoader<'_> {
    /// Each part is tried even after an error in another, so that all are reported.
    fn rule(mut self, raw: &RawRule) -> Option<Rule> {
        let each = self.each(raw.each.as_deref(), &self.at.clone())?;
        let scope = self.scopes.scope(self.target, each);
        let when = self.optional("when", raw.when.as_deref(), &scope, true);
        // Each expression may rely on what those before it have settled.
        let applicable = match &when {
            Some(Some(when)) => scope.given(when, true),
            Some(None) => scope,
            None => scope.given_something(),
        };
        let at = self.at.clone().field("expression");
        let expression = compile_bool(&raw.expression, &applicable, &at, self.errors);
        let failing = match &expression {
            Some(expression) => applicable.given(expression, false),
            None => applicable.given_something(),
        };
        let found = self.optional("found", raw.found.as_deref(), &failing, false);
        let cap = self.optional("cap", raw.cap.as_deref(), &failing, true);
        let at = self.at.clone().field("allowed");
        let allowed = template::text(&raw.allowed, &failing, &at, self.errors);
        if raw.allowed.trim().is_empty() {
            self.errors.add(at.error("`allowed` is empty"));
        }
        let at = self.at.clone().field("path");
        let path = self.path(&raw.path, each, &at, false).map(|(path, _)| path);
        let fixes: Option<Vec<_>> = raw
            .fix
            .iter()
            .enumerate()
            .map(|(index, fix)| {
                let when = raw.when.as_deref();
                self.fix(fix, when, each, &self.at.clone().field("fix").index(index))
            })
            .collect::<Vec<_>>()
            .into_iter()
            .collect();
        let action = raw.action.map(|table| ActionTable {
            dev: table.dev,
            staging: table.staging,
            production: table.production,
        });
        let mut rule = Rule {
            when: when?,
            each,
            expression: expression?,
            path: path?,
            found: found?,
            allowed: allowed?,
            secret: raw.secret,
            cap: cap?,
            action,
            fixes: fixes?,
            when_once: false,
            parameters: Vec::new(),
            parameters_of_fixes: Vec::new(),
        };
        rule.when_once = rule.each.zip(rule.when.as_ref()).is_some_and(|(each, when)| {
            when.reads().iter().all(|read| read.root != each.variable())
        });
        rule.parameters = parameters_of(&rule);
        rule.parameters_of_fixes = parameters_of_fixes(&rule);
        Some(rule)
    }

    /// `None` after an error, `Some(None)` where nothing is written.
    #[expect(clippy::option_option, reason = "the outer one is the error, which is reported")]
    fn each(&mut self, word: Option<&str>, at: &Place<'_>) -> Option<Option<Each>> {
        let Some(word) = word else { return Some(None) };
        let at = at.clone().field("each");
        if self.target.is_terraform() {
            self.errors.add(at.error(format!("`{word}` is a collection of pods")));
            return None;
        }
        let each = Each::parse(word);
        if each.is_none() {
            let known: Vec<_> = Each::ALL.iter().map(|each| each.as_str()).collect();
            let message = format!("`{word}` is not a collection: one of {}", known.join(", "));
            self.errors.add(at.error(message));
        }
        each.map(Some)
    }

    /// `None` after an error, `Some(None)` where nothing is written.
    #[expect(clippy::option_option, reason = "the outer one is the error, which is reported")]
    fn optional(
        &mut self,
        field: &str,
        source: Option<&str>,
        scope: &Scope,
        truth: bool,
    ) -> Option<Option<Expression>> {
        let Some(source) = source else { return Some(None) };
        let at = self.at.clone().field(field);
        let result = if truth {
            Expression::compile_bool(source, scope)
        } else {
            Expression::compile(source, scope)
        };
        compiled(result, 0, &at, self.errors).map(Some)
    }

    /// A path that leads to something in the shape of the target, and the type of that. It is the
    /// text at a place, or its name where `is_name`.
    fn path(
        &mut self,
        text: &str,
        each: Option<Each>,
        at: &Place<'_>,
        is_name: bool,
    ) -> Option<(RulePath, Type)> {
        let path = match Path::parse(text) {
            Ok(path) => path,
            Err(error) => {
                self.errors.add(at.error_in(text, is_name, format!("{error}")));
                return None;
            }
        };
        if path.is_root() && each.is_none() {
            self.errors.add(at.error("the path at fault is missing"));
            return None;
        }
        let path = RulePath::parse(path, each, self.target.is_terraform());
        let start = match path.anchor {
            Anchor::Root => Scopes::root(self.target),
            Anchor::Pod => shape::kubernetes::pod(),
            Anchor::PodParent => {
                Type::object("pod", "field", [("metadata", shape::kubernetes::object_meta())])
            }
            Anchor::Element => each
                .and_then(|each| shape::element(each.as_str()))
                .map_or(Type::Dyn, |(_, kind)| kind),
        };
        match shapes::lead(&start, path.path.segments()) {
            Ok(kind) => Some((path, kind)),
            Err(astray) => {
                let error = at.error_in(&astray.part, is_name, astray.message);
                let help = match (path.anchor, astray.part.as_str()) {
                    (Anchor::Pod | Anchor::Element, "spec" | "template") => {
                        Some(OF_ANCHORS.to_owned())
                    }
                    _ => astray.help,
                };
                self.errors.add(match help {
                    Some(help) => error.with_help(help),
                    None => error,
                });
                None
            }
        }
    }

    fn fix(
        &mut self,
        raw: &RawFix,
        applies: Option<&str>,
        rule_each: Option<Each>,
        at: &Place<'_>,
    ) -> Option<Fix> {
        let each = self.each(raw.each.as_deref(), at)?;
        let mut scope = self.scopes.scope(self.target, each);
        let applies = applies.map(|when| Expression::compile_bool(when, &scope));
        match (applies, rule_each) {
            (Some(Ok(when)), _) => scope = scope.given(&when, true),
            (Some(Err(_)), Some(element))
                if each.map(Each::variable) != Some(element.variable()) =>
            {
                let name = element.variable();
                let message =
                    format!("the rule's `when` speaks of `{name}`, which this fix has not");
                self.errors.add(at.error(message).with_help("give the fix the same `each`"));
            }
            (Some(Err(_)), _) => scope = scope.given_something(),
            (None, _) => {}
        }
        let when = match &raw.when {
            Some(source) => {
                Some(compile_bool(source, &scope, &at.clone().field("when"), self.errors)?)
            }
            None => None,
        };
        if let Some(when) = &when {
            scope = scope.given(when, true);
        }
        if raw.opt_in && self.target.is_terraform() {
            let message = "a resource has no namespace that could ask for the fix";
            let error = at.clone().field("opt_in").error(message);
            self.errors.add(error.with_help("`opt_in` is for Kubernetes alone"));
        }
        let (instead_of, of) = (raw.instead_of.clone(), at.clone().field("instead_of"));
        if instead_of.is_some() && self.target.is_terraform() {
            let message = "what a configuration says is never overwritten";
            self.errors.add(of.error(message).with_help("`instead_of` is for Kubernetes alone"));
        } else if let Some(value) = &instead_of
            && !raw.opt_in
        {
            let message = format!(
                "`{value}` may be what somebody said, which stays unless a namespace asks for the fix"
            );
            self.errors.add(of.error(message).with_help("add `opt_in: true`"));
        }
        if instead_of.is_some() && raw.set.is_empty() {
            self.errors.add(of.error("nothing is set instead of it").with_help("add `set`"));
        }
        let replaced =
            instead_of.as_ref().and_then(|value| template::value(value, &scope, &of, self.errors));
        let removed = raw.remove.iter().flat_map(|paths| &paths.0);
        let wanted = raw.set.iter().map(|(path, value)| (path, Some(value)));
        let wanted: Vec<(&String, Option<&Json>)> =
            wanted.chain(removed.map(|path| (path, None))).collect();
        if wanted.is_empty() {
            self.errors.add(at.error("the fix neither sets nor removes anything"));
        }
        let mut assignments = Vec::new();
        for (text, value) in wanted {
            let field = if value.is_some() { "set" } else { "remove" };
            let at = at.clone().field(field).field(text);
            let path = self.path(text, each, &at, value.is_some());
            let Some(value) = value else {
                assignments.push(Assignment { path: path?.0, value: None });
                continue;
            };
            let value = template::value(value, &scope, &at, self.errors);
            let ((path, kind), value) = (path?, value?);
            if let Err(message) = shapes::fits(&value, &kind) {
                self.errors.add(at.error(format!("`{text}` {message}")));
            }
            if let Some(replaced) = &replaced
                && let Err(message) = shapes::fits(replaced, &kind)
            {
                self.errors.add(of.error(format!("`{text}` {message}")));
            }
            assignments.push(Assignment { path, value: Some(value) });
        }
        Some(Fix { each, opt_in: raw.opt_in, when, instead_of, assignments })
    }
}

/// The names of the parameters that decide about a rule or are shown in what it says.
fn parameters_of(rule: &Rule) -> Vec<String> {
    let shown = rule.allowed.expressions().chain(&rule.found);
    names_of(rule.reads().chain(shown.flat_map(Expression::reads)))
}

/// The names of the parameters that the fixes of a rule write or hang on.
fn parameters_of_fixes(rule: &Rule) -> Vec<String> {
    names_of(rule.fixes.iter().flat_map(Fix::expressions).flat_map(Expression::reads))
}

fn names_of<'r>(reads: impl Iterator<Item = &'r Read>) -> Vec<String> {
    let names: BTreeSet<_> = reads
        .filter(|read| read.root == "params")
        .filter_map(|read| read.fields.first().cloned())
        .collect();
    names.into_iter().collect()
}
