//! Laws of the folds, and which values a parameter takes.

use proptest::prelude::*;

use super::*;

const FOLDS: [Fold; 7] =
    [Fold::Max, Fold::Min, Fold::Or, Fold::And, Fold::Union, Fold::Intersect, Fold::EnumRank];
const WORDS: [&str; 3] = ["none", "governance", "compliance"];

fn parameter(fold: Fold) -> Parameter {
    Parameter {
        name: "p".to_owned(),
        declared_by: "RET-001".parse().unwrap(),
        kind: fold.works_on(),
        fold,
        default: None,
        range: (fold.works_on() == ParameterType::Int).then_some((0, 100)),
        values: WORDS.map(str::to_owned).to_vec(),
        unit: None,
        description: String::new(),
        at_most: None,
        expected: false,
    }
}

fn value(fold: Fold) -> BoxedStrategy<ParameterValue> {
    let word = prop::sample::select(&WORDS[..]).prop_map(str::to_owned);
    match fold.works_on() {
        ParameterType::Bool => any::<bool>().prop_map(ParameterValue::Bool).boxed(),
        ParameterType::Int => (0..=100_i64).prop_map(ParameterValue::Int).boxed(),
        ParameterType::String => word.prop_map(ParameterValue::String).boxed(),
        ParameterType::StringList => {
            prop::collection::vec(word, 0..4).prop_map(ParameterValue::List).boxed()
        }
    }
}

/// A parameter with some values that suit it, in their normal form.
fn voices() -> impl Strategy<Value = (Parameter, Vec<ParameterValue>)> {
    prop::sample::select(&FOLDS[..]).prop_flat_map(|fold| {
        let parameter = parameter(fold);
        let normal = parameter.clone();
        prop::collection::vec(value(fold), 1..6).prop_map(move |values| {
            let values = values.iter().map(|value| normal.accept(value).unwrap()).collect();
            (parameter.clone(), values)
        })
    })
}

fn fold(parameter: &Parameter, values: &[ParameterValue]) -> ParameterValue {
    let folded = values.iter().cloned().reduce(|a, b| parameter.stricter(&a, &b));
    folded.expect("at least one voice")
}

proptest! {
    #[test]
    fn the_order_of_arrival_never_matters(
        ((parameter, values), shuffled) in voices().prop_flat_map(|(parameter, values)| {
            let shuffled = Just(values.clone()).prop_shuffle();
            (Just((parameter, values)), shuffled)
        })
    ) {
        prop_assert_eq!(fold(&parameter, &values), fold(&parameter, &shuffled));
    }

    #[test]
    fn the_fold_is_never_looser_than_any_voice((parameter, values) in voices()) {
        let folded = fold(&parameter, &values);
        for value in &values {
            prop_assert!(!parameter.is_looser(&folded, value), "{} and {}", folded, value);
        }
    }

    #[test]
    fn saying_it_twice_changes_nothing((parameter, values) in voices()) {
        let folded = fold(&parameter, &values);
        for value in &values {
            prop_assert_eq!(&parameter.stricter(&folded, value), &folded);
        }
    }
}

#[test]
fn stricter_is_what_each_fold_says() {
    use ParameterValue::{Bool, Int, List, String};
    let list = |words: &[&str]| List(words.iter().map(|word| (*word).to_owned()).collect());
    let word = |word: &str| String(word.to_owned());
    for (fold, left, right, expected) in [
        (Fold::Max, Int(1), Int(2), Int(2)),
        (Fold::Min, Int(1), Int(2), Int(1)),
        (Fold::Or, Bool(false), Bool(true), Bool(true)),
        (Fold::And, Bool(false), Bool(true), Bool(false)),
        (Fold::Union, list(&["a"]), list(&["b"]), list(&["a", "b"])),
        (Fold::Intersect, list(&["a", "b"]), list(&["b", "c"]), list(&["b"])),
        (Fold::Intersect, list(&["a"]), list(&["b"]), list(&[])),
        (Fold::EnumRank, word("compliance"), word("governance"), word("compliance")),
    ] {
        assert_eq!(parameter(fold).stricter(&left, &right), expected, "{}", fold.as_str());
    }
}

#[test]
fn looser_is_only_what_the_other_would_undo() {
    use ParameterValue::{Int, List};
    let list = |words: &[&str]| List(words.iter().map(|word| (*word).to_owned()).collect());
    assert!(parameter(Fold::Max).is_looser(&Int(1), &Int(2)));
    assert!(!parameter(Fold::Max).is_looser(&Int(2), &Int(1)));
    assert!(parameter(Fold::Min).is_looser(&Int(2), &Int(1)));
    assert!(parameter(Fold::Intersect).is_looser(&list(&["a", "b"]), &list(&["a"])));
    assert!(parameter(Fold::Union).is_looser(&list(&["a"]), &list(&["a", "b"])));
    // Another set adds up, it takes nothing away.
    assert!(!parameter(Fold::Union).is_looser(&list(&["a"]), &list(&["b"])));
}

#[test]
fn values_are_checked_and_brought_into_one_form() {
    use ParameterValue::{Bool, Int, List, String};
    let list = |words: &[&str]| List(words.iter().map(|word| (*word).to_owned()).collect());
    assert_eq!(
        parameter(Fold::Union).accept(&list(&["none", "governance", "none"])),
        Ok(list(&["governance", "none"]))
    );
    let refused =
        |fold, value: ParameterValue| parameter(fold).accept(&value).unwrap_err().to_string();
    assert_eq!(refused(Fold::Max, Int(101)), "`101` is outside 0 to 100");
    assert_eq!(refused(Fold::Max, Bool(true)), "`true` is not of type int");
    assert_eq!(
        refused(Fold::EnumRank, String("hard".to_owned())),
        "`hard` is not one of none, governance, compliance"
    );
    assert_eq!(
        refused(Fold::Union, list(&["x"])),
        "`x` is not one of none, governance, compliance"
    );
}
