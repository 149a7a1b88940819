//! The colour of skin from its pigments: an epidermis with melanin over a deep dermis with blood, wavelength by
//! wavelength, to linear Rec.709 under D65.
//!
//! * Spectra and scattering: [`super::spectra`], all published.
//! * Dermis: reflectance of a deep, isotropically scattering medium after van de Hulst, "Multiple Light Scattering"
//!   (1980); [`deep_reflectance`]. Blood sits in vessels, which shade their own inside: the correction of Svaasand et
//!   al. as stated by van Veen et al. (2002), (1 - exp(-2 mu r)) / (2 mu r).
//! * Epidermis: a Kubelka-Munk layer with K = 2 mu_a, S = 3/4 mu_s' - 1/4 mu_a (Star et al. 1988).
//! * Surface: light reflected back into the skin after Egan and Hilgeman, as in Jensen et al. 2001, for index 1.4. The
//!   gloss itself, 2.8 % at normal incidence, is not part of the albedo.
//!
//! Three numbers are ours, set by the International Skin Spectra Archive (Lu et al. 2025, Scientific Data, doi
//! 10.1038/s41597-025-04857-5; 15,256 spectra): the sizes of vessels and melanin clusters and the horny layer's own
//! reflectance. With them and all else as published, the mean colours of its faces in steps of L* 4 are met within
//! about 1 in L*, a* and b*, by melanin fractions of 0.018 (L* 70) to 0.37 (L* 26): the range that Jacques 1998 states.

use std::sync::LazyLock;

use bevy::math::{Vec2, Vec3};

use super::spectra::{
    self, COUNT, blood_per_mm, bloodless_per_mm, carotene_per_mm, melanosome_per_mm, reduced_scattering_per_mm,
    wavelength_nm,
};

/// Refractive index of skin against air, for what the surface reflects back into the skin.
pub const SKIN_INDEX: f32 = 1.4;
/// The largest melanin fraction of the table and of [`lut_coordinates`].
pub const MOST_MELANIN: f32 = 0.5;
/// The largest blood fraction of the table and of [`lut_coordinates`].
pub const MOST_HAEMOGLOBIN: f32 = 0.1;
/// Radius of the vessels that hold most of the blood of the upper dermis, mm: capillaries.
const VESSEL_RADIUS_MM: f32 = 0.005;
/// Radius of the caps and clusters in which melanosomes lie, mm. They shade their inside as vessels do.
const CLUSTER_RADIUS_MM: f32 = 0.0015;
/// What the horny layer, which lies above the melanin, scatters back at all wavelengths: the floor of 4.5 % that the
/// darkest measured skin shows less the gloss of [`SKIN_INDEX`].
const HORNY_LAYER: f32 = 0.017;

/// What colours a point of skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pigments {
    /// Volume fraction of melanosomes in the epidermis: 0.01 very pale, 0.13 brown, 0.4 the darkest. Range 0..=0.5.
    pub melanin: f32,
    /// Volume fraction of blood in the dermis: 0.005 pallor, 0.02 usual, 0.06 a blush. Range 0..=0.1.
    pub haemoglobin: f32,
    /// Share of the haemoglobin that carries oxygen: 0.85 usual, 0.5 cyanosis. Range 0..=1.
    pub oxygenation: f32,
    /// Share of dark melanin, the rest is the red kind: 1 usual, less with red hair. Range 0..=1.
    pub eumelanin: f32,
    /// Thickness of the epidermis, mm: 0.06, the thickness for which Jacques states melanin fractions; palms 0.4.
    pub epidermis_mm: f32,
    /// Carotenoids, g/l of skin: 2.1e-4 is the mean of Hata et al. 2000. Range 0..=0.01; more is yellower.
    pub carotene_g_per_l: f32,
}

impl Default for Pigments {
    fn default() -> Self {
        Self {
            melanin: 0.03,
            haemoglobin: 0.02,
            oxygenation: 0.85,
            eumelanin: 1.0,
            epidermis_mm: 0.06,
            carotene_g_per_l: 2.1e-4,
        }
    }
}

impl Pigments {
    /// The pigments inside of the ranges in which the model holds; NaN becomes the lower end.
    fn in_range(self) -> Self {
        let within = |value: f32, low: f32, high: f32| if value > low { value.min(high) } else { low };
        Self {
            melanin: within(self.melanin, 0.0, MOST_MELANIN),
            haemoglobin: within(self.haemoglobin, 0.0, MOST_HAEMOGLOBIN),
            oxygenation: within(self.oxygenation, 0.0, 1.0),
            eumelanin: within(self.eumelanin, 0.0, 1.0),
            epidermis_mm: within(self.epidermis_mm, 0.0, 2.0),
            carotene_g_per_l: within(self.carotene_g_per_l, 0.0, 0.01),
        }
    }
}

