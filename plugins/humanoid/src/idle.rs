//! Life signs: breathing, sway, blinks and small eye movements, as a pure function of time and seed.

use std::f64::consts::TAU;

use kinema_core::Seed;

use crate::{
    face::{blinks, chance::Stream, eye_motion},
    settings::Idle,
};

/// What the life signs add at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LifeSigns {
    /// -1 (out) .. 1 (in), scaled by its strength.
    pub breath: f64,
    /// Pitch, yaw, roll of the trunk, degrees.
    pub trunk_deg: [f64; 3],
    /// Pitch, yaw, roll of the head, degrees.
    pub head_deg: [f64; 3],
    /// 0 open .. 1 closed.
    pub blink: f32,
    /// Yaw and pitch of the eyes, degrees, added to the gaze.
    pub eyes_deg: [f32; 2],
}

const BREATHS_PER_SECOND: f64 = 14.0 / 60.0;

/// The life signs at `seconds` of a person with this seed.
pub fn life_signs(idle: &Idle, seed: Seed, seconds: f64) -> LifeSigns {
    let phase = |stream: u64| Stream::new(seed, stream).unit(0) * TAU;
    // Two slow waves of unrelated periods look like sway, one looks like a pendulum.
    let wave = |stream: u64, period_secs: f64| {
        let slow = (seconds * TAU / period_secs + phase(stream)).sin();
        let fast = (seconds * TAU / (period_secs * 0.43) + phase(stream + 1)).sin();
        0.7 * slow + 0.3 * fast
    };
    let sway = f64::from(idle.sway);
    // Breathing in is quicker than breathing out.
    let cycle = seconds * BREATHS_PER_SECOND * TAU + phase(1);
    let breath = (cycle + 0.35 * cycle.sin()).sin();
    let wander = eye_motion::wander(idle, seed, seconds);
    LifeSigns {
        breath: breath * f64::from(idle.breathing),
        trunk_deg: [0.35 * sway * wave(2, 7.1), 0.5 * sway * wave(4, 9.7), 0.3 * sway * wave(6, 6.3)],
        head_deg: [0.8 * sway * wave(8, 5.3), 1.1 * sway * wave(10, 6.9), 0.5 * sway * wave(12, 8.1)],
        blink: blinks::both(blinks::closure(idle.blinks, seed, seconds), wander.blink) as f32,
        eyes_deg: wander.eyes_deg.map(|angle| angle as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_signs_are_small_continuous_and_blink_about_fifteen_times_a_minute() {
        let idle = Idle::default();
        let mut blinks = 0;
        let mut closed = false;
        let mut last = life_signs(&idle, Seed(5), -2.0);
        for frame in -200..6000 {
            let now = life_signs(&idle, Seed(5), f64::from(frame) / 100.0);
            assert!((now.head_deg[1] - last.head_deg[1]).abs() < 0.1 && now.head_deg[1].abs() < 2.0);
            assert!((now.breath - last.breath).abs() < 0.05 || frame == -200);
            assert!((0.0..=1.0).contains(&now.blink));
            if now.blink > 0.8 && !closed && frame >= 0 {
                blinks += 1;
            }
            closed = now.blink > 0.8;
            last = now;
        }
        assert!((10..=20).contains(&blinks), "{blinks} blinks in a minute");
    }

    #[test]
    fn strength_zero_is_still() {
        let idle = Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
        for frame in 0..100 {
            assert_eq!(life_signs(&idle, Seed(1), f64::from(frame) / 7.0), LifeSigns::default());
        }
    }
}
