//! What verdicts lead to, environment by environment and phase by phase.

use super::*;
use crate::catalog::ActionRow;

fn defaults() -> Environments {
    use Action::{Audit, Deny, Warn};
    let row = |severity, mode, actions| ActionRow { severity, mode, actions };
    Environments {
        rows: Vec::new(),
        actions: vec![
            row(None, Some(Mode::Advisory), [Audit, Warn, Warn]),
            row(Some(Severity::Critical), None, [Deny, Deny, Deny]),
            row(Some(Severity::High), None, [Warn, Deny, Deny]),
            row(Some(Severity::Medium), Some(Mode::Mandatory), [Warn, Warn, Deny]),
            row(Some(Severity::Medium), None, [Warn, Warn, Warn]),
            row(Some(Severity::Low), None, [Audit, Warn, Warn]),
            row(Some(Severity::Info), None, [Audit, Audit, Warn]),
        ],
    }
}

fn here(defaults: &Environments) -> Circumstances<'_> {
    Circumstances {
        phase: Phase::Admission,
        environment: Environment::Production,
        mode: Mode::Mandatory,
        severity: Severity::High,
        own: None,
        settings: None,
        raise_warnings: false,
        grace_until: None,
        change: Change::Own,
        out_of_reach: false,
        satisfiable: false,
        framework: false,
        defaults,
    }
}

