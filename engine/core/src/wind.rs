//! Wind: the shot part, and one field that everything that air moves shares: bodies, cloth, hair.
//!
//! A field is a pure function of position and time with a dozen numbers per source and no tables, so that a shader can
//! evaluate the same formula: integer hashes, polynomials and one division.

use std::borrow::Cow;

use bevy_ecs::component::Component;
use bevy_math::{Quat, Vec3};
use bevy_transform::components::GlobalTransform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::LoadedShot;
use crate::part::{Property, ShotPart};
use crate::report::PartReport;
use crate::seed::Seed;
use crate::shot::Value;

/// Density of air at sea level and 15 °C, kg/m³ (ISO 2533, standard atmosphere).
pub const AIR_DENSITY_KG_M3: f32 = 1.225;

/// Moving air, everywhere in the shot; several parts add up. Directions are those of the part: turning it turns the wind.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wind {
    /// How the air moves.
    pub flow: WindFlow,
    /// Multiplies every velocity; 0 is calm. Tracks can drive it.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub strength: f32,
}

/// How air moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum WindFlow {
    /// The same everywhere and always.
    Uniform {
        /// Metres per second along the part's axes.
        #[schemars(inner(range(min = -150.0, max = 150.0)))]
        velocity_m_s: [f32; 3],
    },
    /// A mean wind that carries gusts along.
    Gusty {
        /// Mean velocity, metres per second along the part's axes.
        #[schemars(inner(range(min = -150.0, max = 150.0)))]
        velocity_m_s: [f32; 3],
        /// Root mean square of the gusts' speed, metres per second, 0 and up; outdoors 0.1 to 0.3 of the mean.
        #[schemars(range(min = 0.0, max = 150.0))]
        gust_m_s: f32,
        /// Size of the largest gusts in metres, above 0: small flutters, large sways.
        #[schemars(range(min = 0.01, max = 10_000.0))]
        length_m: f32,
        /// Another number, other gusts of the same kind.
        #[serde(default)]
        seed: u32,
    },
    /// A whirl about the part's y axis through its position, counter-clockwise seen from above.
    Vortex {
        /// Highest speed of the whirl, metres per second, reached at the core radius; negative turns the other way.
        #[schemars(range(min = -150.0, max = 150.0))]
        peak_speed_m_s: f32,
        /// Radius in metres within which the air turns like a solid, above 0.
        #[schemars(range(min = 0.01, max = 10_000.0))]
        core_radius_m: f32,
        /// Speed along the axis at its middle, metres per second.
        #[serde(default)]
        #[schemars(range(min = -150.0, max = 150.0))]
        updraft_m_s: f32,
    },
}

fn one() -> f32 {
    1.0
}

/// The place of `strength` in [`Wind::properties`].
const STRENGTH: usize = 0;

impl ShotPart for Wind {
    const KIND: &'static str = "Wind";

    fn properties() -> Vec<Property<Self>> {
        vec![Property::scalar("strength", 0.0..=100.0, |wind: &mut Wind, value: f32| wind.strength = value)]
    }

    fn check(&self, report: &mut PartReport<'_>) {
        let still = match &self.flow {
            WindFlow::Uniform { velocity_m_s } => *velocity_m_s == [0.0; 3],
            WindFlow::Gusty { velocity_m_s, gust_m_s, .. } => *velocity_m_s == [0.0; 3] && *gust_m_s == 0.0,
            WindFlow::Vortex { peak_speed_m_s, updraft_m_s, .. } => *peak_speed_m_s == 0.0 && *updraft_m_s == 0.0,
        };
        if still {
            report.warning("flow", "this wind never moves", "give it a speed, or remove the part");
        }
    }
}

