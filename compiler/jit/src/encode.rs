//! From a request to a frame: every path of a condition becomes a slot, with its trap if it has one.
//!
//! Nothing here fails: a path that is not as the program says traps, and a trap counts only if it is reached.

use permit_ir::decision::EvalContext;
use permit_ir::types::FieldId;
use permit_ir::value::{EntityRef, Value};

use crate::layout::{Frame, Slot};
use crate::term::{Kind, Path, Root, Step};

/// Puts the values of `paths` into the first slots of the frame.
pub(crate) fn encode<'a>(frame: &mut Frame<'a>, context: &EvalContext<'a>, paths: &[Path]) {
    for (slot, path) in frame.slots.iter_mut().zip(paths) {
        *slot = follow(context, path).map_or(Slot::TRAP, |found| found.slot(path));
    }
}

/// The word of a text or collection: the address of its value.
pub(crate) fn address(value: &Value) -> u64 {
    std::ptr::from_ref(value).expose_provenance() as u64
}

/// What a path has led to so far.
#[derive(Clone, Copy)]
enum Found<'a> {
    Value(&'a Value),
    Entity(EntityRef),
    Number(i64),
}

const ABSENT: Found<'static> = Found::Value(&Value::Absent);

impl<'a> Found<'a> {
    fn is_absent(self) -> bool {
        matches!(self, Self::Value(Value::Absent))
    }

    fn entity(self) -> Option<EntityRef> {
        match self {
            Self::Entity(entity) | Self::Value(&Value::Entity(entity)) => Some(entity),
            Self::Value(_) | Self::Number(_) => None,
        }
    }

    fn slot(self, path: &Path) -> Slot {
        match (path.kind, self) {
            (_, Self::Value(Value::Absent)) if path.optional => Slot::ABSENT,
            (Kind::Bool, Self::Value(Value::Bool(truth))) => Slot::present(u64::from(*truth)),
            (Kind::Number, Self::Value(&Value::Number(number)) | Self::Number(number)) => {
                Slot::present(number.cast_unsigned())
            }
            (Kind::Entity, Self::Value(&Value::Entity(entity)) | Self::Entity(entity)) => {
                Slot::present(u64::from(entity.0))
            }
            (Kind::Text, Self::Value(value @ Value::String(_)))
            | (Kind::Elements, Self::Value(value @ Value::Elements(_))) => Slot::present(address(value)),
            _ => Slot::TRAP,
        }
    }
}

/// The end of a path; `None` if it traps.
fn follow<'a>(context: &EvalContext<'a>, path: &Path) -> Option<Found<'a>> {
    let request = context.request;
    let mut found = match path.root {
        Root::Agent => Found::Entity(request.agent),
        Root::Resource => Found::Entity(request.resource?),
        Root::Now => Found::Number(request.now_ms),
        Root::Arg(arg) => request.args.get(arg.index()).map_or(ABSENT, Found::Value),
        Root::Param(param) => context.params.get(usize::from(param)).map_or(ABSENT, Found::Value),
        Root::Named(entity) => Found::Entity(entity),
    };
    for step in &path.steps {
        found = match step {
            Step::OptionalAttr(_) if found.is_absent() => ABSENT,
            Step::Attr(field) | Step::OptionalAttr(field) => attribute(context, found.entity()?, *field)?,
            Step::Cast(types) => {
                let entity = context.facts.entity(found.entity()?)?;
                types.contains(&entity.ty).then_some(found)?
            }
            Step::Unwrap if found.is_absent() => return None,
            Step::Unwrap => found,
        };
    }
    Some(found)
}

fn attribute<'a>(context: &EvalContext<'a>, of: EntityRef, field: FieldId) -> Option<Found<'a>> {
    context.facts.attribute(context.program, of, field).map(Found::Value)
}
