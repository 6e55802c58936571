//! What S3 takes of lifecycle rules, and the way of a rule there and back.

use proptest::prelude::*;

use super::*;

fn step(days: i64, class: &str) -> Value {
    Value::object([("days", Value::from(days)), ("storage_class", class.into())])
}

fn rule(parts: &[(&str, Value)]) -> Value {
    Value::object(parts.iter().map(|(name, value)| (*name, value.clone())))
}

fn moves(steps: &[(i64, &str)]) -> Value {
    Value::List(steps.iter().map(|(days, class)| step(*days, class)).collect())
}

fn problems(rules: Vec<Value>) -> Vec<String> {
    let found = check(&Value::List(rules));
    assert!(found.iter().all(|problem| problem.path.to_string() == "lifecycle_rules"));
    found.iter().map(|problem| problem.detail.clone()).collect()
}

#[test]
fn moves_that_s3_makes_pass() {
    for steps in [
        vec![(30, "STANDARD_IA"), (60, "GLACIER"), (61, "DEEP_ARCHIVE")],
        vec![(30, "STANDARD_IA"), (31, "ONEZONE_IA"), (61, "GLACIER")],
        vec![(0, "INTELLIGENT_TIERING"), (1, "GLACIER_IR")],
        vec![(0, "GLACIER")],
        // The order in which they are written does not count.
        vec![(90, "GLACIER"), (30, "STANDARD_IA")],
    ] {
        for name in ["transitions", "noncurrent_version_transitions"] {
            assert_eq!(problems(vec![rule(&[(name, moves(&steps))])]), [""; 0], "{steps:?}");
        }
    }
}

#[test]
fn moves_that_s3_refuses_are_refused_with_what_is_allowed() {
    for (steps, end, expected) in [
        (
            vec![(29, "STANDARD_IA")],
            None,
            "STANDARD_IA after 29 days; S3 moves objects there from day 30",
        ),
        (vec![(0, "ONEZONE_IA")], None, "ONEZONE_IA after 0 days"),
        (vec![(30, "STANDARD_IA"), (59, "GLACIER")], None, "so give 60 or more"),
        (
            vec![(10, "GLACIER"), (40, "STANDARD_IA")],
            None,
            "STANDARD_IA after 40 days comes after GLACIER",
        ),
        (vec![(30, "ONEZONE_IA"), (90, "GLACIER_IR")], None, "not from ONEZONE_IA to GLACIER_IR"),
        (vec![(10, "GLACIER"), (20, "GLACIER")], None, "GLACIER after 20 days comes after GLACIER"),
        (
            vec![(10, "GLACIER"), (10, "DEEP_ARCHIVE")],
            None,
            "GLACIER and DEEP_ARCHIVE both after 10 days",
        ),
        (vec![(90, "GLACIER")], Some(90), "but `expiration_days` is 90"),
    ] {
        let mut parts = vec![("transitions", moves(&steps))];
        parts.extend(end.map(|end: i64| ("expiration_days", end.into())));
        let found = problems(vec![rule(&parts)]);
        assert_eq!(found.len(), 1, "{steps:?}: {found:?}");
        assert!(
            found[0].starts_with("`transitions` of rule 1 of `lifecycle_rules`: "),
            "{found:?}"
        );
        assert!(found[0].contains(expected), "{found:?}");
    }
    let late = [
        ("noncurrent_version_transitions", moves(&[(30, "GLACIER")])),
        ("noncurrent_version_expiration_days", 30.into()),
    ];
    assert!(problems(vec![rule(&late)])[0].contains("`noncurrent_version_expiration_days` is 30"));
}

#[test]
fn what_is_not_known_yet_is_not_complained_about() {
    let unknown =
        Value::object([("days", Value::Unknown), ("storage_class", "STANDARD_IA".into())]);
    let steps = Value::List(vec![unknown, step(10, "GLACIER")]);
    assert_eq!(problems(vec![rule(&[("transitions", steps)])]), [""; 0]);
    assert_eq!(problems(vec![rule(&[("transitions", Value::Unknown)]), Value::Unknown]), [""; 0]);
    assert!(check(&Value::Unknown).is_empty());
}

