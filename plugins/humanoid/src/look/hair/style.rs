//! What makes a style: how long hair is where, which way it is combed, how much it stands off, how many strands it takes.
//! Places are on the template; the numbers are our judgement after looking at the pictures.

use bevy::math::Vec3;

use super::super::{noise, skin::LEFT_EYE};
use super::{
    scalp::WHORL,
    settings::{Hair, HairStyle, Parting},
};

/// How a style grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Strands and points of each at the finest level.
    pub strands: usize,
    pub points: usize,
    /// Strands that others grow between.
    pub guides: usize,
    /// 0 hair leaves along the skin .. 1 straight up from it.
    pub lift: f32,
    /// Over this length hair forgets the direction of its root, metres.
    pub bend_m: f32,
    /// Pull of gravity against stiffness, per bending length.
    pub gravity: f32,
    /// Over this length from the root combing acts, metres.
    pub comb_m: f32,
    /// How strongly it acts, per bending length.
    pub comb: f32,
    /// How far the uppermost hairs lie above the skin, metres.
    pub volume_m: f32,
    /// Whether hair parts in front of the face.
    pub parts_at_face: bool,
    /// Hair is gathered here, on the template.
    pub tie: Option<Vec3>,
}

impl Cut {
    /// With one in `2^level` strands. Their points stay: with fewer, strands would cut through the curve of the head.
    pub fn at_level(self, level: u32) -> Self {
        let level = level.min(8);
        Self { strands: (self.strands >> level).max(1), guides: (self.guides >> (level / 2)).max(300), ..self }
    }
}

/// The cut of `hair`.
pub fn cut(hair: &Hair) -> Cut {
    let base = Cut {
        strands: 36_000,
        points: 8,
        guides: 1500,
        lift: 0.5,
        bend_m: 0.02,
        gravity: 0.3,
        comb_m: 0.05,
        comb: 1.0,
        volume_m: 0.006,
        parts_at_face: false,
        tie: None,
    };
    let long = Cut {
        strands: 26_000,
        points: 16,
        guides: 1500,
        lift: 0.38,
        bend_m: 0.024,
        gravity: 1.0,
        comb_m: 0.085,
        comb: 1.35,
        volume_m: 0.014,
        parts_at_face: true,
        tie: None,
    };
    match hair.style {
        HairStyle::Bald | HairStyle::Buzz => Cut { points: 4, strands: 44_000, lift: 0.55, comb: 0.6, ..base },
        HairStyle::Crop => Cut { lift: 0.62, comb: 0.95, volume_m: 0.008, ..base },
        HairStyle::SidePart => {
            Cut { points: 10, lift: 0.50, comb: 1.5, comb_m: 0.09, gravity: 0.8, volume_m: 0.009, ..base }
        }
        HairStyle::Bob => Cut { points: 14, strands: 30_000, volume_m: 0.017, ..long },
        HairStyle::Long => long,
        HairStyle::Wavy => Cut { points: 20, strands: 22_000, volume_m: 0.019, lift: 0.42, ..long },
        HairStyle::Curly => Cut {
            points: 36,
            strands: 12_000,
            lift: 0.62,
            bend_m: 0.030,
            gravity: 1.0,
            comb: 1.0,
            volume_m: 0.022,
            ..long
        },
        HairStyle::Coils => Cut {
            points: 26,
            strands: 15_000,
            lift: 0.97,
            bend_m: 0.30,
            gravity: 0.12,
            comb: 0.0,
            volume_m: 0.004,
            parts_at_face: false,
            ..long
        },
        HairStyle::Ponytail => {
            Cut { points: 18, lift: 0.10, volume_m: 0.004, tie: Some(Vec3::new(0.0, 0.775, -0.052)), ..long }
        }
        HairStyle::Bun => {
            Cut { points: 18, lift: 0.10, volume_m: 0.004, tie: Some(Vec3::new(0.0, 0.792, -0.048)), ..long }
        }
    }
}

/// Height below which nothing of a style hangs, on the template, or far below where length alone decides.
pub fn hem(hair: &Hair, place: Vec3) -> f32 {
    // Front strands are cut in steps.
    let front = ((place.z - 0.06) / 0.06).clamp(0.0, 1.0);
    match hair.style {
        HairStyle::Bob => LEFT_EYE.y + 0.19 - hair.length_m - 0.012 * front,
        HairStyle::Long | HairStyle::Wavy => 0.875 - hair.length_m + 0.06 * front * (hair.length_m / 0.4).min(1.0),
        _ => f32::MIN,
    }
}

