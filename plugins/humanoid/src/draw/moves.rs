//! How the vertices of a person get into their meshes: moved there by the device, or written here.

use std::{collections::BTreeMap, sync::Arc};

use bevy::asset::{AssetId, Assets, RenderAssetUsages};
use bevy::ecs::system::EntityCommands;
use bevy::math::Vec3;
use bevy::mesh::Mesh;
use kinema_gpu::ATTRIBUTE_PREVIOUS_POSITION;

use super::LayerMesh;
use crate::{
    deform::{MeshOnDevice, OnDevice, PoseOnDevice},
    figure::{Figure, Layer},
};

/// What was shown last, so that the next frame knows where each vertex comes from.
pub enum Moves {
    /// Vertices of each layer.
    Here(BTreeMap<Layer, Vec<[f32; 3]>>),
    OnDevice(Box<Shown>),
}

/// What the device was asked for last. Shapes and lifts are shared with it, so that it can tell what is new.
#[derive(Default)]
pub struct Shown {
    pose: Option<PoseOnDevice>,
    shape: Arc<[Vec3]>,
    lifts_m: BTreeMap<Layer, Arc<[f32]>>,
}

impl Default for Moves {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Moves {
    pub fn new(by_device: bool) -> Self {
        if by_device { Self::OnDevice(Box::default()) } else { Self::Here(BTreeMap::new()) }
    }

    pub fn by_device(&self) -> bool {
        matches!(self, Self::OnDevice(_))
    }

    /// Where the meshes are kept: what the device moves would be out of date here.
    pub fn usage(&self) -> RenderAssetUsages {
        if self.by_device() { RenderAssetUsages::RENDER_WORLD } else { RenderAssetUsages::default() }
    }

    /// Takes the figure as it is for what the meshes showed last.
    pub fn remember(&mut self, figure: &mut Figure) {
        match self {
            Self::Here(last) => *last = Layer::ALL.map(|layer| (layer, figure.vertices(layer).positions)).into(),
            Self::OnDevice(shown) => shown.pose = Some(PoseOnDevice::of(figure.body())),
        }
    }

    /// Brings the meshes to the figure where that `moves`. `is_whole` tells that they show what was shown last.
    pub fn write(
        &mut self,
        moves: bool,
        is_whole: bool,
        figure: &mut Figure,
        layers: &BTreeMap<Layer, LayerMesh>,
        meshes: &mut Assets<Mesh>,
        person: &mut EntityCommands,
    ) {
        match self {
            Self::Here(last) => {
                person.remove::<OnDevice>();
                for (&layer, of) in layers.iter().filter(|_| moves) {
                    let vertices = figure.vertices(layer);
                    let now = vertices.positions.clone();
                    let before = last.insert(layer, now.clone()).filter(|before| before.len() == now.len());
                    let Some(mut mesh) = meshes.get_mut(AssetId::from(&of.mesh)) else { continue };
                    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, vertices.positions);
                    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, vertices.normals);
                    if !vertices.tangents.is_empty() {
                        mesh.insert_attribute(Mesh::ATTRIBUTE_TANGENT, vertices.tangents);
                    }
                    mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, before.unwrap_or(now));
                }
            }
            Self::OnDevice(shown) => {
                let poses = if moves { shown.advance(is_whole, figure) } else { Vec::new() };
                person.insert(shown.order(poses, figure, layers));
            }
        }
    }
}

impl Shown {
    /// The poses that bring the meshes to the figure.
    fn advance(&mut self, is_whole: bool, figure: &Figure) -> Vec<PoseOnDevice> {
        let now = PoseOnDevice::of(figure.body());
        let before = self.pose.replace(now.clone()).unwrap_or_else(|| now.clone());
        if is_whole { vec![now] } else { vec![before, now] }
    }

    fn order(&mut self, poses: Vec<PoseOnDevice>, figure: &Figure, layers: &BTreeMap<Layer, LayerMesh>) -> OnDevice {
        if *self.shape != *figure.body().shape() {
            self.shape = figure.body().shape().into();
        }
        let meshes = layers
            .iter()
            .map(|(&layer, of)| {
                let lift_m = self.lifts_m.entry(layer).or_default();
                if **lift_m != *figure.lifts_m(layer) {
                    *lift_m = figure.lifts_m(layer).into();
                }
                MeshOnDevice { layer, mesh: of.mesh.id(), lift_m: lift_m.clone() }
            })
            .collect();
        OnDevice {
            wardrobe: figure.wardrobe().clone(),
            level: figure.level(),
            shape: self.shape.clone(),
            poses,
            meshes,
        }
    }
}
