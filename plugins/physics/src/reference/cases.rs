//! Cases with an exact answer, each run at several step sizes.

use std::sync::Arc;

use kinema_core::{Diagnostics, LoadedShot};
use serde_json::Value;

use super::probes::Probe;
use super::worlds::{self, FRAMES_PER_SEC, shot_of};
use super::{
    GRAVITY_M_S2, ball_pendulum_length_m, bobbing_period_secs, box_inertia, draft_m, flip_secs, incline_slide_m,
    pendulum_period_secs,
};
use crate::{PhysicsError, RigidWorld};

/// Substeps of a frame of 1/120 s, coarsest first: steps of 1/120, 1/240 and 1/480 s.
pub const SUBSTEPS: [u32; 3] = [1, 2, 4];

/// Something that mechanics knows the answer to.
pub struct Case {
    /// Its name in reports.
    pub name: &'static str,
    /// What is measured, with its unit.
    pub quantity: &'static str,
    /// The power of the step with which the error falls, where the method has one.
    pub order: Option<f64>,
    /// The exact answer.
    pub exact: f64,
    /// What an error of 1 is: the exact answer, or a length of the case where that is 0.
    pub scale: f64,
    parts: fn() -> Value,
    measure: fn(&mut Probe<'_>) -> Result<f64, PhysicsError>,
}

/// What came out of a case at one step size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Length of a step, seconds.
    pub step_secs: f64,
    /// The quantity, as simulated.
    pub measured: f64,
    /// Its distance from the exact answer, in units of the scale.
    pub error: f64,
}

