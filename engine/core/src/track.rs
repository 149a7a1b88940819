//! Tracks ready for evaluation: keys in order, values of one arity, formulas chosen.

use std::ops::RangeInclusive;

use crate::clock::FrameRate;
use crate::curve::{BezierTime, hermite, lerp, normalized, slerp};
use crate::part::PropertyShape;
use crate::shot::{Curve, Key, Track, Value};

/// Up to four numbers; unused ones are 0. A flag is 0 or 1 in the first.
pub(crate) type Sample = [f64; 4];

/// A track that can be asked for its value at any time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    shape: PropertyShape,
    range: RangeInclusive<f64>,
    frame_secs: f64,
    keys: Vec<SampledKey>,
}

#[derive(Clone, Debug, PartialEq)]
struct SampledKey {
    frame: f64,
    value: Sample,
    segment: Segment,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Step,
    Linear,
    Hermite { out: Sample, next_in: Sample },
    Bezier { time: BezierTime, right: Sample, next_left: Sample },
}

fn sample_of(value: &Value, shape: PropertyShape) -> Option<Sample> {
    if let (Value::Flag(flag), PropertyShape::Flag) = (value, shape) {
        return Some([f64::from(u8::from(*flag)), 0.0, 0.0, 0.0]);
    }
    let numbers = value.numbers();
    if numbers.len() != shape.arity() || numbers.is_empty() {
        return None;
    }
    let mut sample = [0.0; 4];
    for (out, number) in sample.iter_mut().zip(numbers) {
        *out = *number;
    }
    Some(sample)
}

impl Sampler {
    /// Prepares `track` for a property of this shape and range. `None` if it has no keys, a value of another
    /// shape or keys that are not in order; loading reports each of these, so a loaded track always prepares.
    pub fn new(track: &Track, shape: PropertyShape, range: RangeInclusive<f32>, rate: FrameRate) -> Option<Self> {
        let ordered = track.keys.is_sorted_by(|a, b| a.frame < b.frame);
        if track.keys.is_empty() || !ordered {
            return None;
        }
        let next_keys = track.keys.iter().skip(1).map(Some).chain([None]);
        let keys: Option<Vec<_>> =
            track.keys.iter().zip(next_keys).map(|(key, next)| SampledKey::new(key, next, shape)).collect();
        let range = f64::from(*range.start())..=f64::from(*range.end());
        Some(Self { shape, range, frame_secs: rate.frame_secs(), keys: keys? })
    }

    /// The value at `frame`, which may lie between frames; constant before the first key and after the last.
    /// Curves that overshoot are held at the limits of the property; quaternions have length 1.
    pub fn value_at(&self, frame: f64) -> Value {
        let [x, y, z, w] = self.sample(frame);
        match self.shape {
            PropertyShape::Flag => Value::Flag(x != 0.0),
            PropertyShape::Scalar => Value::Number(x),
            PropertyShape::Vec3 => Value::List(vec![x, y, z]),
            PropertyShape::Quat => Value::List(vec![x, y, z, w]),
        }
    }

    pub(crate) fn sample(&self, frame: f64) -> Sample {
        let raw = self.raw_sample(frame);
        match self.shape {
            PropertyShape::Quat => normalized(raw),
            PropertyShape::Flag => raw,
            PropertyShape::Scalar | PropertyShape::Vec3 => {
                raw.map(|number| number.max(*self.range.start()).min(*self.range.end()))
            }
        }
    }

    fn raw_sample(&self, frame: f64) -> Sample {
        let after = self.keys.partition_point(|key| key.frame <= frame);
        let (before, rest) = self.keys.split_at(after);
        match (before.last(), rest.first()) {
            (Some(from), Some(to)) => self.between(from, to, frame),
            (Some(only), None) | (None, Some(only)) => only.value,
            (None, None) => [0.0; 4],
        }
    }

    fn between(&self, from: &SampledKey, to: &SampledKey, frame: f64) -> Sample {
        let length = to.frame - from.frame;
        let u = (frame - from.frame) / length;
        match &from.segment {
            // A key's own value is returned as written, not as a formula rounds it.
            _ if frame == from.frame => from.value,
            Segment::Step => from.value,
            Segment::Linear if self.shape == PropertyShape::Quat => {
                slerp(normalized(from.value), normalized(to.value), u)
            }
            Segment::Linear => per_component(|i| lerp(from.value[i], to.value[i], u)),
            Segment::Hermite { out, next_in } => {
                let secs = length * self.frame_secs;
                per_component(|i| hermite(from.value[i], out[i], to.value[i], next_in[i], secs, u))
            }
            Segment::Bezier { time, right, next_left } => {
                let t = time.parameter_at(frame - from.frame);
                per_component(|i| time.value(from.value[i], right[i], next_left[i], to.value[i], t))
            }
        }
    }
}

fn per_component(component: impl Fn(usize) -> f64) -> Sample {
    std::array::from_fn(component)
}

