//! Children: what grows between the guides.

use std::collections::BTreeMap;

use bevy::math::{IVec3, Vec3};

use super::super::noise;
use super::{
    Head, ScalpMesh,
    fibres::Strands,
    growth::{Guide, Root, grow, resample},
    scalp,
    settings::{Hair, HairStyle},
    style::{Cut, at_parting, combed},
};

/// Hairs on a full head (a usual figure; 80,000 to 150,000 are counted).
const HAIRS: f32 = 100_000.0;
/// Width of a hair of the head, metres (60 to 100 micrometres are measured).
pub const HAIR_WIDTH_M: f32 = 75e-6;
/// How deep roots reach below the skin, so that no gap shows.
const ROOT_DEPTH_M: f32 = 0.0012;
/// Side of the cells in which roots are looked up.
const LOOKUP_M: f32 = 0.012;
const GOLDEN: f32 = 0.618_034;

/// Roots spread over the scalp by its density; any first part of them is spread just as evenly.
fn roots(scalp: &ScalpMesh<'_>, hair: &Hair, wanted: usize, stream: u32) -> Vec<Root> {
    let get = |list: &[Vec3], index: u32| list.get(index as usize).copied().unwrap_or(Vec3::ZERO);
    let mut sums = Vec::with_capacity(scalp.indices.len() / 3);
    let mut total = 0.0_f32;
    for triangle in scalp.indices.as_chunks::<3>().0 {
        let [a, b, c] = triangle.map(|corner| get(scalp.positions, corner));
        let densest = triangle.iter().map(|&corner| own_density(scalp, hair, corner)).fold(0.0, f32::max);
        total += 0.5 * (b - a).cross(c - a).length() * densest;
        sums.push(total);
    }
    let mut found = Vec::with_capacity(wanted);
    if !(total > 0.0) {
        return found;
    }
    for number in 0..wanted as u32 * 2 {
        if found.len() == wanted {
            break;
        }
        let random = |salt: u32| noise::hash(IVec3::new(number as i32, stream as i32, 1), salt);
        // A golden sequence over the area: every first part of it is even.
        let share = (0.5 + number as f32 * GOLDEN).fract();
        let share = (share + 0.002 * (random(1) - 0.5)).rem_euclid(1.0);
        let index = sums.partition_point(|&sum| sum < share * total).min(sums.len() - 1);
        let Some(triangle) = scalp.indices.as_chunks::<3>().0.get(index) else { continue };
        let edge = random(2).sqrt();
        let (a, b) = (1.0 - edge, edge * (1.0 - random(3)));
        let mix = |list: &[Vec3]| {
            get(list, triangle[0]) * a + get(list, triangle[1]) * b + get(list, triangle[2]) * (1.0 - a - b)
        };
        let place = mix(scalp.template);
        let densest = triangle.iter().map(|&corner| own_density(scalp, hair, corner)).fold(0.0, f32::max);
        let ear = |corner: u32| scalp.ears.get(corner as usize).copied().unwrap_or(0.0);
        let ear = ear(triangle[0]) * a + ear(triangle[1]) * b + ear(triangle[2]) * (1.0 - a - b);
        let density = scalp::density(place, hair) * f32::from(ear < 0.25);
        if density > 0.0 && random(4) * densest <= density {
            found.push(Root { at: mix(scalp.positions), normal: mix(scalp.normals).normalize_or(Vec3::Y), place });
        }
    }
    found
}

fn own_density(scalp: &ScalpMesh<'_>, hair: &Hair, corner: u32) -> f32 {
    let place = scalp.template.get(corner as usize).copied().unwrap_or(Vec3::ZERO);
    scalp::density(place, hair)
}

/// Grows the guides.
pub fn guides(scalp: &ScalpMesh<'_>, head: &Head, hair: &Hair, cut: &Cut) -> Vec<Guide> {
    // Guides grow where the head is full, hair near the line leans on them.
    let roots = roots(scalp, hair, cut.guides, 91);
    (0..).zip(roots).map(|(number, root)| grow(root, hair, cut, head, number)).collect()
}

/// The guides around a root: index and weight, the nearest first.
fn around(guides: &[Guide], cells: &BTreeMap<[i32; 3], Vec<u32>>, root: &Root, direction: Vec3) -> Vec<(usize, f32)> {
    let cell = (root.at / LOOKUP_M).floor().as_ivec3();
    let mut near: Vec<(usize, f32)> = Vec::new();
    for reach in 1..4 {
        near.clear();
        for z in -reach..=reach {
            for y in -reach..=reach {
                for x in -reach..=reach {
                    let key = [cell.x + x, cell.y + y, cell.z + z];
                    for &index in cells.get(&key).into_iter().flatten() {
                        let Some(guide) = guides.get(index as usize) else { continue };
                        // Hair of the other side of a parting is no neighbour.
                        if guide.combed.dot(direction) > 0.25 {
                            near.push((index as usize, guide.root.at.distance_squared(root.at)));
                        }
                    }
                }
            }
        }
        if near.len() >= 4 {
            break;
        }
    }
    near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    near.truncate(4);
    let sum: f32 = near.iter().map(|(_, d)| 1.0 / (d + 4e-6)).sum();
    near.iter().map(|&(index, d)| (index, 1.0 / ((d + 4e-6) * sum))).collect()
}

