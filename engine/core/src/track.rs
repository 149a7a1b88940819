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
            (Curve::Hermite { out_tangent, next_in_tangent }, _) => Segment::Hermite {
                out: sample_of(out_tangent, shape)?,
                next_in: sample_of(next_in_tangent, shape)?,
            },
            (Curve::Bezier { right, next_left }, Some(next)) => Segment::Bezier {
                time: BezierTime::new((next.frame - key.frame) as f64, right.0, next_left.0),
                right: sample_of(&right.1, shape)?,
                next_left: sample_of(&next_left.1, shape)?,
            },
        };
        Some(Self { frame: key.frame as f64, value: sample_of(&key.value, shape)?, segment })
    }
}
