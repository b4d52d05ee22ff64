//! How an enum of the IR is encoded: as the number of its variant and then the variant's fields.
//!
//! The numbers are written down in [`crate::numbers`] and do not follow from the order of declaration, so that a variant
//! may be declared anywhere. Only postcard encodes these enums; what is here reads no self-describing format.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{EnumAccess, Error, SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::ser::SerializeStructVariant;
use serde::{Deserialize, Deserializer, Serialize};

/// What reads an enum of which each variant has a number.
pub(crate) trait Numbered<'de> {
    /// The enum.
    type Value;

    /// Its name.
    const NAME: &'static str;

    /// Its variants in the order of their table.
    const VARIANTS: &'static [&'static str];

    /// The names of the fields of the variant of this number.
    fn fields(number: u32) -> Option<&'static [&'static str]>;

    /// The variant of this number, its fields read from `fields`.
    fn read<A: SeqAccess<'de>>(number: u32, fields: &mut A) -> Result<Self::Value, A::Error>;
}

/// Reads an enum.
pub(crate) fn read<'de, T: Numbered<'de>, D: Deserializer<'de>>(from: D) -> Result<T::Value, D::Error> {
    from.deserialize_enum(T::NAME, T::VARIANTS, Choice::<T>(PhantomData))
}

/// No variant has this number, so that none of its fields can be read.
pub(crate) fn unknown<'de, A: SeqAccess<'de>>(number: u32, _: &A) -> A::Error {
    A::Error::invalid_value(Unexpected::Unsigned(number.into()), &"the number of a variant")
}

/// The next field of a variant.
pub(crate) fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de> + Into<V>, V>(
    fields: &mut A,
) -> Result<V, A::Error> {
    let field = fields.next_element::<T>()?;
    field.map(T::into).ok_or_else(|| A::Error::custom("a variant has fewer fields than it should"))
}

/// Writes the next field of a variant.
pub(crate) fn write<S: SerializeStructVariant>(
    mut to: S,
    name: &'static str,
    field: &(impl Serialize + ?Sized),
) -> Result<S, S::Error> {
    to.serialize_field(name, field)?;
    Ok(to)
}

/// Reads the number.
struct Choice<T>(PhantomData<T>);

impl<'de, T: Numbered<'de>> Visitor<'de> for Choice<T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<T::Value, A::Error> {
        let (number, variant) = data.variant::<u32>()?;
        // A number that no variant has is refused where its fields are read.
        let fields = T::fields(number).unwrap_or_default();
        variant.struct_variant(fields, Fields::<T> { number, of: PhantomData })
    }
}

/// Reads the fields of the variant of this number.
struct Fields<T> {
    number: u32,
    of: PhantomData<T>,
}

impl<'de, T: Numbered<'de>> Visitor<'de> for Fields<T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fields of variant {} of {}", self.number, T::NAME)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<T::Value, A::Error> {
        T::read(self.number, &mut fields)
    }
}

/// Gives an enum its numbers: `number Variant(field: Type, …);` for each variant. A variant without a number does not
/// compile, nor does a number given twice.
///
/// `Enum read by Reader<Inner: Bound>` leaves reading to another type, and says with it what values of the enum inside the
/// enum are read as.
macro_rules! numbered {
    ($enum:ident { $($table:tt)+ }) => {
        $crate::wire::numbered!(@write $enum { $($table)+ });
        $crate::wire::numbered!(@read $enum, [], $enum { $($table)+ });

        impl<'de> serde::Deserialize<'de> for $enum {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::wire::read::<Self, D>(from)
            }
        }
    };
    ($enum:ident read by $reader:ident<$inner:ident: $bound:path> { $($table:tt)+ }) => {
        $crate::wire::numbered!(@write $enum { $($table)+ });
        $crate::wire::numbered!(@read $enum, [$inner: $bound], $reader<$inner> { $($table)+ });
    };
    (@write $enum:ident {
        $($number:literal $variant:ident $(($($a:ident: $at:ty),+))? $({$($b:ident: $bt:ty),+})?;)+
    }) => {
        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStructVariant as _;
                match self {
                    $(Self::$variant $(($($a),+))? $({$($b),+})? => {
                        let fields: &[&str] = &[$($(stringify!($a)),+)? $($(stringify!($b)),+)?];
                        let variant = serializer.serialize_struct_variant(
                            stringify!($enum),
                            $number,
                            stringify!($variant),
                            fields.len(),
                        )?;
                        $($(let variant = $crate::wire::write(variant, stringify!($a), $a)?;)+)?
                        $($(let variant = $crate::wire::write(variant, stringify!($b), $b)?;)+)?
                        variant.end()
                    })+
                }
            }
        }

        #[cfg(test)]
        impl $enum {
            /// The numbers of its variants and their names, in the order of the table.
            pub(crate) const NUMBERS: $crate::wire::Numbers =
                (stringify!($enum), &[$(($number, stringify!($variant))),+]);
        }
    };
    (@read $enum:ident, [$($inner:ident: $bound:path)?], $reader:ty {
        $($number:literal $variant:ident $(($($a:ident: $at:ty),+))? $({$($b:ident: $bt:ty),+})?;)+
    }) => {
        impl<'de $(, $inner: serde::Deserialize<'de> + $bound)?> $crate::wire::Numbered<'de> for $reader {
            type Value = $enum;

            const NAME: &'static str = stringify!($enum);
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),+];

            fn fields(number: u32) -> Option<&'static [&'static str]> {
                match number {
                    $($number => Some(&[$($(stringify!($a)),+)? $($(stringify!($b)),+)?]),)+
                    _ => None,
                }
            }

            fn read<A: serde::de::SeqAccess<'de>>(number: u32, fields: &mut A) -> Result<$enum, A::Error> {
                match number {
                    $($number => Ok($enum::$variant
                        $(($($crate::wire::next::<A, $at, _>(fields)?),+))?
                        $({$($b: $crate::wire::next::<A, $bt, _>(fields)?),+})?
                    ),)+
                    _ => Err($crate::wire::unknown(number, fields)),
                }
            }
        }
    };
}

pub(crate) use numbered;

/// An enum's name, and the numbers and names of its variants.
#[cfg(test)]
pub(crate) type Numbers = (&'static str, &'static [(u32, &'static str)]);
