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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn uniform(seed: &mut Seed, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(seed.unit_f32())
    }

    /// The curve of a Blender F-curve segment by brute force: shortens each handle as drawn, then follows the
    /// parametric curve in fine steps and halves the step that holds the time.
    fn bezier_by_bisection(length: f64, values: [f64; 4], handles: [f64; 2], frames: f64) -> f64 {
        let [from, right, left, to] = values;
        let (mut rx, mut ry) = (handles[0], from + right);
        let (mut lx, mut ly) = (length + handles[1], to + left);
        if rx > length {
            (rx, ry) = (length, from + right * (length / handles[0]));
        }
        if lx < 0.0 {
            (lx, ly) = (0.0, to + left * (length / -handles[1]));
        }
        let at = |points: [f64; 4], t: f64| {
            // De Casteljau, which shares nothing with the polynomial above.
            let mix = |a: f64, b: f64| a + (b - a) * t;
            let [a, b, c] = [mix(points[0], points[1]), mix(points[1], points[2]), mix(points[2], points[3])];
            mix(mix(a, b), mix(b, c))
        };
        let time = |t| at([0.0, rx, lx, length], t);
        let steps = 4096;
        let step = (1..=steps).find(|step| time(f64::from(*step) / f64::from(steps)) >= frames).unwrap_or(steps);
        let (mut low, mut high) = (f64::from(step - 1) / f64::from(steps), f64::from(step) / f64::from(steps));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if time(middle) < frames { low = middle } else { high = middle }
        }
        at([from, ry, ly, to], 0.5 * (low + high))
    }

    #[test]
    fn bezier_agrees_with_bisection_of_the_parametric_curve() {
        let mut seed = Seed(5);
        let mut strict = 0;
        for round in 0..400 {
            let length = uniform(&mut seed, 0.5, 200.0);
            // Every third segment has handles that are too long, every seventh one of length 0.
            let reach = if round % 3 == 0 { 3.0 } else { 0.95 };
            let side = |seed: &mut Seed| if round % 7 == 0 { 0.0 } else { uniform(seed, 0.0, reach * length) };
            let handles = [side(&mut seed), -side(&mut seed)];
            let values: [f64; 4] = std::array::from_fn(|_| uniform(&mut seed, -10.0, 10.0));
            let [from, right, left, to] = values;
            let curve = BezierTime::new(length, handles[0], handles[1]);
            for step in 0..=20 {
                let frames = length * f64::from(step) / 20.0;
                let ours = curve.value(from, right, left, to, curve.parameter_at(frames));
                let theirs = |frames| bezier_by_bisection(length, values, handles, frames);
                // Where the curve is vertical, a rounding of the time moves the value by far more than itself.
                let rounding = 1e-14 * length;
                let allowed = 1e-10 + 2.0 * (theirs(frames + rounding) - theirs(frames - rounding)).abs();
                let miss = (ours - theirs(frames)).abs();
                assert!(miss <= allowed, "round {round}, step {step}: {miss} > {allowed}");
                strict += usize::from(allowed < 1e-9);
            }
        }
        // Nearly everywhere the strict limit applied.
        assert!(strict > 400 * 21 * 95 / 100, "{strict}");
    }

    #[test]
    fn bezier_time_is_solved_to_rounding() {
        let mut seed = Seed(6);
        for _ in 0..2000 {
            let length = uniform(&mut seed, 0.01, 1.0e6);
            let curve =
                BezierTime::new(length, uniform(&mut seed, 0.0, 2.0) * length, -uniform(&mut seed, 0.0, 2.0) * length);
            let frames = uniform(&mut seed, 0.0, 1.0) * length;
            let t = curve.parameter_at(frames);
            let miss = bezier(0.0, curve.right, curve.left, curve.length, t) - frames;
            assert!(miss.abs() <= 1e-14 * length, "{miss} of {length}");
        }
    }

    #[test]
    fn bezier_time_runs_forward_whatever_the_handles() {
        for right in [0.0, 0.3, 1.0, 5.0, 1e9] {
            for left in [0.0, -0.3, -1.0, -5.0, -1e9] {
                let curve = BezierTime::new(1.0, right, left);
                let mut last = 0.0;
                for step in 0..=1000 {
                    let t = curve.parameter_at(f64::from(step) / 1000.0);
                    assert!((0.0..=1.0).contains(&t) && t >= last, "{right} {left} {step}: {t} after {last}");
                    last = t;
                }
            }
        }
    }

    #[test]
    fn each_bezier_handle_is_shortened_by_itself_and_keeps_its_direction() {
        let long = BezierTime::new(10.0, 40.0, -5.0);
        let short = BezierTime::new(10.0, 10.0, -5.0);
        for step in 0..=10 {
            let t = long.parameter_at(f64::from(step));
            assert_eq!(t, short.parameter_at(f64::from(step)));
            // 8 units over 40 frames is the direction of 2 units over 10.
            assert_eq!(long.value(0.0, 8.0, 1.0, 3.0, t), short.value(0.0, 2.0, 1.0, 3.0, t));
        }
    }

    /// glTF 2.0, appendix C.4, in the order of its text: v(t) = (2t^3 - 3t^2 + 1) vk + td (t^3 - 2t^2 + t) bk
    /// + (-2t^3 + 3t^2) vk+1 + td (t^3 - t^2) ak+1.
    #[test]
    fn hermite_is_the_formula_of_gltf() {
        let mut seed = Seed(7);
        for _ in 0..1000 {
            let [vk, bk, vk1, ak1]: [f64; 4] = std::array::from_fn(|_| uniform(&mut seed, -5.0, 5.0));
            let td = uniform(&mut seed, 0.01, 4.0);
            let t = uniform(&mut seed, 0.0, 1.0);
            let expected = (2.0 * t.powi(3) - 3.0 * t.powi(2) + 1.0) * vk
                + td * (t.powi(3) - 2.0 * t.powi(2) + t) * bk
                + (-2.0 * t.powi(3) + 3.0 * t.powi(2)) * vk1
                + td * (t.powi(3) - t.powi(2)) * ak1;
            assert!((hermite(vk, bk, vk1, ak1, td, t) - expected).abs() < 1e-12);
        }
        // The tangents are the derivatives per second at the ends.
        let slope = |u: f64, h: f64| {
            (hermite(1.0, 3.0, 2.0, -4.0, 0.5, u + h) - hermite(1.0, 3.0, 2.0, -4.0, 0.5, u)) / (0.5 * h)
        };
        assert!((slope(0.0, 1e-7) - 3.0).abs() < 1e-5 && (slope(1.0, -1e-7) + 4.0).abs() < 1e-5);
    }

    #[test]
    fn slerp_turns_at_constant_speed_along_the_shorter_arc() {
        let turn = |degrees: f64| {
            let half = degrees.to_radians() / 2.0;
            [0.0, half.sin(), 0.0, half.cos()]
        };
        for (from, to) in [(0.0, 90.0), (-30.0, 40.0), (10.0, 10.000_001), (0.0, 179.0)] {
            for u in [0.0, 0.25, 0.5, 1.0] {
                for sign in [1.0, -1.0] {
                    let mixed = slerp(turn(from), turn(to).map(|c| c * sign), u);
                    let wanted = turn(lerp(from, to, u));
                    assert!(mixed.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{from} {to} {u}");
                }
            }
        }
        assert_eq!(normalized([0.0; 4]), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(normalized([0.0, 3.0, 0.0, 4.0]), [0.0, 0.6, 0.0, 0.8]);
    }
}
