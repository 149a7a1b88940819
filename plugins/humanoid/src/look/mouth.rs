//! Teeth and tongue, put where they belong. The basis' upper front teeth end where the inside of the upper lip does, so that
//! parted lips showed none of them, and its tongue fills the mouth. People show 2 to 4 mm of their upper incisors when
//! the lips part at ease (R. G. Vig and G. C. Brundo, "The kinetics of anterior tooth display", J. Prosthet. Dent. 39, 1978).
//!
//! Places are moved against the skull by weights over rows of it, so that they stay right for every shape and pose.

use std::f32::consts::FRAC_PI_2;

use bevy::math::{Vec2, Vec3};

use super::{
    noise,
    subdivide::{Patch, Row, Stencils, catmull_clark},
    surface::Surface,
};
use crate::anny::topology::Region;

/// Up and ahead, metres: our judgement, for the display above and an upper bite in front of the lower one.
const UPPER_TEETH_M: Vec2 = Vec2::new(-0.0045, 0.003);
const TONGUE_M: Vec2 = Vec2::new(-0.007, -0.004);
/// Length of the tip of the tongue, metres, and how far it goes along.
const TIP_M: f32 = 0.016;
const TIP_SHARE: f32 = 0.35;

/// Widths of the teeth from the middle backwards, metres (S. J. Nelson, "Wheeler's Dental Anatomy, Physiology and Occlusion").
const UPPER_WIDTHS_M: [f32; 7] = [0.0085, 0.0065, 0.0075, 0.007, 0.007, 0.010, 0.009];
const LOWER_WIDTHS_M: [f32; 7] = [0.005, 0.0055, 0.007, 0.007, 0.007, 0.011, 0.0105];
/// Between two teeth: how deep the groove is and how far its side reaches, metres.
const GROOVE_M: f32 = 0.0009;
const GROOVE_REACH_M: f32 = 0.0009;
/// Height of the crowns; above lies gum, metres.
const CROWN_M: f32 = 0.0105;

/// The groove along the middle of the tongue: depth and half width, metres.
const SULCUS_M: [f32; 2] = [0.0016, 0.0025];
/// So far behind its tip half of the light that gets between the lips is left, metres: a mouth opened by about twice that.
const HALF_LIGHT_M: f32 = 0.014;

const TONGUE: [f32; 3] = [0.30, 0.085, 0.08];
const TOOTH: [f32; 3] = [0.58, 0.54, 0.45];
const GUM: [f32; 3] = [0.36, 0.12, 0.11];

/// Three rows of the skull that hardly move with the face: its top, its back and the root of the nose.
struct Skull {
    rows: [u32; 3],
    top_from_back: Vec2,
    nose_from_back: Vec2,
}

impl Skull {
    /// `head` are quads of the skin of the head, `rows` the template.
    fn find(head: &[Patch], rows: &[Vec3]) -> Option<Self> {
        let middle =
            head.iter().flat_map(|patch| patch.corners).filter_map(|row| Some((row, *rows.get(row as usize)?)));
        let middle: Vec<(u32, Vec3)> = middle.filter(|(_, p)| p.x.abs() < 1e-4).collect();
        let highest = middle.iter().max_by(|a, b| a.1.y.total_cmp(&b.1.y))?;
        // The root of the nose is the hollow of the profile between forehead and nose.
        let level = |p: Vec3, below_m: f32| (highest.1.y - below_m - p.y).abs() < 0.02;
        let back = middle.iter().filter(|(_, p)| level(*p, 0.1)).min_by(|a, b| a.1.z.total_cmp(&b.1.z))?;
        let nose = middle.iter().filter(|(_, p)| level(*p, 0.1)).max_by(|a, b| a.1.z.total_cmp(&b.1.z))?;
        let against_back = |p: Vec3| Vec2::new(p.y - back.1.y, p.z - back.1.z);
        Some(Self {
            rows: [highest.0, nose.0, back.0],
            top_from_back: against_back(highest.1),
            nose_from_back: against_back(nose.1),
        })
    }

