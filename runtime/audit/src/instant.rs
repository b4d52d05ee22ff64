//! Optional instants in the fields of records, for `#[serde(with)]`, in their only canonical form.

use permit_types::time::{INSTANT_MAX_MS, instant_text, parse_canonical_instant};
use serde::{Deserialize, Deserializer, Serializer, de, ser};

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(crate) fn serialize<S: Serializer>(ms: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(ms) = *ms else { return serializer.serialize_none() };
    if !(0..=INSTANT_MAX_MS).contains(&ms) {
        return Err(ser::Error::custom("instant out of range"));
    }
    serializer.serialize_str(&instant_text(ms))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_canonical_instant(&text).map(Some).map_err(de::Error::custom)
}

/// Instants that are never absent.
pub(crate) mod required {
    use serde::{Deserializer, Serializer, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(&Some(*ms), serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        super::deserialize(deserializer)?.ok_or_else(|| de::Error::custom("an instant is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Field {
        #[serde(default, with = "super", skip_serializing_if = "Option::is_none")]
        at: Option<i64>,
    }

    #[test]
    fn a_record_carries_an_instant_in_range_and_in_one_spelling() {
        let text = r#"{"at":"2026-04-14T10:23:47.123Z"}"#;
        let field = Field { at: Some(1_776_162_227_123) };
        assert_eq!(serde_json::to_string(&field).unwrap(), text);
        assert_eq!(serde_json::from_str::<Field>(text).unwrap(), field);
        for ms in [-1, INSTANT_MAX_MS + 1] {
            let refused = serde_json::to_string(&Field { at: Some(ms) }).map_err(|e| e.to_string());
            assert_eq!(refused, Err("instant out of range".to_owned()));
        }
        for text in [r#"{"at":"2026-04-14T10:23:47Z"}"#, r#"{"at":"1969-12-31T23:59:59.999Z"}"#] {
            let refused = serde_json::from_str::<Field>(text).map_err(|e| e.to_string()).unwrap_err();
            assert!(refused.starts_with("not an instant in UTC with milliseconds"), "{refused}");
        }
    }
}