/// The matrix, cell by cell: severity, mode, then dev, staging, production.
#[test]
fn a_failure_leads_to_what_the_matrix_says() {
    let defaults = defaults();
    for (severity, mode, expected) in [
        ("critical", "mandatory", "deny deny deny"),
        ("critical", "configurable", "deny deny deny"),
        ("high", "mandatory", "warn deny deny"),
        ("high", "configurable", "warn deny deny"),
        ("medium", "mandatory", "warn warn deny"),
        ("medium", "configurable", "warn warn warn"),
        ("low", "mandatory", "audit warn warn"),
        ("info", "configurable", "audit audit warn"),
        ("critical", "advisory", "audit warn warn"),
        ("low", "advisory", "audit warn warn"),
    ] {
        let found: Vec<_> = Environment::ALL
            .iter()
            .map(|environment| {
                let at = Circumstances {
                    environment: *environment,
                    severity: severity.parse().unwrap(),
                    mode: mode.parse().unwrap(),
                    ..here(&defaults)
                };
                action(Verdict::Fail, &at).0.unwrap().as_str()
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{severity} {mode}");
    }
}

#[test]
fn an_error_acts_as_a_failure_and_a_pass_as_nothing() {
    let defaults = defaults();
    for severity in Severity::ALL {
        for environment in Environment::ALL {
            let at =
                Circumstances { severity: *severity, environment: *environment, ..here(&defaults) };
            assert_eq!(action(Verdict::Error, &at), action(Verdict::Fail, &at));
            assert_eq!(action(Verdict::Pass, &at), (None, None));
            assert_eq!(action(Verdict::NotApplicable, &at), (None, None));
            assert_eq!(action(Verdict::Waived, &at).0, Some(Action::Audit));
            assert_eq!(action(Verdict::PassWithCap, &at).0, Some(Action::Audit));
        }
    }
}

#[test]
fn an_unknown_refuses_only_where_it_would_have_to_be_known_and_weighs() {
    use Environment::{Dev, Production, Staging};
    use Phase::{Admission, Apply, Offline, Plan, Validate};
    let defaults = defaults();
    for (phase, environment, severity, expected) in [
        (Validate, Production, Severity::Critical, Action::Warn),
        (Plan, Production, Severity::Critical, Action::Warn),
        (Offline, Production, Severity::Critical, Action::Warn),
        (Apply, Production, Severity::Critical, Action::Deny),
        (Apply, Production, Severity::High, Action::Deny),
        (Apply, Production, Severity::Medium, Action::Warn),
        // Not stricter than a failure would be.
        (Apply, Dev, Severity::High, Action::Warn),
        (Apply, Dev, Severity::Critical, Action::Deny),
        (Admission, Production, Severity::Critical, Action::Deny),
        (Admission, Production, Severity::High, Action::Deny),
        (Admission, Production, Severity::Medium, Action::Warn),
        (Admission, Staging, Severity::Critical, Action::Warn),
    ] {
        let at = Circumstances { phase, environment, severity, ..here(&defaults) };
        assert_eq!(action(Verdict::Unknown, &at).0, Some(expected), "{phase:?} {environment}");
        let unreachable = Circumstances { out_of_reach: true, ..at };
        assert_eq!(action(Verdict::Unknown, &unreachable).0, Some(Action::Warn));
    }
}

#[test]
fn what_makes_a_refusal_milder_says_why() {
    let defaults = defaults();
    let at = |change| Circumstances { change, ..here(&defaults) };
    let (warned, why) = action(Verdict::Fail, &at(Change::Untouched));
    assert_eq!((warned, why.as_deref()), (Some(Action::Warn), Some("was so before this update")));
    let critical = Circumstances { severity: Severity::Critical, ..at(Change::Untouched) };
    assert_eq!(action(Verdict::Fail, &critical), (Some(Action::Deny), None));
    let status = Circumstances { severity: Severity::Critical, ..at(Change::StatusOnly) };
    assert_eq!(action(Verdict::Fail, &status).0, Some(Action::Warn));
    let mirror = Circumstances { severity: Severity::Critical, ..at(Change::Mirror) };
    assert_eq!(action(Verdict::Fail, &mirror).0, Some(Action::Audit));
    let until = time::macros::date!(2026 - 12 - 1);
    let grace = Circumstances { grace_until: Some(until), ..here(&defaults) };
    let (warned, why) = action(Verdict::Fail, &grace);
    assert_eq!(warned, Some(Action::Warn));
    assert_eq!(why.as_deref(), Some("new in this catalog: refused from 2026-12-01 on"));
    // What is mild already stays so, and says nothing.
    let low = Circumstances { severity: Severity::Low, ..at(Change::Untouched) };
    assert_eq!(action(Verdict::Fail, &low), (Some(Action::Warn), None));
}

#[test]
fn own_tables_and_settings_come_before_the_matrix_and_advice_never_refuses() {
    let defaults = defaults();
    let own = ActionTable { dev: Action::Warn, staging: Action::Warn, production: Action::Deny };
    for (environment, expected) in
        [(Environment::Staging, Action::Warn), (Environment::Production, Action::Deny)]
    {
        let at = Circumstances { own: Some(own), environment, ..here(&defaults) };
        assert_eq!(action(Verdict::Fail, &at).0, Some(expected));
        let bank = Circumstances { settings: Some(Action::Audit), ..at };
        assert_eq!(action(Verdict::Fail, &bank).0, Some(Action::Audit));
    }
    for settings in [None, Some(Action::Deny)] {
        let at = Circumstances {
            mode: Mode::Advisory,
            severity: Severity::Critical,
            settings,
            own: Some(own),
            raise_warnings: true,
            ..here(&defaults)
        };
        assert_eq!(action(Verdict::Fail, &at).0, Some(Action::Warn));
    }
}

#[test]
fn a_class_turns_warnings_into_refusals() {
    let defaults = defaults();
    let at = Circumstances { severity: Severity::Low, raise_warnings: true, ..here(&defaults) };
    assert_eq!(action(Verdict::Fail, &at).0, Some(Action::Deny));
    let dev = Circumstances { environment: Environment::Dev, ..at };
    assert_eq!(action(Verdict::Fail, &dev).0, Some(Action::Audit));
}

#[test]
fn a_conflict_warns_where_the_minimum_can_be_met_and_else_acts_as_a_failure() {
    let defaults = defaults();
    let met = Circumstances { satisfiable: true, ..here(&defaults) };
    assert_eq!(action(Verdict::Conflict, &met).0, Some(Action::Warn));
    assert_eq!(action(Verdict::Conflict, &here(&defaults)).0, Some(Action::Deny));
}

#[test]
fn under_a_framework_every_failure_refuses() {
    let defaults = defaults();
    let mildest = Circumstances {
        framework: true,
        phase: Phase::Offline,
        environment: Environment::Dev,
        mode: Mode::Advisory,
        severity: Severity::Info,
        settings: Some(Action::Audit),
        grace_until: Some(time::macros::date!(2027 - 01 - 01)),
        ..here(&defaults)
    };
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Conflict] {
        assert_eq!(action(verdict, &mildest), (Some(Action::Deny), None), "{verdict}");
    }
    // What is not known is not a failure, and what passes is none.
    assert_eq!(action(Verdict::Unknown, &mildest).0, Some(Action::Warn));
    assert_eq!(action(Verdict::Pass, &mildest).0, None);
    let without = Circumstances { framework: false, ..mildest };
    assert_eq!(action(Verdict::Fail, &without).0, Some(Action::Audit));
}
