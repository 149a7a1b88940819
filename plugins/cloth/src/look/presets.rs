//! What named materials look like.
//!
//! Counts of threads are of the middle of what weavers sell under these names, and pitches follow from the weights in
//! `fabrics.rs`; colours of cotton and denim are of undyed and indigo-dyed yarn, the others a usual dye. Gloss, fuzz and
//! unevenness are our judgement against photographs of swatches.

use super::surface::Weave;
use crate::fabrics::Material;

/// Everything about how a fabric looks; fields as in [`ClothSurface`](super::surface::ClothSurface).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    pub warp_color: [f32; 3],
    pub weft_color: [f32; 3],
    pub weave: Weave,
    pub threads_per_cm: [f32; 2],
    pub perceptual_roughness: f32,
    pub across_roughness: f32,
    pub gloss: f32,
    pub fuzz: f32,
    pub fuzz_color: [f32; 3],
    pub transmission: f32,
    /// Angle of fibres to their thread, radians.
    pub twist_rad: f32,
    pub relief: f32,
    pub unevenness: f32,
}

const UNDYED: [f32; 3] = [0.62, 0.585, 0.52];

const COTTON: Look = Look {
    warp_color: UNDYED,
    weft_color: UNDYED,
    weave: Weave::Plain,
    threads_per_cm: [38.0, 28.0],
    perceptual_roughness: 0.8,
    across_roughness: 1.0,
    gloss: 0.025,
    fuzz: 0.06,
    fuzz_color: [0.8, 0.78, 0.74],
    transmission: 0.16,
    twist_rad: 0.35,
    relief: 1.0,
    unevenness: 0.5,
};
const SILK: Look = Look {
    warp_color: [0.44, 0.31, 0.16],
    weft_color: [0.44, 0.31, 0.16],
    weave: Weave::Plain,
    threads_per_cm: [52.0, 45.0],
    perceptual_roughness: 0.38,
    across_roughness: 0.6,
    gloss: 0.2,
    fuzz: 0.0,
    fuzz_color: [0.8, 0.75, 0.6],
    transmission: 0.25,
    twist_rad: 0.0,
    relief: 0.25,
    unevenness: 0.25,
};
const DENIM: Look = Look {
    warp_color: [0.020, 0.045, 0.135],
    weft_color: [0.36, 0.355, 0.33],
    weave: Weave::Twill { over: 3, under: 1 },
    threads_per_cm: [26.0, 18.0],
    perceptual_roughness: 0.85,
    across_roughness: 1.0,
    gloss: 0.02,
    fuzz: 0.05,
    fuzz_color: [0.2, 0.25, 0.4],
    transmission: 0.0,
    twist_rad: 0.4,
    relief: 1.0,
    unevenness: 0.9,
};
const WOOL: Look = Look {
    warp_color: [0.115, 0.098, 0.08],
    weft_color: [0.085, 0.075, 0.064],
    weave: Weave::Twill { over: 2, under: 2 },
    threads_per_cm: [24.0, 21.0],
    perceptual_roughness: 0.75,
    across_roughness: 1.0,
    gloss: 0.025,
    fuzz: 0.2,
    fuzz_color: [0.3, 0.3, 0.32],
    transmission: 0.02,
    twist_rad: 0.3,
    relief: 0.9,
    unevenness: 0.6,
};
const JERSEY: Look = Look {
    warp_color: [0.30, 0.30, 0.31],
    weft_color: [0.30, 0.30, 0.31],
    weave: Weave::Jersey,
    threads_per_cm: [13.0, 18.0],
    perceptual_roughness: 0.8,
    across_roughness: 1.0,
    gloss: 0.02,
    fuzz: 0.12,
    fuzz_color: [0.6, 0.6, 0.62],
    transmission: 0.1,
    twist_rad: 0.3,
    relief: 1.0,
    unevenness: 0.4,
};
const LEATHER: Look = Look {
    warp_color: [0.095, 0.038, 0.016],
    weft_color: [0.095, 0.038, 0.016],
    weave: Weave::Grain,
    threads_per_cm: [13.0, 13.0],
    perceptual_roughness: 0.45,
    across_roughness: 0.45,
    gloss: 0.05,
    fuzz: 0.0,
    fuzz_color: [0.3, 0.2, 0.13],
    transmission: 0.0,
    twist_rad: 0.0,
    relief: 1.0,
    unevenness: 0.6,
};

/// What a material looks like. A fabric that is given by numbers looks like cotton until told.
pub fn look_of(material: &Material) -> Look {
    match material {
        Material::Cotton | Material::Custom(_) => COTTON,
        Material::Silk => SILK,
        Material::Denim => DENIM,
        Material::Wool => WOOL,
        Material::Jersey => JERSEY,
        Material::Leather => LEATHER,
    }
}
