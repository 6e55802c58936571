//! Judging: a subject against every check of its target. Pure: no clock, no files, no network;
//! the same inputs give the same decision. Front ends call it from their `gate.rs` alone.

use time::Date;

use crate::{
    control::{Check, CheckId, ControlId, Each, Rule},
    decision::{Decision, Finding, Verdict},
    expression::{Cost, Holding},
    snapshot::{Judged, Snapshot},
    subject::{
        Subject, View,
        terraform::{Operation, ResourceView},
    },
    value::Arena,
};

pub use crate::decision::Phase;
pub(crate) use finding::absolute;
pub(crate) use frame::{Broken, Element, Frame, visit};

mod finding;
mod frame;
mod unchanged;
mod walk;

use walk::{Step, Steps, Walks};

/// What the expressions of one control may cost on one subject.
const CONTROL_COST: u64 = 1_000_000;

/// What all expressions may cost on one subject.
const SUBJECT_COST: u64 = 5_000_000;

/// Findings of one check that are spelt out; the last one says how many more there are.
const FINDINGS_PER_CHECK: usize = 50;

/// When, and as of which day, a subject is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// In which phase.
    pub phase: Phase,
    /// As of which day overrides and periods of grace count.
    pub today: Date,
}

impl Context {
    /// A context for one phase and day.
    pub const fn new(phase: Phase, today: Date) -> Self {
        Self { phase, today }
    }
}

/// Is told of each check while a subject is judged: the profile of a run. What it does with a
/// clock is its own affair; `()` does nothing, at no cost.
pub trait Watch {
    /// A check begins.
    fn begins(&mut self) {}

    /// It has ended, and its expressions have cost so many units: as many as if no other check
    /// had been there, however much of the work was shared.
    fn ends(&mut self, _check: &CheckId, _cost: u64) {}
}

impl Watch for () {}

/// Judges a subject.
pub fn evaluate<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    context: &Context,
    arena: &'a Arena,
) -> Decision {
    evaluate_watched(snapshot, subject, context, arena, &mut ())
}

/// Judges a subject before a witness.
pub fn evaluate_watched<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    context: &Context,
    arena: &'a Arena,
    watch: &mut impl Watch,
) -> Decision {
    Judge::new(snapshot, subject, context, arena).all(watch)
}

/// Judges a subject by one control alone: the worst verdict and what there is to say; none where
/// the control has no check for such subjects.
pub fn evaluate_control<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    context: &Context,
    arena: &'a Arena,
    control: &ControlId,
) -> Option<(Verdict, Vec<Finding>)> {
    let judged =
        snapshot.checks(subject.identity.target).find(|judged| judged.control.id == *control)?;
    let mut judge = Judge::new(snapshot, subject, context, arena);
    let mut findings = Vec::new();
    let verdict = judge.check(judged, &mut findings);
    Some((verdict, findings))
}

/// What is needed while one subject is judged.
struct Judge<'j, 'a> {
    snapshot: &'a Snapshot,
    subject: &'j Subject<'a>,
    context: &'j Context,
    frame: Frame<'a>,
    walks: Walks<'a>,
    /// What the control at hand may still spend.
    cost: Cost,
    /// What all controls may still spend.
    left: u64,
}

/// What an expression that must be true or false gave.
enum Truth {
    True,
    False,
    Unknown,
    Error(String),
}

/// What a rule says of the subject or of one element.
struct Outcome {
    verdict: Verdict,
    /// What went wrong, for errors.
    note: Option<String>,
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, note: None }
    }
}

impl<'j, 'a> Judge<'j, 'a> {
    fn new(
        snapshot: &'a Snapshot,
        subject: &'j Subject<'a>,
        context: &'j Context,
        arena: &'a Arena,
    ) -> Self {
        let mut judge = Self::alone(snapshot, subject, context, arena);
        judge.frame.share(snapshot.plan(subject.identity.target));
        judge
    }

    /// Each expression does all its work itself.
    fn alone(
        snapshot: &'a Snapshot,
        subject: &'j Subject<'a>,
        context: &'j Context,
        arena: &'a Arena,
    ) -> Self {
        let (walks, cost) = (Walks::default(), Cost::default());
        let frame = Frame::new(snapshot, subject, arena);
        Self { snapshot, subject, context, frame, walks, cost, left: SUBJECT_COST }
    }

