//! Conditions that are written alike but for constants: found, and made a family with a lead, which
//! is one of them with the constants of all in its places.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use regex::escape;

use super::{
    Plan,
    parts::{describe, reads_element},
};
use crate::expression::Expression;
use crate::expression::family::{Constants, Family, Lanes, MEMBERS, Member, Question, Set};
use crate::expression::functions::{Pattern, Patterns, check_regex};
use crate::expression::node::{At, Comparison, Node, Op, Tier};
use crate::expression::syntax::Literal;

/// Asking a lead, and finding its answer again, is worth it from so many members on.
const FEWEST: usize = 2;

/// Makes members of the conditions that are written alike.
pub(super) fn share(expressions: &mut [&mut Expression], element: Option<usize>, plan: &mut Plan) {
    let mut forms: BTreeMap<String, Vec<(usize, Vec<Place>)>> = BTreeMap::new();
    for (at, expression) in expressions.iter_mut().enumerate() {
        let node = expression.node_mut();
        if node.op.is_truth() {
            let mut form = Form::default();
            form.write(node);
            forms.entry(form.text).or_default().push((at, form.places));
        }
    }
    for alike in forms.values() {
        for members in alike.chunks(MEMBERS).filter(|members| members.len() >= FEWEST) {
            make_family(expressions, members, element, plan);
        }
    }
}

/// Makes a family of these conditions; nothing where they have no constant of their own, since they
/// are one shared part then.
fn make_family(
    expressions: &mut [&mut Expression],
    members: &[(usize, Vec<Place>)],
    element: Option<usize>,
    plan: &mut Plan,
) -> Option<()> {
    let (first, places) = members.first()?;
    let mut questions = Vec::new();
    for at in 0..places.len() {
        let places: Option<Vec<&Place>> = members.iter().map(|(_, own)| own.get(at)).collect();
        questions.push(question(&places?));
    }
    let mut lead = expressions.get_mut(*first)?.node_mut().clone();
    let tier = if is_of_element(&mut lead, element) { Tier::Element } else { Tier::Subject };
    make_lead(&mut lead, &mut questions.into_iter()).then_some(())?;
    let layout = plan.layout_mut(tier);
    let at = At { tier, index: u32::try_from(layout.families).ok()? };
    layout.families += 1;
    let all = Set::MAX.checked_shr(u32::try_from(MEMBERS - members.len()).ok()?)?;
    let family = Arc::new(Family { at, members: all, lead });
    for (lane, (member, _)) in members.iter().enumerate() {
        let place = expressions.get_mut(*member)?.node_mut();
        let node = place.take();
        let member = Member { family: Arc::clone(&family), lane: 1 << lane, node };
        place.op = Op::Member(Box::new(member));
    }
    Some(())
}

/// How a condition is written, its constants left out.
#[derive(Default)]
struct Form {
    text: String,
    places: Vec<Place>,
}

impl Form {
    fn write(&mut self, node: &mut Node) {
        if let Op::Once(once) | Op::OnceTruth(once) = &mut node.op {
            return self.write(&mut once.node);
        }
        self.text.push('(');
        if let Some((place, operand)) = place(&mut node.op) {
            let _ = write!(self.text, "{:?} {}", place.asks, place.cost());
            self.places.push(place);
            self.write(operand);
        } else {
            describe(&node.op, &mut self.text);
            node.children_mut(&mut |child| self.write(child));
        }
        self.text.push(')');
    }
}

/// A place where members may have constants of their own.
struct Place {
    asks: Asks,
    constant: Constant,
}

#[derive(Clone, Copy, Debug)]
enum Asks {
    Equal,
    NotEqual,
    Compare(Comparison),
    Among,
    Matches,
    Begins,
    Ends,
    Contains,
    Key,
    OptionalKey,
}

#[derive(PartialEq)]
enum Constant {
    Literals(Box<[Literal]>),
    Pattern(Arc<Pattern>),
}

impl Place {
    /// What asking costs on account of the constant.
    fn cost(&self) -> usize {
        match (self.asks, self.literals()) {
            (Asks::Among, literals) => literals.len(),
            (Asks::Contains, [Literal::String(text)]) => text.len() / 8,
            _ => 0,
        }
    }

    fn literals(&self) -> &[Literal] {
        match &self.constant {
            Constant::Literals(literals) => literals,
            Constant::Pattern(_) => &[],
        }
    }

    /// What is searched for.
    fn pattern(&self) -> Option<Arc<Pattern>> {
        let pattern = match (&self.constant, self.asks) {
            (Constant::Pattern(pattern), _) => return Some(Arc::clone(pattern)),
            (Constant::Literals(literals), asks) => match (&**literals, asks) {
                ([Literal::String(text)], Asks::Ends) => format!("{}\\z", escape(text)),
                ([Literal::String(text)], _) => escape(text),
                _ => return None,
            },
        };
        check_regex(&pattern).ok().map(Arc::new)
    }
}

