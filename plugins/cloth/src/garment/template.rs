//! Garments by a few numbers, drafted from the measurements of whoever wears them. The drafts are our wording of blocks of
//! FreeSewing (MIT: Brian, Teagan, Sandy) and GarmentCode (MIT).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bodice;
use super::draft::{Drafted, fan, stitch};
use super::error::GarmentError;
use super::measure::Measurements;
use super::pattern::{Around, Pattern};
use super::scarf;
use super::trousers;

/// What cloth keeps off the skin, metres: drafted girths grow by its full turn.
pub(crate) const OFF_SKIN_M: f64 = 0.003;
/// How much a girth grows by it.
pub(crate) const AROUND_M: f64 = std::f64::consts::TAU * OFF_SKIN_M;

/// What is worn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Cutting {
    /// A T-shirt with set-in sleeves.
    TShirt(TShirt),
    /// A skirt of two panels.
    Skirt(Skirt),
    /// A bodice with a skirt at the waist.
    Dress(Dress),
    /// Trousers.
    Trousers(Trousers),
    /// A cape about the shoulders, closed at the neck.
    Cape(Cape),
    /// A scarf about the neck, its ends hanging in front.
    Scarf(Scarf),
    /// A loop about the neck that falls into folds.
    Cowl(Cowl),
    /// Piece by piece.
    Pieces(Pattern),
}

/// Sleeves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Sleeve {
    /// None.
    None,
    /// To the middle of the upper arm.
    #[default]
    Short,
    /// To the wrist.
    Long,
}

/// A T-shirt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TShirt {
    /// How much wider than the chest it is: 0.12 is usual, 0.05 close, 0.25 loose.
    #[schemars(range(min = 0.02, max = 0.6))]
    pub ease: f64,
    /// Length below the waist as a share of the way from the waist to the crotch.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub length: f64,
    /// The sleeves.
    pub sleeve: Sleeve,
    /// Depth of the neckline in front as a share of the way from the shoulder to the waist.
    #[schemars(range(min = 0.1, max = 0.6))]
    pub neckline: f64,
}

impl Default for TShirt {
    fn default() -> Self {
        Self { ease: 0.12, length: 0.75, sleeve: Sleeve::Short, neckline: 0.25 }
    }
}

/// A skirt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Skirt {
    /// Length as a share of the way from the waist to the floor: 0.55 covers the knees.
    #[schemars(range(min = 0.15, max = 0.98))]
    pub length: f64,
    /// How much of a full circle it is cut from: 0.25 an A-line, 1 a circle skirt. What the hips need it has in any case.
    #[schemars(range(min = 0.05, max = 1.0))]
    pub circle: f64,
    /// How much wider than the waist its top is; it is held there.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub ease: f64,
}

impl Default for Skirt {
    fn default() -> Self {
        Self { length: 0.55, circle: 0.4, ease: 0.02 }
    }
}

/// A dress.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dress {
    /// How much wider than the chest the bodice is.
    #[schemars(range(min = 0.02, max = 0.6))]
    pub ease: f64,
    /// How much wider than the waist it is there.
    #[schemars(range(min = 0.02, max = 0.6))]
    pub waist_ease: f64,
    /// The sleeves.
    pub sleeve: Sleeve,
    /// Depth of the neckline in front as a share of the way from the shoulder to the waist.
    #[schemars(range(min = 0.1, max = 0.6))]
    pub neckline: f64,
    /// Length of the skirt as a share of the way from the waist to the floor.
    #[schemars(range(min = 0.15, max = 0.98))]
    pub length: f64,
    /// How much of a full circle the skirt is cut from.
    #[schemars(range(min = 0.05, max = 1.0))]
    pub circle: f64,
    /// How many times as wide as the bodice the skirt is where they meet.
    #[schemars(range(min = 1.0, max = 2.0))]
    pub gathers: f64,
}

