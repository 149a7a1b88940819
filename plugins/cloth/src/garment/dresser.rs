//! Skin on its way from pose to pose, and contact of all garments of a person with it and with each other.

use bevy::math::DVec3;

use super::error::GarmentError;
use super::form::DressForm;
use crate::solver::cloth::Cloth;
use crate::solver::contact::hook::{Contact, Led};
use crate::solver::contact::mesh::{BodyMesh, ContactMesh, Layer};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::mesh::ClothMesh;
use crate::solver::position::from_metres;
use crate::solver::settings::Settings;
use crate::solver::step::step_together;
use crate::solver::vec3::V3;

/// Substeps a second while sewing and draping.
pub(super) const SUBSTEPS_PER_SEC: u32 = 600;
/// What skin keeps off cloth, metres: the skin that collides is coarser than the one that is drawn.
pub const SKIN_MARGIN_M: f32 = 0.003;
/// Skin gives way to cloth that has no room, metres.
const DEEPEST_DENT_M: f32 = 0.03;

/// A layer of cloth and its thickness, metres.
pub(super) type Layered<'a> = (&'a ClothMesh, f32);

/// Steps all cloths of a person while they are dressed.
pub(super) struct Dresser {
    contact: Contact,
    from: Vec<DVec3>,
    to: Vec<DVec3>,
    step: u32,
    steps: u32,
}

impl Dresser {
    /// For layers from the inner to the outer one, on a form that stands still.
    pub(super) fn new(layers: &[Layered], form: &DressForm, threads: usize) -> Result<Self, GarmentError> {
        let start =
            |(mesh, _): &Layered| mesh.positions_m.iter().map(|place| place.map(|x| from_metres(x).0)).collect();
        let starts: Vec<Vec<[i32; 3]>> = layers.iter().map(start).collect();
        let layers: Vec<Layer> = layers
            .iter()
            .zip(&starts)
            .map(|((mesh, thickness_m), start)| Layer {
                triangles: &mesh.triangles,
                start,
                thickness_m: *thickness_m,
                friction: 0.0,
            })
            .collect();
        let skin = BodyMesh {
            vertices: form.places_m.len(),
            triangles: form.triangles.clone(),
            clearance_m: SKIN_MARGIN_M,
            friction: 0.0,
            pose: between(&form.places_m, &form.places_m, 0.0),
        };
        // Friction is that of the settings, which changes while a person is dressed.
        let mesh = ContactMesh { friction: Vec::new(), ..ContactMesh::of_layers(&layers, &[skin])? };
        let settings = ContactSettings {
            friction: 0.0,
            body_friction: 0.0,
            iterations: 4,
            deepest_dent_m: DEEPEST_DENT_M,
            threads,
            ..ContactSettings::default()
        };
        let places = form.places_m.clone();
        Ok(Self { contact: Contact::new(mesh, settings), from: places.clone(), to: places, step: 0, steps: 1 })
    }

    /// Coulomb friction of everything from now on.
    pub(super) fn set_friction(&mut self, friction: f32) {
        let settings = &mut self.contact.solver.settings;
        (settings.friction, settings.body_friction) = (friction, friction);
    }

    /// The skin goes to `places` within `steps` substeps.
    pub(super) fn send(&mut self, places: Vec<DVec3>, steps: u32) {
        self.from = std::mem::replace(&mut self.to, places);
        (self.step, self.steps) = (0, steps.max(1));
    }

    /// Makes substeps of the cloths; the skin goes on its way, and then stays.
    pub(super) fn step(&mut self, cloths: &mut [&mut Cloth], substeps: u32) -> Result<(), ClothError> {
        let Self { contact, from, to, step, steps } = self;
        let share = |step: u32| f64::from(step.min(*steps)) / f64::from(*steps);
        let mut led = Led::new(contact, |contact, _| {
            let [now, next] = [*step, *step + 1].map(|step| between(from, to, share(step)));
            // The counts are those that the solver was made with.
            let _ = contact.solver.send_bodies(&now, &next);
            *step += 1;
        });
        step_together(cloths, substeps, &mut led)
    }

    /// Where the skin goes.
    pub(super) fn skin(&self) -> &[DVec3] {
        &self.to
    }
}

fn between(from: &[DVec3], to: &[DVec3], share: f64) -> Vec<[i32; 3]> {
    let places = from.iter().zip(to).map(|(from, to)| from.lerp(*to, share));
    places.map(|place| place.to_array().map(|x| from_metres(x).0)).collect()
}

pub(super) fn settings(threads: usize, damping: f32, gravity: f32) -> Settings {
    Settings {
        substep_secs: 1.0 / SUBSTEPS_PER_SEC as f32,
        gravity_m_s2: V3::new(0.0, -gravity, 0.0),
        settle_damping_per_sec: damping,
        threads,
        ..Settings::default()
    }
}

pub(super) fn steps(secs: f64) -> u32 {
    (secs * f64::from(SUBSTEPS_PER_SEC)).round() as u32
}

pub(super) fn places(cloth: &Cloth) -> Vec<DVec3> {
    (0..cloth.state().len()).map(|i| DVec3::from_array(cloth.state().position_m(i))).collect()
}
