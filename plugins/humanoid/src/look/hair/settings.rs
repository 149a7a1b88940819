//! What hair can be told: every field with its unit and range.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hair of the head, brows, lashes and beard. In a shot, what is left out is what the style has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "HairText")]
pub struct Hair {
    /// How it is cut and combed.
    pub style: HairStyle,
    /// Length of the longest hairs along the hair, metres, 0 (shaved) .. 0.6.
    pub length_m: f32,
    /// Linear Rec.709, 0..1: what a thick mass of this hair looks like. Not used where `melanin` is given.
    pub colour: [f32; 3],
    /// The pigments of the fibres, in place of `colour`.
    pub melanin: Option<Melanin>,
    /// Share of hairs without pigment, 0..1.
    pub grey: f32,
    /// Where the hair is parted; styles without a parting do not mind.
    pub part: Parting,
    /// Hairs per area against a full head of hair, 0..1.5.
    pub density: f32,
    /// 0 straight, 0.3 wavy, 0.6 curly .. 1 tight coils.
    pub curl: f32,
    /// How far hairs gather to locks, 0 (each for itself) .. 1 (wet).
    pub clump: f32,
    /// Irregularity of single hairs, 0 (sleek) .. 1.
    pub frizz: f32,
    /// How far the hairline has receded at the temples and the crown has thinned, 0..1.
    pub receding: f32,
    /// Thickness of the brows, 0 (none) .. 2; 1 is natural.
    pub brows: f32,
    /// Length and density of the lashes, 0 (none) .. 2; 1 is natural.
    pub lashes: f32,
    /// Hair of the face.
    pub beard: Beard,
    /// Fine hairs on the backs of the hands, 0 (none) .. 1.
    pub body: f32,
}

/// How hair is cut and combed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum HairStyle {
    /// Shaved: no hair on the scalp, whatever its length says.
    Bald,
    /// Clipped to one length.
    Buzz,
    /// Short, longer on top, brushed forward and aside.
    #[default]
    Crop,
    /// Longer top combed to one side of a parting, short sides.
    SidePart,
    /// Cut in one line at the jaw.
    Bob,
    /// Long and straight.
    Long,
    /// Long and wavy.
    Wavy,
    /// Springy curls.
    Curly,
    /// Tight coils that stand away from the head.
    Coils,
    /// Combed back and tied, the rest hangs from the tie.
    Ponytail,
    /// Combed back and wound up.
    Bun,
}

impl HairStyle {
    /// All styles.
    pub const ALL: [HairStyle; 11] = [
        HairStyle::Bald,
        HairStyle::Buzz,
        HairStyle::Crop,
        HairStyle::SidePart,
        HairStyle::Bob,
        HairStyle::Long,
        HairStyle::Wavy,
        HairStyle::Curly,
        HairStyle::Coils,
        HairStyle::Ponytail,
        HairStyle::Bun,
    ];
}

/// The side of a parting, as the person sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Parting {
    #[default]
    Left,
    Centre,
    Right,
}

/// Pigments of hair. Absorption per fibre radius is 0.419, 0.697, 1.37 per unit of eumelanin plus 0.187, 0.4, 1.05 per unit
/// of pheomelanin (E. d'Eon et al., "An Energy-Conserving Hair Reflectance Model", 2011).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Melanin {
    /// Brown to black pigment, 0..8: 0.3 blond, 1.3 brown, 8 black.
    pub eumelanin: f32,
    /// Red pigment, 0..8.
    pub pheomelanin: f32,
}

impl Default for Melanin {
    fn default() -> Self {
        Self { eumelanin: 1.3, pheomelanin: 0.0 }
    }
}

/// Hair of the face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Beard {
    pub style: BeardStyle,
    /// Metres, 0..0.06.
    pub length_m: f32,
}

impl Default for Beard {
    fn default() -> Self {
        Self { style: BeardStyle::None, length_m: 0.012 }
    }
}

/// Where hair grows on the face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum BeardStyle {
    #[default]
    None,
    /// Everywhere, at most a millimetre and a half long.
    Stubble,
    Moustache,
    /// Moustache and chin.
    Goatee,
    Full,
}

impl Default for Hair {
    fn default() -> Self {
        Self::styled(HairStyle::default())
    }
}

