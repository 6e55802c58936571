//! What holds for every function of the table, whatever it is called with: unknowns change no
//! decided answer, the operators' laws stand, nothing panics, and memory follows cost.

use super::functions::EXHAUSTED;
use super::generated::{self, Random, VARIABLES};
use super::*;

/// One evaluation over values for the variables, with what it cost and allocated.
fn run<'a>(
    expression: &'a Expression,
    values: &[Value<'a>],
    arena: &'a Arena,
) -> (Result<Value<'a>, EvaluateError>, u64) {
    let mut bindings = Bindings::default();
    for (slot, value) in values.iter().enumerate() {
        bindings.set(Slot(slot), *value);
    }
    let mut cost = Cost::default();
    let result = expression.evaluate(&bindings, arena, &mut cost);
    (result, cost.spent())
}

fn scope() -> Scope {
    VARIABLES.iter().fold(Scope::new(), |scope, (name, _)| scope.with(name, Type::Dyn))
}

/// `None` where the compiler refuses it, as it does some calls of constants.
fn compile(source: &str) -> Option<Expression> {
    Expression::compile_with(source, &scope(), Rigour::Lenient).ok()
}

fn values<'a>(random: &mut Random, arena: &'a Arena) -> Vec<Value<'a>> {
    VARIABLES.iter().map(|(_, sort)| generated::value(random, *sort, arena, 0)).collect()
}

/// Whether an answer that was given before something became known still stands after it.
fn stands(before: &Value<'_>, after: &Value<'_>) -> bool {
    match (before, after) {
        (Value::Unknown, _) => true,
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(*b).all(|(a, b)| stands(a, b))
        }
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => stands(a, b),
        (Value::Map(_) | Value::Dictionary(_), Value::Map(_) | Value::Dictionary(_)) => {
            before.entry_count() == after.entry_count()
                && before.entries().all(|(key, item)| {
                    after.at_key(&key).is_some_and(|other| stands(&item, &other))
                })
        }
        _ => before.kind() == after.kind() && before == after,
    }
}

/// How many times values are drawn for an expression, and how many ways of becoming known.
const DRAWS: usize = 10;
const FILLS: usize = 4;

/// Evaluates with some of the values unknown, then with something known in their places; whether
/// that gave a value.
fn check(source: &str, random: &mut Random) -> Option<bool> {
    let expression = compile(source)?;
    let mut computed = false;
    for _ in 0..DRAWS {
        let arena = Arena::new();
        let masked: Vec<_> = values(random, &arena)
            .into_iter()
            .map(|value| generated::masked(random, value, &arena))
            .collect();
        let (before, _) = run(&expression, &masked, &arena);
        for _ in 0..FILLS {
            let known: Vec<_> =
                masked.iter().map(|value| generated::filled(random, *value, &arena)).collect();
            let bytes = arena.allocated_bytes();
            let (after, spent) = run(&expression, &known, &arena);
            let grown = (arena.allocated_bytes() - bytes) as u64;
            assert!(grown <= 64 * 1024 + 512 * spent, "{source}: {grown} bytes, {spent} units");
            computed |= after.is_ok();
            let still = match (&before, &after) {
                (Ok(before), Ok(after)) => stands(before, after),
                (Ok(before), Err(_)) => before.has_unknown(),
                (Err(_), Ok(_)) => false,
                (Err(_), Err(_)) => true,
            };
            assert!(
                still,
                "{source}\n over {masked:?}\n gave {before:?}, over {known:?} {after:?}"
            );
        }
    }
    Some(computed)
}

/// What was decided stays so, for every function of the table with every other inside of it.
#[test]
fn what_is_decided_stays_so() {
    let (mut compiled, mut computed, mut all, mut silent) = (0, 0, 0, Vec::new());
    for (position, function) in generated::strict().enumerate() {
        let mut own = 0;
        for seed in 0..16_u64 {
            let mut random = Random::new(seed * 1_000 + position as u64);
            let depth = usize::try_from(seed % 4).unwrap();
            let source = generated::call(&mut random, function, depth, 0);
            all += 1;
            if let Some(is_value) = check(&source, &mut random) {
                compiled += 1;
                computed += u32::from(is_value);
                own += u32::from(is_value);
            }
        }
        if own == 0 {
            silent.push(function.to_string());
        }
    }
    // The property says little if most calls are refused or fail.
    assert!(compiled * 4 > all * 3, "{compiled} of {all} compiled");
    assert!(computed * 3 > all, "{computed} of {all} gave a value");
    assert!(silent.len() < 20, "no call gave a value: {}", silent.join(" "));
}

#[test]
fn what_operators_and_macros_decide_stays_so() {
    for form in generated::forms() {
        let mut computed = false;
        for seed in 0..32_u64 {
            let mut random = Random::new(seed * 31 + form.len() as u64);
            let depth = usize::try_from(seed % 4).unwrap();
            let source = generated::fill(&mut random, form, depth, 0);
            computed |= check(&source, &mut random) == Some(true);
        }
        assert!(computed, "nothing of the form {form} gave a value");
    }
}

#[test]
fn and_or_and_not_keep_their_laws() {
    use crate::expression::functions::Sort;
    for seed in 0..250_u64 {
        let mut random = Random::new(seed + 77_000);
        let mut truth = || generated::expression(&mut random, Sort::Bool, 3, 0);
        let (a, b) = (truth(), truth());
        let arena = Arena::new();
        let known = values(&mut random, &arena);
        let masked: Vec<_> =
            known.iter().map(|value| generated::masked(&mut random, *value, &arena)).collect();
        for (left, right) in [
            (format!("({a}) && ({b})"), format!("({b}) && ({a})")),
            (format!("({a}) || ({b})"), format!("({b}) || ({a})")),
            (format!("!(({a}) && ({b}))"), format!("!({a}) || !({b})")),
            (format!("!(({a}) || ({b}))"), format!("!({a}) && !({b})")),
            (format!("[({a}), ({b})].all(z, z)"), format!("![({a}), ({b})].exists(z, !z)")),
        ] {
            let (Some(first), Some(second)) = (compile(&left), compile(&right)) else { continue };
            // A spent budget is absorbed by nothing, so that it matters what comes first.
            let answer = |expression| {
                let arena = Arena::new();
                match run(expression, &masked, &arena).0 {
                    Ok(value) => Some(value.to_string()),
                    Err(error) if error.message == EXHAUSTED => None,
                    Err(_) => Some("error".to_owned()),
                }
            };
            let (one, other) = (answer(&first), answer(&second));
            let same = one.is_none() || other.is_none() || one == other;
            assert!(same, "{left}: {one:?}\n{right}: {other:?}\n over {masked:?}");
        }
    }
}
