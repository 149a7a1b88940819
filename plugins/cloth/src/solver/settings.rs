//! How a cloth is stepped.

use crate::solver::air::AirSettings;
use crate::solver::error::ClothError;
use crate::solver::vec3::V3;

/// Settings of the step; they may change between steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Length of a substep, s. 1/1200 is usual; shorter is stiffer and less damped, the cost is in proportion.
    pub substep_secs: f32,
    /// Gauss-Seidel iterations in a substep. Many short substeps are better than many iterations.
    pub iterations: u32,
    /// Acceleration of gravity, m/s2.
    pub gravity_m_s2: V3,
    /// Air about the cloth.
    pub air: AirSettings,
    /// Time in which the solver learns the standing stress of the cloth, s; 0 = it does not.
    ///
    /// One iteration of XPBD leaves stiff cloth too soft by an amount that grows with `(wave speed * substep / edge)^2`. With memory, the multipliers' slow part is
    /// applied as a force from the start, and a cloth at rest is in exact balance whatever the number of iterations. Too short a time (below about the
    /// time a stress takes to travel through all of the mesh) makes stiff cloth swing by itself; see DESIGN.md.
    pub memory_secs: f32,
    /// Threads; the result does not depend on them.
    pub threads: usize,
    /// Added to the fabric's velocity damping, 1/s: large while a cloth is to settle.
    pub settle_damping_per_sec: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            substep_secs: 1.0 / 1200.0,
            iterations: 1,
            gravity_m_s2: V3 { x: 0.0, y: -9.81, z: 0.0 },
            air: AirSettings::VACUUM,
            memory_secs: 0.0,
            threads: 1,
            settle_damping_per_sec: 0.0,
        }
    }
}

impl Settings {
    /// Every field finite and in range.
    pub fn validate(&self) -> Result<(), ClothError> {
        let in_range = |field: &'static str, value: f32, low: f32, high: f32| {
            // Written positively, so that NaN fails.
            if value >= low && value <= high { Ok(()) } else { Err(ClothError::Setting { field, value, low, high }) }
        };
        in_range("substep_secs", self.substep_secs, 1e-6, 0.05)?;
        in_range("iterations", self.iterations as f32, 1.0, 1000.0)?;
        in_range("gravity_m_s2", self.gravity_m_s2.length(), 0.0, 1e3)?;
        in_range("air.density_kg_m3", self.air.density_kg_m3, 0.0, 1e4)?;
        in_range("air.normal_coefficient", self.air.normal_coefficient, 0.0, 100.0)?;
        in_range("air.tangential_coefficient", self.air.tangential_coefficient, 0.0, 100.0)?;
        in_range("memory_secs", self.memory_secs, 0.0, 1e3)?;
        in_range("threads", self.threads as f32, 1.0, 1024.0)?;
        in_range("settle_damping_per_sec", self.settle_damping_per_sec, 0.0, 1e5)
    }

    /// Share by which the memory moves in a substep.
    pub(crate) fn memory_rate(&self) -> f32 {
        if self.memory_secs > 0.0 { (self.substep_secs / self.memory_secs).min(1.0) } else { 0.0 }
    }
}
