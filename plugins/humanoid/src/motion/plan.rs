//! Which foot stands where and when: a trip as a row of footprints.
//!
//! Time runs in steps: footprint `k` belongs to step `k`, in whose middle (`k + 0.5`) the body passes over it. Prints -1 and
//! 0 are where the feet stand before, `count - 1` and `count` where they stand afterwards. How far the body has come is a
//! smooth function of time alone, so that any moment can be asked for.

use bevy::math::DVec2;

use super::{
    build::{Build, SIDES},
    ground::direction,
    path::Path,
    settings::Ground,
};
use crate::face::curves::{mix, smootherstep};

/// What kind of going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Walk,
    Run,
    Turn,
}

/// Where the body goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    Along(Path),
    /// A turn on the spot: place, heading before, radians.
    Spin(DVec2, f64),
}

/// A row of footprints.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub pace: Pace,
    pub course: Course,
    /// How many steps, 2 or more.
    pub count: i64,
    /// Steps from standing to full speed.
    ramp: f64,
    /// What one step adds: metres, or radians of a spin (with a sign).
    pub step: f64,
    pub step_secs: f64,
    /// The foot that steps first: 0 left, 1 right.
    first: usize,
}

/// A place for a foot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Print {
    /// Below the ankle, x, z, metres.
    pub at: DVec2,
    pub yaw: f64,
}

impl Plan {
    /// Lays `length` (metres or radians) out in steps of about `step` that take `step_secs` each.
    pub fn new(pace: Pace, course: Course, length: f64, step: f64, step_secs: f64, first: usize) -> Self {
        let ramp = match pace {
            Pace::Walk => 1.5,
            Pace::Run => 3.0,
            Pace::Turn => 1.0,
        };
        let count = ((length.abs() / step.max(1e-3) + ramp).round() as i64).clamp(2, 100_000);
        let ramp = f64::min(ramp, count as f64 / 2.0);
        let whole = length / (count as f64 - ramp);
        // Whole steps fit the way by their length; the speed stays what it was told to be.
        let step_secs =
            if whole == 0.0 { step_secs } else { step_secs * (whole.abs() / step.max(1e-3)).clamp(0.5, 1.5) };
        Self { pace, course, count, ramp, step: whole, step_secs, first }
    }

    /// Seconds from the first movement to the last.
    pub fn duration_secs(&self) -> f64 {
        self.end() * self.step_secs
    }

    /// When the last foot lies flat, in steps.
    pub fn end(&self) -> f64 {
        self.count as f64 + 0.3
    }

    /// How far the body has come at `time` (in steps), metres or radians.
    pub fn far(&self, time: f64) -> f64 {
        // The integral of the quintic smoothstep, by which speed rises and falls.
        let risen = |share: f64| {
            let x = share.clamp(0.0, 1.0);
            x.powi(4) * (x * x - 3.0 * x + 2.5)
        };
        let (count, ramp) = (self.count as f64, self.ramp);
        let time = time.clamp(0.0, count);
        let steps = if time < ramp {
            ramp * risen(time / ramp)
        } else if time > count - ramp {
            count - ramp - ramp * risen((count - time) / ramp)
        } else {
            time - ramp / 2.0
        };
        steps * self.step
    }

    /// Where the body is, over the ground, and where it faces, radians, when it has come `far`.
    pub fn base(&self, far: f64) -> (DVec2, f64) {
        match &self.course {
            Course::Along(path) => (path.place(far), path.facing(far)),
            &Course::Spin(at, heading) => (at, heading + far),
        }
    }

    /// 0 while standing before and after, 1 under way.
    pub fn under_way(&self, time: f64) -> f64 {
        let reach = f64::min(1.2, self.count as f64 / 2.0);
        smootherstep(time / reach) * smootherstep((self.count as f64 - time) / reach)
    }

    /// Which foot makes print `index`: 0 left, 1 right.
    pub fn side(&self, index: i64) -> usize {
        if index.rem_euclid(2) == 1 { self.first } else { 1 - self.first }
    }

    /// Share of a stride (two steps) that a foot is on the ground. Walking: 62 % (Winter); running falls with speed.
    fn duty(&self, index: i64) -> f64 {
        let rim = index.min(self.count - 1 - index).max(0) as f64;
        match self.pace {
            Pace::Walk => 0.62,
            Pace::Turn => 0.66,
            Pace::Run => mix(0.46, 0.36, smootherstep(rim / 3.0)),
        }
    }

    /// When print `index` takes the foot up and when it leaves it, in steps.
    pub fn contact(&self, index: i64) -> (f64, f64) {
        // A walker's foot comes down when the body is half-way between two prints; a runner's contact lies evenly around the
        // moment in which the body passes over it.
        let duty = self.duty(index);
        let first = if self.pace == Pace::Run { index as f64 + 0.5 - duty } else { index as f64 };
        let start = if index <= 0 { f64::NEG_INFINITY } else { first };
        let end = match index {
            _ if index >= self.count - 1 => f64::INFINITY,
            ..0 => 0.4,
            0.. => first + 2.0 * duty,
        };
        (start, end)
    }

    /// The print that `foot` is on or has left last at `time`.
    pub fn last_print(&self, foot: usize, time: f64) -> i64 {
        let low = if self.side(1) == foot { -1 } else { 0 };
        let high = if self.side(self.count) == foot { self.count } else { self.count - 1 };
        let mut index = low + 2 * ((time - low as f64) / 2.0).floor().clamp(-1.0, 1e6) as i64 + 2;
        index = index.clamp(low, high);
        while index > low && self.contact(index).0 > time {
            index -= 2;
        }
        index
    }

    /// Where print `index` is.
    pub fn print(&self, index: i64, build: &Build, ground: &Ground) -> Print {
        let foot = self.side(index);
        let rim = index < 1 || index >= self.count - 1;
        let far = if index < 1 {
            0.0
        } else if rim {
            self.far(self.count as f64)
        } else {
            self.far(index as f64 + 0.5)
        };
        let (at, facing) = self.base(far);
        let forward = direction(facing);
        let left = DVec2::new(forward.y, -forward.x);
        let ((x, _), of) = (SIDES.get(foot).copied().unwrap_or_default(), &build.feet[foot.min(1)]);
        // People put their feet a few centimetres from the line they walk along, runners nearly on it.
        let wide = of.stand.x * x;
        let (apart, toe_out) = match self.pace {
            _ if rim => (wide, of.stand_yaw),
            Pace::Turn => (wide, of.stand_yaw),
            Pace::Walk => (0.065 * build.leg_m, of.stand_yaw + x * 0.04),
            Pace::Run => (0.03 * build.leg_m, of.stand_yaw),
        };
        let wanted = at + left * (x * apart) + forward * of.stand.z;
        let yaw = facing + toe_out;
        let at = ground.footing(wanted, direction(yaw), of.behind_m, of.ahead_m);
        Print { at, yaw }
    }

    /// Length of the swing from print `index` to the next of the same foot over that of a whole stride, 0..1.
    pub fn swing_share(&self, index: i64) -> f64 {
        let at = |index: i64| {
            if index < 1 {
                0.0
            } else if index >= self.count - 1 {
                self.far(self.count as f64)
            } else {
                self.far(index as f64 + 0.5)
            }
        };
        let whole = 2.0 * self.step;
        if whole == 0.0 { 0.0 } else { ((at(index + 2) - at(index)) / whole).clamp(0.0, 1.0) }
    }
}
