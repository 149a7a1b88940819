//! From pigments or a colour to what a fibre absorbs, and back.
//!
//! Absorption is per fibre radius. Concentrations of melanin: E. d'Eon et al., "An Energy-Conserving Hair Reflectance Model",
//! 2011. Colour of a mass of hair: M. Chiang et al., "A Practical and Controllable Hair and Fur Model for Production Path
//! Tracing", 2016; both as in the book PBRT.

use bevy::math::Vec3;

use super::settings::{Hair, Melanin};

const EUMELANIN: Vec3 = Vec3::new(0.419, 0.697, 1.37);
const PHEOMELANIN: Vec3 = Vec3::new(0.187, 0.4, 1.05);
/// Azimuthal roughness that the mapping between absorption and colour is taken at.
const ROUGHNESS: f32 = 0.3;
/// Even white hair absorbs a little; with it shading keeps its energy (see `reference.rs`).
pub const LEAST_ABSORPTION: f32 = 0.012;

/// Chiang's polynomial in the azimuthal roughness.
fn slope(b: f32) -> f32 {
    5.969 - 0.215 * b + 2.532 * b * b - 10.73 * b.powi(3) + 5.574 * b.powi(4) + 0.245 * b.powi(5)
}

/// Absorption of fibres with these pigments.
pub fn of_melanin(melanin: &Melanin) -> Vec3 {
    (EUMELANIN * melanin.eumelanin.max(0.0) + PHEOMELANIN * melanin.pheomelanin.max(0.0))
        .max(Vec3::splat(LEAST_ABSORPTION))
}

/// Absorption of fibres whose mass has a colour, linear Rec.709.
pub fn of_colour(colour: Vec3) -> Vec3 {
    let root = colour.clamp(Vec3::splat(1e-4), Vec3::splat(0.999)).map(f32::ln) / slope(ROUGHNESS);
    (root * root).max(Vec3::splat(LEAST_ABSORPTION))
}

/// Colour of a mass of fibres with this absorption, linear Rec.709.
pub fn colour_of(absorption: Vec3) -> Vec3 {
    (absorption.max(Vec3::ZERO).map(f32::sqrt) * -slope(ROUGHNESS)).map(f32::exp)
}

impl Hair {
    /// Absorption of the fibres that have pigment.
    pub fn absorption(&self) -> Vec3 {
        self.melanin.as_ref().map_or_else(|| of_colour(Vec3::from_array(self.colour)), of_melanin)
    }

    /// The same hair with its pigments told as a colour, grey hairs mixed in: what skin takes as the colour of roots.
    pub fn as_coloured(&self) -> Self {
        let own = colour_of(self.absorption());
        let colour = own.lerp(Vec3::splat(0.45), self.grey.clamp(0.0, 1.0));
        Self { colour: colour.to_array(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_and_absorption_are_each_others_inverse() {
        for colour in [[0.035, 0.02, 0.012], [0.3, 0.2, 0.1], [0.005, 0.004, 0.004]] {
            let colour = Vec3::from_array(colour);
            assert!((colour_of(of_colour(colour)) - colour).length() < 1e-5);
        }
    }

    #[test]
    fn more_melanin_is_darker_and_pheomelanin_is_redder() {
        let colour = |eumelanin, pheomelanin| colour_of(of_melanin(&Melanin { eumelanin, pheomelanin }));
        assert!(colour(8.0, 0.0).max_element() < colour(1.3, 0.0).max_element());
        assert!(colour(1.3, 0.0).max_element() < colour(0.3, 0.0).max_element());
        let (brown, red) = (colour(0.3, 0.0), colour(0.0, 0.6));
        assert!(red.x / red.y > brown.x / brown.y);
        // Blond of the book: eumelanin 0.3.
        let blond = colour(0.3, 0.0);
        assert!((0.10..0.16).contains(&blond.x) && blond.y < blond.x && blond.z < blond.y, "{blond}");
    }
}