/// One wind in world space, ready for evaluation: a mean, gusts and a whirl, of which a [`WindFlow`] has some.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WindSource {
    /// Mean velocity, m/s.
    pub mean_m_s: Vec3,
    /// Root mean square of the gusts, m/s; 0 for none.
    pub gust_m_s: f32,
    /// Waves per metre of the largest gusts.
    pub gust_waves_per_m: f32,
    /// Which gusts.
    pub seed: u32,
    /// A point on the axis of the whirl, m.
    pub center_m: Vec3,
    /// Unit direction of that axis.
    pub axis: Vec3,
    /// Highest speed of the whirl, m/s; 0 for none.
    pub swirl_m_s: f32,
    /// Where it is reached, m from the axis.
    pub core_radius_m: f32,
    /// Speed along the axis on it, m/s.
    pub updraft_m_s: f32,
}

impl WindSource {
    /// `wind` of the part that stands at `world_from_part`; `seed` tells equal winds of one shot apart.
    pub fn new(wind: &Wind, world_from_part: &GlobalTransform, seed: u32) -> Self {
        let rotation: Quat = world_from_part.rotation();
        let turned = |local: [f32; 3]| rotation * (Vec3::from_array(local) * wind.strength);
        let calm = Self { center_m: world_from_part.translation(), axis: rotation * Vec3::Y, ..Self::default() };
        match wind.flow {
            WindFlow::Uniform { velocity_m_s } => Self { mean_m_s: turned(velocity_m_s), ..calm },
            WindFlow::Gusty { velocity_m_s, gust_m_s, length_m, seed: other } => Self {
                mean_m_s: turned(velocity_m_s),
                gust_m_s: gust_m_s * wind.strength,
                gust_waves_per_m: 1.0 / length_m,
                seed: hash(seed ^ hash(other)),
                ..calm
            },
            WindFlow::Vortex { peak_speed_m_s, core_radius_m, updraft_m_s } => Self {
                swirl_m_s: peak_speed_m_s * wind.strength,
                core_radius_m,
                updraft_m_s: updraft_m_s * wind.strength,
                ..calm
            },
        }
    }

    /// Velocity of the air at a point at a time since frame 0, m/s. All three terms are free of divergence.
    pub fn velocity_m_s(&self, position_m: Vec3, time_secs: f64) -> Vec3 {
        self.mean_m_s + self.gust(position_m, time_secs) + self.whirl(position_m)
    }

    /// Random Fourier modes, each across its wave vector (Kraichnan, "Diffusion by a random velocity field", Physics of
    /// Fluids 13, 1970), half an octave apart, with the energy of Kolmogorov's spectrum. The mean wind carries them (Taylor's
    /// hypothesis), and they change while a gust passes its own length.
    fn gust(&self, position_m: Vec3, time_secs: f64) -> Vec3 {
        if !(self.gust_m_s > 0.0) {
            return Vec3::ZERO;
        }
        // In double precision, so that an hour of wind does not coarsen it.
        let carried_m = (self.mean_m_s.as_dvec3() * time_secs).as_vec3();
        let aged_m = (f64::from(self.gust_m_s) * time_secs) as f32;
        let mut sum = Vec3::ZERO;
        let (mut waves_per_m, mut amplitude) = (self.gust_waves_per_m, 1.0);
        for mode in 0..GUST_MODES {
            let random = |stream: u32| unit(hash(self.seed ^ hash(mode * 4 + stream)));
            let along = sphere_point(random(0), random(1));
            let (first, second) = across(along);
            let across = first * sin_turns(random(2) + 0.25) + second * sin_turns(random(2));
            let phase_turns = waves_per_m * (along.dot(position_m - carried_m) + aged_m) + random(3);
            sum += across * (amplitude * sin_turns(phase_turns));
            waves_per_m *= std::f32::consts::SQRT_2;
            amplitude *= MODE_FALL_OFF;
        }
        sum * (self.gust_m_s * MODE_SCALE)
    }

