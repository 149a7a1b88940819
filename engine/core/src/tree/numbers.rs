//! Numbers against a JSON Schema: finite, whole, within limits and within the Rust type.

use serde_json::{Map, Value};

use super::schema::type_of;
use super::validate::Checker;
use super::{Kind, Node};
use crate::error::Diagnostic;

pub(super) fn not_finite(checker: &mut Checker<'_>, node: &Node) {
    let message = format!("{} is not finite", node.describe());
    checker.report(node.span, Diagnostic::error(message).expected("a finite number"));
}

pub(super) fn check<'s>(checker: &mut Checker<'s>, node: &Node, schema: &'s Value, object: &'s Map<String, Value>) {
    let Some(value) = node.number() else { return };
    let format = object.get("format").and_then(Value::as_str);
    if !value.is_finite() || (format == Some("float") && !(value as f32).is_finite()) {
        return not_finite(checker, node);
    }
    let type_limits = match (type_of(object), &node.kind) {
        (Some("integer"), Kind::Integer { .. }) => format.and_then(integer_limits),
        (Some("integer"), _) => return checker.mismatch(node, schema),
        _ => None,
    };
    let fits_type = match (type_limits, &node.kind) {
        (Some((min, max)), Kind::Integer { negative: true, magnitude }) => {
            (min..=max).contains(&-i128::from(*magnitude))
        }
        (Some((min, max)), Kind::Integer { magnitude, .. }) => (min..=max).contains(&i128::from(*magnitude)),
        _ => true,
    };
    let limit = |key| object.get(key).and_then(Value::as_f64);
    // Written so that a comparison with NaN would fail.
    let inside = limit("minimum").is_none_or(|min| value >= min)
        && limit("maximum").is_none_or(|max| value <= max)
        && limit("exclusiveMinimum").is_none_or(|min| value > min)
        && limit("exclusiveMaximum").is_none_or(|max| value < max);
    match type_limits {
        Some((min, max)) if !fits_type && !limited_on_both_sides(object) => {
            let found = Diagnostic::error(format!("found {}", node.describe()));
            checker.report(node.span, found.expected(format!("a whole number from {min} to {max}")));
        }
        _ if !inside || !fits_type => checker.mismatch(node, schema),
        _ => {}
    }
    if let Some(step) = limit("multipleOf")
        && step > 0.0
        && (value / step).fract() != 0.0
    {
        let found = Diagnostic::error(format!("found {}", node.describe()));
        checker.report(node.span, found.expected(format!("a multiple of {step}")));
    }
}

/// Whether the schema itself limits both sides, in which case its own words are better than the type's.
fn limited_on_both_sides(object: &Map<String, Value>) -> bool {
    let has = |keys: [&str; 2]| keys.iter().any(|key| object.contains_key(*key));
    has(["minimum", "exclusiveMinimum"]) && has(["maximum", "exclusiveMaximum"])
}

/// The limits of a Rust integer type by the name that `schemars` gives it.
fn integer_limits(format: &str) -> Option<(i128, i128)> {
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        _ => return None,
    })
}