impl Default for Dress {
    fn default() -> Self {
        Self {
            ease: 0.08,
            waist_ease: 0.08,
            sleeve: Sleeve::None,
            neckline: 0.3,
            length: 0.55,
            circle: 0.6,
            gathers: 1.0,
        }
    }
}

/// Trousers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trousers {
    /// How much wider than the seat they are.
    #[schemars(range(min = 0.02, max = 0.6))]
    pub ease: f64,
    /// Length as a share of the way from the waist to the floor: 0.95 reaches the ankles, 0.5 is shorts.
    #[schemars(range(min = 0.35, max = 0.98))]
    pub length: f64,
    /// How wide the hem of a leg is, as a multiple of the girth of the knee.
    #[schemars(range(min = 1.0, max = 3.0))]
    pub hem: f64,
}

impl Default for Trousers {
    fn default() -> Self {
        Self { ease: 0.1, length: 0.93, hem: 1.15 }
    }
}

/// A cape.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cape {
    /// Length as a share of the way from the shoulder to the floor.
    #[schemars(range(min = 0.1, max = 0.95))]
    pub length: f64,
    /// How much of a full circle it is.
    #[schemars(range(min = 0.4, max = 0.95))]
    pub circle: f64,
    /// How much wider than the neck its collar is.
    #[schemars(range(min = 0.02, max = 1.0))]
    pub ease: f64,
}

impl Default for Cape {
    fn default() -> Self {
        Self { length: 0.5, circle: 0.75, ease: 0.25 }
    }
}

/// A scarf. Shares are of the way from the shoulder to the waist, about 0.4 m.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scarf {
    /// Length of the ends, as a share.
    #[schemars(range(min = 0.2, max = 2.0))]
    pub length: f64,
    /// Width of the ends, as a share.
    #[schemars(range(min = 0.15, max = 0.5))]
    pub width: f64,
    /// Height of the loop about the neck, as a share.
    #[schemars(range(min = 0.1, max = 0.35))]
    pub height: f64,
    /// How much wider than the neck the loop is.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub ease: f64,
}

impl Default for Scarf {
    fn default() -> Self {
        Self { length: 1.1, width: 0.35, height: 0.22, ease: 0.35 }
    }
}

/// A cowl: a tube of cloth about the neck, taller than the neck, so that it falls into folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cowl {
    /// Height before it falls, as a share of the way from the shoulder to the waist, about 0.4 m.
    #[schemars(range(min = 0.2, max = 0.75))]
    pub height: f64,
    /// How much wider than the neck it is.
    #[schemars(range(min = 0.3, max = 1.1))]
    pub ease: f64,
}

impl Default for Cowl {
    fn default() -> Self {
        Self { height: 0.55, ease: 0.8 }
    }
}

