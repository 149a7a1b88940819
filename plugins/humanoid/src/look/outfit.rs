//! Cutting a body into the surfaces that are drawn: bare skin (head, neck, hands), the bodysuit, the shoes, the mouth.
//!
//! The suit is the base mesh's own proxy for tight clothes, which follows every shape and pose of the body but has no
//! anatomy below it: the body under the suit is not drawn at all, so nothing can take the suit off.

use bevy::math::Vec3;

use super::{
    cut::{relax, split},
    mouth,
    subdivide::{Patch, catmull_clark, keep},
    surface::Surface,
};
use crate::{
    anny::{basis::BodyBasis, topology::Region},
    figure::Layer,
    settings::Human,
};

/// How far the suit stands off from its proxy, and at its edges from the skin, metres.
const SUIT_LIFT_M: f32 = 0.0022;
/// How deep the edges of cloth turn in.
const LIP_M: f32 = 0.005;
/// Over this distance from its edges the suit comes down to the skin.
const FIT_M: f32 = 0.045;
const SHOE_LIFT_M: f32 = 0.0075;
/// Extra below the foot.
const SOLE_LIFT_M: f32 = 0.016;
/// Height of the shoes' upper edge and of the soles' upper edge above the lowest point of the feet, template metres.
const SHOE_TOP_M: f32 = 0.072;
const SOLE_TOP_M: f32 = 0.017;
/// How far the neckline lies below the proxy's own edge.
const NECKLINE_M: f32 = 0.030;
/// Skin reaches this far below the edges of the suit.
const OVERLAP_M: f32 = 0.018;
/// How deep skin sinks below the suit's edge, so that none of it comes through when the body bends.
const SINK_M: f32 = 0.005;
const SOLE_COLOUR: [f32; 3] = [0.30, 0.29, 0.27];

/// The surfaces of one person, on the template.
#[derive(Clone, Debug, Default)]
pub struct Outfit {
    pub head: Surface,
    pub hands: Surface,
    pub suit: Surface,
    pub shoes: Surface,
    pub teeth: Surface,
    pub tongue: Surface,
    /// Rows whose lowest one touches the ground, and how far the sole reaches below it.
    pub sole_rows: Vec<u32>,
    pub sole_lift_m: f32,
    /// Drawn vertices of the shoes that are sole.
    sole_vertices: Vec<u32>,
    fits: Vec<Fit>,
    /// Near, and too far to see single teeth.
    tooth_colours: [Vec<[f32; 3]>; 2],
    tongue_colours: Vec<[f32; 3]>,
}

/// A vertex of the suit over a vertex of the skin, and how closely (0..1) the suit follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fit {
    suit_vertex: u32,
    is_head: bool,
    skin_vertex: u32,
    share: f32,
}

/// Positions and normals of a surface on the template.
pub fn on_template(surface: &mut Surface, basis: &BodyBasis) -> (Vec<Vec3>, Vec<Vec3>) {
    let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
    let (mut positions, mut normals) = (Vec::new(), Vec::new());
    surface.evaluate(&rows, &mut positions, &mut normals);
    let vectors = |list: Vec<[f32; 3]>| list.into_iter().map(Vec3::from_array).collect();
    (vectors(positions), vectors(normals))
}

