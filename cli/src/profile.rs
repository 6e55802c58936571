//! Where the time of a run goes: per check, and per kind of subject. Filled by `gate` while it
//! judges, on all cores at once; shown by `command::check` and in the report for machines.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use probity_catalog::{CheckId, SubjectIdentity, evaluate::Watch};
use schemars::JsonSchema;
use serde::Serialize;

/// What judging has taken so far.
#[derive(Debug, Default)]
pub struct Profile {
    spent: Mutex<Spending>,
}

#[derive(Debug, Default)]
struct Spending {
    checks: BTreeMap<CheckId, Spent>,
    kinds: BTreeMap<String, Spent>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    subjects: u64,
    time: Duration,
    cost: u64,
}

/// What one subject takes.
#[derive(Debug)]
pub struct Stopwatch {
    since: Instant,
    checks: Vec<(CheckId, Duration, u64)>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self { since: Instant::now(), checks: Vec::new() }
    }
}

impl Watch for Stopwatch {
    fn begins(&mut self) {
        self.since = Instant::now();
    }

    fn ends(&mut self, check: &CheckId, cost: u64) {
        self.checks.push((check.clone(), self.since.elapsed(), cost));
    }
}

impl Profile {
    /// Adds what one subject took.
    pub fn add(&self, subject: &SubjectIdentity, stopwatch: Stopwatch) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut whole = Spent { subjects: 1, ..Spent::default() };
        for (check, time, cost) in stopwatch.checks {
            spent.checks.entry(check).or_default().add(Spent { subjects: 1, time, cost });
            whole.time += time;
            whole.cost += cost;
        }
        spent.kinds.entry(subject.kind.to_string()).or_default().add(whole);
    }

    /// All of it, what takes longest first.
    pub fn report(&self) -> Report {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        Report {
            checks: rows(spent.checks.iter().map(|(check, spent)| (check.to_string(), *spent))),
            kinds: rows(spent.kinds.iter().map(|(kind, spent)| (kind.clone(), *spent))),
        }
    }
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.subjects += other.subjects;
        self.time += other.time;
        self.cost += other.cost;
    }
}

fn rows(spent: impl Iterator<Item = (String, Spent)>) -> Vec<Row> {
    let mut rows: Vec<Row> = spent
        .map(|(name, Spent { subjects, time, cost })| Row {
            name,
            subjects,
            nanoseconds: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
            cost,
        })
        .collect();
    rows.sort_by(|a, b| b.nanoseconds.cmp(&a.nanoseconds).then_with(|| a.name.cmp(&b.name)));
    rows
}

/// What judging took, as `--profile` shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Per check, what takes longest first.
    pub checks: Vec<Row>,
    /// Per kind of object or resource, what takes longest first.
    pub kinds: Vec<Row>,
}

/// What one check, or one kind, took in the whole run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The check, `RET-003/s3`, or the kind, `Deployment`.
    pub name: String,
    /// How many subjects were judged.
    pub subjects: u64,
    /// How long that took, all cores together. Work that several checks share counts for the
    /// first of them.
    pub nanoseconds: u64,
    /// What the expressions cost, in units of about one step each, as if nothing were shared.
    pub cost: u64,
}

/// As two tables.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&table("check", &self.checks))?;
        out.write_char('\n')?;
        out.write_str(&table("kind", &self.kinds))
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn table(what: &str, rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(what.len());
    let mut text = format!(
        "{what:<width$}  {:>9}  {:>11}  {:>11}  {:>12}  {:>10}\n",
        "subjects", "time", "each", "cost", "each"
    );
    for Row { name, subjects, nanoseconds, cost } in rows {
        let (all, each) = (*nanoseconds as f64, (*subjects).max(1));
        let _ = writeln!(
            text,
            "{name:<width$}  {subjects:>9}  {:>8.2} ms  {:>8.2} us  {cost:>12}  {:>10}",
            all / 1e6,
            all / 1e3 / each as f64,
            cost / each,
        );
    }
    text
}
