//! Solid things, for those that collide with them from another plugin: cloth, hair, liquids.
//!
//! Whoever owns solid parts says in its `build` how they are opened for a shot ([`SolidsAppExt`]); whoever collides opens all of them
//! ([`LoadedShot::solids`]) and asks where they are, frame by frame, while it makes its bake.
//!
//! Some solids give way to what they meet ([`YieldingSolids`]). Both simulations then go together: whoever collides leads, step by step, and
//! the owner of the solids shows what came of it, after [`SolidsStepped`](crate::SolidsStepped).
//!
//! Solids that no simulation moves are scenery ([`SolidsAppExt::register_scenery`]). It is among the solids of a shot, and by itself
//! ([`LoadedShot::scenery`]) what simulations that own solids collide with: they cannot wait for each other.

use std::sync::Arc;

use bevy_app::App;
use bevy_math::{DVec3, Quat, Vec3};

use crate::cache::BakeStore;
use crate::fault::Fault;
use crate::load::LoadedShot;
use crate::registry::PartRegistry;

/// What something solid looks like to what touches it, about its own origin.
#[derive(Clone, Debug, PartialEq)]
pub enum SolidForm {
    /// A ball.
    Ball {
        /// Radius, metres.
        radius_m: f32,
    },
    /// A cylinder along y with round caps.
    Capsule {
        /// Radius, metres.
        radius_m: f32,
        /// Half the distance of the caps' centres, metres.
        half_height_m: f32,
    },
    /// Everything below y = 0.
    HalfSpace,
    /// Triangles, counter-clockwise seen from outside; a closed surface.
    Mesh {
        /// Number of vertices.
        vertices: usize,
        /// Indices of the corners.
        triangles: Arc<[[u32; 3]]>,
    },
}

/// Something solid in a shot.
#[derive(Clone, Debug, PartialEq)]
pub struct Solid {
    /// Position of its part in the document, from 0.
    pub part_index: usize,
    pub form: SolidForm,
    /// Coulomb friction coefficient, 0 and up.
    pub friction: f32,
}

/// Where a solid is, world space.
#[derive(Clone, Debug, PartialEq)]
pub enum SolidPlace {
    /// Of every form but meshes.
    Pose {
        /// Metres.
        translation_m: Vec3,
        /// World from solid.
        rotation: Quat,
    },
    /// Of a mesh: its vertices, metres.
    Vertices(Vec<Vec3>),
}

/// The solids of one kind in one shot.
pub trait SolidSource: Send + Sync {
    /// What there is; the same in every frame.
    fn solids(&self) -> &[Solid];

    /// Changes whenever the solids or their motion could: part of the key of bakes that collide with them.
    fn key(&self) -> &str;

    /// Where they are at `frame`, one for each of [`solids`](Self::solids). Frames come in order, from 0. Of solids that yield and have been
    /// joined, only frames that were stepped through are known.
    ///
    /// # Errors
    /// What a simulation can fail with.
    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault>;

    /// The same solids, if any of them gives way to what pushes it.
    fn yielding(&mut self) -> Option<&mut dyn YieldingSolids> {
        None
    }
}

/// What something did to a solid within a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SolidImpulse {
    /// Position in [`SolidSource::solids`].
    pub solid: usize,
    /// N s, world space.
    pub linear_n_s: DVec3,
    /// N m s about `about_m`, world space.
    pub angular_n_m_s: DVec3,
    /// The point that the angular impulse is about, world space, metres.
    pub about_m: DVec3,
}

/// Solids that give way. They go in the steps of the shot's timeline, `substeps` a frame.
pub trait YieldingSolids: Send + Sync {
    /// Whoever pushes says so, with a key of everything that it depends on: the motion from now on is that of both together. Returns whether
    /// all of it is kept already.
    ///
    /// # Errors
    /// What opening a simulation can fail with.
    fn join(&mut self, by: &str) -> Result<bool, Fault>;

    /// Advances by one step, the first one from frame 0, with the impulses of the step before; returns where all solids of the source are
    /// then.
    ///
    /// # Errors
    /// What a simulation can fail with.
    fn step(&mut self, impulses: &[SolidImpulse]) -> Result<Vec<SolidPlace>, Fault>;
}

/// Opens the solids of a kind; `None` if the shot has none. Simulations keep their bakes in the store.
pub type OpenSolids = fn(&Arc<LoadedShot>, &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault>;

impl LoadedShot {
    /// The solids of the shot, of all kinds, scenery included.
    ///
    /// # Errors
    /// What a source says.
    pub fn solids(self: &Arc<Self>, store: &BakeStore) -> Result<Vec<Box<dyn SolidSource>>, Fault> {
        let all = self.openers.solids.iter().chain(&self.openers.scenery);
        all.filter_map(|open| open(self, store).transpose()).collect()
    }

    /// The solids of the shot that nothing but tracks and parents move.
    ///
    /// # Errors
    /// What a source says.
    pub fn scenery(self: &Arc<Self>, store: &BakeStore) -> Result<Vec<Box<dyn SolidSource>>, Fault> {
        self.openers.scenery.iter().filter_map(|open| open(self, store).transpose()).collect()
    }
}

impl PartRegistry {
    /// Says how solids of a kind are opened.
    pub fn register_solids(&mut self, open: OpenSolids) -> &mut Self {
        self.openers.solids.push(open);
        self
    }

    /// Says how scenery of a kind is opened: solids that move with their part as one piece, as tracks and parents say.
    pub fn register_scenery(&mut self, open: OpenSolids) -> &mut Self {
        self.openers.scenery.push(open);
        self
    }
}

/// For plugins that have solid parts.
pub trait SolidsAppExt {
    /// Lets others collide with what `open` opens, in shots loaded from now on.
    fn register_solids(&mut self, open: OpenSolids) -> &mut Self;

    /// The same for solids that move with their part as one piece, as tracks and parents say: rigid bodies meet them too.
    fn register_scenery(&mut self, open: OpenSolids) -> &mut Self;
}

impl SolidsAppExt for App {
    fn register_solids(&mut self, open: OpenSolids) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register_solids(open);
        self
    }

    fn register_scenery(&mut self, open: OpenSolids) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register_scenery(open);
        self
    }
}