impl Outfit {
    /// Cuts the surfaces out of the basis.
    pub fn cut(basis: &BodyBasis) -> Self {
        let rows: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        let template = |row: u32| rows.get(row as usize).copied().unwrap_or(Vec3::ZERO);
        let pick = |wanted: &dyn Fn(Region, Vec3) -> bool| -> Vec<Patch> {
            let topology = &basis.topology;
            let quads = topology.quads.iter().zip(&topology.quad_uvs).zip(&topology.regions);
            quads
                .filter(|((quad, _), region)| {
                    wanted(**region, quad.iter().map(|&row| template(row)).sum::<Vec3>() / 4.0)
                })
                .map(|((&corners, uvs), &region)| Patch {
                    corners,
                    uvs: uvs.map(|uv| topology.uvs.get(uv as usize).copied().unwrap_or_default()),
                    tag: region as u8,
                })
                .collect()
        };
        let tights = pick(&|region, _| region == Region::Tights);
        let border = border_rows(&tights);
        let neck_y =
            border.iter().map(|&row| template(row)).filter(|p| p.x.abs() < 0.2).map(|p| p.y).fold(f32::MAX, f32::min);
        let wrist_x = border.iter().map(|&row| template(row).x.abs()).filter(|&x| x > 0.2).fold(f32::MAX, f32::min);
        let ground = tights.iter().flat_map(|patch| patch.corners).map(|row| template(row).y).fold(f32::MAX, f32::min);

        // The neckline falls towards the front, as a collar does, and rises towards the shoulders.
        let neckline = |p: Vec3| p.y - (neck_y - NECKLINE_M - 0.25 * (p.z - 0.02) + 4.0 * p.x * p.x);

        let head = pick(&|region, centre| match region {
            Region::Head | Region::MouthCavity | Region::EyeSockets => true,
            Region::Torso => neckline(centre) > -OVERLAP_M - 0.03 && centre.x.abs() < 0.2,
            _ => false,
        });
        let hands = pick(&|region, centre| {
            region == Region::Hands || region == Region::Torso && centre.x.abs() > wrist_x - OVERLAP_M
        });
        let mut outfit = Self { sole_lift_m: SOLE_LIFT_M, ..Self::default() };
        outfit.head = bare(&head, &rows, |p| if p.x.abs() < 0.2 { -OVERLAP_M - neckline(p) } else { -1.0 });
        outfit.hands = plain(&hands);
        outfit.suit = suit(&tights, &rows, neckline);
        outfit.find_fits(basis);
        let (positions, _) = on_template(&mut outfit.head, basis);
        for (lift, &p) in outfit.head.lift_m.iter_mut().zip(&positions).filter(|(_, p)| p.x.abs() < 0.2) {
            *lift = -SINK_M * (-neckline(p) / 0.01).clamp(0.0, 1.0);
        }
        let (positions, _) = on_template(&mut outfit.hands, basis);
        for (lift, p) in outfit.hands.lift_m.iter_mut().zip(&positions) {
            *lift = -SINK_M * ((wrist_x - p.x.abs()) / 0.015).clamp(0.0, 1.0);
        }
        outfit.suit.add_lip(LIP_M);
        outfit.suit.map();
        outfit.cut_shoes(&tights, &rows, ground);
        let teeth = pick(&|region, _| matches!(region, Region::UpperTeeth | Region::LowerTeeth));
        (outfit.teeth, outfit.tooth_colours) = mouth::teeth(&teeth, &head, &rows);
        let tongue = pick(&|region, _| region == Region::Tongue);
        (outfit.tongue, outfit.tongue_colours) = mouth::tongue(&tongue, &head, &rows);
        outfit
    }
}

/// The suit, smoothed where a fabric would span and not follow, and cut at the neckline.
fn suit(tights: &[Patch], rows: &[Vec3], neckline: impl Fn(Vec3) -> f32) -> Surface {
    let at = |row: u32| rows.get(row as usize).copied().unwrap_or(Vec3::ZERO);
    let middle = tights.iter().flat_map(|patch| patch.corners).map(at).filter(|p| p.x.abs() < 0.015);
    let crotch = middle.fold(Vec3::splat(f32::MAX), |low, p| if p.y < low.y { p } else { low });
    let strength = |row: u32| {
        let p = at(row);
        let away = Vec3::new(p.x, p.y - crotch.y - 0.03, 0.3 * (p.z - crotch.z)).length();
        let lap = (1.0 - (away - 0.07) / 0.06).clamp(0.0, 1.0);
        let trunk = if p.x.abs() < 0.2 && p.y > crotch.y { (-neckline(p) / 0.1).clamp(0.0, 1.0) * 0.4 } else { 0.0 };
        lap.max(trunk)
    };
    let relaxed = relax(tights, 9, strength);
    let (stencils, children) = catmull_clark(tights);
    let mut stencils = stencils.through(&relaxed);
    let mut positions = stencils.positions(rows);
    let (below, _) =
        split(&mut stencils, &mut positions, &children, |p| if p.x.abs() < 0.2 { neckline(p) } else { -1.0 });
    let mut surface = Surface::new(stencils, &below);
    surface.lift_m.fill(SUIT_LIFT_M);
    surface
}

