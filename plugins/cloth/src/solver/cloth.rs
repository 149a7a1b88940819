//! A cloth: mesh, material and state, prepared for the step.

use crate::solver::air::Air;
use crate::solver::attach;
use crate::solver::batch::{BendingBatch, MembraneBatch};
use crate::solver::colour::{Colouring, colour};
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::links::{Attachment, Seam, SeamState};
use crate::solver::membrane::Material;
use crate::solver::mesh::ClothMesh;
use crate::solver::prepare::{Coloured, Elements};
use crate::solver::settings::Settings;
use crate::solver::state::{SharedV3, State};
use crate::solver::vec3::V3;

/// What holds a cloth besides its weave.
#[derive(Clone, Debug, Default)]
pub struct Fastenings {
    /// Particles pinned from the start, at their start positions.
    pub pins: Vec<u32>,
    /// Seams and buttons.
    pub seams: Vec<Seam>,
    /// Whether every particle is kept within reach of its nearest pin along the cloth. For games: it hides stretch, and is one-sided.
    pub has_long_range_attachments: bool,
    /// Whether the start positions are the shape without bending moments (creases, moulded cups); flat otherwise.
    pub is_rest_curved: bool,
}

/// A cloth that can be stepped (see `step.rs`).
#[derive(Clone, Debug)]
pub struct Cloth {
    pub(crate) mesh: ClothMesh,
    pub(crate) fabric: Fabric,
    pub(crate) settings: Settings,
    pub(crate) fastenings: Fastenings,
    pub(crate) state: State,
    pub(crate) wind: Vec<SharedV3>,
    pub(crate) forces: Vec<SharedV3>,
    pub(crate) elements: Elements,
    pub(crate) membrane: Coloured<MembraneBatch>,
    pub(crate) bending: Coloured<BendingBatch>,
    pub(crate) seams: Vec<SeamState>,
    /// Order in which seams are solved: by colours, so that a device may solve those of one colour side by side.
    pub(crate) seam_colours: Colouring,
    /// Attachments of particle i: `attachments[i]`, if there is a pin it can reach.
    pub(crate) attachments: Vec<Option<Attachment>>,
    pub(crate) material: Material,
    pub(crate) air: Air,
    pub(crate) free_inverse_masses: Vec<f32>,
    pub(crate) is_stale: bool,
}

impl Cloth {
    /// Prepares a cloth, or says what is wrong with it.
    pub fn new(
        mesh: ClothMesh,
        fabric: Fabric,
        settings: Settings,
        fastenings: Fastenings,
    ) -> Result<Cloth, ClothError> {
        mesh.validate()?;
        fabric.validate()?;
        settings.validate()?;
        let particles = mesh.positions_m.len();
        for (index, pin) in fastenings.pins.iter().enumerate() {
            check_particle("pin", index, *pin, particles)?;
        }
        for (index, seam) in fastenings.seams.iter().enumerate() {
            seam.validate(index, particles)?;
        }
        let free_inverse_masses: Vec<f32> =
            mesh.masses_kg(f64::from(fabric.area_density_kg_m2)).iter().map(|m| (1.0 / m) as f32).collect();
        let mut masses = free_inverse_masses.clone();
        for pin in &fastenings.pins {
            masses[*pin as usize] = 0.0;
        }
        let mut cloth = Cloth {
            state: State::new(&mesh.positions_m, &masses),
            wind: vec![SharedV3::default(); particles + 1],
            forces: vec![SharedV3::default(); particles + 1],
            elements: Elements::new(&mesh, &fabric, fastenings.is_rest_curved)?,
            membrane: Coloured::empty(),
            bending: Coloured::empty(),
            seam_colours: colour(fastenings.seams.len(), particles, |s| &fastenings.seams[s].particles),
            seams: fastenings.seams.iter().map(|s| SeamState::new(*s)).collect(),
            attachments: if fastenings.has_long_range_attachments {
                attach::attachments(&mesh, &fastenings.pins)?
            } else {
                Vec::new()
            },
            material: Material::new(&fabric, settings.substep_secs),
            air: Air::new(&settings.air, fabric.area_density_kg_m2, settings.substep_secs),
            free_inverse_masses,
            is_stale: true,
            mesh,
            fabric,
            settings,
            fastenings,
        };
        cloth.refresh(false);
        Ok(cloth)
    }

