//! The few curves that everything in the face is made of.

/// Quintic smoothstep: 0 below 0, 1 above 1, with two continuous derivatives everywhere. It is also the position of a
/// minimum-jerk movement (Flash and Hogan, "The coordination of arm movements", J. Neurosci. 5, 1985).
pub fn smootherstep(share: f64) -> f64 {
    let x = share.clamp(0.0, 1.0);
    x * x * x * (x * (x * 6.0 - 15.0) + 10.0)
}

/// The identity up to `knee`, then bent with a continuous derivative so that `top` is never exceeded. `knee < top`.
pub fn soft_limit(value: f32, knee: f32, top: f32) -> f32 {
    let room = top - knee;
    if value > knee && room > 0.0 { knee + room * (1.0 - (-(value - knee) / room).exp()) } else { value }
}

/// Both together without ever exceeding 1: the identity for one of them alone, nearly the sum while both are small,
/// smooth, and independent of the order.
pub fn soft_or(a: f32, b: f32) -> f32 {
    a + b - a * b
}

/// `share` 0..1 from `from` to `to`.
pub fn mix(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

/// A rise, a stay and a fall with two continuous derivatives; zero outside of its own span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// When it begins, seconds.
    pub start_secs: f64,
    /// From nothing to all, seconds.
    pub onset_secs: f64,
    /// At all, seconds.
    pub apex_secs: f64,
    /// From all to nothing, seconds.
    pub offset_secs: f64,
}

impl Envelope {
    /// From beginning to end, seconds.
    pub fn total_secs(&self) -> f64 {
        self.onset_secs + self.apex_secs + self.offset_secs
    }

    /// 0..1 at `seconds`.
    pub fn at(&self, seconds: f64) -> f64 {
        let since = seconds - self.start_secs;
        let left = self.total_secs() - since;
        if !(since > 0.0 && left > 0.0) {
            return 0.0;
        }
        // A part of no length is a step; the guard keeps 0/0 out.
        smootherstep(since / self.onset_secs.max(1e-9)).min(smootherstep(left / self.offset_secs.max(1e-9)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limit_is_the_identity_below_the_knee_continuous_in_slope_and_never_above_the_top() {
        let slope = |x: f32| (soft_limit(x + 5e-4, 0.7, 1.0) - soft_limit(x - 5e-4, 0.7, 1.0)) / 1e-3;
        for step in 0..4000 {
            let x = step as f32 / 1000.0;
            let y = soft_limit(x, 0.7, 1.0);
            assert!(y <= 1.0 && (x > 0.7 || y == x));
            assert!((slope(x + 1e-3) - slope(x)).abs() < 0.02, "at {x}");
        }
        assert!(soft_limit(f32::NAN, 0.7, 1.0).is_nan(), "a NaN is seen, not hidden");
    }

    #[test]
    fn an_envelope_has_two_continuous_derivatives_at_its_joins() {
        let envelope = Envelope { start_secs: 0.1, onset_secs: 0.08, apex_secs: 0.04, offset_secs: 0.2 };
        assert_eq!((envelope.at(0.1), envelope.at(0.1 + envelope.total_secs())), (0.0, 0.0));
        assert_eq!(envelope.at(0.2), 1.0);
        for join in [0.1, 0.18, 0.22, 0.42] {
            for order in [1, 2] {
                let (before, after) =
                    (derivative(&envelope, join, -1.0, order), derivative(&envelope, join, 1.0, order));
                // A jump would stay the same size; what is left of a continuous one shrinks with the step.
                let scale = [1.0, 30.0, 1500.0][order];
                assert!((before - after).abs() < 0.03 * scale, "derivative {order} at {join}: {before} and {after}");
            }
        }
    }

    /// One-sided difference quotient.
    fn derivative(envelope: &Envelope, at: f64, side: f64, order: usize) -> f64 {
        let h = 1e-4 * side;
        let f = |n: f64| envelope.at(at + n * h);
        if order == 1 { (f(1.0) - f(0.0)) / h } else { (f(2.0) - 2.0 * f(1.0) + f(0.0)) / (h * h) }
    }
}
