//! How far the mouth is open: teeth behind lips that hardly part are dark, whatever lamps without shadow maps say.

use std::collections::{BTreeMap, BTreeSet};

use bevy::math::Vec3;

use crate::{
    anny::{basis::BodyBasis, topology::Region},
    face::shapes::Action,
};

const JAW_OPEN: Action = Action::named("jawOpen");
/// How far teeth and tongue lie behind the lips that keep light from them, metres: our judgement.
const BEHIND_LIPS_M: f32 = 0.002;
/// The rows are this far apart when the rounded lips that are drawn over them touch, metres.
const LIPS_MEET_M: f32 = 0.0016;

/// Where the lips meet in the middle: the rows of the upper and of the lower one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    upper: usize,
    lower: usize,
}

impl Opening {
    /// The lips end where skin becomes the lining of the mouth; the lower one goes with the jaw.
    pub fn find(basis: &BodyBasis) -> Self {
        let topology = &basis.topology;
        let of = |wanted: Region| -> BTreeSet<u32> {
            let quads = topology.quads.iter().zip(&topology.regions).filter(|(_, region)| **region == wanted);
            quads.flat_map(|(quad, _)| *quad).collect()
        };
        let (skin, lining) = (of(Region::Head), of(Region::MouthCavity));
        let border: Vec<usize> = skin.intersection(&lining).map(|&row| row as usize).collect();
        let goes_down: BTreeMap<usize, i16> =
            basis.facial_shapes.shape(JAW_OPEN.place()).map(|(row, [_, y, _])| (row, -y)).collect();
        let down = |row: &usize| goes_down.get(row).copied().unwrap_or(0);
        let most = border.iter().map(down).max().unwrap_or(0);
        let middle = |is_lower: bool| {
            let rows = border.iter().copied().filter(|row| (down(row) > most / 2) == is_lower);
            let aside = |row: &usize| basis.template.get(*row).map_or(f32::MAX, |place| place[0].abs());
            rows.min_by(|a, b| aside(a).total_cmp(&aside(b))).unwrap_or(0)
        };
        Self { upper: middle(false), lower: middle(true) }
    }

    /// Distance of the lips where the body's rows are now, metres.
    pub fn gap_m(&self, rows: &[Vec3]) -> f32 {
        let [upper, lower] = [self.upper, self.lower].map(|row| rows.get(row).copied().unwrap_or(Vec3::ZERO));
        upper.distance(lower)
    }

    /// How much of the light around reaches what lies behind the lips, 0..1: the view through a slit.
    pub fn light(&self, rows: &[Vec3]) -> f32 {
        let gap_m = (self.gap_m(rows) - LIPS_MEET_M).max(0.0);
        gap_m / (gap_m + BEHIND_LIPS_M)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agreement::basis,
        body::{Body, BodyState},
        face::shapes::{NEUTRAL, set},
    };

    #[test]
    fn closed_lips_keep_the_light_out_and_an_open_mouth_lets_it_in() {
        let basis = basis();
        let opening = Opening::find(&basis);
        let mut body = Body::new(basis);
        let mut light = |action: &str, weight: f32| {
            let mut face = NEUTRAL;
            set(&mut face, action, weight);
            body.evaluate(&BodyState { face, ..BodyState::default() });
            let (gap_m, light) = (opening.gap_m(body.positions()), opening.light(body.positions()));
            println!("{action} {weight}: lips {:.1} mm apart, light {light:.2}", 1e3 * gap_m);
            light
        };
        let closed = light("mouthSmileLeft", 0.0);
        let smiling = light("mouthSmileLeft", 0.3);
        assert!(smiling < 0.35, "a slight smile");
        let [little, half, wide] = [0.1, 0.5, 1.0].map(|weight| light("jawOpen", weight));
        assert!(closed < 0.15 && closed < little && little < half && half < wide && wide > 0.8);
    }
}