    /// Every check of the subject's target.
    fn all(mut self, watch: &mut impl Watch) -> Decision {
        let mut decision = Decision {
            subject: self.subject.identity.clone(),
            environment: self.snapshot.environment(),
            classification: self.frame.classification,
            own_regimes: self.frame.own_regimes.iter().map(|regime| regime.id.clone()).collect(),
            parameters: self.frame.current.digest(),
            findings: Vec::new(),
            passed: 0,
            not_applicable: 0,
        };
        for judged in self.snapshot.checks(self.subject.identity.target) {
            watch.begins();
            match self.check(judged, &mut decision.findings) {
                Verdict::Pass => decision.passed += 1,
                Verdict::NotApplicable => decision.not_applicable += 1,
                _ => {}
            }
            watch.ends(&judged.check.id, self.cost.spent());
        }
        // Stable: findings of one control stay in the order of its rules and of the elements.
        decision
            .findings
            .sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.control.cmp(&b.control)));
        decision
    }

    fn check(&mut self, judged: Judged<'a>, findings: &mut Vec<Finding>) -> Verdict {
        let Check { rules, .. } = judged.check;
        let limit = CONTROL_COST.min(self.left);
        self.cost = Cost::limit(limit);
        let mut worst = Verdict::NotApplicable;
        let before = findings.len();
        let mut more = 0;
        for rule in rules {
            self.rule(rule, &mut |judge, element, outcome| {
                let verdict = outcome.verdict;
                worst = worst.max(verdict);
                if matches!(verdict, Verdict::Pass | Verdict::NotApplicable) {
                    return;
                }
                if findings.len() - before < FINDINGS_PER_CHECK {
                    let finding = judge.finding(judged, rule, element, outcome);
                    findings.push(finding);
                } else {
                    more += 1;
                }
            });
        }
        if let Some(conflict) = self.open_conflict(judged, worst) {
            worst = worst.max(conflict.verdict);
            findings.push(conflict);
        }
        if let Some(last) = findings.last_mut().filter(|_| more > 0) {
            last.note = Some(format!("and {more} more findings of {}", last.control));
        }
        self.left = self.left.saturating_sub(self.cost.spent());
        worst
    }

    /// Judges the subject, or each element, and hands every outcome to `say`.
    fn rule(
        &mut self,
        rule: &'a Rule,
        say: &mut dyn FnMut(&mut Self, Option<&Element<'a>>, Outcome),
    ) {
        if self.is_deleted() && !rule.reads().any(|read| read.root == "action") {
            return say(self, None, Verdict::NotApplicable.into());
        }
        let Some(each) = rule.each else {
            let conditional = rule.when.is_some();
            if !conditional && self.holds(rule) {
                return say(self, None, Verdict::Pass.into());
            }
            let outcome = self.outcome(rule, conditional);
            return say(self, None, outcome);
        };
        let mut conditional = rule.when.is_some();
        if rule.when_once {
            match self.truth(rule.when.as_ref()) {
                Truth::True => conditional = false,
                Truth::False => return say(self, None, Verdict::NotApplicable.into()),
                // Each element says so, at its place.
                Truth::Unknown | Truth::Error(_) => {}
            }
        }
        let View::Pod(view) = &self.subject.view else { return };
        if !conditional {
            say(self, None, Verdict::Pass.into());
        }
        let steps = self.walks.over(each, view.pod, &self.frame);
        if !conditional && self.holds_throughout(rule, each, steps) {
            return;
        }
        for step in steps {
            match step {
                Ok(Step { element, memo }) => {
                    self.frame.remember_element(element.value, *memo);
                    // That a rule without a condition passes was said before the first element.
                    if !conditional && self.holds(rule) {
                        continue;
                    }
                    let outcome = self.outcome(rule, conditional);
                    say(self, Some(element), outcome);
                }
                Err(Broken::Unknown) => say(self, None, Verdict::Unknown.into()),
                Err(Broken::NoList(field)) => {
                    let note = Some(format!("`{field}` of the pod is no list"));
                    say(self, None, Outcome { verdict: Verdict::Error, note });
                }
            }
        }
    }

    /// Whether the rule's expression is true for every element, as far as that is known of its
    /// family as a whole.
    fn holds_throughout(&mut self, rule: &'a Rule, each: Each, steps: Steps<'a>) -> bool {
        let Some(kin) = rule.expression.kin() else { return false };
        let Some(kept) = self.walks.throughout(each, kin.family, &self.frame) else { return false };
        let holding = kept.get().unwrap_or_else(|| {
            let holding = self.throughout(rule, steps);
            kept.set(Some(holding));
            holding
        });
        holding.members & kin.lane != 0 && self.cost.spend(holding.cost)
    }

    /// Who of the family of a rule holds for every element.
    fn throughout(&mut self, rule: &'a Rule, steps: Steps<'a>) -> Holding {
        let mut all = Holding::ALL;
        for step in steps {
            let Ok(Step { element, memo }) = step else { return Holding::default() };
            self.frame.remember_element(element.value, *memo);
            all = all.and(self.frame.holding(&rule.expression, &self.cost));
            if all.members == 0 {
                break;
            }
        }
        all
    }

    /// Whether the rule's expression is true: the commonest answer, found without ado.
    fn holds(&mut self, rule: &'a Rule) -> bool {
        self.frame.holds(&rule.expression, &mut self.cost)
    }

    fn outcome(&mut self, rule: &'a Rule, conditional: bool) -> Outcome {
        let outcome = self.outcome_here(rule, conditional);
        if outcome.verdict == Verdict::Unknown { self.imagined(rule, conditional) } else { outcome }
    }

    /// What is not known because the class or a condition of a regime is not: if it comes out
    /// the same however that turns out, it is known after all.
    fn imagined(&mut self, rule: &'a Rule, conditional: bool) -> Outcome {
        let (mut passes, mut fails, worlds) = (0, 0, self.frame.worlds());
        for world in &worlds {
            self.frame.enter(*world);
            match self.outcome_here(rule, conditional).verdict {
                Verdict::Pass | Verdict::NotApplicable => passes += 1,
                Verdict::Fail => fails += 1,
                _ => {}
            }
        }
        self.frame.enter(self.frame.here());
        match worlds.len() {
            0 => Verdict::Unknown.into(),
            all if passes == all => Verdict::Pass.into(),
            all if fails == all => Verdict::Fail.into(),
            _ => Verdict::Unknown.into(),
        }
    }

    fn outcome_here(&mut self, rule: &'a Rule, conditional: bool) -> Outcome {
        let mut applies = Truth::True;
        if conditional {
            applies = self.truth(rule.when.as_ref());
        }
        match applies {
            Truth::False => return Verdict::NotApplicable.into(),
            Truth::Error(note) => return Outcome { verdict: Verdict::Error, note: Some(note) },
            Truth::True | Truth::Unknown => {}
        }
        match self.truth(Some(&rule.expression)) {
            Truth::True => Verdict::Pass.into(),
            Truth::Unknown => Verdict::Unknown.into(),
            // Whether it has to hold at all is not known.
            _ if matches!(applies, Truth::Unknown) => Verdict::Unknown.into(),
            Truth::Error(note) => Outcome { verdict: Verdict::Error, note: Some(note) },
            Truth::False if rule.cap.is_none() => self.failed(rule),
            Truth::False => match self.truth(rule.cap.as_ref()) {
                Truth::True => Verdict::PassWithCap.into(),
                Truth::False => self.failed(rule),
                Truth::Unknown => Verdict::Unknown.into(),
                Truth::Error(note) => Outcome { verdict: Verdict::Error, note: Some(note) },
            },
        }
    }

    /// A failure, unless what is asked for cannot be met by anybody.
    fn failed(&self, rule: &Rule) -> Outcome {
        match self.frame.current.conflict(&rule.parameters) {
            Some(conflict) if !conflict.satisfiable => {
                Outcome { verdict: Verdict::Conflict, note: Some(conflict.note) }
            }
            _ => Verdict::Fail.into(),
        }
    }

    fn truth(&mut self, expression: Option<&'a crate::expression::Expression>) -> Truth {
        let Some(expression) = expression else { return Truth::True };
        match self.frame.evaluate(expression, &mut self.cost) {
            Ok(value) => match value.as_bool() {
                Some(true) => Truth::True,
                Some(false) => Truth::False,
                None if value.is_unknown() => Truth::Unknown,
                None => Truth::Error(format!("{value} is neither true nor false")),
            },
            Err(error) => Truth::Error(error.message),
        }
    }

    /// A resource that goes away is judged only by rules that speak of that.
    fn is_deleted(&self) -> bool {
        matches!(
            self.subject.view,
            View::Resource(ResourceView { operation: Operation::Delete, .. })
        )
    }
}

#[cfg(test)]
mod tests;