    /// Weights over the rows that move a vertex by `offset` (up and ahead, metres).
    fn shift(&self, offset: Vec2) -> [(u32, f32); 3] {
        let determinant = self.top_from_back.perp_dot(self.nose_from_back);
        let top = offset.perp_dot(self.nose_from_back) / determinant;
        let nose = self.top_from_back.perp_dot(offset) / determinant;
        let [highest, root, back] = self.rows;
        [(highest, top), (root, nose), (back, -top - nose)]
    }
}

/// Tongue, and its colours, linear Rec.709. Its tip sinks less than its back, so that it still comes out over the lower lip. The farther
/// back, the less light comes in: lamps without shadow maps do not know that.
pub fn tongue(patches: &[Patch], head: &[Patch], rows: &[Vec3]) -> (Surface, Vec<[f32; 3]>) {
    let (coarse, children) = catmull_clark(patches);
    let (finer, children) = catmull_clark(&children);
    let stencils = finer.over(&coarse);
    let places = stencils.positions(rows);
    let front = places.iter().map(|p| p.z).fold(f32::MIN, f32::max);
    let behind_m = |vertex: usize| places.get(vertex).map_or(0.0, |p| front - p.z);
    let share = |vertex: usize| TIP_SHARE + (1.0 - TIP_SHARE) * (behind_m(vertex) / TIP_M).clamp(0.0, 1.0);
    let mut surface = Surface::new(seated(&stencils, head, rows, |vertex| TONGUE_M * share(vertex)), &children);
    let of_vertex = |&stencil: &u32| {
        let place = places.get(stencil as usize).copied().unwrap_or_default();
        let back_m = behind_m(stencil as usize);
        let sulcus = (-(place.x / SULCUS_M[1]).powi(2)).exp() * (back_m / TIP_M).min(1.0);
        let light = HALF_LIGHT_M.powi(2) / (HALF_LIGHT_M.powi(2) + back_m * back_m) * (1.0 - 0.35 * sulcus);
        // Coated unevenly by its papillae.
        let coat = 1.0 + 0.12 * noise::fractal(place * 900.0, 2, 17);
        (-SULCUS_M[0] * sulcus, TONGUE.map(|channel| channel * light * coat))
    };
    let (lift_m, colours) = surface.source.iter().map(of_vertex).unzip();
    surface.lift_m = lift_m;
    (surface, colours)
}

/// Teeth with gums, and their colours, linear Rec.709: those of single teeth, and those for vertices too far apart to show them.
pub fn teeth(patches: &[Patch], head: &[Patch], rows: &[Vec3]) -> (Surface, [Vec<[f32; 3]>; 2]) {
    let (mut stencils, mut children) = catmull_clark(patches);
    for _ in 0..2 {
        let (finer, smaller) = catmull_clark(&children);
        (stencils, children) = (finer.over(&stencils), smaller);
    }
    let mut is_upper = vec![false; stencils.len()];
    for patch in children.iter().filter(|patch| patch.tag == Region::UpperTeeth as u8) {
        patch.corners.iter().for_each(|&corner| is_upper[corner as usize] = true);
    }
    let places = stencils.positions(rows);
    let jaws = [false, true].map(|upper| Jaw::measure(upper, places.iter().zip(&is_upper)));
    let upper = |vertex: usize| is_upper.get(vertex).copied().unwrap_or(false);
    let seated = seated(&stencils, head, rows, |vertex| if upper(vertex) { UPPER_TEETH_M } else { Vec2::ZERO });
    let mut surface = Surface::new(seated, &children);
    let of_vertex = |&stencil: &u32| {
        let place = places.get(stencil as usize).copied().unwrap_or_default();
        let jaw = &jaws[usize::from(upper(stencil as usize))];
        let groove = jaw.groove(place);
        (-GROOVE_M * groove, (jaw.colour(place, groove), jaw.colour(place, 0.0)))
    };
    let (lift_m, colours): (Vec<f32>, (Vec<_>, Vec<_>)) = surface.source.iter().map(of_vertex).unzip();
    surface.lift_m = lift_m;
    (surface, colours.into())
}

