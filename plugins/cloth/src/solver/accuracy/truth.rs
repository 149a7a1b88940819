//! True values from other sources than the solver: closed formulae and integration of ordinary differential equations in f64.

/// Tip displacement of a strip that hangs under its own weight: `u = rho g L^2 / (2 K)` (K = force per width at unit strain).
pub fn hanging_stretch_m(area_density: f64, gravity: f64, length: f64, stretch_n_m: f64) -> f64 {
    area_density * gravity * length * length / (2.0 * stretch_n_m)
}

/// Sag of a catenary of length `length` between supports `span` apart at one height: `2 a sinh(span / 2a) = length`, `sag = a (cosh(span / 2a) - 1)`.
pub fn catenary_sag_m(length: f64, span: f64) -> f64 {
    let excess = |z: f64| z.sinh() / z - length / span;
    let z = bisect(1e-6, 20.0, excess);
    0.5 * span / z * (z.cosh() - 1.0)
}

/// Tip deflection of a weightless-slope cantilever: `w = q L^4 / 8 D`.
pub fn small_cantilever_m(weight_n_m2: f64, length: f64, bend_n_m: f64) -> f64 {
    weight_n_m2 * length.powi(4) / (8.0 * bend_n_m)
}

/// Tip of a heavy elastica clamped level, lengths in units of L: `theta'' = -gamma (1 - s) cos(theta)`, `theta(0) = 0`, `theta'(1) = 0`, theta
/// downwards. Returns (x, drop).
pub fn elastica_tip(gamma: f64) -> [f64; 2] {
    hanging_tip(|_, moment| moment, |t| gamma * t)
}

/// Tip of a heavy elastica that widens as a sector does, clamped level where its radius is `inner_share` of the rim's radius R; lengths in units of its length
/// L. `(r theta')' = -gamma cos(theta) W`, r the radius and W the area beyond it, both of the clamp's width: a strip of a disc that is slit radially.
/// `gamma = rho g L^3 / D`. Returns (x, drop).
pub fn sector_tip(gamma: f64, inner_share: f64) -> [f64; 2] {
    let inner = inner_share / (1.0 - inner_share);
    let width = move |t: f64| (inner + 1.0 - t) / inner;
    let beyond = move |t: f64| t * (inner + 1.0 - 0.5 * t) / inner;
    hanging_tip(move |t, moment| moment / width(t), move |t| gamma * beyond(t))
}

/// Share of the overhanging ring that lies in the shadow of a disc slit into strips of no width (Cusick's test, `(A_shadow - A_inner) / (A_disc - A_inner)`):
/// a disc of `radius` clamped within `clamp`, of a fabric with bending length `c = (D / rho g)^(1/3)`, all in one unit.
pub fn slit_drape(radius: f64, clamp: f64, bending_length: f64) -> f64 {
    let overhang = radius - clamp;
    let [x, _] = sector_tip((overhang / bending_length).powi(3), clamp / radius);
    ((clamp + x * overhang).powi(2) - clamp * clamp) / (radius * radius - clamp * clamp)
}

/// Shoots from the free tip inward, with t from the tip and the angle p from the vertical, which may be tiny: `dp/dt = slope(t, m)`, `dm/dt = load(t) sin(p)`,
/// `m(0) = 0`; wanted `p(1)` = 90 degrees, unknown p(0). Runge-Kutta steps of fourth order. Returns (x, drop).
fn hanging_tip(slope: impl Fn(f64, f64) -> f64, load: impl Fn(f64) -> f64) -> [f64; 2] {
    const STEPS: usize = 2_000;
    let half_pi = std::f64::consts::FRAC_PI_2;
    let shoot = |tip_from_vertical: f64| {
        let h = 1.0 / STEPS as f64;
        let f = |t: f64, y: [f64; 4]| [slope(t, y[1]), load(t) * y[0].sin(), y[0].sin(), y[0].cos()];
        let mut y = [tip_from_vertical, 0.0, 0.0, 0.0];
        for step in 0..STEPS {
            let t = step as f64 * h;
            let at = |k: [f64; 4], by: f64| std::array::from_fn(|i| y[i] + by * k[i]);
            let k1 = f(t, y);
            let k2 = f(t + 0.5 * h, at(k1, 0.5 * h));
            let k3 = f(t + 0.5 * h, at(k2, 0.5 * h));
            let k4 = f(t + h, at(k3, h));
            y = std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        }
        y
    };
    // Larger tip angles give solutions that swing through; the first one is the shape that hangs.
    let miss = |log: f64| shoot(log.exp())[0] - half_pi;
    let mut low = -60.0;
    while miss(low + 0.25) < 0.0 && low + 0.25 < half_pi.ln() {
        low += 0.25;
    }
    let log_angle = bisect(low, (low + 0.25).min(half_pi.ln()), miss);
    let end = shoot(log_angle.exp());
    [end[2], end[3]]
}

