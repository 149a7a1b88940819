//! The interpolation formulas, in 64-bit floating point.

/// A cubic Hermite segment exactly as glTF 2.0, appendix C.4, "Cubic Spline Interpolation": `u` in 0..=1 along the
/// segment, tangents in units per second, `segment_secs` the segment's duration.
pub fn hermite(from: f64, out_tangent: f64, to: f64, in_tangent: f64, segment_secs: f64, u: f64) -> f64 {
    let (u2, u3) = (u * u, u * u * u);
    (2.0 * u3 - 3.0 * u2 + 1.0) * from
        + segment_secs * (u3 - 2.0 * u2 + u) * out_tangent
        + (-2.0 * u3 + 3.0 * u2) * to
        + segment_secs * (u3 - u2) * in_tangent
}

/// The time curve of a cubic Bezier segment of an F-curve. All offsets in frames.
///
/// A handle whose time offset is longer than the segment is shortened to the segment, keeping its direction,
/// each handle by itself: Blender since 2.80 (`BKE_fcurve_correct_bezpart`). Earlier versions shortened both together,
/// which flattened snappy curves. With both offsets inside the segment, time never runs backwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BezierTime {
    length: f64,
    right: f64,
    left: f64,
    /// What the value offset of the first handle is multiplied by.
    right_scale: f64,
    /// What the value offset of the second handle is multiplied by.
    left_scale: f64,
}

impl BezierTime {
    /// A segment of `length` frames with the time offsets of its right handle from the first key and of its left
    /// handle from the second key (at most 0).
    pub fn new(length: f64, right: f64, next_left: f64) -> Self {
        let shorten = |offset: f64| if offset.abs() > length { length / offset.abs() } else { 1.0 };
        let (right_scale, left_scale) = (shorten(right), shorten(next_left));
        Self {
            length,
            right: right.abs() * right_scale,
            left: length - next_left.abs() * left_scale,
            right_scale,
            left_scale,
        }
    }

    /// The curve parameter in 0..=1 at `frames` after the first key.
    pub fn parameter_at(&self, frames: f64) -> f64 {
        /// More halvings than a 64-bit number has bits.
        const MAX_STEPS: usize = 128;
        if frames <= 0.0 {
            return 0.0;
        }
        if frames >= self.length {
            return 1.0;
        }
        // Newton's method inside a shrinking bracket: the time never runs backwards, so the bracket always holds
        // the root, and a step that leaves it or stalls on a flat spot is replaced by halving.
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        let mut t = frames / self.length;
        for _ in 0..MAX_STEPS {
            let miss = bezier(0.0, self.right, self.left, self.length, t) - frames;
            if miss == 0.0 {
                return t;
            }
            if miss < 0.0 {
                low = t;
            } else {
                high = t;
            }
            let newton = t - miss / self.slope(t);
            let next = if newton > low && newton < high { newton } else { low + 0.5 * (high - low) };
            if next == t || next <= low || next >= high {
                return next;
            }
            t = next;
        }
        t
    }

    fn slope(&self, t: f64) -> f64 {
        let s = 1.0 - t;
        3.0 * (s * s * self.right + 2.0 * s * t * (self.left - self.right) + t * t * (self.length - self.left))
    }

    /// The value at curve parameter `t`; `right` and `next_left` are the value offsets of the handles as written.
    pub fn value(&self, from: f64, right: f64, next_left: f64, to: f64, t: f64) -> f64 {
        bezier(from, from + right * self.right_scale, to + next_left * self.left_scale, to, t)
    }
}

fn bezier(a: f64, b: f64, c: f64, d: f64, t: f64) -> f64 {
    let s = 1.0 - t;
    s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
}

/// Linear interpolation that reaches both ends exactly.
pub fn lerp(from: f64, to: f64, u: f64) -> f64 {
    (1.0 - u) * from + u * to
}

/// Scales a quaternion x, y, z, w to length 1; the identity if its length is not above 0.
pub fn normalized(q: [f64; 4]) -> [f64; 4] {
    let length = q.iter().map(|c| c * c).sum::<f64>().sqrt();
    if length > 0.0 { q.map(|c| c / length) } else { [0.0, 0.0, 0.0, 1.0] }
}

/// Spherical linear interpolation of unit quaternions along the shorter arc, as glTF 2.0, appendix C.3.
pub fn slerp(from: [f64; 4], to: [f64; 4], u: f64) -> [f64; 4] {
    let dot: f64 = from.iter().zip(&to).map(|(a, b)| a * b).sum();
    let (dot, sign) = if dot < 0.0 { (-dot, -1.0) } else { (dot, 1.0) };
    let angle = dot.min(1.0).acos();
    // Below this the sines cancel; the chord is then as good as the arc.
    let (a, b) = if angle < 1e-6 {
        (1.0 - u, u)
    } else {
        (((1.0 - u) * angle).sin() / angle.sin(), (u * angle).sin() / angle.sin())
    };
    let mut mixed = [0.0; 4];
    for (out, (p, q)) in mixed.iter_mut().zip(from.iter().zip(&to)) {
        *out = a * p + sign * b * q;
    }
    normalized(mixed)
}
