//! Draping: gravity sets in, the body moves from the pose for fitting to its first pose of the shot and rests a little. All garments of a
//! person hang together, so that nothing crosses: neither cloth and skin nor layers.

use bevy::math::{DMat3, DVec3};

use super::dresser::{Dresser, places, settings, steps};
use super::error::GarmentError;
use super::form::DressForm;
use super::measure::measure;
use super::proxy::SkinProxy;
use super::sew::{Order, Sewn, sew};
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::mesh::ClothMesh;

/// Time under gravity before the body moves, and of its motion, and at rest afterwards, seconds.
const SETTLE_SECS: f64 = 0.35;
const POSE_SECS: f64 = 1.4;
const REST_SECS: f64 = 0.35;
/// Time in which dents are pressed into the skin.
const DENT_SECS: f64 = 0.05;
/// Poses of the body in which its skin is computed on the way; straight lines between.
const KEY_POSES: u32 = 36;

/// A garment on its body.
#[derive(Clone, Debug)]
pub struct Draped {
    /// Sewn; where its particles are, metres in the space of the body.
    pub mesh: ClothMesh,
    /// Particles that stay with the skin, and where on it.
    pub holds: Vec<Hold>,
    /// Velocities, m/s.
    pub velocities_m_s: Vec<[f32; 3]>,
    /// Vertices of the skin that it has dented, and how deep: metres.
    pub dents_m: Vec<(u32, f64)>,
}

/// A particle that goes with a triangle of the skin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hold {
    /// The particle.
    pub particle: u32,
    /// Corners of the triangle.
    pub corners: [u32; 3],
    /// Weights of the corners.
    pub weights: [f64; 3],
    /// From there to the particle, in the axes of the triangle, metres.
    pub offset_m: DVec3,
}

/// What keeps somebody from being dressed: which garment, from 0, and why.
#[derive(Debug)]
pub struct Refused {
    pub garment: usize,
    pub source: GarmentError,
}

/// Drafts, cuts, sews and drapes what somebody wears, from the skin outwards. `skin_at(share)` is the skin on the way from the pose for
/// fitting (0) to the first pose of the shot (1), metres in the space of the form.
///
/// # Errors
/// A pattern that cannot be sewn, a garment that does not fit.
pub fn dress(
    orders: &[Order],
    form: &DressForm,
    proxy: &SkinProxy,
    threads: usize,
    skin_at: &mut dyn FnMut(f64) -> Vec<DVec3>,
) -> Result<Vec<Draped>, Refused> {
    let refuse = |garment| move |source| Refused { garment, source };
    let body = measure(form).map_err(refuse(0))?;
    let met = proxy.of(form);
    let mut sewn: Vec<Sewn> = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let garment = sew(order, &body, form, &met, &mut sewn, threads).map_err(refuse(index))?;
        sewn.push(garment);
    }
    let hanging = Hanging::new(sewn, form, &met, threads).map_err(refuse(0))?;
    hanging.drape(form, proxy.clone(), skin_at).map_err(refuse(0))
}

/// Garments on a body that moves.
struct Hanging {
    cloths: Vec<Cloth>,
    meshes: Vec<ClothMesh>,
    holds: Vec<Vec<Hold>>,
    dresser: Dresser,
    friction: f32,
}

impl Hanging {
    fn new(sewn: Vec<Sewn>, form: &DressForm, met: &DressForm, threads: usize) -> Result<Self, GarmentError> {
        let layers: Vec<_> = sewn.iter().map(|garment| (&garment.mesh, garment.fabric.thickness_m)).collect();
        let dresser = Dresser::new(&layers, met, threads)?;
        let friction = sewn.iter().map(|garment| garment.fabric.friction).sum::<f32>() / sewn.len().max(1) as f32;
        let (mut cloths, mut meshes, mut holds) = (Vec::new(), Vec::new(), Vec::new());
        for garment in sewn {
            let hold = |particle: &u32| {
                Hold::new(*particle, DVec3::from_array(garment.mesh.positions_m[*particle as usize]), form)
            };
            holds.push(garment.held.iter().map(hold).collect());
            let fastenings = Fastenings { pins: garment.held.clone(), ..Fastenings::default() };
            let settings = settings(threads, 3.0, 9.81);
            cloths.push(Cloth::new(garment.mesh.clone(), garment.fabric, settings, fastenings)?);
            meshes.push(garment.mesh);
        }
        Ok(Self { cloths, meshes, holds, dresser, friction })
    }

