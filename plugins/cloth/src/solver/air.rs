//! Air: pressure drag across each triangle and skin friction along it, from the wind relative to the triangle.
//!
//! With relative wind `r`, unit normal `n` and area A: `F = rho/2 A (C_n |r.n| (r.n) n + C_t |r_t| r_t)`, `r_t = r - (r.n) n`. This is the usual
//! split for a plate at an angle (Hoerner, Fluid-Dynamic Drag, 1965): C_n = 1.1..2 for a plate across the stream, C_t about 0.01..0.05. Lift of an oblique plate is the part of the
//! normal force across the wind. The force is explicit; its rate is bounded by half of what would stop the relative wind within a substep, which changes nothing
//! unless the time step is far too long for the cloth.

use crate::solver::vec3::{Real, V3};

/// Air, prepared for a fabric and a time step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// `rho/2 C_n`, kg/m3.
    normal: f32,
    /// `rho/2 C_t`, kg/m3.
    tangential: f32,
    /// `area density / (2 dt)`: the bound of `rho/2 C |r|`, kg/(m2 s).
    bound: f32,
}

/// Air as its author gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AirSettings {
    /// Density, kg/m3. 0 = no air.
    pub density_kg_m3: f32,
    /// Drag coefficient across the sheet.
    pub normal_coefficient: f32,
    /// Friction coefficient along the sheet (both sides together).
    pub tangential_coefficient: f32,
}

impl AirSettings {
    /// No air.
    pub const VACUUM: AirSettings =
        AirSettings { density_kg_m3: 0.0, normal_coefficient: 0.0, tangential_coefficient: 0.0 };
    /// Air at 20 degrees.
    pub const STILL: AirSettings =
        AirSettings { density_kg_m3: 1.204, normal_coefficient: 1.2, tangential_coefficient: 0.02 };
}

impl Air {
    /// Preparation.
    pub fn new(settings: &AirSettings, area_density_kg_m2: f32, dt_secs: f32) -> Air {
        Air {
            normal: 0.5 * settings.density_kg_m3 * settings.normal_coefficient,
            tangential: 0.5 * settings.density_kg_m3 * settings.tangential_coefficient,
            bound: 0.5 * area_density_kg_m2 / dt_secs,
        }
    }

    /// What the WGSL twin is told: `rho/2 C_n`, `rho/2 C_t` (kg/m3) and the bound (kg/(m2 s)).
    pub(crate) fn rates(&self) -> [f32; 3] {
        [self.normal, self.tangential, self.bound]
    }

    /// Force in newton on a triangle, from the wind relative to it (m/s) and the cross product of its edges (twice its area, m2).
    #[inline(always)]
    pub fn force_on_triangle<T: Real>(&self, relative: V3<T>, cross: V3<T>) -> V3<T> {
        // A collapsed triangle has no area and no normal; the floor keeps the reciprocal root normal.
        let inverse_length = cross.length_squared().max(T::splat(1e-30)).rsqrt();
        let normal = cross.scale(inverse_length);
        let area = cross.dot(normal).mul(T::splat(0.5));
        let across = relative.dot(normal);
        let along = relative.sub(normal.scale(across));
        let bound = T::splat(self.bound);
        let normal_rate = across.abs().mul(T::splat(self.normal)).min(bound);
        let tangential_rate = along.length().mul(T::splat(self.tangential)).min(bound);
        normal.scale(across.mul(normal_rate)).add(along.scale(tangential_rate)).scale(area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATE: AirSettings = AirSettings { density_kg_m3: 1.2, normal_coefficient: 1.5, tangential_coefficient: 0.1 };

    #[test]
    fn wind_across_and_along_a_square_metre() {
        let air = Air::new(&PLATE, 1.0, 1e-3);
        let up = V3::new(0.0, 2.0, 0.0);
        let across = air.force_on_triangle(V3::new(0.0, -3.0, 0.0), up);
        let along = air.force_on_triangle(V3::new(3.0, 0.0, 0.0), up);
        assert!((across.y + 0.5 * 1.2 * 1.5 * 9.0).abs() < 1e-5 && across.x == 0.0);
        assert!((along.x - 0.5 * 1.2 * 0.1 * 9.0).abs() < 1e-5 && along.y == 0.0);
    }

    #[test]
    fn a_gale_cannot_reverse_a_light_sheet() {
        let (dt, density) = (1e-2, 0.01);
        let force = Air::new(&PLATE, density, dt).force_on_triangle(V3::new(0.0, 1e3, 0.0), V3::new(0.0, 2.0, 0.0));
        assert!(force.y * dt / density <= 0.51e3);
    }
}
