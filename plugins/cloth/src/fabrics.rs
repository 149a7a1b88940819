//! Fabrics of a shot: presets in SI units and their sources.
//!
//! Areal weight, thickness, shear and the first, worn part of the stretch curve are those of the Kawabata system (KES), rounded;
//! bending is the slope of its loop plus half the loop's width at a fold of 1 to 2 cm radius, because hysteresis is not
//! simulated. Denim: measured on six finished denims (KES, published table). Bending lengths lie inside the middle four fifths
//! of 618 fabrics measured by cantilever (Feng et al. 2022). Weights of silk by momme. Jersey's weight is near the
//! interlock of Wang, O'Brien and Ramamoorthi 2011. What no source that we could open gives is our judgement: stretch,
//! shear and friction of cotton, silk, wool and jersey, and all of leather's but thickness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::solver::fabric::Fabric;

/// What a cloth is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Material {
    /// Shirting in plain weave, 120 g/m².
    #[default]
    Cotton,
    /// Habotai, 35 g/m²: light, flows.
    Silk,
    /// Washed, 12 oz: 380 g/m².
    Denim,
    /// Worsted suiting, 250 g/m².
    Wool,
    /// Single knit, 160 g/m²: stretches.
    Jersey,
    /// For garments, 500 g/m².
    Leather,
    /// Given by numbers.
    Custom(CustomFabric),
}

/// A fabric by numbers. Warp runs along the height of a sheet, weft along its width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFabric {
    /// Mass of a square metre, kg.
    #[schemars(range(min = 0.001, max = 100.0))]
    pub area_density_kg_m2: f32,
    /// Thickness, metres.
    #[schemars(range(min = 0.00001, max = 0.1))]
    pub thickness_m: f32,
    /// Force per width at unit strain along warp and weft, N/m.
    #[schemars(inner(range(min = 0.01, max = 10_000_000.0)))]
    pub stretch_n_m: [f32; 2],
    /// Force per width at unit shear angle, N/m.
    #[schemars(range(min = 0.001, max = 10_000_000.0))]
    pub shear_n_m: f32,
    /// Bending moment per width at unit curvature along warp and weft, N m.
    #[schemars(inner(range(min = 0.0, max = 1000.0)))]
    pub bend_n_m: [f32; 2],
    /// Coulomb friction coefficient.
    #[serde(default = "default_friction")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub friction: f32,
    /// Strain at which an edge tears; left out, it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 10.0))]
    pub tears_at_strain: Option<f32>,
}

fn default_friction() -> f32 {
    0.4
}

/// One row of the table of presets.
struct Preset {
    area_density_kg_m2: f32,
    thickness_m: f32,
    stretch_n_m: [f32; 2],
    /// Strain from which the second, stiff part of the curve counts, and how many times as stiff it is.
    locks: [f32; 2],
    poisson: f32,
    shear_n_m: f32,
    bend_n_m: [f32; 2],
    twist_share: f32,
    friction: f32,
}

const COTTON: Preset = Preset {
    area_density_kg_m2: 0.12,
    thickness_m: 3.5e-4,
    stretch_n_m: [9e3, 2e3],
    locks: [0.03, 2.0],
    poisson: 0.25,
    shear_n_m: 85.0,
    bend_n_m: [1.7e-5, 1.1e-5],
    twist_share: 0.45,
    friction: 0.55,
};
const SILK: Preset = Preset {
    area_density_kg_m2: 0.035,
    thickness_m: 1.2e-4,
    stretch_n_m: [8e3, 2e3],
    locks: [0.03, 2.0],
    poisson: 0.2,
    shear_n_m: 17.0,
    bend_n_m: [2.2e-6, 1.9e-6],
    twist_share: 0.45,
    friction: 0.3,
};
const DENIM: Preset = Preset {
    area_density_kg_m2: 0.38,
    thickness_m: 9e-4,
    stretch_n_m: [4e3, 2e3],
    locks: [0.03, 4.0],
    poisson: 0.2,
    shear_n_m: 110.0,
    bend_n_m: [4.5e-5, 3e-5],
    twist_share: 0.45,
    friction: 0.65,
};
const WOOL: Preset = Preset {
    area_density_kg_m2: 0.25,
    thickness_m: 7e-4,
    stretch_n_m: [1.5e3, 8e2],
    locks: [0.04, 6.0],
    poisson: 0.25,
    shear_n_m: 45.0,
    bend_n_m: [1.4e-5, 1.1e-5],
    twist_share: 0.45,
    friction: 0.5,
};
const JERSEY: Preset = Preset {
    area_density_kg_m2: 0.16,
    thickness_m: 7e-4,
    stretch_n_m: [8e2, 3e2],
    locks: [0.12, 4.0],
    poisson: 0.35,
    shear_n_m: 35.0,
    bend_n_m: [4e-6, 2.5e-6],
    twist_share: 0.5,
    friction: 0.6,
};
const LEATHER: Preset = Preset {
    area_density_kg_m2: 0.5,
    thickness_m: 8e-4,
    stretch_n_m: [8e3, 8e3],
    locks: [0.04, 2.0],
    poisson: 0.4,
    shear_n_m: 3e3,
    bend_n_m: [1.3e-4, 1.3e-4],
    twist_share: 0.3,
    friction: 0.6,
};