impl Cutting {
    /// The pieces and seams for a body.
    ///
    /// # Errors
    /// [`GarmentError::TooTight`] where the garment would be smaller than the body.
    pub fn pattern(&self, body: &Measurements) -> Result<Pattern, GarmentError> {
        match self {
            Self::TShirt(shirt) => {
                let level = body.waist_y_m - body.crotch_y_m;
                let cut = bodice::Cut {
                    ease: shirt.ease,
                    neckline: shirt.neckline,
                    sleeve: shirt.sleeve,
                    below_waist_m: shirt.length * level,
                    low_girth_m: body
                        .waist_m
                        .max(body.seat_m * (level * shirt.length / (body.waist_y_m - body.seat_y_m)).min(1.0)),
                    low_ease: shirt.ease,
                };
                Ok(bodice::draft(&cut, body)?.0)
            }
            Self::Skirt(skirt) => {
                let top_m = body.waist_m * (1.0 + skirt.ease) + AROUND_M;
                let panels = panels(body, top_m, skirt.circle, skirt.length)?;
                let held = panels.iter().flat_map(|panel| panel.edges('r', "top")).collect();
                let mut pattern = Pattern { held, ..Pattern::default() };
                join(&mut pattern, panels, Vec::new(), 1.0);
                Ok(pattern)
            }
            Self::Dress(dress) => {
                let cut = bodice::Cut {
                    ease: dress.ease,
                    neckline: dress.neckline,
                    sleeve: dress.sleeve,
                    below_waist_m: 0.0,
                    low_girth_m: body.waist_m,
                    low_ease: dress.waist_ease,
                };
                let (mut pattern, hems) = bodice::draft(&cut, body)?;
                let top_m = (body.waist_m * (1.0 + dress.waist_ease) + AROUND_M) * dress.gathers;
                let mut panels = panels(body, top_m, dress.circle, dress.length)?;
                for panel in &mut panels {
                    // Below the bodice, so that the two do not touch before they are sewn.
                    panel.piece.place.raise_m = -0.012;
                }
                join(&mut pattern, panels, hems, dress.gathers);
                Ok(pattern)
            }
            Self::Trousers(cut) => trousers::draft(cut, body),
            Self::Cape(cape) => {
                let collar_m = body.neck_m * (1.0 + cape.ease) + AROUND_M;
                let length_m = (body.shoulder_y_m - body.floor_y_m) * cape.length;
                let angle = cape.circle * std::f64::consts::TAU;
                let panel = fan("cape", collar_m, angle, length_m, Around::Neck, 0.5, 0.03);
                // The ends of the collar lie at two corners; a button holds them.
                let mut pattern = Pattern::default();
                pattern.buttons.push([panel.edges('r', "top")[0].clone(), panel.edges('r', "left")[0].clone()]);
                pattern.pieces.push(panel.piece);
                Ok(pattern)
            }
            Self::Scarf(scarf) => scarf::draft(scarf, body),
            Self::Cowl(cowl) => Ok(scarf::cowl(cowl, body)),
            Self::Pieces(pattern) => Ok(pattern.clone()),
        }
    }

    /// How far the legs are apart for its fitting, degrees each.
    pub fn legs_deg(&self) -> f32 {
        if matches!(self, Self::Trousers(_)) { 15.0 } else { 2.0 }
    }
}

/// Front and back of a skirt.
fn panels(body: &Measurements, top_m: f64, circle: f64, length: f64) -> Result<[Drafted; 2], GarmentError> {
    let length_m = (body.waist_y_m - body.floor_y_m) * length;
    let to_seat_m = (body.waist_y_m - body.seat_y_m).max(0.05);
    // Over the seat it needs this angle at least.
    let needed = (body.seat_m * 1.05 + AROUND_M - top_m) / to_seat_m;
    let angle = (circle * std::f64::consts::TAU).max(needed).max(0.3);
    if angle > std::f64::consts::TAU {
        let garment_m = top_m + std::f64::consts::TAU * to_seat_m;
        return Err(GarmentError::TooTight { place: "seat", garment_m, body_m: body.seat_m });
    }
    let panel = |id, turn| fan(id, 0.5 * top_m, 0.5 * angle, length_m, Around::Trunk, turn, 0.0);
    Ok([panel("skirt front", 0.0), panel("skirt back", 0.5)])
}

/// Sews the panels to each other and to what is above them.
fn join(pattern: &mut Pattern, panels: [Drafted; 2], hems: Vec<Vec<super::pattern::EdgeName>>, gathers: f64) {
    let [front, back] = &panels;
    // The front's right is the person's left, which is the back's left.
    pattern.seams.push(stitch(front.edges('r', "right"), back.edges('r', "left"), 1.0));
    pattern.seams.push(stitch(back.edges('r', "right"), front.edges('r', "left"), 1.0));
    for (panel, hem) in panels.iter().zip(hems) {
        pattern.seams.push(stitch(panel.edges('r', "top"), hem, gathers));
    }
    pattern.pieces.extend(panels.map(|panel| panel.piece));
}