    /// Speed 2 v r rc / (r² + rc²): the vortex of Vatistas, Kozel and Mih, "A simpler model for concentrated vortices",
    /// Experiments in Fluids 11, 1991, for n = 1. The updraft falls off with the same denominator.
    fn whirl(&self, position_m: Vec3) -> Vec3 {
        if !(self.core_radius_m > 0.0) {
            return Vec3::ZERO;
        }
        let out = (position_m - self.center_m).reject_from_normalized(self.axis) / self.core_radius_m;
        let share = 1.0 / (1.0 + out.length_squared());
        (self.axis.cross(out) * (2.0 * self.swirl_m_s) + self.axis * self.updraft_m_s) * share
    }
}

const GUST_MODES: u32 = 6;
/// 2^(-1/6): amplitude of a mode over that of the one half an octave below it, from energy ∝ wave number^(-2/3) in each.
const MODE_FALL_OFF: f32 = 0.890_898_7;
/// 1/√(½ Σ 2^(-i/3)) over the modes: makes the root mean square of the sum 1.
const MODE_SCALE: f32 = 0.741_708_8;

/// The 32-bit PCG hash (Jarzynski and Olano, "Hash functions for GPU rendering", JCGT 9(3), 2020).
fn hash(value: u32) -> u32 {
    let state = value.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

/// In `[0, 1)`, 24 bits.
fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / (1u32 << 24) as f32)
}

/// sin(2π `turns`), within 4e-6: the same on every machine, unlike a library's.
fn sin_turns(turns: f32) -> f32 {
    let x = turns - (turns + 0.5).floor();
    let quarter = 0.25 - (x.abs() - 0.25).abs();
    let angle = quarter * std::f32::consts::TAU;
    let square = angle * angle;
    let series = 1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0)));
    (angle * series).copysign(x)
}

/// Uniform on the unit sphere for two uniform numbers.
fn sphere_point(a: f32, b: f32) -> Vec3 {
    let y = 2.0 * a - 1.0;
    let radius = (1.0 - y * y).max(0.0).sqrt();
    Vec3::new(radius * sin_turns(b + 0.25), y, radius * sin_turns(b))
}

/// Two unit vectors across a unit vector and each other (Duff et al., "Building an orthonormal basis, revisited", JCGT
/// 6(1), 2017).
fn across(unit: Vec3) -> (Vec3, Vec3) {
    let sign = 1.0_f32.copysign(unit.z);
    let a = -1.0 / (sign + unit.z);
    let b = unit.x * unit.y * a;
    (
        Vec3::new(1.0 + sign * unit.x * unit.x * a, sign * b, -sign * unit.x),
        Vec3::new(b, sign + unit.y * unit.y * a, -unit.y),
    )
}

/// All winds of a shot at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindField {
    /// In the order of the document.
    pub sources: Vec<WindSource>,
}

impl WindField {
    /// The winds of `shot` at `frame`, which may lie between frames, with tracks on their places and strength applied.
    pub fn of_shot(shot: &LoadedShot, frame: f64) -> Self {
        let parts = shot.shot.parts.iter().enumerate();
        let sources = parts.filter_map(|(index, part)| {
            let mut wind = Cow::Borrowed(part.part.get::<Wind>()?);
            if let Some(Value::Number(strength)) = shot.property_at(index, STRENGTH, frame) {
                wind.to_mut().strength = strength as f32;
            }
            let seed = Seed::for_part(shot.shot.seed, &part.id, "wind").next_u64() as u32;
            Some(WindSource::new(&wind, &shot.world_transform_at(index, frame), seed))
        });
        Self { sources: sources.collect() }
    }

    /// Velocity of the air at a point, m/s; `time_secs` since frame 0 is that of the field.
    pub fn velocity_m_s(&self, position_m: Vec3, time_secs: f64) -> Vec3 {
        self.sources.iter().map(|source| source.velocity_m_s(position_m, time_secs)).sum()
    }
}

#[cfg(test)]
mod tests;
