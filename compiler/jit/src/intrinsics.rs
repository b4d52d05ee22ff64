//! The functions that native code calls, in one table from which everything else about them follows.
//!
//! None of them panics: a panic cannot leave native code, so it would end the process. What is not as the verified
//! program says is answered with [`SLOW`].

use permit_ir::glob;
use permit_ir::value::{EntityRef, Value};

use crate::layout::{Frame, NO, SLOW, WORD_BYTES, YES};

/// A text or a collection, by address.
type Place = *const Value;

/// The table: a variant of [`Intrinsic`], the function, and what it takes behind the frame, a word each.
macro_rules! for_each_intrinsic {
    ($expand:ident) => {
        $expand! {
            /// Whether two texts or collections are equal.
            SameValue same_value(left: Place, right: Place);
            /// Whether a text matches a glob.
            Like like(text: Place, glob: Place);
            /// Whether a truth value is an element.
            HasBool has_bool(truth: u64, elements: Place);
            /// Whether a number is an element.
            HasNumber has_number(number: u64, elements: Place);
            /// Whether an entity is an element.
            HasEntity has_entity(entity: u64, elements: Place);
            /// Whether a text is an element.
            HasText has_text(text: Place, elements: Place);
            /// Whether an entity is another or lies in it.
            Within within(entity: u64, ancestor: u64);
            /// Whether an entity is, or lies in, an element.
            WithinAny within_any(entity: u64, elements: Place);
            /// Whether an entity is of one of the types, which are numbers.
            IsOfType is_of_type(entity: u64, types: Place);
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $name:ident $function:ident($($param:ident: $ty:ty),*);)*) => {
        /// A function that native code calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Intrinsic {
            $($(#[$doc])* $name,)*
        }

        impl Intrinsic {
            /// How many words it takes behind the frame.
            pub(crate) const fn arity(self) -> usize {
                match self {
                    $(Self::$name => [$(stringify!($param)),*].len(),)*
                }
            }
        }

        /// The addresses of the functions, in the order of [`Intrinsic`].
        #[repr(C)]
        #[derive(Debug)]
        pub(crate) struct Vtable {
            $($function: unsafe extern "C" fn(frame: *const Frame<'_>, $($param: $ty),*) -> u64,)*
        }

        /// The one table there is.
        pub(crate) static VTABLE: Vtable = Vtable { $($function,)* };

        const _: () = {
            $(
                assert!(
                    std::mem::offset_of!(Vtable, $function)
                        == Intrinsic::$name as usize * WORD_BYTES as usize
                );
                $(assert!(size_of::<$ty>() == WORD_BYTES as usize);)*
            )*
        };
    };
}

for_each_intrinsic!(declare);

impl Intrinsic {
    /// Where its address lies in the [`Vtable`].
    pub(crate) const fn offset(self) -> i32 {
        self as i32 * WORD_BYTES
    }
}

const fn answer(yes: bool) -> u64 {
    if yes { YES } else { NO }
}

/// The value at an address.
///
/// # Safety
/// The address is that of a value that lives and is not written to during `'a`.
unsafe fn at<'a>(place: Place) -> &'a Value {
    // SAFETY: the caller's word.
    unsafe { &*place }
}

fn has(elements: &Value, wanted: &Value) -> u64 {
    if let Value::Elements(elements) = elements { answer(elements.contains(wanted)) } else { SLOW }
}

fn entity(word: u64) -> Option<EntityRef> {
    u32::try_from(word).ok().map(EntityRef)
}

/// # Safety
/// Both addresses are of living values.
unsafe extern "C" fn same_value(_frame: *const Frame<'_>, left: Place, right: Place) -> u64 {
    // SAFETY: native code passes words of slots and constants whose kind is text or elements.
    answer(unsafe { at(left) == at(right) })
}

/// # Safety
/// Both addresses are of living values.
unsafe extern "C" fn like(_frame: *const Frame<'_>, text: Place, glob: Place) -> u64 {
    // SAFETY: native code passes words of slots and constants whose kind is text.
    match unsafe { (at(text), at(glob)) } {
        (Value::String(text), Value::String(glob)) => answer(glob::matches(glob, text)),
        _ => SLOW,
    }
}

/// # Safety
/// The address is of a living value.
unsafe extern "C" fn has_bool(_frame: *const Frame<'_>, truth: u64, elements: Place) -> u64 {
    // SAFETY: native code passes the word of a slot or constant whose kind is elements.
    has(unsafe { at(elements) }, &Value::Bool(truth != NO))
}

/// # Safety
/// The address is of a living value.
unsafe extern "C" fn has_number(_frame: *const Frame<'_>, number: u64, elements: Place) -> u64 {
    // SAFETY: native code passes the word of a slot or constant whose kind is elements.
    has(unsafe { at(elements) }, &Value::Number(number.cast_signed()))
}

/// # Safety
/// The address is of a living value.
unsafe extern "C" fn has_entity(_frame: *const Frame<'_>, word: u64, elements: Place) -> u64 {
    let Some(entity) = entity(word) else { return SLOW };
    // SAFETY: native code passes the word of a slot or constant whose kind is elements.
    has(unsafe { at(elements) }, &Value::Entity(entity))
}

/// # Safety
/// Both addresses are of living values.
unsafe extern "C" fn has_text(_frame: *const Frame<'_>, text: Place, elements: Place) -> u64 {
    // SAFETY: native code passes words of slots and constants whose kinds are text and elements.
    unsafe { has(at(elements), at(text)) }
}

/// # Safety
/// The frame is the one native code was called with.
unsafe extern "C" fn within(frame: *const Frame<'_>, word: u64, ancestor: u64) -> u64 {
    let (Some(entity), Some(ancestor)) = (entity(word), entity(ancestor)) else { return SLOW };
    // SAFETY: native code passes its own frame on, which lives during the call.
    answer(unsafe { &*frame }.facts.within(entity, ancestor))
}

/// # Safety
/// The frame is the one native code was called with, and the address is of a living value.
unsafe extern "C" fn within_any(frame: *const Frame<'_>, word: u64, elements: Place) -> u64 {
    // SAFETY: native code passes the word of a slot or constant whose kind is elements.
    let (Some(entity), Value::Elements(places)) = (entity(word), unsafe { at(elements) }) else {
        return SLOW;
    };
    // SAFETY: native code passes its own frame on, which lives during the call.
    let facts = unsafe { &*frame }.facts;
    let mut found = NO;
    for place in places.iter() {
        match place {
            Value::Entity(place) if facts.within(entity, *place) => found = YES,
            Value::Entity(_) => {}
            _ => return SLOW,
        }
    }
    found
}

/// # Safety
/// The frame is the one native code was called with, and the address is of a living value.
unsafe extern "C" fn is_of_type(frame: *const Frame<'_>, word: u64, types: Place) -> u64 {
    // SAFETY: native code passes its own frame on, which lives during the call.
    let facts = unsafe { &*frame }.facts;
    let Some(entity) = entity(word).and_then(|entity| facts.entity(entity)) else { return SLOW };
    // SAFETY: native code passes the word of a constant whose kind is elements.
    has(unsafe { at(types) }, &Value::Number(i64::from(entity.ty.0)))
}
