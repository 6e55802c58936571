//! Fields that expressions read: each gets a place, and every reader is turned into a look at it.

use super::{Holder, LENGTHS, Layout, Origin, Plan};
use crate::expression::Expression;
use crate::expression::node::{At, FieldRead, Node, Op, Reading, Tier};

/// Turns every read of a field under a variable into one that is shared.
pub(super) fn share(expressions: &mut [&mut Expression], element: Option<usize>, plan: &mut Plan) {
    let mut reader = Reader { element, plan };
    for expression in expressions {
        reader.visit(expression.node_mut());
    }
    for layout in [&mut plan.subject, &mut plan.element] {
        layout.holders.iter_mut().for_each(Holder::sort);
    }
}

struct Reader<'p> {
    element: Option<usize>,
    plan: &'p mut Plan,
}

/// Fields under a variable: how many are selected plainly, and then how many by `?`.
struct Chain<'n> {
    variable: usize,
    fields: Vec<&'n str>,
    plain: usize,
}

impl Chain<'_> {
    /// Whether every step may be absent.
    fn is_open(&self) -> bool {
        self.plain == 0
    }

    fn is_plain(&self) -> bool {
        self.plain == self.fields.len()
    }
}

impl Reader<'_> {
    fn visit(&mut self, node: &mut Node) {
        match self.reading(node) {
            Some((at, reading)) => {
                let own = node.take();
                let is_test = matches!(own.op, Op::Has(..));
                let read = Box::new(FieldRead { at, reading, node: own });
                node.op = if is_test { Op::HasRead(read) } else { Op::Read(read) };
                node.children_mut(&mut |child| self.visit(child));
            }
            None => node.children_mut(&mut |child| self.visit(child)),
        }
    }

    /// What a node reads, if it is one that reads a field under a variable.
    fn reading(&mut self, node: &Node) -> Option<(At, Reading)> {
        match &node.op {
            Op::Select(..) => {
                let chain = chain(node).filter(Chain::is_plain)?;
                Some((self.place(chain.variable, &chain.fields)?, Reading::Plain))
            }
            Op::OptionalSelect(..) => {
                let chain = chain(node)?;
                let reading = Reading::Optional { open: chain.is_open() };
                Some((self.place(chain.variable, &chain.fields)?, reading))
            }
            Op::PathOr(path) => {
                let mut chain = chain(&path.base).filter(Chain::is_plain)?;
                let reading = Reading::Or { open: chain.is_open() };
                chain.fields.extend(path.fields.iter().map(|field| &**field));
                Some((self.place(chain.variable, &chain.fields)?, reading))
            }
            Op::Has(operand, field) => {
                let mut chain = chain(operand).filter(Chain::is_plain)?;
                chain.fields.push(field);
                Some((self.place(chain.variable, &chain.fields)?, Reading::Plain))
            }
            Op::Effective(effective) => {
                let Op::Variable(container) = effective.container.op else { return None };
                let fields = ["securityContext", &*effective.field];
                let pod = self.place(effective.pod, &fields)?;
                Some((self.place(container, &fields)?, Reading::Effective { pod }))
            }
            _ => None,
        }
    }

    /// The place of a field, made where there is none yet.
    fn place(&mut self, variable: usize, fields: &[&str]) -> Option<At> {
        let tier = if self.element == Some(variable) { Tier::Element } else { Tier::Subject };
        let layout = self.plan.layout_mut(tier);
        let mut origin = Origin::Variable(variable);
        for field in fields {
            origin = Origin::Place(layout.place(origin, field)?);
        }
        match origin {
            Origin::Place(index) => Some(At { tier, index }),
            Origin::Variable(_) => None,
        }
    }
}

/// The fields that a node selects under a variable, if it does nothing else.
fn chain(node: &Node) -> Option<Chain<'_>> {
    match &node.op {
        Op::Variable(variable) => Some(Chain { variable: *variable, fields: Vec::new(), plain: 0 }),
        Op::Select(operand, field) => {
            let mut chain = chain(operand).filter(Chain::is_plain)?;
            chain.fields.push(field);
            chain.plain += 1;
            Some(chain)
        }
        Op::OptionalSelect(operand, field) => {
            let mut chain = chain(operand)?;
            chain.fields.push(field);
            Some(chain)
        }
        _ => None,
    }
}

impl Layout {
    fn place(&mut self, origin: Origin, field: &str) -> Option<u32> {
        let known = self.holders.iter().position(|holder| holder.origin == origin);
        let at = known.unwrap_or(self.holders.len());
        if known.is_none() {
            let starts = [0; LENGTHS + 1];
            self.holders.push(Holder { origin, fields: Vec::new(), starts });
        }
        let holder = self.holders.get_mut(at)?;
        if let Some((_, place)) = holder.fields.iter().find(|(own, _)| **own == *field) {
            return Some(*place);
        }
        let place = u32::try_from(self.places.len()).ok()?;
        holder.fields.push((field.into(), place));
        self.places.push(at);
        Some(place)
    }
}
