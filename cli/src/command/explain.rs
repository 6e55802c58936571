//! `probity explain`: all about one control, with the parameters in force under the settings.

mod parameters;

use clap::Args;
use probity_catalog::{
    Catalog, Control, Snapshot,
    catalog::Basis,
    control::{Assignment, Check, Rule, Template, TemplatePart, ValueTemplate},
    report::judged_under,
    source::nearest,
};

use crate::{ExitStatus, Failure, SettingsArguments, Terminal};

/// Explain a control: why, how to comply, what it checks, who asks for it.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The control's id, such as RET-003.
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let selection = arguments.settings.select()?;
    let snapshot = selection.snapshot()?;
    let control = find(&selection.catalog, &arguments.id)?;
    let mut page = Page { terminal };
    page.head(control)?;
    page.checks(control)?;
    page.section("parameters", &parameters::lines(control, &snapshot))?;
    page.section("asked by", &references(&selection.catalog, control))?;
    page.section("reported under", &counterparts(&selection.catalog, control))?;
    page.section("links", &control.links)?;
    page.foot(&snapshot)?;
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

/// Who asks for a control, framework by framework.
fn references(catalog: &Catalog, control: &Control) -> Vec<String> {
    catalog
        .asked_by(&control.id)
        .map(|(framework, requirement, basis)| {
            let sure = match basis {
                Basis::Verified => "verified",
                Basis::Memory => "from memory",
            };
            format!("{}  {} ({sure})", framework.cite(requirement), requirement.title)
        })
        .collect()
}

/// The controls under which the check of a standard is reported.
fn counterparts(catalog: &Catalog, control: &Control) -> Vec<String> {
    let controls = catalog.counterparts(&control.id).filter_map(|id| catalog.control(id));
    controls.map(|control| format!("{}  {}", control.id, control.title)).collect()
}

struct Page<'p, 't> {
    terminal: &'p mut Terminal<'t>,
}

impl Page<'_, '_> {
    fn head(&mut self, control: &Control) -> std::io::Result<()> {
        let Control { id, title, severity, mode, since, rationale, remediation, .. } = control;
        let palette = self.terminal.palette;
        let out = &mut *self.terminal.out;
        writeln!(out, "{} {}", palette.error(id), palette.strong(title))?;
        writeln!(out, "{severity}, {mode}, since {since}")?;
        writeln!(out, "\n{}", rationale.trim_end())?;
        self.section("fix", &remediation.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    fn checks(&mut self, control: &Control) -> std::io::Result<()> {
        for check in &control.checks {
            let name = format!("check {}", check.id);
            self.section(&name, &check_lines(check))?;
        }
        Ok(())
    }

    fn section(&mut self, name: &str, lines: &[String]) -> std::io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(self.terminal.out, "\n{}", self.terminal.palette.frame(name))?;
        lines
            .iter()
            .try_for_each(|line| writeln!(self.terminal.out, "{}", format!("  {line}").trim_end()))
    }

    fn foot(&mut self, snapshot: &Snapshot) -> std::io::Result<()> {
        writeln!(self.terminal.out, "\nunder {}", judged_under(snapshot))
    }
}

fn check_lines(check: &Check) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, rule) in check.rules.iter().enumerate() {
        if number > 0 {
            lines.push(String::new());
        }
        rule_lines(rule, &mut lines);
    }
    lines
}

fn rule_lines(rule: &Rule, lines: &mut Vec<String>) {
    let mut say = |label: &str, text: &str| {
        for (number, line) in text.trim_end().lines().enumerate() {
            lines.push(format!("{:<9} {line}", if number == 0 { label } else { "" }));
        }
    };
    if let Some(each) = rule.each {
        say("each", &format!("{} as {}", each.as_str(), each.variable()));
    }
    if let Some(when) = &rule.when {
        say("when", when.source());
    }
    say("holds if", rule.expression.source());
    say("at", &rule.path.path.to_string());
    say("allowed", &template(&rule.allowed));
    if let Some(cap) = &rule.cap {
        say("capped if", cap.source());
    }
    if let Some(actions) = &rule.action {
        let table = format!(
            "{} in dev, {} in staging, {} in production",
            actions.dev, actions.staging, actions.production
        );
        say("action", &table);
    }
    for fix in &rule.fixes {
        let place = fix.each.map(|each| format!("{}: ", each.as_str())).unwrap_or_default();
        for assignment in &fix.assignments {
            say("filled in", &format!("{place}{}", assigned(assignment)));
        }
    }
}

fn assigned(assignment: &Assignment) -> String {
    let path = &assignment.path.path;
    match &assignment.value {
        Some(value) => format!("{path} = {}", value_template(value)),
        None => format!("{path} is removed"),
    }
}

fn template(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Expression(expression) => format!("{{{}}}", expression.source()),
        })
        .collect()
}

fn value_template(value: &ValueTemplate) -> String {
    let list = |values: Vec<String>| values.join(", ");
    match value {
        ValueTemplate::Literal(value) => value.to_string(),
        ValueTemplate::Text(text) => template(text),
        ValueTemplate::Expression(expression) => format!("{{{}}}", expression.source()),
        ValueTemplate::List(values) => {
            format!("[{}]", list(values.iter().map(value_template).collect()))
        }
        ValueTemplate::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{name}: {}", value_template(value)));
            format!("{{{}}}", list(fields.collect()))
        }
    }
}
