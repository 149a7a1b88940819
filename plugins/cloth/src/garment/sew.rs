//! Sewing: pieces are laid about the body in the pose for fitting and over what is worn already, seams are drawn shut, and sewn points become
//! one. Cloth meets itself, the skin and the layers below all the while, so that nothing crosses.

use std::collections::{BTreeMap, BTreeSet};

use bevy::math::DVec3;

use super::crossings::{Crossing, count_crossings, crossings};
use super::cut::{Cut, cut};
use super::dresser::{Dresser, SUBSTEPS_PER_SEC, places, settings, steps};
use super::error::GarmentError;
use super::form::{DressForm, Member};
use super::lay::lay;
use super::measure::Measurements;
use super::pattern::{EdgeName, Pattern};
use super::template::Cutting;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::fabric::Fabric;
use crate::solver::links::Seam;
use crate::solver::mesh::ClothMesh;
use crate::solver::settings::Settings;

/// How far pieces are laid off the skin; tried from the first to the last until nothing crosses.
const CLEARANCES_M: [f64; 5] = [0.012, 0.016, 0.022, 0.03, 0.045];
/// Substeps between two looks at the state.
const STRIDE: u32 = 10;
/// Speed at which the sides of a seam are drawn together, m/s.
const CLOSING_M_S: f64 = 0.35;
/// Thickness of cloth while it is sewn, so that seams close: metres.
const SEWING_THICKNESS_M: f32 = 2e-4;
/// How wide open a seam may be to count as closed, metres.
const CLOSED_M: f64 = 0.0025;
/// A seam that is open by less than this share of the spacing in the end is closed by hand; what that makes cross is told.
const LAST_STITCH: f64 = 0.25;
/// What is worn below is this share of its width while something is sewn over it; and how long each step to that takes, seconds.
const NARROWEST: f64 = 0.78;
const DRAWING_SECS: f64 = 0.12;
/// How often folds beside a seam are smoothed, or lifted by so much, before they are left as they are.
const SMOOTHINGS: usize = 40;
const LIFT_M: f64 = 0.001;
/// Longest time for closing beyond what the speed asks, seconds.
const CLOSING_SPARE_SECS: f64 = 1.2;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// How it is cut.
    pub cutting: &'a Cutting,
    /// Of what.
    pub fabric: Fabric,
    /// Wanted distance of particles, metres.
    pub spacing_m: f64,
}

/// A garment whose seams are closed, on its body in the pose for fitting.
#[derive(Clone, Debug)]
pub struct Sewn {
    /// One point for all that are sewn together; metres in the space of the body.
    pub mesh: ClothMesh,
    /// Particles that stay with the skin.
    pub held: Vec<u32>,
    /// Of what.
    pub fabric: Fabric,
}

/// Makes a garment over `worn` ones, which give way. `met` is the body that cloth collides with.
///
/// # Errors
/// A pattern that cannot be sewn, a garment that does not fit.
pub fn sew(
    order: &Order,
    body: &Measurements,
    form: &DressForm,
    met: &DressForm,
    worn: &mut [Sewn],
    threads: usize,
) -> Result<Sewn, GarmentError> {
    let pattern = order.cutting.pattern(body)?;
    let cut = cut(&pattern, order.spacing_m)?;
    draw_in(worn, met, threads)?;
    let laid = laid(&pattern, &cut, &clad(form, worn), &clad(met, worn), body)?;
    let closing = Closing { pattern: &pattern, cut: &cut, laid: &laid, order, met };
    let sewn = closing.close(worn, threads)?;
    let at: Vec<DVec3> = sewn.mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
    let [on_itself, on_body] = count_crossings(&at, &sewn.mesh.triangles, &clad(met, worn));
    for (crossings, what) in [(on_itself, "itself"), (on_body, "the body or what is worn below")] {
        if crossings > 0 {
            return Err(GarmentError::Crossing { crossings, what, when: "when it is sewn" });
        }
    }
    Ok(sewn)
}

/// Draws what is worn close to the skin, so that nothing of it is caught in seams that are drawn shut above: for a while it is narrower
/// than it is cut, and falls wide again when everything hangs.
fn draw_in(worn: &mut [Sewn], met: &DressForm, threads: usize) -> Result<(), GarmentError> {
    if worn.is_empty() {
        return Ok(());
    }
    for width in [0.92, 0.85, NARROWEST] {
        let layers: Vec<_> = worn.iter().map(|garment| (&garment.mesh, garment.fabric.thickness_m)).collect();
        let mut dresser = Dresser::new(&layers, met, threads)?;
        let mut cloths = Vec::new();
        for garment in worn.iter() {
            cloths.push(narrow(garment, width, settings(threads, 12.0, 0.0))?);
        }
        let mut all: Vec<&mut Cloth> = cloths.iter_mut().collect();
        dresser.step(&mut all, steps(DRAWING_SECS))?;
        for (garment, cloth) in worn.iter_mut().zip(&cloths) {
            garment.mesh.positions_m = places(cloth).iter().map(|place| place.to_array()).collect();
        }
    }
    Ok(())
}

