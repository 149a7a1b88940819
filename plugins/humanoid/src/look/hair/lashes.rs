//! Lashes: single curved hairs in place of the basis' lash strips, each from the strip's edge at the lid.

use bevy::math::{IVec3, Vec3};

use super::super::{eyes::EyeRig, noise};
use super::{
    rooted::{POINTS, Rooted},
    settings::Hair,
};
use crate::anny::{basis::BodyBasis, topology::Region};

/// Hairs per lid, upper and lower (90 to 160 and 75 to 80 are counted).
const HAIRS: [f32; 2] = [135.0, 72.0];
/// Width at the root, metres; lashes are the thickest hairs of the body.
const WIDTH_M: [f32; 2] = [125e-6, 90e-6];
/// Length against that of the strip.
const LENGTH: [f32; 2] = [1.12, 0.70];
/// So many hairs lean together to one point.
const TUFT: f32 = 4.0;
/// How far below the strip's edge roots lie: at the rim of the lid, metres.
const ROOT_M: f32 = 0.0009;

/// Adds the lashes of both eyes.
pub fn grow(out: &mut Rooted, basis: &BodyBasis, hair: &Hair) {
    let amount = hair.lashes.clamp(0.0, 2.0);
    if !(amount > 0.0) {
        return;
    }
    let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
    for (eye, lash) in [(Region::LeftEye, Region::LeftLashes), (Region::RightEye, Region::RightLashes)] {
        let (centre, ..) = EyeRig::find(basis, eye).locate(&rows);
        let get = |row: u32| rows.get(row as usize).copied().unwrap_or(Vec3::ZERO);
        let quads = basis.topology.quads.iter().zip(&basis.topology.regions).filter(|(_, region)| **region == lash);
        // The edge nearest to the eyeball is the one at the lid.
        let strips: Vec<[u32; 4]> = quads
            .map(|(quad, _)| {
                let near = |i: usize| get(quad[i]).distance(centre) + get(quad[(i + 1) % 4]).distance(centre);
                let first = (0..4).min_by(|&a, &b| near(a).total_cmp(&near(b))).unwrap_or(0);
                [0, 1, 2, 3].map(|i| quad[(first + i) % 4])
            })
            .collect();
        let is_lower = |strip: &[u32; 4]| get(strip[0]).y < centre.y;
        for (lid, lower) in [false, true].into_iter().enumerate() {
            let of_lid: Vec<&[u32; 4]> = strips.iter().filter(|strip| is_lower(strip) == lower).collect();
            let width = |strip: &[u32; 4]| get(strip[0]).distance(get(strip[1]));
            let whole: f32 = of_lid.iter().map(|strip| width(strip)).sum();
            for (number, strip) in (0..).zip(&of_lid) {
                let wanted = HAIRS[lid] * amount.powf(0.5) * width(strip) / whole.max(1e-6);
                let count = (wanted + noise::hash(IVec3::new(number, lash as i32, lid as i32), 1)) as i32;
                for hair_number in 0..count {
                    let random = |stream: u32| {
                        noise::hash(IVec3::new(number, hair_number, lash as i32 * 2 + lid as i32), stream)
                    };
                    let tufts = (count as f32 / TUFT).ceil().max(1.0);
                    lash_hair(out, &rows, **strip, lid, amount, tufts, &random);
                }
            }
        }
    }
}

fn lash_hair(
    out: &mut Rooted,
    rows: &[Vec3],
    strip: [u32; 4],
    lid: usize,
    amount: f32,
    tufts: f32,
    random: &dyn Fn(u32) -> f32,
) {
    let [a, b, c, d] = strip.map(|row| rows.get(row as usize).copied().unwrap_or(Vec3::ZERO));
    let t = random(2);
    // Neighbours lean together to small points and do not cross.
    let tuft = ((t * tufts).floor() + 0.5) / tufts;
    let lean = t + (tuft - t) * (0.55 + 0.35 * random(3));
    let root = a.lerp(b, t);
    let tip = d.lerp(c, lean);
    let reach = tip - root;
    let length = LENGTH[lid] * amount.powf(0.5) * (0.72 + 0.38 * random(4));
    let along = (b - a).normalize_or(Vec3::X);
    let mut up = along.cross(reach).normalize_or(Vec3::Y);
    if up.y < 0.0 {
        up = -up;
    }
    // Upper lashes first follow the lid down and out, then rise; lower ones hang a little.
    let bend = if lid == 0 { 0.62 + 0.12 * (random(5) - 0.5) } else { -0.14 };
    let mut points = [root; POINTS];
    for (index, point) in points.iter_mut().enumerate() {
        let s = index as f32 / (POINTS - 1) as f32;
        let arch = bend * (s * s - 0.42 * s);
        *point = root + (reach * s + up * (reach.length() * arch)) * length;
    }
    points[0] -= reach.normalize_or_zero() * ROOT_M;
    out.add([strip[0], strip[1], strip[2]], rows, &points, WIDTH_M[lid] * (0.8 + 0.4 * random(6)), random(7), 0.6);
}