/// Why a case has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The world of the case is not a valid shot.
    #[error(transparent)]
    Shot(#[from] Diagnostics),
    /// It cannot be simulated.
    #[error(transparent)]
    Physics(#[from] PhysicsError),
}

const INCLINE_DEG: f64 = 30.0;
const FRICTION: f64 = 0.3;
const ROD_M: f64 = 1.0;
const BOB_RADIUS_M: f64 = 0.05;
const SWING_RAD: f64 = std::f64::consts::FRAC_PI_3;
const RACKET_M: [f64; 3] = [0.4, 0.2, 0.1];
/// Mostly about y, whose moment of inertia is the middle one of x < y < z.
const RACKET_RAD_S: [f64; 3] = [0.05, 5.0, 0.5];
const BRICKS: u32 = 20;
const CRADLE_RAD: f64 = 0.3;
const DROP_M: f64 = 2.0;
const RESTITUTION: f64 = 0.8;
const RAFT_DENSITY_RATIO: f64 = 0.6;
const RAFT_HEIGHT_M: f64 = 0.5;
const BOB_M: f64 = 0.1;

/// All cases.
pub fn cases() -> Vec<Case> {
    let relative = |name, quantity, order, exact: f64, parts, measure| Case {
        name,
        quantity,
        order,
        exact,
        scale: exact,
        parts,
        measure,
    };
    let draft = draft_m(RAFT_HEIGHT_M, RAFT_DENSITY_RATIO);
    let swing_m = ball_pendulum_length_m(ROD_M, BOB_RADIUS_M);
    let steep = FRICTION.atan().to_degrees();
    vec![
        relative(
            "incline_slide",
            "metres slid in 1 s down 30° with friction 0.3",
            Some(1.0),
            incline_slide_m(INCLINE_DEG.to_radians(), FRICTION, 1.0),
            || worlds::incline(INCLINE_DEG, FRICTION),
            |probe| slid_m(probe, INCLINE_DEG),
        ),
        Case {
            scale: incline_slide_m((steep - 1.0).to_radians(), 0.0, 1.0),
            ..relative(
                "incline_hold",
                "metres slid in 1 s on a slope 1° below the angle of friction, over those without friction",
                None,
                0.0,
                || worlds::incline(FRICTION.atan().to_degrees() - 1.0, FRICTION),
                |probe| slid_m(probe, FRICTION.atan().to_degrees() - 1.0),
            )
        },
        relative(
            "incline_slip",
            "metres slid in 1 s on a slope 1° above the angle of friction",
            Some(1.0),
            incline_slide_m((steep + 1.0).to_radians(), FRICTION, 1.0),
            || worlds::incline(FRICTION.atan().to_degrees() + 1.0, FRICTION),
            |probe| slid_m(probe, FRICTION.atan().to_degrees() + 1.0),
        ),
        relative(
            "pendulum_period",
            "seconds, amplitude 60°, over 4 swings",
            Some(1.0),
            pendulum_period_secs(swing_m, SWING_RAD),
            || worlds::pendulum(ROD_M, BOB_RADIUS_M, SWING_RAD),
            |probe| Ok(2.0 * probe.zero_interval_secs(8, 30.0, |probe| probe.position(1).x)?),
        ),
        relative(
            "dzhanibekov_flip",
            "seconds between flips of a box of 0.4 x 0.2 x 0.1 m at 5 rad/s, over 4",
            Some(1.0),
            flip_secs(box_inertia(RACKET_M), RACKET_RAD_S).unwrap_or(f64::NAN),
            || worlds::spinning_box(RACKET_M, RACKET_RAD_S),
            |probe| probe.zero_interval_secs(4, 60.0, |probe| probe.own_spin(0).y),
        ),
        Case {
            scale: 0.2,
            ..relative(
                "tower_20",
                "metres that the brick that moved most moved in 5 s, over the height of a brick",
                None,
                0.0,
                || worlds::tower(BRICKS),
                tower_shift_m,
            )
        },
        relative(
            "cradle",
            "metres that the fifth ball rises, over those that the first fell",
            None,
            1.0 - CRADLE_RAD.cos(),
            || worlds::cradle(CRADLE_RAD),
            cradle_rise_m,
        ),
        relative(
            "free_fall",
            "metres in 0.6 s",
            Some(1.0),
            0.5 * GRAVITY_M_S2 * 0.36,
            || worlds::falling_ball(DROP_M, RESTITUTION),
            |probe| {
                probe.run_until(0.6)?;
                Ok(DROP_M + 0.1 - probe.position(1).y)
            },
        ),
        relative(
            "bounce",
            "metres of the first bounce from 2 m with restitution 0.8",
            None,
            RESTITUTION * RESTITUTION * DROP_M,
            || worlds::falling_ball(DROP_M, RESTITUTION),
            bounce_m,
        ),
        relative(
            "floating_draft",
            "metres of draft of a raft of density ratio 0.6, mean over 10 of its last bobs",
            None,
            draft,
            || worlds::raft(1000.0 * RAFT_DENSITY_RATIO, 0.1, 1.0),
            draft_at_rest_m,
        ),
        relative(
            "bobbing_period",
            "seconds, without drag, over 5 bobs",
            Some(2.0),
            bobbing_period_secs(draft),
            || {
                let rest_m = RAFT_HEIGHT_M / 2.0 - draft_m(RAFT_HEIGHT_M, RAFT_DENSITY_RATIO);
                worlds::raft(1000.0 * RAFT_DENSITY_RATIO, rest_m + BOB_M, 0.0)
            },
            |probe| {
                let rest_m = RAFT_HEIGHT_M / 2.0 - draft_m(RAFT_HEIGHT_M, RAFT_DENSITY_RATIO);
                Ok(2.0 * probe.zero_interval_secs(10, 30.0, |probe| probe.position(0).y - rest_m)?)
            },
        ),
    ]
}

impl Case {
    /// The world of the case with `substeps` steps of a frame of 1/120 s.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn shot(&self, substeps: u32) -> Result<Arc<LoadedShot>, Diagnostics> {
        shot_of((self.parts)(), 1, substeps)
    }

    /// Runs the case with `substeps` steps of a frame of 1/120 s.
    ///
    /// # Errors
    /// [`CaseError`] when the simulation refuses it.
    pub fn run(&self, substeps: u32) -> Result<Outcome, CaseError> {
        let mut world = RigidWorld::from_shot(&self.shot(substeps)?)?;
        let step_secs = 1.0 / f64::from(FRAMES_PER_SEC * substeps);
        let measured = (self.measure)(&mut Probe::new(&mut world, step_secs))?;
        Ok(Outcome { step_secs, measured, error: self.error_of(measured) })
    }

    /// The error of a measured value, in units of the scale; infinite for one that is no number.
    pub fn error_of(&self, measured: f64) -> f64 {
        let error = (measured - self.exact).abs() / self.scale;
        if error.is_finite() { error } else { f64::INFINITY }
    }
}

