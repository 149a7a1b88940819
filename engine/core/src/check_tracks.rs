//! Targets, keys and curves of tracks.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::check::PartView;
use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::motion::{COMMON_PROPERTIES, Target};
use crate::nearest::nearest;
use crate::part::{PropertyInfo, PropertyShape};
use crate::registry::PartRegistry;
use crate::shot::{Curve, Handle, Key, Value};
use crate::tree::Node;

/// Shorter quaternions have no direction that survives rounding.
const MIN_QUAT_LENGTH: f64 = 1e-6;

/// What the checks of all tracks of a shot share.
pub(crate) struct TrackChecks<'a> {
    views: &'a [PartView<'a>],
    registry: &'a PartRegistry,
    by_id: BTreeMap<&'a str, usize>,
    /// By part, what earlier tracks drive.
    driven: BTreeMap<usize, Vec<(Target, usize)>>,
}

/// One track's place, for messages.
struct Place<'a> {
    node: &'a Node,
    index: usize,
    findings: &'a mut Findings,
}

impl Place<'_> {
    /// Reports about the value at `path` inside the track, whose node is `node` if it could be found.
    fn error(&mut self, path: &str, node: Option<&Node>, error: Diagnostic) {
        let span = node.unwrap_or(self.node).span;
        let at = format!("tracks[{}].{path}", self.index);
        self.findings.add(error.at(at).place(span.line, span.column));
    }
}