impl Outfit {
    /// Finds, for every vertex of the suit near bare skin, the vertex of the skin below it.
    fn find_fits(&mut self, basis: &BodyBasis) {
        let mut skin = Vec::new();
        for (is_head, surface) in [(true, &mut self.head), (false, &mut self.hands)] {
            let (positions, _) = on_template(surface, basis);
            skin.extend((0..).zip(positions).map(|(vertex, position)| (is_head, vertex, position)));
        }
        let (positions, _) = on_template(&mut self.suit, basis);
        let edge: Vec<Vec3> =
            self.suit.border().into_iter().filter_map(|vertex| positions.get(vertex as usize).copied()).collect();
        let from_edge = |p: Vec3| edge.iter().map(|q| q.distance_squared(p)).fold(f32::MAX, f32::min).sqrt();
        skin.retain(|&(_, _, p)| from_edge(p) < 2.0 * FIT_M);
        for (suit_vertex, &p) in (0..).zip(&positions) {
            let away = from_edge(p);
            if away > 2.0 * FIT_M {
                continue;
            }
            let nearest = skin.iter().min_by(|a, b| a.2.distance_squared(p).total_cmp(&b.2.distance_squared(p)));
            let Some(&(is_head, skin_vertex, _)) = nearest.filter(|(_, _, q)| q.distance_squared(p) < 0.02 * 0.02)
            else {
                continue;
            };
            let share = (1.0 - (away - SUIT_LIFT_M) / FIT_M).clamp(0.0, 1.0);
            self.fits.push(Fit { suit_vertex, is_head, skin_vertex, share: share * share * (3.0 - 2.0 * share) });
        }
    }

    /// Brings the edges of the suit down to the skin of this shape, given its rows at rest, and lifts the suit where
    /// smoothing took it below the skin.
    pub fn fit(&mut self, rows: &[Vec3]) {
        self.suit.set_lifts(|_| 0.0);
        let (mut positions, mut normals) = (Vec::new(), Vec::new());
        let mut skin = |surface: &mut Surface| -> Vec<(Vec3, Vec3)> {
            surface.evaluate(rows, &mut positions, &mut normals);
            let vectors = positions.iter().zip(&normals).map(|(p, n)| (Vec3::from_array(*p), Vec3::from_array(*n)));
            vectors.zip(&surface.lift_m).map(|((p, n), lift)| (p - n * lift, n)).collect()
        };
        let (head, hands, suit) = (skin(&mut self.head), skin(&mut self.hands), skin(&mut self.suit));
        let mut lifts = vec![SUIT_LIFT_M; suit.len()];
        for fit in &self.fits {
            let below = if fit.is_head { &head } else { &hands }.get(fit.skin_vertex as usize);
            let (Some((q, n)), Some((p, _))) = (below, suit.get(fit.suit_vertex as usize)) else { continue };
            let gap = (*p - *q).dot(*n);
            if let Some(lift) = lifts.get_mut(fit.suit_vertex as usize) {
                *lift -= if gap < 0.0 { gap } else { fit.share * gap };
            }
        }
        self.suit.set_lifts(|vertex| lifts.get(vertex as usize).copied().unwrap_or(SUIT_LIFT_M));
    }

    /// Shoes over the proxy's feet: a low upper edge, a sole of its own colour and thickness.
    fn cut_shoes(&mut self, tights: &[Patch], rows: &[Vec3], ground: f32) {
        let (mut stencils, children) = catmull_clark(tights);
        let mut positions = stencils.positions(rows);
        let top = |p: Vec3| p.y - (ground + SHOE_TOP_M - 0.10 * (p.z + 0.02).clamp(-0.05, 0.05));
        let (shoe, _) = split(&mut stencils, &mut positions, &children, top);
        let (sole, upper) = split(&mut stencils, &mut positions, &shoe, |p| p.y - (ground + SOLE_TOP_M));
        let mark =
            |patches: Vec<Patch>, v: f32| patches.into_iter().map(move |patch| Patch { uvs: [[0.0, v]; 4], ..patch });
        // The two sides of the sole's edge are kept apart by their place on the texture map.
        let patches: Vec<Patch> = mark(upper, 0.0).chain(mark(sole, 1.0)).collect();
        self.shoes = Surface::new(stencils, &patches);
        let at = |source: u32| positions.get(source as usize).map_or(0.0, |p| p.y - ground);
        let shoes = &mut self.shoes;
        for (vertex, (lift, (&source, uv))) in
            (0..).zip(shoes.lift_m.iter_mut().zip(shoes.source.iter().zip(&shoes.uvs)))
        {
            let low = (1.0 - at(source) / 0.022).clamp(0.0, 1.0);
            *lift = SHOE_LIFT_M + (SOLE_LIFT_M - SHOE_LIFT_M) * low * low * (3.0 - 2.0 * low);
            if uv[1] > 0.5 {
                self.sole_vertices.push(vertex);
            }
        }
        self.shoes.add_lip(LIP_M);
        let feet = tights.iter().flat_map(|patch| patch.corners);
        self.sole_rows =
            feet.filter(|&row| rows.get(row as usize).is_some_and(|p| p.y < ground + SHOE_TOP_M)).collect();
        self.sole_rows.sort_unstable();
        self.sole_rows.dedup();
    }