/// A garment at a share of its width.
fn narrow(garment: &Sewn, width: f64, settings: Settings) -> Result<Cloth, GarmentError> {
    let mut mesh = garment.mesh.clone();
    mesh.corner_uv_m.iter_mut().flatten().for_each(|[_, around]| *around *= width);
    let fastenings = Fastenings { pins: garment.held.clone(), ..Fastenings::default() };
    Ok(Cloth::new(mesh, garment.fabric.clone(), settings, fastenings)?)
}

/// A body with what it wears: each particle belongs to the part of the body that is nearest.
fn clad(form: &DressForm, worn: &[Sewn]) -> DressForm {
    let mut clad = form.clone();
    for garment in worn {
        let first = clad.places_m.len() as u32;
        for place in &garment.mesh.positions_m {
            let at = DVec3::from_array(*place);
            let skin = form.places_m.iter().zip(&form.member_of);
            let nearest = skin.min_by(|(a, _), (b, _)| a.distance_squared(at).total_cmp(&b.distance_squared(at)));
            clad.places_m.push(at);
            clad.member_of.push(nearest.map_or(Member::Trunk, |(_, member)| *member));
        }
        clad.triangles.extend(garment.mesh.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    }
    clad
}

/// The pieces about the body, with as little room as there must be for nothing to cross. `form` is what they go about, `met` what they may not cross.
pub fn laid(
    pattern: &Pattern,
    cut: &Cut,
    form: &DressForm,
    met: &DressForm,
    body: &Measurements,
) -> Result<Vec<DVec3>, GarmentError> {
    let mut refused = None;
    for clearance_m in CLEARANCES_M {
        let places = lay(pattern, cut, form, body, clearance_m)?;
        let met = crossings(&places, &cut.triangles, met);
        match met.first() {
            None => return Ok(places),
            Some(Crossing { cloth, other, .. }) => {
                let name = |vertex: u32| pattern.pieces[cut.piece_of[vertex as usize]].id.clone();
                let first = cloth.first().copied().map_or(String::new(), name);
                let second = other.map_or("the body".to_owned(), |vertex| format!("`{}`", name(vertex)));
                refused = Some(GarmentError::Laid { first, second, crossings: met.len() });
            }
        }
    }
    Err(refused.unwrap_or(GarmentError::NoPieces))
}

/// What is drawn shut.
struct Closing<'a> {
    pattern: &'a Pattern,
    cut: &'a Cut,
    laid: &'a [DVec3],
    order: &'a Order<'a>,
    met: &'a DressForm,
}

impl Closing<'_> {
    /// Draws all seams shut, without gravity, and makes one point of those that are sewn.
    fn close(&self, worn: &mut [Sewn], threads: usize) -> Result<Sewn, GarmentError> {
        let (cut, laid, fabric) = (self.cut, self.laid, &self.order.fabric);
        // The solver's warp is its first pattern coordinate, which is our height.
        let uv = |corner: u32| [cut.points[corner as usize].y, -cut.points[corner as usize].x];
        let mesh = ClothMesh {
            triangles: cut.triangles.clone(),
            corner_uv_m: cut.triangles.iter().map(|corners| corners.map(uv)).collect(),
            positions_m: laid.iter().map(|place| place.to_array()).collect(),
        };
        let gaps: Vec<f64> = cut.sewn.iter().map(|([a, b], _)| laid[*a as usize].distance(laid[*b as usize])).collect();
        let seams = cut.sewn.iter().zip(&gaps).map(|((particles, _), gap)| Seam {
            particles: *particles,
            rest_m: *gap as f32,
            compliance_m_n: 1e-5,
            break_force_n: f32::INFINITY,
        });
        let mut layers: Vec<_> = worn.iter().map(|garment| (&garment.mesh, garment.fabric.thickness_m)).collect();
        layers.push((&mesh, SEWING_THICKNESS_M));
        let mut dresser = Dresser::new(&layers, self.met, threads)?;
        let settings = || settings(threads, 6.0, 0.0);
        let mut cloths = Vec::new();
        for garment in worn.iter() {
            cloths.push(narrow(garment, NARROWEST, settings())?);
        }
        let fastenings = Fastenings { seams: seams.collect(), ..Fastenings::default() };
        let mut cloth = Cloth::new(mesh.clone(), fabric.clone(), settings(), fastenings)?;
        let widest = gaps.iter().fold(0.0, |most: f64, gap| most.max(*gap));
        let limit = steps(widest / CLOSING_M_S + CLOSING_SPARE_SECS);
        let mut step = 0;
        loop {
            let drawn_m = f64::from(step) / f64::from(SUBSTEPS_PER_SEC) * CLOSING_M_S;
            for (index, gap) in gaps.iter().enumerate() {
                cloth.set_seam_rest(index, (gap - drawn_m).max(0.0) as f32)?;
            }
            let mut all: Vec<&mut Cloth> = cloths.iter_mut().chain([&mut cloth]).collect();
            dresser.step(&mut all, STRIDE)?;
            step += STRIDE;
            let now = places(&cloth);
            let (gap_m, seam) = self.widest(&now);
            let is_late = step > limit;
            let is_closed = gap_m < CLOSED_M && drawn_m > widest;
            if is_closed || (is_late && gap_m < LAST_STITCH * self.order.spacing_m) {
                let (mut sewn, held) = merged(&mesh, cut, &now);
                for (garment, cloth) in worn.iter_mut().zip(&cloths) {
                    garment.mesh.positions_m = places(cloth).iter().map(|place| place.to_array()).collect();
                }
                smooth_out(&mut sewn, &clad(self.met, worn));
                return Ok(Sewn { mesh: sewn, held, fabric: fabric.clone() });
            }
            if is_late {
                return Err(GarmentError::Open { seam: self.name_of(seam), gap_m });
            }
        }
    }

    /// The widest gap between what is sewn, metres, and of which seam.
    fn widest(&self, places: &[DVec3]) -> (f64, usize) {
        let gap = |([a, b], seam): &([u32; 2], usize)| (places[*a as usize].distance(places[*b as usize]), *seam);
        self.cut.sewn.iter().map(gap).fold((0.0, 0), |most, gap| if gap.0 > most.0 { gap } else { most })
    }

    fn name_of(&self, seam: usize) -> String {
        let name = |side: &[EdgeName]| side.first().map_or(String::new(), ToString::to_string);
        let seam = self.pattern.seams.get(seam);
        seam.map_or("a button".to_owned(), |seam| format!("{} with {}", name(&seam.a), name(&seam.b)))
    }
}

