//! What is read off a world while it runs.

use bevy::math::{DQuat, DVec3};

use crate::{PhysicsError, RigidWorld};

/// A world that is stepped and looked at.
pub(super) struct Probe<'a> {
    world: &'a mut RigidWorld,
    step_secs: f64,
}

impl<'a> Probe<'a> {
    pub(super) fn new(world: &'a mut RigidWorld, step_secs: f64) -> Self {
        Self { world, step_secs }
    }

    pub(super) fn step(&mut self) -> Result<(), PhysicsError> {
        self.world.step()
    }

    /// Steps until `time_secs` since frame 0.
    pub(super) fn run_until(&mut self, time_secs: f64) -> Result<(), PhysicsError> {
        while self.time_secs() + 0.5 * self.step_secs < time_secs {
            self.step()?;
        }
        Ok(())
    }

    pub(super) fn time_secs(&self) -> f64 {
        self.world.completed_substeps() as f64 * self.step_secs
    }

    pub(super) fn bodies(&self) -> usize {
        self.world.scene().bodies.len()
    }

    pub(super) fn position(&self, body: usize) -> DVec3 {
        let poses = self.world.poses();
        poses.get(body).map_or(DVec3::NAN, |pose| DVec3::from_array(pose.position_m.map(f64::from)))
    }

    pub(super) fn velocity(&self, body: usize) -> DVec3 {
        let velocities = self.world.velocities();
        velocities.get(body).map_or(DVec3::NAN, |velocity| DVec3::from_array(velocity.linear_m_s.map(f64::from)))
    }

    /// Angular velocity about the body's own axes, rad/s.
    pub(super) fn own_spin(&self, body: usize) -> DVec3 {
        let (poses, velocities) = (self.world.poses(), self.world.velocities());
        match (poses.get(body), velocities.get(body)) {
            (Some(pose), Some(velocity)) => {
                let world_from_body = DQuat::from_array(pose.rotation_xyzw.map(f64::from)).normalize();
                world_from_body.inverse() * DVec3::from_array(velocity.angular_rad_s.map(f64::from))
            }
            _ => DVec3::NAN,
        }
    }

    /// Mean time in seconds between passages of `signal` through zero, over `count` of them after the first; infinite if
    /// they do not come within `patience_secs`.
    pub(super) fn zero_interval_secs(
        &mut self,
        count: u32,
        patience_secs: f64,
        signal: impl Fn(&Self) -> f64,
    ) -> Result<f64, PhysicsError> {
        let mut times = Vec::new();
        let mut before = signal(self);
        while self.time_secs() < patience_secs {
            self.step()?;
            let now = signal(self);
            if (before < 0.0) != (now < 0.0) {
                times.push(self.time_secs() - self.step_secs * now / (now - before));
            }
            before = now;
            if let (Some(first), Some(last)) = (times.first(), times.get(count as usize)) {
                return Ok((last - first) / f64::from(count));
            }
        }
        Ok(f64::INFINITY)
    }
}