/// The place that a node is, and what is asked about.
fn place(op: &mut Op) -> Option<(Place, &mut Node)> {
    let is_text = |literal: &Literal| matches!(literal, Literal::String(_));
    let is_number = |literal: &Literal| matches!(literal, Literal::Int(_));
    let (asks, constant, operand) = match op {
        Op::Matches(operand, pattern) => {
            let constant = Constant::Pattern(Arc::clone(pattern));
            return Some((Place { asks: Asks::Matches, constant }, operand));
        }
        Op::InConstants(operand, literals) => {
            let all = literals.iter().all(is_text).then(|| literals.clone())?;
            let constant = Constant::Literals(all);
            return Some((Place { asks: Asks::Among, constant }, operand));
        }
        Op::Equal(pair) => pair_of(pair, Asks::Equal)?,
        Op::NotEqual(pair) => pair_of(pair, Asks::NotEqual)?,
        Op::Compare(comparison, pair) => pair_of(pair, Asks::Compare(*comparison))?,
        Op::OptionalIndex(pair) => pair_of(pair, Asks::OptionalKey)?,
        Op::In(pair) => {
            let [constant, operand] = &mut **pair;
            (Asks::Key, literal(constant)?, operand)
        }
        Op::Call(functions, nodes) => {
            let ([function], [operand, constant]) = (&**functions, &mut **nodes) else {
                return None;
            };
            let asks = match function.name {
                "startsWith" => Asks::Begins,
                "endsWith" => Asks::Ends,
                "contains" => Asks::Contains,
                _ => return None,
            };
            (asks, literal(constant)?, operand)
        }
        _ => return None,
    };
    let fits = match asks {
        Asks::Equal | Asks::NotEqual => is_text(constant) || is_number(constant),
        Asks::Compare(_) => is_number(constant),
        _ => is_text(constant),
    };
    let constant = Constant::Literals([constant.clone()].into());
    fits.then_some((Place { asks, constant }, operand))
}

fn pair_of(pair: &mut [Node; 2], asks: Asks) -> Option<(Asks, &Literal, &mut Node)> {
    let [operand, constant] = pair;
    Some((asks, literal(constant)?, operand))
}

fn literal(node: &Node) -> Option<&Literal> {
    match &node.op {
        Op::Constant(literal) => Some(literal),
        _ => None,
    }
}

/// What is asked at a place with the constants of all members; nothing where all have the same.
fn question(members: &[&Place]) -> Option<(Asks, Question)> {
    let first = members.first()?;
    if members.iter().all(|member| member.constant == first.constant) {
        return None;
    }
    let literals: Vec<&[Literal]> = members.iter().map(|member| member.literals()).collect();
    let constants = || Constants::new(&literals);
    let patterns = || {
        let patterns: Option<_> = members.iter().map(|member| member.pattern()).collect();
        patterns.map(Patterns::new)
    };
    let question = match first.asks {
        Asks::Equal => Question::Equal(constants()),
        Asks::NotEqual => Question::NotEqual(constants()),
        Asks::Compare(comparison) => Question::Compare(comparison, constants()),
        Asks::Among => Question::Among(constants(), first.cost()),
        Asks::Matches => Question::Matches(patterns()?),
        Asks::Begins => Question::Begins(constants()),
        Asks::Ends => Question::Ends(patterns()?),
        Asks::Contains => Question::Contains(patterns()?, first.cost()),
        Asks::Key | Asks::OptionalKey => Question::Key(constants()),
    };
    Some((first.asks, question))
}

/// Puts the questions into their places; whether there were any. What is remembered of a part holds
/// for the constants of one member, therefore parts with a question are asked each time.
fn make_lead(
    node: &mut Node,
    questions: &mut impl Iterator<Item = Option<(Asks, Question)>>,
) -> bool {
    if let Op::Once(once) | Op::OnceTruth(once) = &mut node.op {
        let asks = make_lead(&mut once.node, questions);
        if asks {
            *node = once.node.take();
        }
        return asks;
    }
    if let Some((_, operand)) = place(&mut node.op) {
        let question = questions.next().flatten();
        let asks = make_lead(operand, questions);
        let Some((kind, question)) = question else { return asks };
        let lanes = Box::new(Lanes { operand: operand.take(), question });
        let is_value = matches!(kind, Asks::OptionalKey);
        node.op = if is_value { Op::LaneKeys(lanes) } else { Op::Lanes(lanes) };
        return true;
    }
    let mut asks = false;
    node.children_mut(&mut |child| asks |= make_lead(child, questions));
    asks
}

fn is_of_element(node: &mut Node, element: Option<usize>) -> bool {
    let mut is_of_element = reads_element(&node.op, element);
    node.children_mut(&mut |child| is_of_element |= self::is_of_element(child, element));
    is_of_element
}