/// How skin with some pigments scatters light, for red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkinOptics {
    /// Diffuse albedo, linear Rec.709, without gloss, 0..1.
    pub albedo: Vec3,
    /// Albedo that the dermis alone would have behind an index-matched surface, 0..1: it sets the shape of the
    /// scattering profile, while melanin, which lies above, only tints what goes in and out.
    pub dermis_albedo: Vec3,
    /// Reduced scattering of the dermis, 1/mm.
    pub scattering_per_mm: Vec3,
    /// Absorption of the dermis, 1/mm, such that [`deep_reflectance`] is `dermis_albedo`.
    pub absorption_per_mm: Vec3,
}

impl SkinOptics {
    /// Mean free path of the equivalent isotropic random walk in the dermis, mm.
    pub fn mean_free_path_mm(&self) -> Vec3 {
        (self.scattering_per_mm + self.absorption_per_mm).recip()
    }
}

/// Diffuse reflectance of a deep, index-matched medium that scatters isotropically with this single-scattering albedo
/// (van de Hulst 1980). Within 0.002 of the random walk, see `fixtures/sss_reference.json`.
pub fn deep_reflectance(single_scattering_albedo: f32) -> f32 {
    let s = (1.0 - single_scattering_albedo).clamp(0.0, 1.0).sqrt();
    (1.0 - s) * (1.0 - 0.139 * s) / (1.0 + 1.17 * s)
}

/// The inverse of [`deep_reflectance`]: the single-scattering albedo by which a deep medium has a diffuse albedo.
pub fn single_scattering_albedo(diffuse_albedo: f32) -> f32 {
    // (1 - s)(1 - 0.139 s) = R (1 + 1.17 s) is quadratic in s.
    let r = diffuse_albedo.clamp(0.0, 1.0);
    let (a, b, c) = (0.139, -(1.139 + 1.17 * r), 1.0 - r);
    let s = 2.0 * c / (-b + (b * b - 4.0 * a * c).max(0.0).sqrt());
    1.0 - s * s
}

/// Share of diffuse light that the surface sends back into the skin (Egan and Hilgeman 1973, as in Jensen et al. 2001).
pub fn internal_reflection(index: f32) -> f32 {
    -1.440 / (index * index) + 0.710 / index + 0.668 + 0.0636 * index
}

/// A layer as two fluxes see it: what it reflects and what it lets through.
#[derive(Clone, Copy)]
struct Layer {
    reflected: f32,
    passed: f32,
}

/// Absorption of a pigment that lies in bodies of a radius, which shade their own inside.
fn in_bodies(absorption_per_mm: f32, radius_mm: f32) -> f32 {
    let depth = 2.0 * absorption_per_mm * radius_mm;
    if depth > 1e-4 { absorption_per_mm * (1.0 - (-depth).exp()) / depth } else { absorption_per_mm }
}

fn epidermis(pigments: &Pigments, nm: f32) -> Layer {
    let absorption = pigments.melanin * in_bodies(melanosome_per_mm(nm, pigments.eumelanin), CLUSTER_RADIUS_MM)
        + (1.0 - pigments.melanin) * bloodless_per_mm(nm)
        + carotene_per_mm(nm, pigments.carotene_g_per_l);
    let k = 2.0 * absorption;
    let s = (0.75 * reduced_scattering_per_mm(nm) - 0.25 * absorption).max(0.0);
    let decay = (k * (k + 2.0 * s)).sqrt();
    let depth = (decay * pigments.epidermis_mm).min(40.0);
    let below = (k + s) * depth.tanh() + decay;
    Layer { reflected: s * depth.tanh() / below, passed: decay / (below * depth.cosh()) }
}

/// Absorption of the dermis, 1/mm.
fn dermis_absorption(pigments: &Pigments, index: usize) -> f32 {
    let nm = wavelength_nm(index);
    pigments.haemoglobin * in_bodies(blood_per_mm(index, pigments.oxygenation), VESSEL_RADIUS_MM)
        + (1.0 - pigments.haemoglobin) * bloodless_per_mm(nm)
        + carotene_per_mm(nm, pigments.carotene_g_per_l)
}

/// Diffuse reflectance of dermis under epidermis under the surface.
fn under_the_surface(above: Layer, dermis: f32) -> f32 {
    let layers = above.reflected + above.passed * above.passed * dermis / (1.0 - above.reflected * dermis);
    let inside = internal_reflection(SKIN_INDEX);
    let gloss = ((SKIN_INDEX - 1.0) / (SKIN_INDEX + 1.0)).powi(2);
    HORNY_LAYER + (1.0 - gloss) * (1.0 - inside) * layers / (1.0 - inside * layers)
}

