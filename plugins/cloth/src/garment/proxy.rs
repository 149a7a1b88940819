//! What cloth collides with instead of the skin that is drawn: nearly the same, but with room for cloth wherever a person touches
//! themselves. Hands are mittens ([`super::mitten`]); trunk and legs, which are soft, give way to the arms that lie
//! on them, and where cloth has no way out from between two limbs, it dents them.

use std::collections::{BTreeMap, BTreeSet};

use bevy::math::DVec3;

use super::crossings::{crossings, edges};
use super::form::{DressForm, Member};
use super::mitten;

/// What is kept free between an arm and what it lies on: room for the margins of both skins and three layers between; metres.
const GAP_M: f64 = 0.022;
/// Skin gives way fully to skin that looks against it by this cosine or more, and not at all where they look the same way: in an armpit arm and
/// trunk are neighbours.
const FACING: f64 = 0.5;
/// Skin gives way to cloth that has no other way by so much at a time, and at most: metres.
const DENT_STEP_M: f64 = 0.0015;
const DEEPEST_DENT_M: f64 = 0.03;
/// How often what gives way draws its neighbours along.
const ROUNDINGS: u32 = 6;
/// Triangles that are looked at together.
const PATCH: usize = 16;
/// Deeper than this inside, an arm is somewhere that nothing can put right, metres.
const DEEPEST_M: f64 = 0.05;

/// The proxy of one person. Its vertices are those of the skin, moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkinProxy {
    /// All its triangles, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Triangles of arms and mittens.
    arms: Vec<[u32; 3]>,
    /// Vertices of mittens.
    hands: Vec<u32>,
    /// Vertices of trunk and legs.
    soft: Vec<u32>,
    /// Their triangles, and the edges of those.
    flesh: Vec<[u32; 3]>,
    edges: Vec<[u32; 2]>,
    /// How deep cloth has dented the skin, by vertex, metres.
    dents_m: BTreeMap<u32, f64>,
}

impl SkinProxy {
    /// For a body; `hands_m` is the same skin with the hands as they are held.
    pub fn new(form: &DressForm, hands_m: &[DVec3]) -> Self {
        let member = |vertex: &u32| form.member_of.get(*vertex as usize).copied().unwrap_or(Member::Trunk);
        let is_of = |corners: &[u32; 3], hand: Member| corners.iter().all(|corner| member(corner) == hand);
        let mut triangles = form.triangles.clone();
        for hand in [Member::LeftHand, Member::RightHand] {
            let mut of: Vec<u32> = triangles.iter().filter(|corners| is_of(corners, hand)).flatten().copied().collect();
            of.sort_unstable();
            of.dedup();
            let mitten = mitten::hull(hands_m, &of);
            if !mitten.is_empty() {
                triangles.retain(|corners| !is_of(corners, hand));
                triangles.extend(mitten);
            }
        }
        let is_soft = |vertex: &u32| member(vertex) == Member::Trunk || member(vertex).is_leg();
        let all = |of: &dyn Fn(&u32) -> bool| -> Vec<[u32; 3]> {
            triangles.iter().filter(|corners| corners.iter().all(of)).copied().collect()
        };
        let (arms, flesh) = (all(&|vertex| member(vertex).is_arm()), all(&is_soft));
        let is_hand = |vertex: &u32| matches!(member(vertex), Member::LeftHand | Member::RightHand);
        let mut hands: Vec<u32> = arms.iter().flatten().copied().filter(is_hand).collect();
        hands.sort_unstable();
        hands.dedup();
        let soft = (0..form.places_m.len() as u32).filter(is_soft).collect();
        let edges = edges(&flesh);
        Self { triangles, arms, hands, soft, flesh, edges, dents_m: BTreeMap::new() }
    }

    /// What cloth meets of a body.
    pub fn of(&self, form: &DressForm) -> DressForm {
        let mut met = DressForm { triangles: self.triangles.clone(), ..form.clone() };
        self.give_way(&mut met.places_m);
        met
    }

    /// Deepens dents, by vertex, metres.
    pub fn dent(&mut self, dents_m: &[(u32, f64)]) {
        for (vertex, depth_m) in dents_m {
            let dent_m = self.dents_m.entry(*vertex).or_default();
            *dent_m = dent_m.max(*depth_m);
        }
    }