    /// Preparation that depends on pins, masses and the time step.
    pub(crate) fn refresh(&mut self, keeps_memory: bool) {
        let dt = f64::from(self.settings.substep_secs);
        let mobility: Vec<f32> =
            self.state.with_spare().iter().map(|p| (f64::from(p.inverse_mass_per_kg()) * dt * dt) as f32).collect();
        self.material = Material::new(&self.fabric, self.settings.substep_secs);
        self.air = Air::new(&self.settings.air, self.fabric.area_density_kg_m2, self.settings.substep_secs);
        let (membrane, bending) = if keeps_memory { (Some(&self.membrane), Some(&self.bending)) } else { (None, None) };
        let (membrane, bending) = (
            self.elements.membrane(&mobility, membrane),
            self.elements.bending(&mobility, self.material.damping, bending),
        );
        (self.membrane, self.bending, self.is_stale) = (membrane, bending, false);
    }

    /// The particles.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The mesh, with the topology that tearing may have changed.
    pub fn mesh(&self) -> &ClothMesh {
        &self.mesh
    }

    /// The material.
    pub fn fabric(&self) -> &Fabric {
        &self.fabric
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings; takes effect with the next step.
    pub fn set_settings(&mut self, settings: Settings) -> Result<(), ClothError> {
        settings.validate()?;
        self.settings = settings;
        self.is_stale = true;
        Ok(())
    }

    /// Pins a particle where it is, or frees it.
    pub fn set_pinned(&mut self, particle: u32, is_pinned: bool) -> Result<(), ClothError> {
        check_particle("pin", 0, particle, self.state.len())?;
        let (index, pins) = (particle as usize, &mut self.fastenings.pins);
        pins.retain(|p| *p != particle);
        if is_pinned {
            pins.push(particle);
        }
        self.state.particles()[index].set_inverse_mass_per_kg(if is_pinned {
            0.0
        } else {
            self.free_inverse_masses[index]
        });
        self.state.particles()[index].set_velocity_m_s(V3::ZERO);
        self.is_stale = true;
        Ok(())
    }

    /// Lets a pinned particle move steadily so that it is at `target_m` after `substeps` substeps. Call again each frame; it moves on otherwise.
    pub fn move_pin(&mut self, particle: u32, target_m: [f64; 3], substeps: u32) -> Result<(), ClothError> {
        check_particle("pin", 0, particle, self.state.len())?;
        if !target_m.iter().all(|x| x.abs() <= crate::solver::position::RANGE_M) {
            return Err(ClothError::Position { vertex: particle as usize, position: target_m });
        }
        let pin = &self.state.particles()[particle as usize];
        pin.set_velocity_m_s(pin.velocity_towards(target_m, self.settings.substep_secs, substeps));
        Ok(())
    }

    /// The same wind for all particles, m/s. A field is written particle by particle in [`crate::solver::step::SubstepHook::begin`].
    pub fn set_uniform_wind(&mut self, wind_m_s: V3) {
        for w in &self.wind {
            w.set(wind_m_s);
        }
    }

    /// Changes the distance at which a seam is without force, metres: shortened step by step, seams are drawn shut.
    pub fn set_seam_rest(&mut self, seam: usize, rest_m: f32) -> Result<(), ClothError> {
        let particles = self.state.len();
        let Some(state) = self.seams.get_mut(seam) else {
            return Err(ClothError::Particle { what: "seam", index: seam, particle: seam, particles });
        };
        state.seam.rest_m = rest_m;
        state.seam.validate(seam, particles)
    }

    /// Whether a seam has broken.
    pub fn is_seam_broken(&self, seam: usize) -> bool {
        self.seams[seam].is_broken
    }

    /// Changes the distance at which a seam is without force, m: to draw together what lies apart.
    pub fn set_seam_rest_m(&mut self, seam: usize, rest_m: f32) -> Result<(), ClothError> {
        let seams = self.seams.len();
        let Some(state) = self.seams.get_mut(seam) else {
            return Err(ClothError::Particle { what: "seam", index: seam, particle: seam, particles: seams });
        };
        let changed = Seam { rest_m, ..state.seam };
        changed.validate(seam, self.state.len())?;
        state.seam = changed;
        Ok(())
    }

    /// Force in a seam in the last substep, N.
    pub fn seam_force_n(&self, seam: usize) -> f32 {
        self.seams[seam].force_n()
    }

    /// Colours of membrane and bending: how many barriers or dispatches an iteration needs.
    pub fn colours(&self) -> [usize; 2] {
        [self.membrane.starts.len() - 1, self.bending.starts.len() - 1]
    }
}

fn check_particle(what: &'static str, index: usize, particle: u32, particles: usize) -> Result<(), ClothError> {
    if (particle as usize) < particles {
        Ok(())
    } else {
        Err(ClothError::Particle { what, index, particle: particle as usize, particles })
    }
}