/// Distance along the slope in 1 s.
fn slid_m(probe: &mut Probe<'_>, angle_deg: f64) -> Result<f64, PhysicsError> {
    let start = probe.position(1);
    probe.run_until(1.0)?;
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    Ok((probe.position(1) - start).dot(bevy::math::DVec3::new(cos, -sin, 0.0)))
}

fn tower_shift_m(probe: &mut Probe<'_>) -> Result<f64, PhysicsError> {
    let start: Vec<_> = (0..probe.bodies()).map(|body| probe.position(body)).collect();
    probe.run_until(5.0)?;
    let shifts = start.iter().enumerate().map(|(body, start)| probe.position(body).distance(*start));
    Ok(shifts.fold(0.0, f64::max))
}

/// The first ball hits the second after a quarter of a period; the last one swings out and back in half of one.
fn cradle_rise_m(probe: &mut Probe<'_>) -> Result<f64, PhysicsError> {
    let last = probe.bodies() - 1;
    let rest_m = probe.position(last).y;
    let mut top_m = rest_m;
    while probe.time_secs() < 1.4 {
        probe.step()?;
        top_m = top_m.max(probe.position(last).y);
    }
    Ok(top_m - rest_m)
}

fn bounce_m(probe: &mut Probe<'_>) -> Result<f64, PhysicsError> {
    while probe.velocity(1).y <= 0.0 && probe.time_secs() < 2.0 {
        probe.step()?;
    }
    let mut top_m = 0.0;
    while probe.velocity(1).y > 0.0 {
        probe.step()?;
        top_m = probe.position(1).y.max(top_m);
    }
    Ok(top_m - 0.1)
}

/// Quadratic drag never quite ends a bob, so the mean over whole ones counts.
fn draft_at_rest_m(probe: &mut Probe<'_>) -> Result<f64, PhysicsError> {
    probe.run_until(30.0)?;
    let end_secs = probe.time_secs() + 10.0 * bobbing_period_secs(draft_m(RAFT_HEIGHT_M, RAFT_DENSITY_RATIO));
    let (mut sum_m, mut count) = (0.0, 0.0);
    while probe.time_secs() < end_secs {
        probe.step()?;
        sum_m += RAFT_HEIGHT_M / 2.0 - probe.position(0).y;
        count += 1.0;
    }
    Ok(sum_m / count)
}

/// Whether a simulation of `shot` that is stopped half-way, saved and restored into another world ends `substeps` later with
/// the same bits as one that ran through, and with the same record of events.
///
/// # Errors
/// [`PhysicsError`] when it cannot be simulated.
pub fn resumes_bit_equal(shot: &Arc<LoadedShot>, substeps: u64) -> Result<bool, PhysicsError> {
    let run = |world: &mut RigidWorld, until: u64| -> Result<(), PhysicsError> {
        while world.completed_substeps() < until {
            world.step()?;
        }
        Ok(())
    };
    let mut straight = RigidWorld::from_shot(shot)?;
    run(&mut straight, substeps / 2)?;
    let snapshot = straight.snapshot()?;
    run(&mut straight, substeps)?;
    let mut resumed = RigidWorld::from_shot(shot)?;
    resumed.restore(&snapshot)?;
    run(&mut resumed, substeps)?;
    Ok(resumed.state_sha256() == straight.state_sha256() && resumed.events() == straight.events())
}
