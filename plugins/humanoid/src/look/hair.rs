//! Short hair and brows: an opaque cap close to the scalp so that no skin shines through, and wisps over it that follow
//! a combed direction field.

use bevy::math::{IVec3, Vec3};

use super::{
    cards::Wisps,
    noise,
    skin::{LEFT_EYE, brow_height},
    surface::Surface,
};
use crate::{anny::basis::BodyBasis, settings::Hair};

/// A mesh that is rigid with the head, in rest space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RigidMesh {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    pub colours: Vec<[f32; 4]>,
    pub indices: Vec<u32>,
}

/// Wisps per square metre of scalp.
const WISPS_PER_M2: f32 = 62_000.0;
const WISP_POINTS: usize = 4;
const WISP_WIDTH_M: f32 = 0.0021;

/// Grows hair on the head surface. `template` are its drawn vertices on the template;
/// `share` says how much (0..1) each belongs to the scalp, `positions` and `normals` the same vertices at rest for this person.
pub fn grow(
    head: &Surface,
    template: &[Vec3],
    share: &[f32],
    positions: &[Vec3],
    normals: &[Vec3],
    hair: &Hair,
) -> RigidMesh {
    let mut mesh = RigidMesh::default();
    if !(hair.length_m > 0.0) {
        return mesh;
    }
    let get = |list: &[Vec3], index: u32| list.get(index as usize).copied().unwrap_or(Vec3::ZERO);
    let share_at = |index: u32| share.get(index as usize).copied().unwrap_or(0.0);
    let centre = positions
        .iter()
        .zip(share)
        .filter(|(_, share)| **share > 0.5)
        .fold((Vec3::ZERO, 0.0_f32), |(sum, n), (p, _)| (sum + *p, n + 1.0));
    let centre = centre.0 / centre.1.max(1.0) - Vec3::Y * 0.05;
    let top = positions.iter().zip(share).filter(|(_, share)| **share > 0.5).map(|(p, _)| p.y).fold(f32::MIN, f32::max);
    let colour = Vec3::from_array(hair.colour);

    // The cap.
    let mut cap_of = vec![u32::MAX; positions.len()];
    for triangle in head.indices.as_chunks::<3>().0 {
        if triangle.iter().all(|&corner| share_at(corner) > 0.3) {
            for &corner in triangle {
                let Some(slot) = cap_of.get_mut(corner as usize) else { continue };
                if *slot == u32::MAX {
                    *slot = mesh.positions.len() as u32;
                    let n = get(normals, corner);
                    let lump = 0.7 + 0.3 * noise::fractal(get(template, corner) * 140.0, 2, 3);
                    let lift = (0.05 * hair.length_m + 0.001) * (share_at(corner) - 0.3) * lump;
                    mesh.positions.push((get(positions, corner) + n * lift).to_array());
                    mesh.normals.push(n.to_array());
                    let c = colour * (0.55 + 0.12 * noise::value(get(template, corner) * 300.0, 9));
                    mesh.colours.push([c.x, c.y, c.z, 1.0]);
                }
                mesh.indices.push(*slot);
            }
        }
    }

    // The wisps.
    let mut wisps = Wisps::default();
    for (number, triangle) in (0_i32..).zip(head.indices.as_chunks::<3>().0) {
        let corners = triangle.map(|corner| get(positions, corner));
        let area = 0.5 * (corners[1] - corners[0]).cross(corners[2] - corners[0]).length();
        let density = triangle.iter().map(|&corner| share_at(corner)).sum::<f32>() / 3.0;
        let wanted = area * WISPS_PER_M2 * density.sqrt() * f32::from(density > 0.12);
        let count = (wanted + noise::hash(IVec3::new(number, 0, 0), 40)) as i32;
        for wisp in 0..count {
            let random = |stream: u32| noise::hash(IVec3::new(number, wisp, 1), stream);
            let root_share = random(41).sqrt();
            let (a, b) = (1.0 - root_share, root_share * (1.0 - random(42)));
            let blend = |list: &[Vec3]| {
                get(list, triangle[0]) * a + get(list, triangle[1]) * b + get(list, triangle[2]) * (1.0 - a - b)
            };
            let (root, normal, place) = (blend(positions), blend(normals).normalize_or(Vec3::Y), blend(template));
            let points = strand(root, normal, place, centre, top, hair.length_m, density, &random);
            let shade = 0.72 + 0.5 * random(44) + 0.25 * noise::value(place * 120.0, 12);
            // Shading follows the volume of the hair, not the ribbon: ribbons lit one by one look like straw.
            let volume = (normal
                + (points[WISP_POINTS - 1] - points[0]).normalize_or(normal) * 0.25
                + Vec3::new(random(45) - 0.5, random(46) - 0.5, random(47) - 0.5) * 0.3)
                .normalize_or(normal);
            wisps.add(0, &points, WISP_WIDTH_M * (0.7 + 0.6 * random(48)), volume, (colour * shade).to_array());
        }
    }
    let first = mesh.positions.len() as u32;
    mesh.positions.extend(wisps.offsets.iter().map(Vec3::to_array));
    mesh.normals.extend(wisps.normals.iter().map(Vec3::to_array));
    mesh.colours.extend(wisps.colours);
    mesh.indices.extend(wisps.indices.iter().map(|index| index + first));
    mesh
}

