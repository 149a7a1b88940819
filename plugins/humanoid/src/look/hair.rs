//! Hair as strands: guides grown from the scalp, children between them gathered to locks, curled and frayed, and how much
//! light reaches each point of the whole. Pure geometry, a function of the settings and of the person's shape.
//!
//! | file | what |
//! |---|---|
//! | `settings.rs` | what can be told |
//! | `style.rs`, `scalp.rs` | lengths, combing and hairline of the styles, on the template |
//! | `skull.rs` | what strands must not enter |
//! | `growth.rs`, `strands.rs` | guides and their children |
//! | `volume.rs` | occlusion and normals of the mass of hair |
//! | `fibres.rs` | strands as ribbons for the GPU |
//! | `rooted.rs`, `brows.rs`, `lashes.rs`, `beard.rs` | short hairs that follow the face |

pub mod beard;
pub mod brows;
pub mod fibres;
pub mod growth;
pub mod lashes;
pub mod pigment;
pub mod rooted;
pub mod scalp;
pub mod settings;
pub mod skull;
pub mod strands;
pub mod style;
pub mod volume;

use bevy::math::Vec3;

use super::skin::LEFT_EYE;
use fibres::Strands;
use settings::Hair;
use skull::{Column, Skull};

/// The surface that hair grows on: drawn vertices of the head on the template and at rest for this person, and how much of
/// each is ear (0..1).
#[derive(Clone, Copy, Debug)]
pub struct ScalpMesh<'a> {
    pub indices: &'a [u32],
    pub template: &'a [Vec3],
    pub positions: &'a [Vec3],
    pub normals: &'a [Vec3],
    pub ears: &'a [f32],
}

/// What hair grows against.
#[derive(Clone, Debug, Default)]
pub struct Head {
    pub skull: Skull,
    /// The box of the scalp on the template and of the person's: they map to each other axis by axis.
    template: [Vec3; 2],
    person: [Vec3; 2],
}

impl Head {
    /// From the scalp and further surfaces (position and normal) such as the shoulders, all in one space.
    pub fn new(scalp: &ScalpMesh<'_>, others: &[(Vec3, Vec3)]) -> Self {
        let bounds = |points: &mut dyn Iterator<Item = Vec3>| {
            points.fold([Vec3::MAX, Vec3::MIN], |[low, high], p| [low.min(p), high.max(p)])
        };
        let above = |p: &Vec3| p.y > LEFT_EYE.y - 0.02;
        let template = bounds(&mut scalp.template.iter().copied().filter(above));
        let pairs = scalp.template.iter().zip(scalp.positions).filter(|(place, _)| above(place));
        let person = bounds(&mut pairs.map(|(_, p)| *p));
        let mut head = Self { template, person, ..Self::default() };
        let scale = head.scale();
        let top = person[1];
        let (low, high) = (top - Vec3::new(0.55, 0.75, 0.55) * scale, top + Vec3::new(0.40, 0.06, 0.40) * scale);
        let middle = head.from_template(Vec3::new(0.0, LEFT_EYE.y, 0.06));
        let low = Vec3::new(middle.x - 0.26 * scale, low.y, middle.z - 0.22 * scale);
        let high = Vec3::new(middle.x + 0.26 * scale, high.y, middle.z + 0.22 * scale);
        let own = scalp.positions.iter().copied().zip(scalp.normals.iter().copied());
        let points: Vec<(Vec3, Vec3)> =
            own.chain(others.iter().copied()).filter(|(p, _)| p.cmpge(low).all() && p.cmple(high).all()).collect();
        let face = Column {
            centre: head.from_template(Vec3::new(0.0, 0.655, 0.112)),
            half: Vec3::new(0.066, 0.165, 0.085) * scale,
        };
        head.skull = Skull::new(&points, low, high, vec![face]);
        head
    }

    /// Size of the head against the template's.
    pub fn scale(&self) -> f32 {
        let size = |[low, high]: [Vec3; 2]| (high - low).length();
        let scale = size(self.person) / size(self.template);
        if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
    }

    /// Whether a point lies before the face: between the temples, from the hairline down.
    pub fn is_before_face(&self, at: Vec3) -> bool {
        let low = self.from_template(Vec3::new(-0.046, 0.600, 0.126));
        let high = self.from_template(Vec3::new(0.046, 0.797, 0.300));
        at.cmpge(low).all() && at.cmple(high).all()
    }

    /// Where a point of the template lies on the person, about.
    pub fn from_template(&self, place: Vec3) -> Vec3 {
        let [low, high] = self.template;
        let share = (place - low) / (high - low).max(Vec3::splat(1e-6));
        self.person[0] + share * (self.person[1] - self.person[0])
    }
}

/// Grows the hair of the scalp, one in `2^level` of its strands. The same input gives the same hair.
pub fn grow(scalp: &ScalpMesh<'_>, head: &Head, hair: &Hair, level: u32) -> Strands {
    if !hair.has_scalp_hair() {
        return Strands::default();
    }
    let cut = style::cut(hair).at_level(level);
    let guides = strands::guides(scalp, head, hair, &cut);
    let mut strands = strands::children(scalp, head, hair, &cut, &guides);
    volume::shade(&mut strands, head);
    strands
}