    /// What is to be dented by how much in all, by vertex, metres, for nothing to cross any more as the cloth lies now. `skin` is the undented body.
    pub fn dents_for(&self, cloth: &[DVec3], triangles: &[[u32; 3]], skin: &DressForm) -> Vec<(u32, f64)> {
        let mut dented = self.clone();
        let mut touched = BTreeMap::new();
        while let crossed = crossings(cloth, triangles, &dented.of(skin))
            && crossed.iter().any(|crossing| !crossing.skin.is_empty())
        {
            let vertices: BTreeSet<u32> = crossed.into_iter().flat_map(|crossing| crossing.skin).collect();
            let can_give = |vertex: &u32| dented.dents_m.get(vertex).is_none_or(|depth_m| *depth_m < DEEPEST_DENT_M);
            let giving: Vec<u32> = vertices.into_iter().filter(can_give).collect();
            if giving.is_empty() {
                break;
            }
            for vertex in giving {
                let depth_m = dented.dents_m.entry(vertex).or_default();
                *depth_m += DENT_STEP_M;
                touched.insert(vertex, *depth_m);
            }
        }
        touched.into_iter().collect()
    }

    /// Moves trunk and legs out of the way of the arms, and what is dented inwards.
    pub fn give_way(&self, places: &mut [DVec3]) {
        let normals = self.normals(places);
        let mut ways = vec![DVec3::ZERO; places.len()];
        // Corners of what is soft before arms, then, since a hand is smaller than a triangle of a thigh, the other way round.
        for (vertex, _, normal, missing_m) in self.missing(&self.soft, &self.arms, places, &normals) {
            ways[vertex as usize] = normal * missing_m;
        }
        let moved: Vec<DVec3> = places.iter().zip(&ways).map(|(place, way)| *place + *way).collect();
        let mut most: BTreeMap<u32, DVec3> = BTreeMap::new();
        for (_, corners, normal, missing_m) in self.missing(&self.hands, &self.flesh, &moved, &normals) {
            for corner in corners {
                let way = most.entry(corner).or_default();
                if missing_m * missing_m > way.length_squared() {
                    *way = -normal * missing_m;
                }
            }
        }
        most.into_iter().for_each(|(vertex, way)| ways[vertex as usize] += way);
        self.round(&mut ways);
        places.iter_mut().zip(&ways).for_each(|(place, way)| *place += *way);
        if !self.dents_m.is_empty() {
            let normals = self.normals(places);
            for (vertex, depth_m) in &self.dents_m {
                if let (Some(place), Some(normal)) = (places.get_mut(*vertex as usize), normals.get(*vertex as usize)) {
                    *place -= *normal * *depth_m;
                }
            }
        }
    }

    /// Spreads ways of giving way over the flesh around, so that cloth finds hollows and no steps; nothing gives way less than before.
    fn round(&self, ways: &mut [DVec3]) {
        let wanted: Vec<(DVec3, f64)> = ways.iter().map(|way| (way.normalize_or_zero(), way.length())).collect();
        if wanted.iter().all(|(_, length)| *length == 0.0) {
            return;
        }
        for _ in 0..ROUNDINGS {
            let mut sums = vec![(DVec3::ZERO, 0u32); ways.len()];
            for [a, b] in self.edges.iter().map(|edge| edge.map(|vertex| vertex as usize)) {
                for (to, from) in [(a, b), (b, a)] {
                    sums[to].0 += ways[from];
                    sums[to].1 += 1;
                }
            }
            for ((way, (sum, count)), (direction, length)) in ways.iter_mut().zip(sums).zip(&wanted) {
                if count > 0 {
                    let mean = sum / f64::from(count);
                    *way = mean + *direction * (length - mean.dot(*direction)).max(0.0);
                }
            }
        }
    }

    /// Outward directions at the vertices.
    fn normals(&self, places: &[DVec3]) -> Vec<DVec3> {
        let mut normals = vec![DVec3::ZERO; places.len()];
        for corners in &self.triangles {
            let normal = across(corners_of(places, corners));
            for corner in corners {
                if let Some(sum) = normals.get_mut(*corner as usize) {
                    *sum += normal;
                }
            }
        }
        normals.into_iter().map(DVec3::normalize_or_zero).collect()
    }

    /// Vertices that are too near to the triangle that is nearest and looks against them: vertex, triangle, its normal, and how much is missing, metres.
    fn missing(
        &self,
        vertices: &[u32],
        triangles: &[[u32; 3]],
        places: &[DVec3],
        normals: &[DVec3],
    ) -> Vec<(u32, [u32; 3], DVec3, f64)> {
        let reach = DVec3::splat(DEEPEST_M);
        let box_of = |of: &[u32; 3]| {
            let [a, b, c] = corners_of(places, of);
            (*of, [a, b, c], a.min(b).min(c) - reach, a.max(b).max(c) + reach)
        };
        let boxed: Vec<_> = triangles.iter().map(box_of).collect();
        // Triangles that follow each other are near each other.
        let bounds = |of: &[(_, _, DVec3, DVec3)]| {
            of.iter().fold((DVec3::MAX, DVec3::MIN), |(low, high), (_, _, l, h)| (low.min(*l), high.max(*h)))
        };
        let patches: Vec<_> = boxed.chunks(PATCH).map(|of| (bounds(of), of)).collect();
        let holds = |at: DVec3, low: &DVec3, high: &DVec3| at.cmpge(*low).all() && at.cmple(*high).all();
        let mut all = Vec::new();
        for vertex in vertices {
            let Some(at) = places.get(*vertex as usize).copied() else { continue };
            let near = patches.iter().filter(|((low, high), _)| holds(at, low, high)).flat_map(|(_, of)| *of);
            let near = near.filter(|(_, _, low, high)| holds(at, low, high));
            let nearest = near
                .map(|(of, corners, ..)| (closest(at, corners), of, corners))
                .min_by(|(a, ..), (b, ..)| a.distance_squared(at).total_cmp(&b.distance_squared(at)));
            let Some((foot, of, corners)) = nearest else { continue };
            let normal = across(*corners).normalize_or(DVec3::Y);
            let height = if (at - foot).dot(normal) < 0.0 { -at.distance(foot) } else { at.distance(foot) };
            let against = -normals[*vertex as usize].dot(normal);
            let missing_m = (GAP_M - height) * (against / FACING).clamp(0.0, 1.0);
            if missing_m > 0.0 && height > -DEEPEST_M {
                all.push((*vertex, *of, normal, missing_m));
            }
        }
        all
    }
}

