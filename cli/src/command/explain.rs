//! `probity explain`: all about one control, with the parameters in force under the settings.

mod document;

use std::io;

use clap::Args;
use probity_catalog::{
    Catalog, Control, control::OPT_IN_LABEL, report::judged_under, source::nearest,
};
use time::OffsetDateTime;

pub(crate) use self::document::Explanation;
use self::document::{Fill, OwnAction, Parameter, Rule, Variable, Voice};
use super::{Format, json};
use crate::{ExitStatus, Failure, SettingsArguments, Terminal};

/// Explain a control: why, how to comply, what it checks, who asks for it.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The control's id, such as RET-003.
    #[arg(value_name = "ID")]
    id: String,

    /// The form of the explanation.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let selection = arguments.settings.select()?;
    let snapshot = selection.snapshot()?;
    let control = find(&selection.catalog, &arguments.id)?;
    let today = OffsetDateTime::now_utc().date();
    let explanation = Explanation::new(&selection.catalog, control, &snapshot, today);
    match arguments.format {
        Format::Text => page(&explanation, &judged_under(&snapshot), terminal)?,
        Format::Json => json(&explanation, terminal)?,
    }
    Ok(ExitStatus::Clean)
}

fn find<'c>(catalog: &'c Catalog, id: &str) -> Result<&'c Control, Failure> {
    let bare = id.split('/').next().unwrap_or(id);
    if let Some(control) = catalog.find(bare) {
        return Ok(control);
    }
    let ids: Vec<_> = catalog.controls().map(|control| control.id.to_string()).collect();
    let hint = match nearest(bare, ids.iter().map(String::as_str)) {
        Some(known) => format!("did you mean {known}?"),
        None => "`probity list` shows them all".to_owned(),
    };
    Err(Failure::Usage(format!("there is no control `{id}`; {hint}")))
}

fn page(own: &Explanation<'_>, under: &str, terminal: &mut Terminal<'_>) -> io::Result<()> {
    let palette = terminal.palette;
    writeln!(terminal.out, "{} {}", palette.error(own.id), palette.strong(own.title))?;
    writeln!(terminal.out, "{}, {}, since {}", own.severity, own.mode, own.since)?;
    writeln!(terminal.out, "\n{}", own.rationale)?;
    let mut section = |name: &str, lines: &[String]| -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(terminal.out, "\n{}", palette.frame(name))?;
        lines
            .iter()
            .try_for_each(|line| writeln!(terminal.out, "{}", format!("  {line}").trim_end()))
    };
    section("fix", &own.remediation.lines().map(str::to_owned).collect::<Vec<_>>())?;
    section("variables", &own.variables.iter().flat_map(variable).collect::<Vec<_>>())?;
    for check in &own.checks {
        let rules: Vec<_> = check.rules.iter().map(|own_rule| rule(own.id, own_rule)).collect();
        section(&format!("check {}", check.id), &rules.join(&[String::new()][..]))?;
    }
    let mut parameters: Vec<_> = own.parameters.iter().flat_map(parameter).collect();
    if !parameters.is_empty() {
        parameters.push(format!("for {} data; * decides, the strictest wins", own.classification));
    }
    section("parameters", &parameters)?;
    let own_action = own.own_action.iter().map(|OwnAction { action, owner, until, in_force }| {
        let holds = if *in_force { "" } else { "; not in force" };
        format!("{action} instead, by the settings, until {until}; ask {owner}{holds}")
    });
    section("override", &own_action.collect::<Vec<_>>())?;
    let references = own.asked_by.iter().map(|own| {
        let sure = if own.verified { "verified" } else { "from memory" };
        format!("{}  {} ({sure})", own.cited, own.title)
    });
    section("asked by", &references.collect::<Vec<_>>())?;
    let counterparts = own.reported_under.iter().map(|own| format!("{}  {}", own.id, own.title));
    section("reported under", &counterparts.collect::<Vec<_>>())?;
    section("links", own.links)?;
    writeln!(terminal.out, "\nunder {under}")
}

fn rule(id: &str, rule: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str| {
        for (number, line) in text.lines().enumerate() {
            lines.push(format!("{:<9} {line}", if number == 0 { label } else { "" }));
        }
    };
    if let (Some(each), Some(variable)) = (&rule.each, &rule.variable) {
        say("each", &format!("{each} as {variable}"));
    }
    if let Some(when) = &rule.when {
        say("when", when);
    }
    say("holds if", &rule.holds_if);
    say("at", &rule.path);
    say("allowed", &rule.allowed);
    if rule.secret {
        say("found", "never shown: it is a secret");
    }
    if let Some(cap) = &rule.capped_if {
        say("capped if", cap);
    }
    if let Some(own) = &rule.action {
        let table = format!(
            "{} in dev, {} in staging, {} in production",
            own.dev, own.staging, own.production
        );
        say("action", &table);
    }
    for Fill { each, path, opt_in, when, value, instead_of } in &rule.fills_in {
        let places: Vec<_> = [each.as_deref(), Some(path.as_str())]
            .into_iter()
            .flatten()
            .filter(|p| !p.is_empty())
            .collect();
        let place = places.join(": ");
        match value {
            Some(value) => {
                let other = instead_of.as_deref().map(|own| format!(", also instead of {own}"));
                say("filled in", &format!("{place} = {value}{}", other.unwrap_or_default()));
            }
            None => say("taken out", &place),
        }
        if *opt_in {
            say("  only", &format!("in namespaces whose label {OPT_IN_LABEL} names {id}"));
        }
        if let Some(when) = when {
            say("  where", when);
        }
    }
    lines
}

fn variable(own: &Variable<'_>) -> Vec<String> {
    let mut lines = own.expression.lines();
    let first = lines.next().map(|line| format!("{} = {line}", own.name));
    first.into_iter().chain(lines.map(|line| format!("    {line}"))).collect()
}

fn parameter(own: &Parameter) -> Vec<String> {
    let unit = own.unit.as_deref().filter(|_| own.value != "unset");
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let default = if own.default { " (default)" } else { "" };
    let mut lines = vec![format!("{} = {}{unit}{default}", own.name, own.value)];
    lines.extend(own.description.lines().map(|line| format!("    {line}")));
    lines.extend(own.said_by.iter().map(|Voice { who, value, when, decides }| {
        let mark = if *decides { '*' } else { ' ' };
        let when = when.as_deref().map(|when| format!(" where {when}")).unwrap_or_default();
        format!("  {mark} {who}: {value}{when}")
    }));
    lines
}