/// The points of one wisp. Hair grows out of the scalp at a slant, is combed away from the crown, and falls.
fn strand(
    root: Vec3,
    normal: Vec3,
    place: Vec3,
    centre: Vec3,
    top: f32,
    length_m: f32,
    density: f32,
    random: &dyn Fn(u32) -> f32,
) -> [Vec3; WISP_POINTS] {
    let height = ((place.y - LEFT_EYE.y) / 0.13).clamp(0.0, 1.0);
    // Long on top, short at the sides and the nape.
    let taper = 0.22 + 0.78 * ((height - 0.35) / 0.5).clamp(0.0, 1.0);
    let length = length_m * taper * (0.55 + 0.45 * density) * (0.75 + 0.5 * random(50));
    let crown = Vec3::new(0.012, top, centre.z - 0.045);
    let away = root - crown;
    let swept = Vec3::new(0.55, 0.05, 0.55) * ((height - 0.6) / 0.4).clamp(0.0, 1.0);
    let wave = Vec3::new(noise::value(place * 38.0, 60), 0.0, noise::value(place * 38.0, 61)) * 0.45;
    let combed = away.normalize_or(Vec3::Z) + swept + wave;
    let combed = (combed - normal * combed.dot(normal)).normalize_or(Vec3::NEG_Y);
    let mut points = [root - normal * 0.001; WISP_POINTS];
    let mut direction = (normal * 0.75 + combed).normalize();
    let step = length / (WISP_POINTS - 1) as f32;
    for index in 1..WISP_POINTS {
        let previous = points[index - 1];
        points[index] = previous + direction * step;
        let outward = (points[index] - centre).normalize_or(normal);
        // Lies down along the head: what points outward fades, gravity adds.
        direction -= outward * direction.dot(outward) * 0.75;
        direction = (direction + Vec3::NEG_Y * 0.22 + outward * 0.10).normalize_or(combed);
    }
    points
}

/// Hairs per brow.
const BROW_HAIRS: u32 = 300;

/// The brows, anchored to rows so that they move with the face.
pub fn brows(basis: &BodyBasis, head_rows: &[u32], normals: &[Vec3], hair: &Hair) -> Wisps {
    let mut wisps = Wisps::default();
    let rows: Vec<(u32, Vec3, Vec3)> = head_rows
        .iter()
        .filter_map(|&row| {
            Some((row, Vec3::from_array(*basis.template.get(row as usize)?), *normals.get(row as usize)?))
        })
        .filter(|(_, p, _)| p.z > 0.07 && (p.y - LEFT_EYE.y - 0.025).abs() < 0.03)
        .collect();
    for side in [1.0_f32, -1.0] {
        for hair_number in 0..BROW_HAIRS {
            let random = |stream: u32| noise::hash(IVec3::new(hair_number as i32, side as i32, 2), stream);
            let along = random(1);
            let thickness = 0.0042 * (1.0 - along).powf(0.6).max(0.18) * (0.35 + (along / 0.12).min(1.0) * 0.65);
            let x = side * (0.0135 + 0.043 * along);
            let y = LEFT_EYE.y + brow_height(along) + (random(2) - 0.5) * 2.0 * thickness;
            let Some((row, p, n)) = rows.iter().min_by(|a, b| {
                let distance = |p: &Vec3| (p.x - x).powi(2) + (p.y - y).powi(2);
                distance(&a.1).total_cmp(&distance(&b.1))
            }) else {
                continue;
            };
            let depth = |x: f32, y: f32| p.z - (n.x * (x - p.x) + n.y * (y - p.y)) / n.z.max(0.2);
            let root = Vec3::new(x, y, depth(x, y));
            let lean = 1.15 - 1.0 * along + 0.35 * (random(3) - 0.5);
            let length = 0.0085 * (0.7 + 0.5 * random(4)) * (1.0 - 0.35 * along);
            let tip_xy =
                (x + side * length * lean.cos().abs().max(0.35), y + length * lean.sin() * 0.62 - 0.002 * along);
            let tip = Vec3::new(tip_xy.0, tip_xy.1, depth(tip_xy.0, tip_xy.1)) + *n * 0.0011;
            let points = [root - *n * 0.0003, root.lerp(tip, 0.5) + *n * 0.0009, tip].map(|point| point - *p);
            let shade = 0.8 + 0.4 * random(5);
            wisps.add(*row, &points, 0.00045, *n, (Vec3::from_array(hair.colour) * shade).to_array());
        }
    }
    wisps
}