/// Grows all strands.
pub fn children(scalp: &ScalpMesh<'_>, head: &Head, hair: &Hair, cut: &Cut, guides: &[Guide]) -> Strands {
    let wanted = (cut.strands as f32 * hair.density.clamp(0.0, 1.5)) as usize;
    let roots = roots(scalp, hair, wanted, 92);
    let mut cells = BTreeMap::<[i32; 3], Vec<u32>>::new();
    for (index, guide) in (0..).zip(guides) {
        cells.entry((guide.root.at / LOOKUP_M).floor().as_ivec3().to_array()).or_default().push(index);
    }
    // As many strands as there is room for stand for all the hairs.
    let width = HAIR_WIDTH_M * (HAIRS / cut.strands as f32);
    let mut out = Strands { points_each: cut.points, ..Strands::default() };
    for (number, root) in (0..).zip(&roots) {
        let direction = combed(hair, cut, root.place, root.normal);
        let near = around(guides, &cells, root, direction);
        let Some(&(first, _)) = near.first() else { continue };
        let Some(lead) = guides.get(first) else { continue };
        let points = child(number, root, hair, cut, guides, &near, lead, head);
        let random = |stream: u32| noise::hash(IVec3::new(number as i32, 3, 9), stream);
        let baby = 1.0 - scalp::maturity(root.place, hair);
        let parted = at_parting(hair, root.place, 0.0014);
        let own = width * (0.75 + 0.5 * random(1)) * (1.0 - 0.55 * baby) * (1.0 - 0.45 * parted);
        out.push(&points, own, random(2), root.normal);
    }
    out
}

/// One strand: between its guides, drawn to its lock, curled, frayed, and out of the head again.
fn child(
    number: u32,
    root: &Root,
    hair: &Hair,
    cut: &Cut,
    guides: &[Guide],
    near: &[(usize, f32)],
    lead: &Guide,
    head: &Head,
) -> Vec<Vec3> {
    let random = |stream: u32| noise::hash(IVec3::new(number as i32, 5, 8), stream);
    let at = |guide: &Guide, s: f32| {
        let place = s * (guide.points.len().max(2) - 1) as f32;
        let index = (place as usize).min(guide.points.len().saturating_sub(2));
        let get = |i: usize| guide.points.get(i).copied().unwrap_or(guide.root.at);
        get(index).lerp(get(index + 1), place - index as f32)
    };
    let maturity = scalp::maturity(root.place, hair);
    let flies = random(1) < 0.02 + 0.05 * hair.frizz;
    let bound = cut.tie.is_some();
    let vary = if bound { 0.10 } else { 0.22 };
    let baby = (0.16 + 0.3 * random(2)) * (0.05 / lead.length_m.max(0.01)).min(1.0);
    let keep = if maturity < 0.9 && random(3) > maturity { baby.min(1.0) } else { 1.0 - vary * random(4).powi(2) };
    let reach = keep;
    // Clipped hair stands too stiffly for locks.
    let soft = (lead.length_m / 0.03).min(1.0);
    let clump = if flies { 0.0 } else { hair.clump.clamp(0.0, 1.0) * soft * soft };
    // The small lock: a cell of the template's space.
    let cell_m = 0.0034;
    let cell = (root.place / cell_m).floor();
    let centre = |stream: u32| noise::hash(cell.as_ivec3(), stream) - 0.5;
    let lock = Vec3::new(centre(1), centre(2), centre(3)) * 0.6 + 0.5;
    let to_lock = (cell + lock - root.place / cell_m) * cell_m * head.scale();
    let from_lead = root.at - lead.root.at;
    let length = lead.length_m * reach;
    let (u, v) = root.normal.any_orthonormal_pair();
    let stray = (u * (random(6) - 0.5) * 2.0 + v * (random(7) - 0.5) * 2.0 + root.normal * 0.9)
        * if flies { (0.006 + 0.012 * random(8)) * (length / 0.10).clamp(0.15, 1.3) } else { 0.0 };
    let count = cut.points;
    let mut points = Vec::with_capacity(count);
    for index in 0..count {
        let s = index as f32 / (count.max(2) - 1) as f32;
        let own: Vec3 = near
            .iter()
            .filter_map(|&(guide, weight)| {
                let guide = guides.get(guide)?;
                Some((at(guide, s * reach) - guide.root.at) * weight)
            })
            .sum();
        let free = root.at + own;
        let led = at(lead, s * reach) + from_lead * (1.0 - 0.8 * s);
        let gather = clump * (s * 1.6).min(1.0) * (0.5 + 0.5 * s);
        let mut p = free.lerp(led, 0.85 * gather) + to_lock * (0.75 * gather * (s * 2.5).min(1.0));
        p += stray * s * s;
        points.push(p);
    }
    curl(&mut points, hair, root, lead, number, length, clump);
    fray(&mut points, hair, number, length, flies);
    if let Some(first) = points.first_mut() {
        *first = root.at - root.normal * ROOT_DEPTH_M;
    }
    // Longer hair may not hang in the face: what does ends there, as fringes are cut.
    let columns = cut.parts_at_face && length > 0.06;
    for (index, point) in points.iter_mut().enumerate().skip(1) {
        let clear = 0.0007 + 0.0006 * (index as f32).min(3.0) / 3.0;
        if head.skull.distance(*point) < clear || columns && index > 2 {
            *point = head.skull.push_out(*point, clear, columns && index > 2);
        }
    }
    if cut.parts_at_face
        && let Some(at) = points.iter().position(|&p| head.is_before_face(p))
    {
        return resample(points.get(..at.max(2)).unwrap_or_default(), count);
    }
    points
}