#[test]
fn idle_and_double_rules_and_too_many_are_refused() {
    let named = |id: &str, parts: &[(&str, Value)]| {
        let mut all = vec![("id", Value::from(id))];
        all.extend(parts.iter().cloned());
        rule(&all)
    };
    for idle in [named("idle", &[]), named("idle", &[("transitions", Value::List(vec![]))])] {
        assert!(problems(vec![idle])[0].starts_with("rule 1 of `lifecycle_rules` does nothing"));
    }
    let busy = named("busy", &[("expiration_days", 1.into())]);
    let found = problems(vec![busy.clone(), busy.clone()]);
    assert_eq!(found, ["rule 2 of `lifecycle_rules` has the `id` of another: \"busy\""]);
    let unnamed = rule(&[("expiration_days", 1.into())]);
    assert_eq!(problems(vec![unnamed.clone(); 1000]), [""; 0]);
    let found = problems(vec![unnamed; 1001]);
    assert_eq!(found, ["`lifecycle_rules` has 1001; S3 takes 1000 for a bucket"]);
}

#[test]
fn the_words_of_the_state_stay_where_they_mean_the_same() {
    let list = |rules: Vec<Value>| Value::object([("lifecycle_rules", Value::List(rules))]);
    let written = rule(&[("transitions", moves(&[(90, "GLACIER"), (30, "STANDARD_IA")]))]);
    let found = rule(&[
        ("id", "made-up-by-aws".into()),
        ("enabled", true.into()),
        ("transitions", moves(&[(30, "STANDARD_IA"), (90, "GLACIER")])),
    ]);
    let config = list(vec![written]);
    let mut planned = config.clone();
    keep_spelling(&config, &list(vec![found.clone()]), &mut planned);
    assert_eq!(planned, list(vec![found]));
    let other =
        list(vec![rule(&[("transitions", moves(&[(60, "STANDARD_IA"), (90, "GLACIER")]))])]);
    let mut planned = config.clone();
    keep_spelling(&config, &other, &mut planned);
    assert_eq!(planned, config);
}

fn days() -> impl Strategy<Value = Option<i32>> {
    prop::option::of(1..4000)
}

fn any_rule() -> impl Strategy<Value = LifecycleRule> {
    let class = || prop::sample::select(CLASSES.to_vec()).prop_map(str::to_owned);
    let move_of =
        (0..4000, class()).prop_map(|(days, storage_class)| Transition { days, storage_class });
    let noncurrent = (1..4000, class(), prop::option::of(1..100)).prop_map(
        |(days, storage_class, newer_versions)| NoncurrentTransition {
            days,
            storage_class,
            newer_versions,
        },
    );
    (
        (prop::option::of("[a-z]{1,5}"), any::<bool>(), "[a-z/]{0,5}", days(), days(), days()),
        prop::collection::vec(move_of, 0..4),
        prop::collection::vec(noncurrent, 0..4),
    )
        .prop_map(
            |((id, enabled, prefix, abort, expiration, noncurrent_expiration), mut a, mut b)| {
                a.sort();
                b.sort();
                LifecycleRule {
                    id,
                    enabled,
                    prefix,
                    abort_incomplete_upload_days: abort,
                    expiration_days: expiration,
                    transitions: a,
                    noncurrent_expiration_days: noncurrent_expiration,
                    noncurrent_transitions: b,
                    has_foreign_parts: false,
                }
            },
        )
}

proptest! {
    /// What is found and put into the state is what would be wanted from it.
    #[test]
    fn rules_come_back_as_what_they_were(rules in prop::collection::vec(any_rule(), 1..4)) {
        let mut state = Value::object([("lifecycle_rules", Value::Null)]);
        refresh(&mut state, &rules);
        prop_assert_eq!(rules_of(state.get("lifecycle_rules")), rules.clone());
        // Turned around they do the same, and the state keeps its words.
        let before = state.clone();
        let mut turned = rules;
        turned.reverse();
        refresh(&mut state, &turned);
        prop_assert_eq!(state, before);
    }

    /// Days that only grow, with a month between them, are always taken.
    #[test]
    fn a_month_between_all_steps_is_enough(first in 30_i64..100, gaps in prop::collection::vec(30_i64..100, 3)) {
        let mut day = first;
        let mut steps = vec![step(day, "STANDARD_IA")];
        for (gap, class) in gaps.iter().zip(["INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE"]) {
            day += gap;
            steps.push(step(day, class));
        }
        let rule = rule(&[("transitions", Value::List(steps)), ("expiration_days", (day + 1).into())]);
        prop_assert_eq!(problems(vec![rule]), [""; 0]);
    }
}
