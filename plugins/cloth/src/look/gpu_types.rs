//! What the shader of fabric reads. The WGSL twin is in `shaders/cloth/fabric_types.wgsl`; `tests/layout.rs` compares them.

use bevy::math::Vec4;
use bevy::render::render_resource::ShaderType;

use super::presets::Look;
use super::surface::Weave;

/// `Fabric` in WGSL, where each field is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuFabric {
    pub warp: Vec4,
    pub weft: Vec4,
    pub fuzz: Vec4,
    pub threads: Vec4,
    pub weave: Vec4,
    pub light: Vec4,
}

/// GGX alphas below make lobes that no pixel grid holds.
const LEAST_ALPHA: f32 = 0.02;

impl GpuFabric {
    pub fn new(look: &Look) -> Self {
        let alpha = |perceptual: f32| (perceptual * perceptual).max(LEAST_ALPHA);
        let colour = |rgb: [f32; 3], a: f32| Vec4::new(rgb[0], rgb[1], rgb[2], a);
        let [kind, repeat, over, step] = draft(look.weave);
        let inverse = (1..=repeat).find(|i| (i * step) % repeat == 1 % repeat).unwrap_or(1);
        let [across, along] = look.threads_per_cm.map(|per_cm| 100.0 * per_cm);
        Self {
            warp: colour(look.warp_color, alpha(look.perceptual_roughness)),
            weft: colour(look.weft_color, alpha(look.across_roughness)),
            fuzz: colour(look.fuzz_color, look.fuzz),
            threads: Vec4::new(across, along, look.relief, look.unevenness),
            weave: Vec4::new(kind as f32, repeat as f32, over as f32, step as f32),
            light: Vec4::new(look.gloss, look.transmission, look.twist_rad, inverse as f32),
        }
    }
}

/// Kind, ends in the repeat, picks that the warp lies over in it, and the step from one end to the next.
fn draft(weave: Weave) -> [u32; 4] {
    match weave {
        Weave::Plain => [0, 2, 1, 1],
        Weave::Twill { over, under } => [0, u32::from(over) + u32::from(under), u32::from(over), 1],
        // A document with a satin that cannot be was refused.
        Weave::Satin { shafts } => {
            let step = Weave::satin_step(shafts).unwrap_or(1);
            [0, u32::from(shafts), u32::from(shafts.max(2)) - 1, u32::from(step)]
        }
        Weave::Jersey => [1, 1, 1, 1],
        Weave::Grain => [2, 1, 1, 1],
        Weave::Flat => [3, 1, 1, 1],
    }
}
