//! Whether an update leaves everything alone that a failing rule reads: then the finding was
//! there before, and refusing would only keep a running thing from being scaled or rolled back.

use super::Element;
use crate::{
    control::Rule,
    expression::Read,
    subject::{View, kubernetes::PodView},
    value::Value,
};

/// Whether nothing that `rule` reads of the subject has changed since the old object.
pub(super) fn unchanged(view: &View<'_>, rule: &Rule, element: Option<&Element<'_>>) -> bool {
    let View::Pod(view) = view else { return false };
    if view.old_object.as_map().is_none() {
        return false;
    }
    let mut about_the_subject = false;
    let same = rule.reads().all(|read| match sides(view, rule, element, read) {
        Some((new, old)) => {
            about_the_subject = true;
            old.is_some_and(|old| follow(new, read) == follow(old, read))
        }
        None => true,
    });
    same && about_the_subject
}

/// What a variable is now and what it was; `None` for variables that are not of the subject.
fn sides<'a>(
    view: &PodView<'a>,
    rule: &Rule,
    element: Option<&Element<'a>>,
    read: &Read,
) -> Option<(Value<'a>, Option<Value<'a>>)> {
    match read.root.as_str() {
        "object" => Some((view.object, Some(view.old_object))),
        "pod" => Some((view.pod, view.old_pod())),
        "podMeta" => Some((view.pod_meta, Some(view.old_pod_meta().unwrap_or(Value::Map(&[]))))),
        variable if rule.each.is_some_and(|each| each.variable() == variable) => {
            let element = element?;
            Some((element.value, view.old_pod().and_then(|pod| before(pod, element))))
        }
        _ => None,
    }
}

/// The element of the same name before the update, in the same list. What stands in a list of a
/// container may have moved there: it counts where it was in it as a whole.
fn before<'a>(old_pod: Value<'a>, element: &Element<'a>) -> Option<Value<'a>> {
    let name = element.holder.get("name")?;
    let items = old_pod.get(element.field)?.as_list()?;
    let holder = items.iter().find(|item| item.get("name") == Some(name))?;
    if let Some((list, _)) = element.nested {
        let items = holder.get(list)?.as_list()?;
        return items.iter().find(|item| **item == element.value).copied();
    }
    element.under(*holder).map(|element| element.value)
}

/// The value that is read; null and absent are the same.
fn follow<'a>(value: Value<'a>, read: &Read) -> Value<'a> {
    let found = read.fields.iter().try_fold(value, |value, field| value.get(field));
    found.unwrap_or_default()
}
