//! Material of a cloth in SI units, as measured by the usual instruments.

use crate::solver::error::ClothError;

/// A woven (orthotropic) fabric. Warp is the `u` axis of the pattern, weft the `v` axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Fabric {
    /// Mass of a square metre, kg/m2. Shirting 0.1, denim 0.4.
    pub area_density_kg_m2: f32,
    /// Thickness, m. Used by contact only.
    pub thickness_m: f32,
    /// Force per width at unit strain along the warp, N/m (sheet modulus times thickness). 500..20000.
    pub stretch_warp_n_m: f32,
    /// The same along the weft, N/m.
    pub stretch_weft_n_m: f32,
    /// Contraction along the weft per stretch along the warp; below `sqrt(warp / weft)`.
    pub poisson: f32,
    /// Shear force per width at unit shear angle, N/m. 20..500.
    pub shear_n_m: f32,
    /// Bending moment per width at unit curvature along the warp, N m (Kawabata's B; Peirce's flexural rigidity). 1e-6..1e-4.
    pub bend_warp_n_m: f32,
    /// The same along the weft, N m.
    pub bend_weft_n_m: f32,
    /// Coupling of the two bendings, N m: Poisson ratio times rigidity; below `sqrt(warp * weft)`.
    pub bend_coupling_n_m: f32,
    /// Rigidity against twist, N m: energy `2 D_t kappa_uv^2`. Isotropic: `(1 - poisson) D / 2`.
    pub bend_twist_n_m: f32,
    /// Time of the internal damping (stress at a strain rate = stiffness * this * rate), seconds, for membrane and bending. 0 = none.
    pub internal_damping_secs: f32,
    /// Rate at which velocity against the still frame is lost, 1/s. 0 in vacuum; use air drag for air.
    pub velocity_damping_per_sec: f32,
    /// Coulomb friction of cloth on cloth and on bodies. Used by contact only.
    pub friction: f32,
    /// Green strain along warp and weft beyond which the second, stiffer branch begins.
    pub strain_limit: f32,
    /// Stiffness that is added beyond the limit, as a multiple of the first. 0 = one branch only.
    pub limit_stiffening: f32,
    /// Green strain of an edge beyond which it tears; infinite = never.
    pub tear_strain: f32,
}

impl Default for Fabric {
    /// A plain cotton shirting.
    fn default() -> Self {
        Fabric {
            area_density_kg_m2: 0.15,
            thickness_m: 4e-4,
            stretch_warp_n_m: 3000.0,
            stretch_weft_n_m: 2000.0,
            poisson: 0.2,
            shear_n_m: 80.0,
            bend_warp_n_m: 1e-5,
            bend_weft_n_m: 6e-6,
            bend_coupling_n_m: 1e-6,
            bend_twist_n_m: 3e-6,
            internal_damping_secs: 2e-4,
            velocity_damping_per_sec: 0.0,
            friction: 0.4,
            strain_limit: 0.04,
            limit_stiffening: 0.0,
            tear_strain: f32::INFINITY,
        }
    }
}

impl Fabric {
    /// An isotropic sheet: `stretch` = E t in N/m, `bend` = D in N m, undamped.
    pub fn isotropic(area_density_kg_m2: f32, stretch_n_m: f32, bend_n_m: f32, poisson: f32) -> Fabric {
        Fabric {
            area_density_kg_m2,
            stretch_warp_n_m: stretch_n_m,
            stretch_weft_n_m: stretch_n_m,
            poisson,
            shear_n_m: 0.5 * stretch_n_m / (1.0 + poisson),
            bend_warp_n_m: bend_n_m,
            bend_weft_n_m: bend_n_m,
            bend_coupling_n_m: poisson * bend_n_m,
            bend_twist_n_m: 0.5 * (1.0 - poisson) * bend_n_m,
            internal_damping_secs: 0.0,
            ..Fabric::default()
        }
    }

    /// Every field finite, in range, and both stiffness matrices positive.
    pub fn validate(&self) -> Result<(), ClothError> {
        let in_range = |field: &'static str, value: f32, low: f32, high: f32| {
            // Written positively, so that NaN fails.
            if value >= low && value <= high {
                Ok(())
            } else {
                Err(ClothError::FabricField { field, value, low, high })
            }
        };
        in_range("area_density_kg_m2", self.area_density_kg_m2, 1e-3, 100.0)?;
        in_range("thickness_m", self.thickness_m, 1e-5, 0.1)?;
        in_range("stretch_warp_n_m", self.stretch_warp_n_m, 1e-2, 1e7)?;
        in_range("stretch_weft_n_m", self.stretch_weft_n_m, 1e-2, 1e7)?;
        in_range("poisson", self.poisson, -0.9, 0.95 * (self.stretch_warp_n_m / self.stretch_weft_n_m).sqrt())?;
        in_range("shear_n_m", self.shear_n_m, 1e-3, 1e7)?;
        in_range("bend_warp_n_m", self.bend_warp_n_m, 0.0, 1e3)?;
        in_range("bend_weft_n_m", self.bend_weft_n_m, 0.0, 1e3)?;
        let coupling_limit = 0.95 * (self.bend_warp_n_m * self.bend_weft_n_m).sqrt();
        in_range("bend_coupling_n_m", self.bend_coupling_n_m, -coupling_limit, coupling_limit)?;
        in_range("bend_twist_n_m", self.bend_twist_n_m, 0.0, 1e3)?;
        in_range("internal_damping_secs", self.internal_damping_secs, 0.0, 1.0)?;
        in_range("velocity_damping_per_sec", self.velocity_damping_per_sec, 0.0, 1e4)?;
        in_range("friction", self.friction, 0.0, 100.0)?;
        in_range("strain_limit", self.strain_limit, 0.0, 10.0)?;
        in_range("limit_stiffening", self.limit_stiffening, 0.0, 1e3)?;
        in_range("tear_strain", self.tear_strain, 1e-3, f32::INFINITY)
    }
}