/// Winds a strand about its own line: flat waves for little curl, springs for much. Hairs of a lock wind together.
fn curl(points: &mut [Vec3], hair: &Hair, root: &Root, lead: &Guide, number: u32, length_m: f32, clump: f32) {
    let amount = hair.curl.clamp(0.0, 1.0);
    if !(amount > 0.0) {
        return;
    }
    let period_m = 0.20 * (-3.2 * amount).exp();
    let radius_m = 0.32 * amount * period_m;
    let lead_random = noise::hash(IVec3::new((lead.root.place.x * 1e5) as i32, (lead.root.place.z * 1e5) as i32, 4), 9);
    let random = |stream: u32| noise::hash(IVec3::new(number as i32, 6, 8), stream);
    // Waves run side by side over a wide area, springs are each for itself.
    let shared = 2.2 * noise::value(root.place * 22.0, 66);
    let own = lead_random * std::f32::consts::TAU;
    let loose = (1.0 - 0.8 * clump) * 1.2 * (random(1) - 0.5);
    let blend = ((amount - 0.25) / 0.3).clamp(0.0, 1.0);
    let phase = shared * (1.0 - blend) + own * blend + loose;
    let even = 0.3 * noise::value(root.place * 25.0, 67);
    let stretch = 1.0 + (0.25 * (lead_random - 0.5) + 0.10 * (random(2) - 0.5)) * blend + even * (1.0 - blend);
    let flat = 1.0 - blend * 0.9;
    let mut side = root.normal;
    let line = points.to_vec();
    for (index, point) in points.iter_mut().enumerate() {
        let s = index as f32 / (line.len().max(2) - 1) as f32;
        let before = line.get(index.saturating_sub(1)).copied().unwrap_or(*point);
        let after = line.get(index + 1).copied().unwrap_or(*point);
        let tangent = (after - before).normalize_or(Vec3::NEG_Y);
        side = (side - tangent * side.dot(tangent)).normalize_or(tangent.any_orthonormal_vector());
        let across = tangent.cross(side);
        let arc = s * length_m;
        let turn = phase + arc / (period_m * stretch) * std::f32::consts::TAU;
        let ramp = (arc / (0.55 * period_m + 0.012)).min(1.0);
        let start = if hair.style == HairStyle::Coils { 1.0 } else { (arc / 0.03).min(1.0) };
        *point += (across * turn.sin() + side * turn.cos() * (1.0 - 0.75 * flat)) * radius_m * ramp * start;
    }
}

/// Small irregular bends.
fn fray(points: &mut [Vec3], hair: &Hair, number: u32, length_m: f32, flies: bool) {
    let frizz = hair.frizz.clamp(0.0, 1.0) * if flies { 2.2 } else { 1.0 };
    let random = |stream: u32| noise::hash(IVec3::new(number as i32, 4, 8), stream) * std::f32::consts::TAU;
    let count = (points.len().max(2) - 1) as f32;
    let reach = (length_m / 0.05).min(1.0);
    for (index, point) in points.iter_mut().enumerate() {
        let s = index as f32 / count;
        let arc = s * length_m;
        let wave = |stream: u32, period_m: f32| (random(stream) + arc / period_m * std::f32::consts::TAU).sin();
        let bend = Vec3::new(
            wave(1, 0.021) + 0.6 * wave(2, 0.009),
            0.4 * wave(3, 0.019),
            wave(4, 0.023) + 0.6 * wave(5, 0.010),
        );
        *point += bend * frizz * reach * (0.0004 + 0.0014 * s);
    }
}
