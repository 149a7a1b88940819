//! Tubes about parts of the body, on which pieces are laid before they are sewn: at every height a closed curve around the body, wide
//! enough for all pieces at that height, so that nothing overlaps and nothing is inside the body.

use std::f64::consts::TAU;

use bevy::math::{DVec2, DVec3};

use super::form::{DressForm, Member, Plane, hull};
use super::measure::Measurements;
use super::pattern::Around;

/// Directions in which a curve is known.
const DIRECTIONS: usize = 120;
/// Distance of the curves, metres.
const LEVEL_M: f64 = 0.006;
/// Slices that a curve contains, as multiples of [`LEVEL_M`] above and below it.
const WINDOW: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
/// Where pieces are wider than the body, the curve is this much longer than the pieces together.
const ROOM: f64 = 1.015;
/// The least share of its own length by which cloth that flares comes down; a full circle would lie flat.
const LEAST_FALL: f64 = 0.25;
/// How fast a curve may become narrower downwards.
const STEEPEST: f64 = 1.2;
/// Sectors about the neck are laid over shoulders and arms, nearly flat.
const COLLAR_FALL: f64 = 0.02;

type Radii = [f64; DIRECTIONS];

/// A tube, ready for pieces.
#[derive(Clone, Debug)]
pub struct Tube {
    /// Where height 0 is.
    origin: DVec3,
    /// Up, front and side.
    axes: [DVec3; 3],
    /// Highest level of the pieces, metres.
    top_m: f64,
    /// From the top down.
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    height_m: f64,
    radii: Radii,
}

/// What a tube is made about.
struct Core<'a> {
    form: &'a DressForm,
    measured: &'a Measurements,
    around: Around,
    origin: DVec3,
    axes: [DVec3; 3],
    clearance_m: f64,
}

impl Tube {
    /// About a part of a body, at least `clearance_m` off its skin, from level `range_m[1]` down to `range_m[0]`, where the pieces
    /// at a level are `width_m(level)` wide together. A collar widens downwards as the sectors that lie on it do.
    pub fn new(
        form: &DressForm,
        measured: &Measurements,
        around: Around,
        range_m: [f64; 2],
        clearance_m: f64,
        is_collar: bool,
        width_m: impl Fn(f64) -> f64,
    ) -> Self {
        let core = Core::new(form, measured, around, clearance_m);
        let top_m = range_m[1] + LEVEL_M;
        let count = ((top_m - range_m[0]) / LEVEL_M).ceil() as usize + 2;
        let mut levels: Vec<Level> = Vec::with_capacity(count);
        let mut height_m = top_m;
        let mut wider_before = None;
        let mut collar_m = 0.0_f64;
        for step in 0..count {
            let level = top_m - step as f64 * LEVEL_M;
            let mut radii = core.radii(height_m);
            let out_m = step as f64 * LEVEL_M;
            let mut wider = widening(&radii, width_m(level) * ROOM);
            if is_collar {
                collar_m = collar_m.max(wider - out_m);
                wider = collar_m + out_m;
            }
            if let Some(before) = wider_before {
                let out: f64 = wider - before;
                let least = LEVEL_M * if is_collar { COLLAR_FALL } else { LEAST_FALL };
                let fall = (LEVEL_M * LEVEL_M - out * out).max(least * least).sqrt();
                height_m -= fall;
                radii = core.radii(height_m);
            }
            radii.iter_mut().for_each(|radius| *radius += wider);
            // Where the arms begin, the curve is at once much wider; pieces come to it on a slope.
            if let Some(above) = levels.last() {
                let slope = STEEPEST * (above.height_m - height_m);
                radii.iter_mut().zip(above.radii).for_each(|(radius, above)| *radius = radius.max(above - slope));
            }
            wider_before = Some(wider);
            levels.push(Level { height_m, radii });
        }
        Self { origin: core.origin, axes: core.axes, top_m, levels }
    }

    /// The place of a point that is `around_m` along the curve from the direction `turn` (0 front, a quarter to the side) at `level_m`.
    pub fn place(&self, turn: f64, around_m: f64, level_m: f64) -> DVec3 {
        let at = ((self.top_m - level_m) / LEVEL_M).clamp(0.0, (self.levels.len() - 1) as f64);
        let (low, share) = (at.floor() as usize, at.fract());
        let (a, b) = (&self.levels[low], &self.levels[(low + 1).min(self.levels.len() - 1)]);
        let radii: Radii = std::array::from_fn(|i| a.radii[i] + (b.radii[i] - a.radii[i]) * share);
        let height_m = a.height_m + (b.height_m - a.height_m) * share;
        let curve = curve(&radii);
        let whole: f64 = (0..DIRECTIONS).map(|i| curve[i].distance(curve[(i + 1) % DIRECTIONS])).sum();
        let mut left = (turn * whole + around_m).rem_euclid(whole);
        let mut point = curve[0];
        for i in 0..DIRECTIONS {
            let (from, to) = (curve[i], curve[(i + 1) % DIRECTIONS]);
            let length = from.distance(to);
            if left <= length {
                point = from.lerp(to, left / length.max(1e-12));
                break;
            }
            left -= length;
        }
        let [up, front, side] = self.axes;
        self.origin + up * height_m + front * point.x + side * point.y
    }
}

