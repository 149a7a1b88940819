//! The material of an eyeball: a wet clear coat over the white and, seen through the cornea, the iris.

use bevy::asset::Asset;
use bevy::pbr::{ExtendedMaterial, MaterialExtension, StandardMaterial};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::AsBindGroup;
use bevy::shader::ShaderRef;

use super::gpu_types::GpuEye;
use crate::{look::eyes::IRIS_ANGLE, settings::Eyes};

/// Bevy's physically based material under the look of an eye.
pub type EyeMaterial = ExtendedMaterial<StandardMaterial, EyeSurface>;

/// The look of one eye.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug, Default)]
pub struct EyeSurface {
    #[uniform(100)]
    pub eye: GpuEye,
}

impl MaterialExtension for EyeSurface {
    fn vertex_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::EYE_VERT.handle)
    }

    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::EYE_FRAG.handle)
    }
}

/// The look of an eye (0 left, 1 right) between lids with these margins.
pub fn gpu_eye(eyes: &Eyes, pupil: f32, side: usize, [upper, lower]: [[f32; 3]; 2]) -> GpuEye {
    GpuEye {
        iris: Vec3::from_array(eyes.iris_colour).extend(pupil),
        upper_lid: Vec3::from_array(upper).extend(0.0),
        lower_lid: Vec3::from_array(lower).extend(0.0),
        look: Vec4::new(eyes.redness, 3.1 + 5.7 * side as f32, IRIS_ANGLE, 0.15),
    }
}

/// The standard surface under an eye: the shader gives everything but the switch of the clear coat.
pub fn eye_base() -> StandardMaterial {
    StandardMaterial {
        perceptual_roughness: 0.3,
        reflectance: 0.5,
        clearcoat: 0.6,
        clearcoat_perceptual_roughness: 0.08,
        ..StandardMaterial::default()
    }
}

/// Diameter of the pupil over that of the iris in light of this luminance, cd/m²: P. Moon and D. E. Spencer, "On the
/// Stiles-Crawford effect", JOSA 34, 1944, D = 4.9 - 3 tanh(0.4 log10 L) mm (L in cd/m²), over an iris of 12 mm.
pub fn pupil_in_light(luminance_cd_m2: f32) -> f32 {
    let level = luminance_cd_m2.clamp(1e-6, 1e7).log10();
    (4.9 - 3.0 * (0.4 * level).tanh()) / 12.0
}

/// The luminance that a camera with this exposure is set for, cd/m²: a meter's calibration constant of 12.5 (ISO 2720).
pub fn luminance_of_exposure(ev100: f32) -> f32 {
    12.5 / 100.0 * ev100.exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pupils_shrink_in_the_sun_and_widen_at_night() {
        let at = |ev100: f32| pupil_in_light(luminance_of_exposure(ev100));
        assert!((0.15..0.22).contains(&at(15.0)), "{}", at(15.0));
        assert!((0.2..0.4).contains(&at(7.0)), "{}", at(7.0));
        assert!(at(-6.0) > 0.55 && at(f32::NEG_INFINITY) < 0.7 && at(f32::INFINITY) > 0.1);
    }
}