impl SampledKey {
    fn new(key: &Key, next: Option<&Key>, shape: PropertyShape) -> Option<Self> {
        let segment = match (&key.curve, next) {
            // A flag has nothing between its two values, whatever the curve's default says.
            _ if shape == PropertyShape::Flag => Segment::Step,
            (_, None) | (Curve::Step, _) => Segment::Step,
            (Curve::Linear, _) => Segment::Linear,
            (Curve::Hermite { out_tangent, next_in_tangent }, _) => {
                Segment::Hermite { out: sample_of(out_tangent, shape)?, next_in: sample_of(next_in_tangent, shape)? }
            }
            (Curve::Bezier { right, next_left }, Some(next)) => Segment::Bezier {
                time: BezierTime::new((next.frame - key.frame) as f64, right.0, next_left.0),
                right: sample_of(&right.1, shape)?,
                next_left: sample_of(&next_left.1, shape)?,
            },
        };
        Some(Self { frame: key.frame as f64, value: sample_of(&key.value, shape)?, segment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shot::Handle;

    const ANY: RangeInclusive<f32> = f32::NEG_INFINITY..=f32::INFINITY;

    fn key(frame: i64, value: impl Into<Value>, curve: Curve) -> Key {
        Key { frame, value: value.into(), curve }
    }

    fn sampler(shape: PropertyShape, range: RangeInclusive<f32>, keys: Vec<Key>) -> Option<Sampler> {
        let track = Track { target: "a/b".to_owned(), keys };
        Sampler::new(&track, shape, range, FrameRate::FILM)
    }

    fn scalar(keys: Vec<Key>) -> Sampler {
        sampler(PropertyShape::Scalar, ANY, keys).expect("a valid track")
    }

    #[test]
    fn the_ends_stay_and_the_keys_are_exact() {
        let keys = vec![key(-3, 0.1, Curve::Linear), key(4, 0.7, Curve::Step), key(9, 0.2, Curve::Linear)];
        let track = scalar(keys);
        for (frame, value) in [(-1e9, 0.1), (-3.0, 0.1), (0.5, 0.4), (4.0, 0.7), (8.999, 0.7), (9.0, 0.2), (1e9, 0.2)] {
            let Value::Number(found) = track.value_at(frame) else { panic!("a number") };
            assert!((found - value).abs() < 1e-15, "{frame}: {found}");
        }
        assert_eq!(track.value_at(-3.0), Value::Number(0.1));
        assert_eq!(track.value_at(9.0), Value::Number(0.2));
    }

    #[test]
    fn hermite_tangents_are_per_second() {
        let curve = Curve::Hermite { out_tangent: 24.0.into(), next_in_tangent: 24.0.into() };
        // At 24 frames a second, 24 units a second are 1 unit a frame: a straight line.
        let track = scalar(vec![key(0, 0.0, curve), key(10, 10.0, Curve::Linear)]);
        for frame in [0.0, 0.3, 5.0, 9.9] {
            let Value::Number(found) = track.value_at(frame) else { panic!("a number") };
            assert!((found - frame).abs() < 1e-12, "{frame}: {found}");
        }
    }

    #[test]
    fn a_bezier_with_handles_at_thirds_is_a_line_and_overshoot_is_held_at_the_limits() {
        let line = Curve::Bezier { right: Handle(3.0, 2.0.into()), next_left: Handle(-3.0, Value::Number(-2.0)) };
        let track = scalar(vec![key(0, 1.0, line), key(9, 7.0, Curve::Linear)]);
        for frame in [0.0, 1.5, 4.5, 8.0] {
            let Value::Number(found) = track.value_at(frame) else { panic!("a number") };
            assert!((found - (1.0 + frame * 6.0 / 9.0)).abs() < 1e-12, "{frame}: {found}");
        }
        let wild = Curve::Bezier { right: Handle(3.0, 50.0.into()), next_left: Handle(-3.0, 0.0.into()) };
        let keys = vec![key(0, 0.0, wild), key(9, 1.0, Curve::Linear)];
        let held = sampler(PropertyShape::Scalar, 0.0..=1.0, keys).expect("a valid track");
        assert_eq!(held.value_at(3.0), Value::Number(1.0));
    }

    #[test]
    fn flags_step_and_quaternions_stay_unit() {
        let flags = vec![key(0, false, Curve::Linear), key(5, true, Curve::Linear)];
        let flag = sampler(PropertyShape::Flag, 0.0..=1.0, flags).expect("a valid track");
        assert_eq!((flag.value_at(4.99), flag.value_at(5.0)), (Value::Flag(false), Value::Flag(true)));
        for curve in [
            Curve::Linear,
            Curve::Hermite { out_tangent: [0.0, 9.0, 0.0, 0.0].into(), next_in_tangent: [0.0; 4].into() },
            Curve::Bezier { right: Handle(2.0, [0.5; 4].into()), next_left: Handle(-9.0, [0.0; 4].into()) },
        ] {
            let keys = vec![key(0, [0.0, 0.0, 0.0, 2.0], curve), key(8, [0.0, 5.0, 0.0, 0.0], Curve::Linear)];
            let quat = sampler(PropertyShape::Quat, ANY, keys).expect("a valid track");
            for frame in [0.0, 1.0, 4.0, 7.5, 8.0] {
                let length: f64 = quat.value_at(frame).numbers().iter().map(|c| c * c).sum();
                assert!((length - 1.0).abs() < 1e-12, "{frame}: {length}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_does_not_prepare() {
        assert_eq!(sampler(PropertyShape::Scalar, ANY, Vec::new()), None);
        assert_eq!(sampler(PropertyShape::Scalar, ANY, vec![key(0, true, Curve::Linear)]), None);
        assert_eq!(sampler(PropertyShape::Vec3, ANY, vec![key(0, [1.0, 2.0], Curve::Linear)]), None);
        let backwards = vec![key(3, 0.0, Curve::Linear), key(3, 1.0, Curve::Linear)];
        assert_eq!(sampler(PropertyShape::Scalar, ANY, backwards), None);
    }
}