/// The vertices moved against the skull.
fn seated(stencils: &Stencils, head: &[Patch], rows: &[Vec3], offset: impl Fn(usize) -> Vec2) -> Stencils {
    let Some(skull) = Skull::find(head, rows) else { return stencils.clone() };
    let mut out = Stencils::default();
    for vertex in 0..stencils.len() {
        let mut row: Row = stencils.entries(vertex as u32).into_iter().collect();
        for (of_skull, weight) in skull.shift(offset(vertex)) {
            *row.entry(of_skull).or_insert(0.0) += weight;
        }
        row.retain(|_, weight| *weight != 0.0);
        out.push(&row);
    }
    out
}

/// One row of teeth, as half an ellipse.
struct Jaw {
    half_width_m: f32,
    depth_m: f32,
    back_m: f32,
    borders_m: Vec<f32>,
    /// Height of the cutting edge in the middle and at the back, and which way the gum lies.
    edge_m: [f32; 2],
    towards_gum: f32,
}

impl Jaw {
    fn measure<'a>(upper: bool, places: impl Iterator<Item = (&'a Vec3, &'a bool)>) -> Self {
        let places: Vec<Vec3> = places.filter(|(_, is_upper)| **is_upper == upper).map(|(place, _)| *place).collect();
        let most = |of: &dyn Fn(&Vec3) -> f32| places.iter().map(of).fold(f32::MIN, f32::max);
        let (front, back) = (most(&|p| p.z), -most(&|p| -p.z));
        let towards_gum = if upper { 1.0 } else { -1.0 };
        let edge = |near: &dyn Fn(&Vec3) -> bool| {
            let heights = places.iter().filter(|p| near(p)).map(|p| p.y * towards_gum);
            heights.fold(f32::MAX, f32::min) * towards_gum
        };
        let widths = if upper { UPPER_WIDTHS_M } else { LOWER_WIDTHS_M };
        let mut sum = 0.0;
        let ends = widths.map(|width| {
            sum += width;
            sum
        });
        Self {
            half_width_m: most(&|p| p.x.abs()),
            depth_m: front - back,
            back_m: back,
            borders_m: std::iter::once(0.0).chain(ends).collect(),
            edge_m: [edge(&|p| p.z > front - 0.01), edge(&|p| p.z < back + 0.01)],
            towards_gum,
        }
    }

    /// How far along the ellipse a place lies, 0 in the middle .. pi/2 at the back.
    fn turn(&self, place: Vec3) -> f32 {
        let (x, z) = (place.x.abs() / self.half_width_m, (place.z - self.back_m).max(0.0) / self.depth_m);
        x.atan2(z)
    }

    /// 1 between two teeth, 0 on one.
    fn groove(&self, place: Vec3) -> f32 {
        const STEPS: u32 = 32;
        let turn = self.turn(place);
        let step = turn / STEPS as f32;
        let lengths = (0..STEPS).map(|i| {
            let (sin, cos) = ((i as f32 + 0.5) * step).sin_cos();
            (self.half_width_m * cos).hypot(self.depth_m * sin) * step
        });
        let along: f32 = lengths.sum();
        let nearest = self.borders_m.iter().map(|border| (border - along).abs()).fold(f32::MAX, f32::min);
        (-(nearest / GROOVE_REACH_M).powi(2)).exp()
    }

    /// Ivory, dark in the grooves and towards the back of the mouth, and gum above the crowns.
    fn colour(&self, place: Vec3, groove: f32) -> [f32; 3] {
        let back = self.turn(place) / FRAC_PI_2;
        let edge = self.edge_m[0] + (self.edge_m[1] - self.edge_m[0]) * back;
        let gum = (((place.y - edge) * self.towards_gum - CROWN_M) / 0.0015).clamp(0.0, 1.0);
        let shade = 1.0 - 0.85 * ((place.x.abs() - 0.010) / 0.014).clamp(0.0, 1.0);
        let shade = shade * (1.0 - 0.5 * groove * (1.0 - gum));
        std::array::from_fn(|channel| (TOOTH[channel] + (GUM[channel] - TOOTH[channel]) * gum) * shade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{agreement::basis, look::outfit::Outfit};

    #[test]
    fn upper_teeth_are_seated_lower_and_in_front_and_go_with_the_skull() {
        let basis = basis();
        let outfit = Outfit::cut(&basis);
        let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        let patches = |wanted: &[Region]| -> Vec<Patch> {
            let quads = basis.topology.quads.iter().zip(&basis.topology.regions);
            let patch =
                |(&corners, &region): (&[u32; 4], &Region)| Patch { corners, uvs: [[0.0; 2]; 4], tag: region as u8 };
            quads.filter(|(_, region)| wanted.contains(region)).map(patch).collect()
        };
        let of = |region: Region| -> Vec<Vec3> {
            patches(&[region]).iter().flat_map(|patch| patch.corners).map(|row| rows[row as usize]).collect()
        };
        let turned: Vec<Vec3> = rows.iter().map(|p| Vec3::new(p.x, -p.z, p.y)).collect();
        let incisors = |places: &[Vec3]| {
            let front = places.iter().map(|p| p.z).fold(f32::MIN, f32::max);
            let low = places.iter().filter(|p| p.x.abs() < 0.004).map(|p| p.y).fold(f32::MAX, f32::min);
            Vec2::new(low, front)
        };
        let (upper, _) = teeth(&patches(&[Region::UpperTeeth]), &patches(&[Region::Head]), &rows);
        let moved = incisors(&upper.stencil_places(&rows)) - incisors(&of(Region::UpperTeeth));
        println!("upper incisors are moved by {:.1} and {:.1} mm", 1e3 * moved.x, 1e3 * moved.y);
        // Subdivision takes much of their length back.
        assert!((-0.0045..-0.0005).contains(&moved.x) && (0.001..0.0031).contains(&moved.y));
        let places = outfit.teeth.stencil_places(&rows);
        // A turned head takes the teeth along.
        let also_turned = outfit.teeth.stencil_places(&turned);
        for (place, turned) in places.iter().zip(&also_turned) {
            assert!(Vec3::new(place.x, -place.z, place.y).distance(*turned) < 1e-5);
        }
        let tongue = outfit.tongue.stencil_places(&rows);
        let highest = |places: &[Vec3]| places.iter().map(|p| p.y).fold(f32::MIN, f32::max);
        let sunk = highest(&of(Region::Tongue)) - highest(&tongue);
        assert!((0.006..0.009).contains(&sunk), "the tongue lies {sunk} m lower");
        let (tongue, colours) = super::tongue(&patches(&[Region::Tongue]), &patches(&[Region::Head]), &rows);
        let red = |nearest: fn(f32, f32) -> bool| {
            let drawn = tongue.source.iter().zip(&colours);
            let places = tongue.stencil_places(&rows);
            let along = |stencil: &u32| places.get(*stencil as usize).map_or(0.0, |p| p.z);
            let found = drawn.reduce(|a, b| if nearest(along(b.0), along(a.0)) { b } else { a });
            found.map_or(f32::NAN, |(_, colour)| colour[0])
        };
        let [tip, root] = [red(|new, old| new > old), red(|new, old| new < old)];
        assert!(tip > 0.2 && root < 0.15 * tip, "it gets dark towards the throat: {tip} {root}");
    }

    #[test]
    fn teeth_have_the_widths_of_the_book() {
        let jaw = Jaw {
            half_width_m: 0.03,
            depth_m: 0.05,
            back_m: 0.0,
            borders_m: vec![0.0, 0.0085, 0.015],
            edge_m: [0.0, 0.0],
            towards_gum: 1.0,
        };
        let at = |turn: f32| Vec3::new(0.03 * turn.sin(), 0.002, 0.05 * turn.cos());
        assert!(jaw.groove(at(0.0)) > 0.99);
        assert!(jaw.groove(at(0.15)) < 0.01, "the middle of the first incisor");
        // Along an ellipse that starts nearly straight, 8.5 mm are 0.28 of a turn.
        let border = (1..100)
            .map(|i| i as f32 * 0.005)
            .filter(|t| (0.1..0.38).contains(t))
            .max_by(|a, b| jaw.groove(at(*a)).total_cmp(&jaw.groove(at(*b))));
        assert!(border.is_some_and(|turn| (turn - 0.275).abs() < 0.02), "{border:?}");
        assert!(jaw.colour(at(0.15) + Vec3::Y * 0.02, 0.0)[1] < 0.2, "gum");
    }
}