    /// Lets them hang, moves the body to its first pose and waits a little.
    fn drape(
        mut self,
        form: &DressForm,
        mut proxy: SkinProxy,
        skin_at: &mut dyn FnMut(f64) -> Vec<DVec3>,
    ) -> Result<Vec<Draped>, GarmentError> {
        self.dresser.set_friction(self.friction);
        self.step(steps(SETTLE_SECS))?;
        // Where an arm comes down on cloth, the cloth slips out from under it, as one would pull it out.
        self.dresser.set_friction(0.0);
        let per_key = steps(POSE_SECS / f64::from(KEY_POSES));
        for key in 1..=KEY_POSES {
            let share = f64::from(key) / f64::from(KEY_POSES);
            let mut skin = skin_at(share * share * (3.0 - 2.0 * share));
            proxy.give_way(&mut skin);
            self.send(skin, per_key)?;
        }
        let posed = DressForm { places_m: skin_at(1.0), ..form.clone() };
        self.send(self.dresser.skin().to_vec(), 1)?;
        let mut dents_m = self.dents(&mut proxy, &posed);
        self.send(proxy.of(&posed).places_m, steps(DENT_SECS))?;
        self.dresser.set_friction(self.friction);
        self.send(proxy.of(&posed).places_m, 1)?;
        self.send(proxy.of(&posed).places_m, steps(REST_SECS))?;
        // The skin that is met at last is the one that nothing crosses.
        dents_m.iter_mut().zip(self.dents(&mut proxy, &posed)).for_each(|(all, more)| all.extend(more));
        let all = self.cloths.iter().zip(self.meshes).zip(self.holds).zip(dents_m);
        let all = all.map(|(((cloth, mesh), holds), dents_m)| Draped {
            mesh: ClothMesh { positions_m: places(cloth).iter().map(|place| place.to_array()).collect(), ..mesh },
            holds,
            velocities_m_s: cloth
                .state()
                .particles()
                .iter()
                .map(|particle| particle.velocity_m_s().to_array())
                .collect(),
            dents_m,
        });
        Ok(all.collect())
    }

    /// Dents the skin where a garment crosses it; what each has dented.
    fn dents(&self, proxy: &mut SkinProxy, posed: &DressForm) -> Vec<Vec<(u32, f64)>> {
        let dents = self.cloths.iter().zip(&self.meshes).map(|(cloth, mesh)| {
            let dents_m = proxy.dents_for(&places(cloth), &mesh.triangles, posed);
            proxy.dent(&dents_m);
            dents_m
        });
        dents.collect()
    }

    /// The skin and what is held to it go to a place, and the cloths with them.
    fn send(&mut self, skin: Vec<DVec3>, steps: u32) -> Result<(), GarmentError> {
        self.hold(&skin, steps)?;
        self.dresser.send(skin, steps);
        self.step(steps)
    }

    /// Sends what is held to its place on a skin.
    fn hold(&mut self, skin: &[DVec3], steps: u32) -> Result<(), GarmentError> {
        for (cloth, holds) in self.cloths.iter_mut().zip(&self.holds) {
            for hold in holds {
                cloth.move_pin(hold.particle, hold.place(skin).to_array(), steps)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, steps: u32) -> Result<(), GarmentError> {
        let mut cloths: Vec<&mut Cloth> = self.cloths.iter_mut().collect();
        Ok(self.dresser.step(&mut cloths, steps)?)
    }
}

impl Hold {
    /// To the nearest triangle of the skin.
    fn new(particle: u32, at: DVec3, form: &DressForm) -> Self {
        let centre =
            |corners: &[u32; 3]| corners.iter().map(|corner| form.places_m[*corner as usize]).sum::<DVec3>() / 3.0;
        let distance = |corners: &[u32; 3]| centre(corners).distance_squared(at);
        let nearest = form.triangles.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let corners = nearest.copied().unwrap_or_default();
        let weights = [1.0 / 3.0; 3];
        let mut hold = Self { particle, corners, weights, offset_m: DVec3::ZERO };
        let (origin, axes) = hold.frame(|corner| form.places_m.get(corner).copied());
        hold.offset_m = axes.transpose() * (at - origin);
        hold
    }

    /// A point of the triangle, and its axes: along an edge, across, and along the normal.
    fn frame(&self, at: impl Fn(usize) -> Option<DVec3>) -> (DVec3, DMat3) {
        let [a, b, c] = self.corners.map(|corner| at(corner as usize).unwrap_or_default());
        let normal = (b - a).cross(c - a).normalize_or(DVec3::Y);
        let along = (b - a).normalize_or(DVec3::X);
        let [wa, wb, wc] = self.weights;
        (a * wa + b * wb + c * wc, DMat3::from_cols(along, normal.cross(along), normal))
    }

    /// Where the particle is on a skin.
    pub fn place(&self, skin: &[DVec3]) -> DVec3 {
        self.place_on(|corner| skin.get(corner).copied())
    }

    /// The same for vertices that are asked for.
    pub fn place_on(&self, at: impl Fn(usize) -> Option<DVec3>) -> DVec3 {
        let (origin, axes) = self.frame(at);
        origin + axes * self.offset_m
    }
}