/// Length of a heavy elastica in units of the bending length `c = (D / rho g)^(1/3)` at which the chord from clamp to tip falls by `angle_rad`.
pub fn peirce_length(angle_rad: f64) -> f64 {
    bisect(0.5, 4.0, |length| {
        let [x, drop] = elastica_tip(length.powi(3));
        drop.atan2(x) - angle_rad
    })
}

/// Peirce's formula (1930): bending length from the overhang and the chord's angle, `c = L (cos(a/2) / (8 tan a))^(1/3)`.
pub fn peirce_formula_m(length: f64, angle_rad: f64) -> f64 {
    length * ((0.5 * angle_rad).cos() / (8.0 * angle_rad.tan())).cbrt()
}

/// First period of a hanging chain: `T = 4 pi / j_01 sqrt(L / g)`, j_01 the first zero of the Bessel function J_0 (D. Bernoulli 1733).
pub fn chain_period_s(length: f64, gravity: f64) -> f64 {
    4.0 * std::f64::consts::PI / bisect(2.0, 3.0, |x| -bessel_j0(x)) * (length / gravity).sqrt()
}

/// J_0 by its series; good for small arguments.
pub fn bessel_j0(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        term *= -0.25 * x * x / f64::from(k * k);
        sum += term;
    }
    sum
}

/// Speed at which drag balances weight: `v = sqrt(2 rho_area g / (rho_air C_n))`.
pub fn terminal_velocity_m_s(area_density: f64, gravity: f64, air_density: f64, coefficient: f64) -> f64 {
    (2.0 * area_density * gravity / (air_density * coefficient)).sqrt()
}

/// Ratio of the tensions on both sides of a cylinder over which something slides (Eytelwein, Euler): `T2 / T1 = e^(mu phi)`.
pub fn capstan_ratio(friction: f64, wrap_rad: f64) -> f64 {
    (friction * wrap_rad).exp()
}

/// Way of what slides from rest down an incline: `s = g (sin a - mu cos a) t^2 / 2`.
pub fn incline_path_m(gravity: f64, angle_rad: f64, friction: f64, secs: f64) -> f64 {
    (0.5 * gravity * (angle_rad.sin() - friction * angle_rad.cos()) * secs * secs).max(0.0)
}

/// Zero of a function that rises from negative to positive.
fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elastica_has_its_known_limits() {
        let [x, drop] = elastica_tip(0.08);
        assert!((drop / 0.01 - 1.0).abs() < 1e-3 && x > 0.9998, "{x} {drop}");
        let [x, drop] = elastica_tip(1000.0);
        assert!(drop > 0.85 && x < 0.2, "{x} {drop}");
    }

    /// Against a table made by another method (damped fixed point, 400 points), and against the strip of one width.
    #[test]
    fn the_slit_disc_drapes_as_its_strips() {
        for (c_cm, share) in [(1.5, 0.140), (2.0, 0.254), (2.5, 0.411), (3.0, 0.584), (4.0, 0.843)] {
            let drape = slit_drape(15.0, 9.0, c_cm);
            assert!((drape - share).abs() < 1e-3, "{c_cm} cm: {drape}");
        }
        let [sector, plain] = [sector_tip(10.0, 0.999), elastica_tip(10.0)];
        assert!((0..2).all(|axis| (sector[axis] / plain[axis] - 1.0).abs() < 1e-3), "{sector:?} {plain:?}");
    }

    #[test]
    fn other_truths_have_their_known_values() {
        assert!((chain_period_s(1.0, 9.81) - 1.6684).abs() < 1e-3);
        let (z, span) = (1.0f64, 2.0);
        assert!((catenary_sag_m(2.0 * z.sinh(), span) - (z.cosh() - 1.0)).abs() < 1e-9);
        assert!((peirce_length(41.5f64.to_radians()) - 2.0).abs() < 0.1);
    }
}