/// Points that become one can make small folds beside a seam cross, which are smoothed out, and cut a little into what is below, which
/// they are lifted off. Elasticity takes both back later.
fn smooth_out(mesh: &mut ClothMesh, met: &DressForm) {
    let mut places: Vec<DVec3> = mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
    let mut neighbours = vec![BTreeSet::new(); places.len()];
    for [a, b, c] in &mesh.triangles {
        for (from, to) in [(a, b), (b, c), (c, a)] {
            neighbours[*from as usize].insert(*to);
            neighbours[*to as usize].insert(*from);
        }
    }
    let outwards = met.normals();
    for _ in 0..SMOOTHINGS {
        let crossed = crossings(&places, &mesh.triangles, met);
        if crossed.is_empty() {
            break;
        }
        let mut moved: BTreeMap<u32, DVec3> = BTreeMap::new();
        for crossing in &crossed {
            let out: DVec3 = crossing.skin.iter().map(|vertex| outwards[*vertex as usize]).sum();
            for vertex in &crossing.cloth {
                let at = places[*vertex as usize];
                let about = &neighbours[*vertex as usize];
                let middle =
                    about.iter().map(|other| places[*other as usize]).sum::<DVec3>() / about.len().max(1) as f64;
                let to =
                    if crossing.skin.is_empty() { at.lerp(middle, 0.5) } else { at + out.normalize_or_zero() * LIFT_M };
                moved.insert(*vertex, to);
            }
        }
        moved.into_iter().for_each(|(vertex, to)| places[vertex as usize] = to);
    }
    mesh.positions_m = places.iter().map(|place| place.to_array()).collect();
}

/// One point for all that are sewn together, where they are in the mean.
fn merged(mesh: &ClothMesh, cut: &Cut, places: &[DVec3]) -> (ClothMesh, Vec<u32>) {
    let mut parent: Vec<u32> = (0..places.len() as u32).collect();
    fn root(parent: &mut [u32], mut at: u32) -> u32 {
        while parent[at as usize] != at {
            parent[at as usize] = parent[parent[at as usize] as usize];
            at = parent[at as usize];
        }
        at
    }
    for ([a, b], _) in &cut.sewn {
        let (a, b) = (root(&mut parent, *a), root(&mut parent, *b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut index_of: BTreeMap<u32, u32> = BTreeMap::new();
    let mut sums: Vec<(DVec3, f64)> = Vec::new();
    let new: Vec<u32> = (0..places.len() as u32)
        .map(|old| {
            let root = root(&mut parent, old);
            let index = *index_of.entry(root).or_insert_with(|| {
                sums.push((DVec3::ZERO, 0.0));
                sums.len() as u32 - 1
            });
            let (sum, count) = &mut sums[index as usize];
            *sum += places[old as usize];
            *count += 1.0;
            index
        })
        .collect();
    let sewn = ClothMesh {
        triangles: mesh.triangles.iter().map(|corners| corners.map(|corner| new[corner as usize])).collect(),
        corner_uv_m: mesh.corner_uv_m.clone(),
        positions_m: sums.iter().map(|(sum, count)| (*sum / *count).to_array()).collect(),
    };
    let mut held: Vec<u32> = cut.held.iter().map(|old| new[*old as usize]).collect();
    held.sort_unstable();
    held.dedup();
    (sewn, held)
}

#[cfg(test)]
#[path = "sew_tests.rs"]
mod tests;
