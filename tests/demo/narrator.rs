//! What the demo says: chapters, commands with what they print, checks, and the table at the end.
//!
//! Knows nothing of what is shown. Colour only on a terminal, and not under `NO_COLOR`.

use std::time::{Duration, Instant};

use anstream::println;
use anstyle::{AnsiColor, Style};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const COMMAND: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Lines of one command's output beyond which the middle is left out.
const LONGEST: usize = 60;

/// Tells the story and keeps the score.
pub(crate) struct Narrator {
    began: Instant,
    step: Instant,
    steps: Vec<Step>,
}

/// A line of the table.
struct Step {
    what: String,
    outcome: Result<String, String>,
    took: Duration,
}

impl Narrator {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), step: Instant::now(), steps: Vec::new() }
    }

    /// A chapter begins.
    pub(crate) fn chapter(&mut self, title: &str) {
        println!("\n{HEADING}== {title}{HEADING:#}");
        self.step = Instant::now();
    }

    /// A step is over: as it should be, or not.
    pub(crate) fn check(&mut self, what: &str, outcome: Result<String, String>) {
        match &outcome {
            Ok(found) => println!("{GOOD}✔ {what}: {found}{GOOD:#}"),
            Err(found) => println!("{BAD}✘ {what}: {found}{BAD:#}"),
        }
        let took = self.step.elapsed();
        self.step = Instant::now();
        self.steps.push(Step { what: what.to_owned(), outcome, took });
    }

    /// Something keeps the rest from being shown.
    pub(crate) fn give_up(&mut self, why: &str) {
        self.check("the demo stopped", Err(why.to_owned()));
    }

    /// The table; whether everything was as it should be.
    pub(crate) fn finish(&self) -> bool {
        println!("\n{HEADING}== What happened{HEADING:#}");
        let width = self.steps.iter().map(|step| step.what.chars().count()).max().unwrap_or(0);
        for Step { what, outcome, took } in &self.steps {
            let (style, sign, found) = match outcome {
                Ok(found) => (GOOD, '✔', found),
                Err(found) => (BAD, '✘', found),
            };
            let first = found.lines().next().unwrap_or_default();
            println!(
                "{style}{sign}{style:#} {what:width$}  {:>5.1} s  {first}",
                took.as_secs_f64()
            );
        }
        let failed = self.steps.iter().filter(|step| step.outcome.is_err()).count();
        let total = self.began.elapsed().as_secs_f64();
        println!("{} steps, {failed} not as they should be, {total:.0} s", self.steps.len());
        failed == 0 && !self.steps.is_empty()
    }
}

/// What happens next, and why.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// What a user would type.
pub(crate) fn command(line: &str) {
    println!("\n{COMMAND}$ {line}{COMMAND:#}");
}

/// What it printed.
pub(crate) fn printed(text: &str) {
    let lines: Vec<&str> = text.trim().lines().collect();
    let hidden = lines.len().saturating_sub(LONGEST);
    for (index, line) in lines.iter().enumerate() {
        if hidden == 0 || index < LONGEST / 2 || index >= lines.len() - LONGEST / 2 {
            println!("{QUIET}  {line}{QUIET:#}");
        } else if index == LONGEST / 2 {
            println!("{QUIET}  … {hidden} lines …{QUIET:#}");
        }
    }
}

/// A check's outcome from a condition.
pub(crate) fn expect(holds: bool, good: &str, bad: &str) -> Result<String, String> {
    if holds { Ok(good.to_owned()) } else { Err(bad.to_owned()) }
}
