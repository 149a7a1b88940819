//! How a cloth looks, as a shot says it.

use kinema_core::PartReport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::presets::{Look, look_of};
use crate::fabrics::Material;

/// How a cloth looks. What is left out is as its material is: cotton, silk, denim, wool, jersey and leather each have an own weave, threads and shine.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClothSurface {
    /// Linear Rec.709, 0..1 each: of the warp; of a knit's yarn; of leather.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub base_color: Option<[f32; 3]>,
    /// Linear Rec.709, 0..1 each: of the weft. Left out, it is white for denim and, where `base_color` is given, the warp's for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub weft_color: Option<[f32; 3]>,
    /// How threads cross.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weave: Option<Weave>,
    /// Threads in a centimetre: of the warp, counted across, and of the weft, counted along. Wales and courses of a knit, cells of the grain of leather.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.5, max = 200.0)))]
    pub threads_per_cm: Option<[f32; 2]>,
    /// Along threads, 0 smooth .. 1 rough: cotton and wool lie above 0.7, silk near 0.4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub perceptual_roughness: Option<f32>,
    /// Across threads, 0 smooth .. 1 rough: 1 are round threads, less are flat ones, which shine like a sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub across_roughness: Option<f32>,
    /// Share of light that threads mirror at right angles, 0..0.5: cotton 0.02, silk 0.2, lurex 0.4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 0.5))]
    pub gloss: Option<f32>,
    /// Stray fibres above the threads: the optical depth of their layer, 0..2. 0.05 shows at the outline only, 0.4 is a blanket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub fuzz: Option<f32>,
    /// Linear Rec.709, 0..1 each, of light that one stray fibre scatters. Left out, the warp's, lighter, as thin fibres are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub fuzz_color: Option<[f32; 3]>,
    /// Share of the light that comes through, 0..1: silk near 0.3, denim 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transmission: Option<f32>,
    /// How far threads or grain stand out, 0..2; 1 as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub relief: Option<f32>,
    /// How much threads differ in shade, and the cloth waves, 0..2: spun yarn 0.5, filament 0.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub unevenness: Option<f32>,
}

/// How threads cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Weave {
    /// Over one, under one.
    Plain,
    /// The warp passes over some picks and under some, one further at each end: lines run diagonally.
    Twill {
        /// Picks that the warp lies over: 3 of denim.
        #[schemars(range(min = 1, max = 12))]
        over: u8,
        /// Picks that the warp lies under: 1 of denim.
        #[schemars(range(min = 1, max = 12))]
        under: u8,
    },
    /// The warp lies over all picks but one; where it dives is scattered, so that it shines.
    Satin {
        /// Ends in the repeat: 5, or 7 to 16.
        #[schemars(range(min = 5, max = 16))]
        shafts: u8,
    },
    /// Single knit: columns of V outside, rows of arcs inside.
    Jersey,
    /// Cells with creases, as of leather.
    Grain,
    /// No threads are seen: rubber, foil, felt.
    Flat,
}

impl Weave {
    /// The least step from one end to the next that spreads a satin's dives, 2 or more and with no factor in common with
    /// the repeat nor its twin; none where there is none.
    pub fn satin_step(shafts: u8) -> Option<u8> {
        (2..shafts.saturating_sub(1)).find(|step| common_factor(*step, shafts) == 1)
    }
}

fn common_factor(a: u8, b: u8) -> u8 {
    if b == 0 { a } else { common_factor(b, a % b) }
}

impl ClothSurface {
    /// With what the material says where this is silent.
    pub fn look(&self, material: &Material) -> Look {
        let preset = look_of(material);
        let warp = self.base_color.unwrap_or(preset.warp_color);
        // Denim's weft is not dyed.
        let keeps_weft = self.base_color.is_none() || matches!(material, Material::Denim);
        let weft = if keeps_weft { preset.weft_color } else { warp };
        // A fibre alone absorbs less than a cloth, in which light meets many: the root is near the albedo of one fibre.
        let fuzz_color = self.fuzz_color.unwrap_or(warp.map(f32::sqrt));
        Look {
            warp_color: warp,
            weft_color: self.weft_color.unwrap_or(weft),
            weave: self.weave.unwrap_or(preset.weave),
            threads_per_cm: self.threads_per_cm.unwrap_or(preset.threads_per_cm),
            perceptual_roughness: self.perceptual_roughness.unwrap_or(preset.perceptual_roughness),
            across_roughness: self.across_roughness.unwrap_or(preset.across_roughness),
            gloss: self.gloss.unwrap_or(preset.gloss),
            fuzz: self.fuzz.unwrap_or(preset.fuzz),
            fuzz_color,
            transmission: self.transmission.unwrap_or(preset.transmission),
            twist_rad: preset.twist_rad,
            relief: self.relief.unwrap_or(preset.relief),
            unevenness: self.unevenness.unwrap_or(preset.unevenness),
        }
    }

    /// What ranges cannot say.
    pub fn check(&self, report: &mut PartReport<'_>) {
        if let Some(Weave::Satin { shafts }) = self.weave
            && Weave::satin_step(shafts).is_none()
        {
            report.error("surface.weave", format!("no satin has {shafts} shafts"), "use 5, 7, 8 or more");
        }
    }
}