fn corners_of(places: &[DVec3], corners: &[u32; 3]) -> [DVec3; 3] {
    corners.map(|corner| places.get(corner as usize).copied().unwrap_or_default())
}

/// Along the normal, as long as twice the area.
fn across([a, b, c]: [DVec3; 3]) -> DVec3 {
    (b - a).cross(c - a)
}

/// The point of a triangle nearest to a point (Ericson 2005).
fn closest(p: DVec3, [a, b, c]: &[DVec3; 3]) -> DVec3 {
    let (ab, ac, ap) = (*b - *a, *c - *a, p - *a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return *a;
    }
    let bp = p - *b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return *b;
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        return *a + ab * (d1 / (d1 - d3));
    }
    let cp = p - *c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return *c;
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        return *a + ac * (d2 / (d2 - d6));
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0 {
        return *b + (*c - *b) * ((d4 - d3) / ((d4 - d3) + (d5 - d6)));
    }
    let whole = va + vb + vc;
    if whole > 0.0 { *a + ab * (vb / whole) + ac * (vc / whole) } else { *a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_gives_way_to_an_arm_that_touches_it_and_draws_along_what_is_beside() {
        let arm = [DVec3::new(0.0, -1.0, -1.0), DVec3::new(0.0, 1.0, -1.0), DVec3::new(0.0, 0.0, 1.0)];
        let trunk = [DVec3::new(0.001, 0.0, 0.0), DVec3::new(0.06, 0.0, 0.4), DVec3::new(-0.01, 0.3, 0.0)];
        let form = DressForm {
            places_m: [arm, trunk].concat(),
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            member_of: [[Member::LeftArm; 3], [Member::Trunk; 3]].concat(),
            ..DressForm::default()
        };
        let mut places = form.places_m.clone();
        let proxy = SkinProxy::new(&form, &form.places_m);
        assert_eq!(proxy.triangles, form.triangles);
        proxy.give_way(&mut places);
        assert_eq!(places[..3], arm);
        // The one that is in the arm gives way as far as it must; the one at the arm as far as that draws it, or as it must; the one beside it as far as both draw it.
        let deep_m = GAP_M + 0.01;
        let (mut near_m, mut beside_m) = (GAP_M - 0.001, 0.0);
        for _ in 0..ROUNDINGS {
            (near_m, beside_m) = ((GAP_M - 0.001).max(0.5 * (beside_m + deep_m)), 0.5 * (near_m + deep_m));
        }
        assert!(beside_m > 0.9 * deep_m, "{beside_m}");
        for ((place, was), way_m) in places[3..].iter().zip(trunk).zip([near_m, beside_m, deep_m]) {
            assert!(place.distance(was + DVec3::X * way_m) < 1e-12, "{place} {way_m}");
        }
    }

    #[test]
    fn a_thigh_of_one_triangle_gives_way_to_a_hand_that_is_smaller() {
        let thigh = [DVec3::new(-0.3, -0.3, 0.0), DVec3::new(0.3, -0.3, 0.0), DVec3::new(0.0, 0.4, 0.0)];
        let hand = [DVec3::new(-0.02, 0.0, 0.004), DVec3::new(0.0, 0.03, 0.004), DVec3::new(0.02, 0.0, 0.004)];
        let form = DressForm {
            places_m: [thigh, hand].concat(),
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            member_of: [[Member::LeftLeg; 3], [Member::LeftHand; 3]].concat(),
            ..DressForm::default()
        };
        let met = SkinProxy::new(&form, &form.places_m).of(&form).places_m;
        assert_eq!(met[3..], hand);
        for place in &met[..3] {
            assert!((place.z - (0.004 - GAP_M)).abs() < 1e-12, "{place}");
        }
    }
}