fn direction(index: usize) -> DVec2 {
    DVec2::from_angle(TAU * index as f64 / DIRECTIONS as f64)
}

fn curve(radii: &Radii) -> [DVec2; DIRECTIONS] {
    std::array::from_fn(|i| direction(i) * radii[i])
}

fn length_m(radii: &Radii, wider: f64) -> f64 {
    let curve = curve(&std::array::from_fn(|i| radii[i] + wider));
    (0..DIRECTIONS).map(|i| curve[i].distance(curve[(i + 1) % DIRECTIONS])).sum()
}

/// What must be added to the radii for the curve to be `wanted_m` long; 0 if it is longer.
fn widening(radii: &Radii, wanted_m: f64) -> f64 {
    let mut wider = 0.0_f64;
    for _ in 0..4 {
        // A curve grows by its full turn.
        wider = (wider + (wanted_m - length_m(radii, wider)) / TAU).max(0.0);
    }
    wider
}

impl<'a> Core<'a> {
    fn new(form: &'a DressForm, measured: &'a Measurements, around: Around, clearance_m: f64) -> Self {
        let joints = &form.joints;
        let upright = |height_m: f64| {
            let spine = 0.5 * (joints.hips[0] + joints.hips[1]);
            (DVec3::new(0.0, height_m, 0.5 * (spine.z + joints.neck.z)), [DVec3::Y, DVec3::Z, DVec3::X])
        };
        let arm = |index: usize| {
            let up = (joints.shoulders[index] - joints.wrists[index]).normalize_or(DVec3::X);
            let front = (DVec3::Y - up * up.y).normalize_or(DVec3::Z);
            (joints.shoulders[index], [up, front, up.cross(front)])
        };
        let (origin, axes) = match around {
            Around::Trunk => upright(measured.waist_y_m),
            Around::Neck => upright(measured.shoulder_y_m),
            Around::LeftArm => arm(0),
            Around::RightArm => arm(1),
        };
        Self { form, measured, around, origin, axes, clearance_m }
    }

    fn slice(&self, height_m: f64, of: impl Fn(Member) -> bool) -> Vec<DVec2> {
        let [up, front, side] = self.axes;
        self.form.slice(&Plane { origin: self.origin + up * height_m, axes: [front, side] }, of)
    }

    /// The body and the clearance in every direction.
    fn radii(&self, height_m: f64) -> Radii {
        let mut points = Vec::new();
        let measured = self.measured;
        match self.around {
            Around::Trunk => {
                let is_trunk = |member: Member| matches!(member, Member::Trunk | Member::Neck) || member.is_leg();
                let bust = measured.bust_y_m - measured.waist_y_m;
                let armpit = measured.armpit_y_m - measured.waist_y_m;
                // Above the bust, pieces hang straight down from the shoulders; there they also pass before and behind the arms.
                let low = height_m.min(bust);
                let steps = ((height_m - low) / (2.0 * LEVEL_M)).ceil() as usize;
                for step in 0..=steps {
                    let height = low + (height_m - low) * step as f64 / steps.max(1) as f64;
                    points.extend(WINDOW.iter().flat_map(|shift| self.slice(height + shift * LEVEL_M, is_trunk)));
                    if height > armpit - 0.01 {
                        let reach = 0.5 * measured.shoulder_to_shoulder_m + 0.01;
                        let arms = self.slice(height, Member::is_arm);
                        points.extend(arms.into_iter().filter(|point| point.y.abs() < reach));
                    }
                }
            }
            Around::Neck => points.extend(
                self.slice(height_m.max(0.01), |member| matches!(member, Member::Neck | Member::Trunk | Member::Head)),
            ),
            Around::LeftArm | Around::RightArm => {
                let own = if self.around == Around::LeftArm {
                    [Member::LeftArm, Member::LeftHand]
                } else {
                    [Member::RightArm, Member::RightHand]
                };
                // The cap of a sleeve goes on over the shoulder as it is on the arm.
                let height = height_m.min(-0.03);
                points
                    .extend(WINDOW.iter().flat_map(|shift| self.slice(height + shift * LEVEL_M, |m| own.contains(&m))));
            }
        }
        let grown: Vec<DVec2> = hull(&points)
            .into_iter()
            .flat_map(|point| {
                (0..12).map(move |i| point + DVec2::from_angle(TAU * f64::from(i) / 12.0) * self.clearance_m)
            })
            .collect();
        let hull = hull(&grown);
        std::array::from_fn(|i| reach(&hull, direction(i)).max(self.clearance_m))
    }
}

/// How far a convex polygon reaches from the origin in a direction; 0 if it does not contain it.
fn reach(polygon: &[DVec2], direction: DVec2) -> f64 {
    let mut far = 0.0_f64;
    for i in 0..polygon.len() {
        let (a, b) = (polygon[i], polygon[(i + 1) % polygon.len()]);
        let along = b - a;
        let cross = direction.perp_dot(along);
        if cross.abs() < 1e-15 {
            continue;
        }
        let share = direction.perp_dot(-a) / cross;
        if (-1e-9..=1.0 + 1e-9).contains(&share) {
            far = far.max((a + along * share).dot(direction));
        }
    }
    far
}