/// Internal damping of all presets, seconds: our judgement; folds come to rest within some tenths of a second.
const DAMPING_SECS: f32 = 5e-4;

impl Material {
    /// The constants that the solver wants.
    pub fn fabric(&self) -> Fabric {
        let preset = match self {
            Self::Cotton => COTTON,
            Self::Silk => SILK,
            Self::Denim => DENIM,
            Self::Wool => WOOL,
            Self::Jersey => JERSEY,
            Self::Leather => LEATHER,
            Self::Custom(custom) => return custom.fabric(),
        };
        let [warp, weft] = preset.bend_n_m;
        Fabric {
            strain_limit: preset.locks[0],
            limit_stiffening: preset.locks[1],
            bend_twist_n_m: preset.twist_share * 0.5 * (warp + weft),
            ..with(
                [preset.area_density_kg_m2, preset.thickness_m],
                preset.stretch_n_m,
                preset.poisson,
                preset.shear_n_m,
                preset.bend_n_m,
                preset.friction,
            )
        }
    }
}

impl CustomFabric {
    fn fabric(&self) -> Fabric {
        let weight = [self.area_density_kg_m2, self.thickness_m];
        Fabric {
            tear_strain: self.tears_at_strain.unwrap_or(f32::INFINITY),
            ..with(weight, self.stretch_n_m, 0.2, self.shear_n_m, self.bend_n_m, self.friction)
        }
    }
}

/// What presets and numbers have in common: couplings follow from Poisson's ratio, which is that of the stiffer direction.
fn with(weight: [f32; 2], stretch: [f32; 2], poisson: f32, shear: f32, bend: [f32; 2], friction: f32) -> Fabric {
    let [area_density_kg_m2, thickness_m] = weight;
    let mean_bend = (bend[0] * bend[1]).sqrt();
    Fabric {
        area_density_kg_m2,
        thickness_m,
        stretch_warp_n_m: stretch[0],
        stretch_weft_n_m: stretch[1],
        poisson: poisson.min(0.9 * (stretch[0] / stretch[1]).sqrt()),
        shear_n_m: shear,
        bend_warp_n_m: bend[0],
        bend_weft_n_m: bend[1],
        bend_coupling_n_m: 0.2 * mean_bend,
        bend_twist_n_m: 0.4 * mean_bend,
        internal_damping_secs: DAMPING_SECS,
        velocity_damping_per_sec: 0.0,
        friction,
        strain_limit: 0.04,
        limit_stiffening: 0.0,
        tear_strain: f32::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_fabric_with_a_believable_bending_length() {
        use Material::{Cotton, Denim, Jersey, Leather, Silk, Wool};
        for material in [Cotton, Silk, Denim, Wool, Jersey, Leather] {
            let fabric = material.fabric();
            fabric.validate().unwrap_or_else(|error| panic!("{material:?}: {error}"));
            // Peirce's length (B / (weight g))^(1/3), cm.
            let length_cm = |bend: f32| 1e2 * (bend / (fabric.area_density_kg_m2 * 9.81)).cbrt();
            let [warp, weft] = [fabric.bend_warp_n_m, fabric.bend_weft_n_m].map(length_cm);
            println!("{material:?}: bending length {warp:.2} and {weft:.2} cm");
            assert!((1.0..3.4).contains(&warp) && (1.0..3.4).contains(&weft), "{material:?}");
        }
    }
}