    /// The triangles of skin and suit on the template, metres.
    pub fn template_triangles(&mut self, basis: &BodyBasis) -> Vec<[Vec3; 3]> {
        let mut triangles = Vec::new();
        for surface in [&mut self.head, &mut self.hands, &mut self.suit] {
            let (positions, _) = on_template(surface, basis);
            let at = |corner: u32| positions.get(corner as usize).copied().unwrap_or(Vec3::ZERO);
            triangles.extend(surface.indices.as_chunks::<3>().0.iter().map(|corners| corners.map(at)));
        }
        triangles
    }

    /// The surface of a layer.
    pub fn surface(&self, layer: Layer) -> &Surface {
        match layer {
            Layer::Head => &self.head,
            Layer::Hands => &self.hands,
            Layer::Suit => &self.suit,
            Layer::Shoes => &self.shoes,
            Layer::Teeth => &self.teeth,
            Layer::Tongue => &self.tongue,
        }
    }

    /// The same, to be moved.
    pub fn surface_mut(&mut self, layer: Layer) -> &mut Surface {
        match layer {
            Layer::Head => &mut self.head,
            Layer::Hands => &mut self.hands,
            Layer::Suit => &mut self.suit,
            Layer::Shoes => &mut self.shoes,
            Layer::Teeth => &mut self.teeth,
            Layer::Tongue => &mut self.tongue,
        }
    }

    /// The colours of a layer where its vertices are reduced.
    pub fn distant_colours(&self, layer: Layer) -> Vec<[f32; 4]> {
        match layer {
            Layer::Teeth => self.tooth_colours[1].iter().map(|&[r, g, b]| [r, g, b, 1.0]).collect(),
            _ => self.surface(layer).colours.clone(),
        }
    }

    /// Colours everything that is not skin.
    pub fn dye(&mut self, human: &Human) {
        let opaque = |[r, g, b]: [f32; 3]| [r, g, b, 1.0];
        self.suit.colours.fill(opaque(human.suit.colour));
        self.shoes.colours.fill(opaque(human.shoes.colour));
        for &vertex in &self.sole_vertices {
            if let Some(colour) = self.shoes.colours.get_mut(vertex as usize) {
                *colour = opaque(SOLE_COLOUR);
            }
        }
        self.teeth.colours = self.tooth_colours[0].iter().map(|&own| opaque(own)).collect();
        self.tongue.colours = self.tongue_colours.iter().map(|&own| opaque(own)).collect();
    }
}

/// Skin, smoothed, and cut where `height` turns positive.
fn bare(patches: &[Patch], rows: &[Vec3], height: impl Fn(Vec3) -> f32) -> Surface {
    let (mut stencils, children) = catmull_clark(patches);
    let mut positions = stencils.positions(rows);
    let (kept, _) = split(&mut stencils, &mut positions, &children, height);
    Surface::new(stencils, &kept)
}

fn plain(patches: &[Patch]) -> Surface {
    let (stencils, children) = keep(patches);
    Surface::new(stencils, &children)
}

/// Rows on edges that only one quad has.
fn border_rows(patches: &[Patch]) -> Vec<u32> {
    let mut edges = std::collections::BTreeMap::<(u32, u32), u32>::new();
    for patch in patches {
        for i in 0..4 {
            let (a, b) = (patch.corners[i], patch.corners[(i + 1) % 4]);
            *edges.entry((a.min(b), a.max(b))).or_default() += 1;
        }
    }
    let mut rows: Vec<u32> =
        edges.into_iter().filter(|(_, count)| *count == 1).flat_map(|((a, b), _)| [a, b]).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}