/// Diffuse reflectance of skin at each of the wavelengths of [`wavelength_nm`], without gloss, 0..1.
pub fn reflectance_spectrum(pigments: &Pigments) -> Vec<f32> {
    let pigments = pigments.in_range();
    (0..COUNT)
        .map(|i| {
            let nm = wavelength_nm(i);
            let scattering = reduced_scattering_per_mm(nm);
            let dermis = deep_reflectance(scattering / (scattering + dermis_absorption(&pigments, i)));
            under_the_surface(epidermis(&pigments, nm), dermis)
        })
        .collect()
}

static WEIGHTS: LazyLock<Vec<Vec3>> = LazyLock::new(spectra::rec709_weights);

/// Albedo and scattering of skin.
pub fn skin_optics(pigments: &Pigments) -> SkinOptics {
    let pigments = pigments.in_range();
    let mut albedo = Vec3::ZERO;
    let (mut seen, mut dermis_seen, mut scattering_seen) = (Vec3::ZERO, Vec3::ZERO, Vec3::ZERO);
    for (i, weight) in WEIGHTS.iter().enumerate() {
        let nm = wavelength_nm(i);
        let scattering = reduced_scattering_per_mm(nm);
        let dermis = deep_reflectance(scattering / (scattering + dermis_absorption(&pigments, i)));
        let reflected = under_the_surface(epidermis(&pigments, nm), dermis);
        albedo += *weight * reflected;
        // A channel sees scattering where it sees light; its negative lobes are a matter of colour, not of depth.
        let share = weight.max(Vec3::ZERO) * reflected;
        seen += share;
        dermis_seen += share * dermis;
        scattering_seen += share * scattering;
    }
    let dermis_albedo = dermis_seen / seen;
    let scattering_per_mm = scattering_seen / seen;
    let single = dermis_albedo.map(single_scattering_albedo);
    SkinOptics {
        albedo: albedo.clamp(Vec3::ZERO, Vec3::ONE),
        dermis_albedo,
        scattering_per_mm,
        absorption_per_mm: scattering_per_mm * (Vec3::ONE - single) / single,
    }
}

/// Diffuse albedo of skin, linear Rec.709, from melanin and blood fractions; everything else as usual.
pub fn skin_albedo(melanin: f32, haemoglobin: f32) -> Vec3 {
    skin_optics(&Pigments { melanin, haemoglobin, ..Pigments::default() }).albedo
}

/// A square table of skin for a texture: melanin runs along x, blood along y, both by their square roots, since that
/// is how evenly they show; see [`lut_coordinates`].
#[derive(Clone, Debug)]
pub struct SkinTable {
    /// Width and height, texels.
    pub size: usize,
    /// Row by row: `albedo`, then nothing.
    pub albedo: Vec<[f32; 4]>,
    /// Row by row: `dermis_albedo`, then nothing.
    pub dermis_albedo: Vec<[f32; 4]>,
    /// Row by row: mean free path, mm, then nothing.
    pub mean_free_path_mm: Vec<[f32; 4]>,
}

impl SkinTable {
    /// Computes a table of `size` texels a side around some pigments; melanin and blood are the table's.
    pub fn new(size: usize, pigments: &Pigments) -> Self {
        let at = |texel: usize, most: f32| most * (texel as f32 / size.saturating_sub(1).max(1) as f32).powi(2);
        let mut table = Self { size, albedo: Vec::new(), dermis_albedo: Vec::new(), mean_free_path_mm: Vec::new() };
        for y in 0..size {
            for x in 0..size {
                let (melanin, haemoglobin) = (at(x, MOST_MELANIN), at(y, MOST_HAEMOGLOBIN));
                let optics = skin_optics(&Pigments { melanin, haemoglobin, ..*pigments });
                table.albedo.push(optics.albedo.extend(1.0).to_array());
                table.dermis_albedo.push(optics.dermis_albedo.extend(1.0).to_array());
                table.mean_free_path_mm.push(optics.mean_free_path_mm().extend(1.0).to_array());
            }
        }
        table
    }
}

/// Texture coordinates of melanin and blood fractions in a [`SkinTable`] of `size` texels a side, 0..1.
pub fn lut_coordinates(melanin: f32, haemoglobin: f32, size: usize) -> Vec2 {
    let shares = Vec2::new(melanin / MOST_MELANIN, haemoglobin / MOST_HAEMOGLOBIN).clamp(Vec2::ZERO, Vec2::ONE);
    let texels = shares.map(f32::sqrt) * size.saturating_sub(1) as f32;
    (texels + 0.5) / size.max(1) as f32
}

#[cfg(test)]
#[path = "spectrum_tests.rs"]
mod tests;