/// Length of the hair that grows at `place`, along the hair, metres.
pub fn length_at(hair: &Hair, place: Vec3) -> f32 {
    let height = ((place.y - LEFT_EYE.y) / 0.12).clamp(-0.5, 1.0);
    let rise = |from: f32, to: f32| {
        let t = ((height - from) / (to - from)).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    match hair.style {
        HairStyle::Bald => 0.0,
        HairStyle::Buzz => hair.length_m,
        // Clipped at the nape and over the ears, long on top, longest at the front.
        HairStyle::Crop => {
            let front = ((place.z - 0.05) / 0.08).clamp(0.0, 1.0);
            let sides = (0.30 * hair.length_m).clamp(hair.length_m.min(0.004), 0.014);
            let low = (0.5 + height).clamp(0.3, 1.0);
            sides * low + (hair.length_m * (0.82 + 0.25 * front) - sides * low) * rise(0.30, 0.85)
        }
        HairStyle::SidePart => {
            let sides = (0.34 * hair.length_m).clamp(hair.length_m.min(0.006), 0.026);
            let low = (0.5 + height).clamp(0.35, 1.0);
            sides * low + (hair.length_m - sides * low) * rise(0.38, 0.78)
        }
        HairStyle::Coils => hair.length_m * (0.55 + 0.45 * rise(-0.3, 0.6)),
        HairStyle::Curly => hair.length_m * (0.72 + 0.28 * rise(-0.4, 0.5)),
        _ => hair.length_m,
    }
}

/// The x of the parting, or none.
fn parting(hair: &Hair) -> f32 {
    match hair.part {
        Parting::Left => 0.030,
        Parting::Centre => 0.001,
        Parting::Right => -0.030,
    }
}

/// The side (-1, 1) of the parting that a place is on; the line wavers a little.
fn side_of_parting(hair: &Hair, p: Vec3) -> f32 {
    // Single hairs cross it.
    let waver = 0.0016 * noise::value(Vec3::new(0.0, 0.0, p.z * 90.0), 81) + 0.0016 * noise::value(p * 1100.0, 82);
    // Towards the crown the parting runs out.
    let end = ((WHORL.z + 0.02 - p.z) / 0.03).clamp(0.0, 1.0);
    let x = p.x - parting(hair) * (1.0 - end) - WHORL.x * end - waver;
    if x < 0.0 { -1.0 } else { 1.0 }
}

/// How near a place is to the parting of a style that has one, 0..1, for a parting of some width.
pub fn at_parting(hair: &Hair, p: Vec3, width_m: f32) -> f32 {
    let parted = matches!(hair.style, HairStyle::SidePart | HairStyle::Bob | HairStyle::Long | HairStyle::Wavy);
    let x = (p.x - parting(hair) - 0.0016 * noise::value(Vec3::new(0.0, 0.0, p.z * 90.0), 81)) / width_m;
    let on_top = ((p.y - 0.79) / 0.01).clamp(0.0, 1.0) * ((p.z - WHORL.z) / 0.02).clamp(0.0, 1.0);
    if parted { (-x * x).exp() * on_top } else { 0.0 }
}

/// The direction hair is combed to at a place, along the skin with `normal`, of length 1.
pub fn combed(hair: &Hair, cut: &Cut, p: Vec3, normal: Vec3) -> Vec3 {
    let flat = |v: Vec3| (v - normal * v.dot(normal)).normalize_or(Vec3::NEG_Y);
    let from_whorl = p - WHORL;
    // Hair turns about the whorl before it runs away from it.
    let turn = 0.9 * (-from_whorl.length() / 0.028).exp();
    let away = flat(from_whorl);
    let natural = flat(away + normal.cross(away) * turn + Vec3::NEG_Y * 0.25);
    let top = ((p.y - 0.785) / 0.035).clamp(0.0, 1.0);
    let wave = Vec3::new(noise::value(p * 34.0, 60), 0.0, noise::value(p * 34.0, 61));
    let side = side_of_parting(hair, p);
    if let Some(tie) = cut.tie {
        return flat(tie - p + Vec3::Y * 0.004);
    }
    match hair.style {
        HairStyle::Bald | HairStyle::Buzz | HairStyle::Coils => natural,
        HairStyle::Crop => {
            let aside = match hair.part {
                Parting::Left => -1.0,
                Parting::Centre => 0.0,
                Parting::Right => 1.0,
            };
            let front = ((p.z - 0.04) / 0.07).clamp(0.0, 1.0) * top;
            let swept = Vec3::new(0.85 * aside * front, 0.0, 0.35 * top);
            flat(natural + swept + wave * 0.38)
        }
        HairStyle::SidePart => {
            let swept = Vec3::new(side, 0.0, -0.75 + 0.35 * ((p.z - 0.09) / 0.04).clamp(0.0, 1.0));
            let low = Vec3::new(0.0, -1.0, -0.55);
            flat(swept * top + (natural * 0.7 + low) * (1.0 - top) + wave * 0.14)
        }
        _ => {
            let ahead = ((p.z - 0.05) / 0.07).clamp(0.0, 1.0);
            let back = ((WHORL.z + 0.015 - p.z) / 0.03).clamp(0.0, 1.0);
            let swept = Vec3::new(side, 0.0, -0.32 - 0.18 * ahead);
            let low = Vec3::new(0.0, -1.0, -0.06);
            let front = swept * top + low * (1.0 - top);
            flat(front * (1.0 - back) + (natural + Vec3::NEG_Y * 0.4) * back + wave * 0.10)
        }
    }
}