/// Length, curl, clump and frizz of a style.
const fn character(style: HairStyle) -> [f32; 4] {
    match style {
        HairStyle::Bald => [0.0, 0.0, 0.3, 0.2],
        HairStyle::Buzz => [0.007, 0.0, 0.0, 0.2],
        HairStyle::Crop => [0.035, 0.08, 0.45, 0.25],
        HairStyle::SidePart => [0.075, 0.08, 0.45, 0.15],
        HairStyle::Bob => [0.30, 0.04, 0.40, 0.12],
        HairStyle::Long => [0.46, 0.06, 0.45, 0.15],
        HairStyle::Wavy => [0.42, 0.34, 0.60, 0.18],
        HairStyle::Curly => [0.24, 0.56, 0.75, 0.35],
        HairStyle::Coils => [0.10, 0.95, 0.55, 0.50],
        HairStyle::Ponytail => [0.42, 0.12, 0.45, 0.15],
        HairStyle::Bun => [0.42, 0.05, 0.35, 0.15],
    }
}

impl Hair {
    /// Dark brown hair of a style, with the length, curl, clump and frizz that go with it.
    pub const fn styled(style: HairStyle) -> Self {
        let [length_m, curl, clump, frizz] = character(style);
        Self {
            style,
            length_m,
            colour: [0.035, 0.02, 0.012],
            melanin: None,
            grey: 0.0,
            part: Parting::Left,
            density: 1.0,
            curl,
            clump,
            frizz,
            receding: 0.0,
            brows: 1.0,
            lashes: 1.0,
            beard: Beard { style: BeardStyle::None, length_m: 0.012 },
            body: 0.35,
        }
    }

    /// Whether anything grows on the scalp. Written so that no number is no hair.
    pub fn has_scalp_hair(&self) -> bool {
        self.style != HairStyle::Bald && self.length_m > 0.0 && self.density > 0.0
    }
}

/// How hair is written: what is left out is the style's.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename = "Hair")]
#[derive(Default)]
struct HairText {
    style: HairStyle,
    length_m: Option<f32>,
    colour: Option<[f32; 3]>,
    melanin: Option<Melanin>,
    grey: Option<f32>,
    part: Option<Parting>,
    density: Option<f32>,
    curl: Option<f32>,
    clump: Option<f32>,
    frizz: Option<f32>,
    receding: Option<f32>,
    brows: Option<f32>,
    lashes: Option<f32>,
    beard: Option<Beard>,
    body: Option<f32>,
}

impl From<HairText> for Hair {
    fn from(text: HairText) -> Self {
        let own = Self::styled(text.style);
        Self {
            style: text.style,
            length_m: text.length_m.unwrap_or(own.length_m),
            colour: text.colour.unwrap_or(own.colour),
            melanin: text.melanin,
            grey: text.grey.unwrap_or(own.grey),
            part: text.part.unwrap_or(own.part),
            density: text.density.unwrap_or(own.density),
            curl: text.curl.unwrap_or(own.curl),
            clump: text.clump.unwrap_or(own.clump),
            frizz: text.frizz.unwrap_or(own.frizz),
            receding: text.receding.unwrap_or(own.receding),
            brows: text.brows.unwrap_or(own.brows),
            lashes: text.lashes.unwrap_or(own.lashes),
            beard: text.beard.unwrap_or(own.beard),
            body: text.body.unwrap_or(own.body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_styles_and_what_is_written_stays() {
        let long: Hair = serde_json::from_str(r#"{"style": "Long", "frizz": 0.7}"#).unwrap();
        assert_eq!(long, Hair { frizz: 0.7, ..Hair::styled(HairStyle::Long) });
        let again: Hair = serde_json::from_str(&serde_json::to_string(&long).unwrap()).unwrap();
        assert_eq!(again, long);
        assert!(serde_json::from_str::<Hair>(r#"{"lenght_m": 0.1}"#).is_err());
    }

    #[test]
    fn no_number_is_no_hair() {
        assert!(!Hair { length_m: f32::NAN, ..Hair::default() }.has_scalp_hair());
        assert!(!Hair::styled(HairStyle::Bald).has_scalp_hair());
        assert!(Hair::default().has_scalp_hair());
    }
}