impl<'a> TrackChecks<'a> {
    pub(crate) fn new(views: &'a [PartView<'a>], registry: &'a PartRegistry) -> Self {
        // Of parts with the same id, which is an error of its own, the first counts.
        let ids = views.iter().enumerate().rev();
        let by_id = ids.filter_map(|(index, view)| Some((view.id?, index))).collect();
        Self { views, registry, by_id, driven: BTreeMap::new() }
    }

    /// Checks the track number `index`: what could be read of it from `node`, the keys with their numbers.
    pub(crate) fn check(
        &mut self,
        target: Option<&str>,
        keys: &[(usize, Key)],
        node: &Node,
        index: usize,
        findings: &mut Findings,
    ) {
        let mut place = Place { node, index, findings };
        check_order(keys, &mut place);
        match target.map(|target| self.resolve(target, index)) {
            Some(Ok(Some((shape, range)))) => check_values(keys, shape, &range, &mut place),
            Some(Err(error)) => place.error("target", node.field("target"), *error),
            Some(Ok(None)) | None => {}
        }
    }

    /// The property that the track drives; `None` if nothing can be said because its part has errors.
    fn resolve(
        &mut self,
        target: &str,
        index: usize,
    ) -> Result<Option<(PropertyShape, RangeInclusive<f32>)>, Box<Diagnostic>> {
        let parts = target.split_once('/').filter(|(id, path)| !id.is_empty() && !path.is_empty());
        let (id, path) = parts.ok_or_else(|| {
            let error = Diagnostic::error(format!("{:?} is not a target", short(target)));
            Box::new(error.expected("`part-id/property`, such as \"ball/position\""))
        })?;
        let part = self.by_id.get(id).copied().ok_or_else(|| {
            let near = nearest(id, self.by_id.keys().copied());
            let error = Diagnostic::error(format!("there is no part `{}`", short(id)));
            Box::new(error.expected("the id of a part before `/`").did_you_mean(near))
        })?;
        let kind = self.views.get(part).and_then(|view| view.kind);
        let Some(kind) = kind.filter(|kind| self.registry.get(kind).is_some()) else { return Ok(None) };
        let properties = self.registry.properties(kind);
        let (target, shape, range) =
            Target::find(path, properties).ok_or_else(|| unknown_property(kind, path, properties))?;
        let others = self.driven.entry(part).or_default();
        let other = others.iter().find(|(other, _)| other.overlaps(target)).map(|(_, other)| *other);
        others.push((target, index));
        match other {
            Some(other) => {
                let message = format!("tracks[{other}] drives the same property of `{id}`");
                Err(Diagnostic::error(message).help("merge their keys into one track").into())
            }
            None => Ok(Some((shape, range))),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn unknown_property(kind: &str, path: &str, properties: &[PropertyInfo]) -> Box<Diagnostic> {
    /// More would hide the hint.
    const MAX_LISTED: usize = 16;
    let names = || {
        let common = COMMON_PROPERTIES.iter().copied();
        properties.iter().map(|property| property.name.as_ref()).chain(common)
    };
    let mut listed = names().take(MAX_LISTED).collect::<Vec<_>>().join(", ");
    let hidden = names().count().saturating_sub(MAX_LISTED);
    if hidden > 0 {
        listed += &format!(" and {hidden} more");
    }
    Diagnostic::error(format!("a part of kind {kind} has no property `{}`", short(path)))
        .expected(format!("one of {listed}"))
        .did_you_mean(nearest(path, names()))
        .into()
}

fn key_node(track: &Node, index: usize) -> Option<&Node> {
    track.field("keys")?.items()?.get(index)
}

fn check_order(keys: &[(usize, Key)], place: &mut Place<'_>) {
    let node = place.node;
    for ((_, before), (index, key)) in keys.iter().zip(keys.iter().skip(1)) {
        if key.frame <= before.frame {
            let message = format!("frame {} does not come after frame {} of the key before", key.frame, before.frame);
            let frame = key_node(node, *index).and_then(|key| key.field("frame"));
            let error = Diagnostic::error(message).help("sort the keys by frame and keep one per frame");
            place.error(&format!("keys[{index}].frame"), frame, error);
        }
    }
}

fn check_values(keys: &[(usize, Key)], shape: PropertyShape, range: &RangeInclusive<f32>, place: &mut Place<'_>) {
    let node = place.node;
    for (index, key) in keys {
        let key_node = key_node(node, *index);
        let value = key_node.and_then(|key| key.field("value"));
        let at = format!("keys[{index}]");
        if let Some(error) = wrong_value(&key.value, shape, range) {
            place.error(&format!("{at}.value"), value, error);
        }
        check_curve(key, &at, key_node.and_then(|key| key.field("curve")), shape, place);
    }
}

fn wrong_shape(value: &Value, shape: PropertyShape) -> Option<Diagnostic> {
    let fits = match (value, shape) {
        (Value::Flag(_), PropertyShape::Flag) | (Value::Number(_), PropertyShape::Scalar) => true,
        (Value::List(numbers), PropertyShape::Vec3 | PropertyShape::Quat) => numbers.len() == shape.arity(),
        _ => false,
    };
    let found = match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::List(numbers) => format!("a list of {}", numbers.len()),
    };
    (!fits).then(|| Diagnostic::error(format!("found {found}")).expected(shape.to_string()))
}

fn wrong_value(value: &Value, shape: PropertyShape, range: &RangeInclusive<f32>) -> Option<Diagnostic> {
    if let Some(error) = wrong_shape(value, shape) {
        return Some(error);
    }
    let (min, max) = (f64::from(*range.start()), f64::from(*range.end()));
    let numbers = value.numbers();
    if shape == PropertyShape::Quat {
        let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
        return (!(length > MIN_QUAT_LENGTH && length.is_finite()))
            .then(|| Diagnostic::error(format!("the quaternion has length {length}")).expected("a length of 1"));
    }
    // The limits are 32-bit numbers: 0.1 as written must not lie outside a limit of 0.1.
    let outside = numbers.iter().find(|number| !(min..=max).contains(&f64::from(**number as f32)))?;
    Some(Diagnostic::error(format!("found the number {outside}")).expected(range_text(range)))
}

fn range_text(range: &RangeInclusive<f32>) -> String {
    match (range.start().is_finite(), range.end().is_finite()) {
        (true, true) => format!("a number from {} to {}", range.start(), range.end()),
        (true, false) => format!("a number of at least {}", range.start()),
        (false, true) => format!("a number of at most {}", range.end()),
        (false, false) => "a finite number".to_owned(),
    }
}

fn check_curve(key: &Key, at: &str, node: Option<&Node>, shape: PropertyShape, place: &mut Place<'_>) {
    let content = node.and_then(Node::tag).and_then(|(_, _, content)| content).map(Node::unwrapped);
    let field = |name| content.and_then(|content| content.field(name));
    let of_flag = shape == PropertyShape::Flag;
    match &key.curve {
        Curve::Step | Curve::Linear => {}
        Curve::Hermite { .. } | Curve::Bezier { .. } if of_flag => {
            let error = Diagnostic::error("true and false have nothing in between").expected("the curve `Step`");
            place.error(&format!("{at}.curve"), node, error);
        }
        Curve::Hermite { out_tangent, next_in_tangent } => {
            for (name, tangent) in [("out_tangent", out_tangent), ("next_in_tangent", next_in_tangent)] {
                if let Some(error) = wrong_shape(tangent, shape) {
                    place.error(&format!("{at}.curve.Hermite.{name}"), field(name), error);
                }
            }
        }
        Curve::Bezier { right, next_left } => {
            let sides = [
                ("right", right, right.0 >= 0.0, "at least 0"),
                ("next_left", next_left, next_left.0 <= 0.0, "at most 0"),
            ];
            for (name, Handle(frames, value), forward, expected) in sides {
                let items = field(name).and_then(Node::items).unwrap_or(&[]);
                let at = format!("{at}.curve.Bezier.{name}");
                if !forward {
                    let message = format!("the handle's time offset is {frames} frames, away from the segment");
                    place.error(&format!("{at}[0]"), items.first(), Diagnostic::error(message).expected(expected));
                }
                if let Some(error) = wrong_shape(value, shape) {
                    place.error(&format!("{at}[1]"), items.get(1), error);
                }
            }
        }
    }
}
