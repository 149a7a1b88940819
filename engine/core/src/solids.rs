//! Solid things, for those that collide with them from another plugin: cloth, hair, liquids.
//!
//! Whoever owns solid parts registers how they are opened for a shot ([`SolidsAppExt`]); whoever collides opens all of them
//! ([`SolidSources::open`]) and asks where they are, frame by frame, while it makes its bake.

use std::sync::Arc;

use bevy_app::App;
use bevy_ecs::resource::Resource;
use bevy_math::{Quat, Vec3};

use crate::cache::BakeStore;
use crate::fault::Fault;
use crate::load::LoadedShot;

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

    /// Where they are at `frame`, one for each of [`solids`](Self::solids). Frames come in order, from 0.
    ///
    /// # Errors
    /// What a simulation can fail with.
    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault>;
}

/// Opens the solids of a kind; `None` if the shot has none. Simulations keep their bakes in the store.
pub type OpenSolids = fn(&Arc<LoadedShot>, &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault>;

/// Everybody who has solids, in the order of registration.
#[derive(Resource, Clone, Default)]
pub struct SolidSources(Vec<OpenSolids>);

impl SolidSources {
    /// The solids of a shot.
    ///
    /// # Errors
    /// What a source says.
    pub fn open(&self, shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Vec<Box<dyn SolidSource>>, Fault> {
        self.0.iter().filter_map(|open| open(shot, store).transpose()).collect()
    }
}

/// For plugins that have solid parts.
pub trait SolidsAppExt {
    /// Lets others collide with what `open` opens.
    fn register_solids(&mut self, open: OpenSolids) -> &mut Self;
}

impl SolidsAppExt for App {
    fn register_solids(&mut self, open: OpenSolids) -> &mut Self {
        self.init_resource::<SolidSources>();
        self.world_mut().resource_mut::<SolidSources>().0.push(open);
        self
    }
}
