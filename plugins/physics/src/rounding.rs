//! What velocities of 32 bits lose: the engine rounds them after each of its inner steps, for a ball that falls mostly to the same side, and within a
//! minute that is more than a millionth of its momentum. Of bodies that something outside of the engine pushes it is kept, in 64 bits, and given back.

use std::collections::BTreeMap;

use rapier3d::prelude::{PhysicsWorld as Engine, RigidBody, RigidBodyHandle, Vector};
use serde::{Deserialize, Serialize};

/// Inner steps and sums of a step round about as often; units of the last place.
const MOST_ROUNDINGS: f64 = 4.0;

/// Velocity that bodies have lost, m/s, by their place in the scene; only those are in it that were pushed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lost(BTreeMap<usize, [f64; 3]>);

/// What a body would have after a step without rounding, if nothing but gravity acted on it.
pub(crate) struct Expected {
    body: usize,
    velocity_m_s: [f64; 3],
    /// Whatever differs by more was no rounding, m/s.
    bound_m_s: f64,
}

impl Lost {
    /// Changes the velocity of a body, m/s, and gives back what it has lost.
    pub(crate) fn give(&mut self, index: usize, body: &mut RigidBody, change_m_s: [f64; 3]) {
        let lost = self.0.entry(index).or_default();
        let now = wide(body.linvel());
        let wanted = [0, 1, 2].map(|k| now[k] + change_m_s[k] + lost[k]);
        let given = wanted.map(|x| x as f32);
        *lost = [0, 1, 2].map(|k| wanted[k] - f64::from(given[k]));
        body.set_linvel(Vector::from_array(given), false);
    }

    /// Before a step: gives back, and tells what to expect.
    pub(crate) fn expect(&mut self, engine: &mut Engine, handles: &[RigidBodyHandle]) -> Vec<Expected> {
        let dt_secs = f64::from(engine.integration_parameters.dt);
        let gravity_m_s2 = wide(engine.gravity);
        let pushed: Vec<usize> = self.0.keys().copied().collect();
        let mut all = Vec::with_capacity(pushed.len());
        for index in pushed {
            let Some(body) = handles.get(index).and_then(|handle| engine.bodies.get_mut(*handle)) else { continue };
            let is_free = body.linear_damping() == 0.0
                && body.user_force() == Vector::ZERO
                && body.mass_properties().effective_inv_mass.to_array().iter().all(|w| *w > 0.0);
            if body.is_sleeping() || !body.is_dynamic() || !is_free {
                continue;
            }
            self.give(index, body, [0.0; 3]);
            let now = wide(body.linvel());
            let gained = gravity_m_s2.map(|g| g * f64::from(body.gravity_scale()) * dt_secs);
            let largest = now.iter().chain(&gained).fold(0.0f64, |most, x| most.max(x.abs()));
            let bound_m_s = MOST_ROUNDINGS * f64::from(f32::EPSILON) * largest;
            all.push(Expected { body: index, velocity_m_s: [0, 1, 2].map(|k| now[k] + gained[k]), bound_m_s });
        }
        all
    }

    /// After it: keeps what rounding took, where nothing else did.
    pub(crate) fn settle(&mut self, expected: &[Expected], engine: &Engine, handles: &[RigidBodyHandle]) {
        for Expected { body: index, velocity_m_s, bound_m_s } in expected {
            let Some(body) = handles.get(*index).and_then(|handle| engine.bodies.get(*handle)) else { continue };
            let now = wide(body.linvel());
            let missing = [0, 1, 2].map(|k| velocity_m_s[k] - now[k]);
            if let Some(lost) = self.0.get_mut(index).filter(|_| missing.iter().all(|x| x.abs() <= *bound_m_s)) {
                *lost = [0, 1, 2].map(|k| lost[k] + missing[k]);
            }
        }
    }
}

fn wide(v: Vector) -> [f64; 3] {
    v.to_array().map(f64::from)
}
