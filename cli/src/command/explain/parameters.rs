//! The parameters that a control's checks read: the value in force, and who asks for it.

use probity_catalog::{
    Control, Snapshot,
    snapshot::{Explained, Voiced},
};

/// Lines for each parameter, for subjects that do not say their own class.
pub(super) fn lines(control: &Control, snapshot: &Snapshot) -> Vec<String> {
    let class = snapshot.default_classification();
    let mut seen: Vec<Explained> = Vec::new();
    let mut lines = Vec::new();
    for check in &control.checks {
        for explained in snapshot.explain(&control.id, check.id.target, class) {
            if !seen.contains(&explained) {
                parameter(&explained, &mut lines);
                seen.push(explained);
            }
        }
    }
    if !lines.is_empty() {
        lines.push(format!("for {class} data; * decides, the strictest wins"));
    }
    lines
}

fn parameter(explained: &Explained, lines: &mut Vec<String>) {
    let Explained { name, value, unit, description, voices } = explained;
    let unit = unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let default = if voices.is_empty() { " (default)" } else { "" };
    lines.push(format!("{name} = {value}{unit}{default}"));
    lines.extend(description.lines().map(|line| format!("    {line}")));
    for Voiced { who, value, when, decides } in voices {
        let mark = if *decides { '*' } else { ' ' };
        let when = when.as_deref().map(|when| format!(" where {when}")).unwrap_or_default();
        lines.push(format!("  {mark} {who}: {value}{when}"));
    }
}
