//! People as Bevy meshes: child entities per layer, rewritten when the person moves.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use bevy::asset::{AssetId, RenderAssetUsages};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{ActiveShot, Faults, FrameTime, PartId, PartVisible, Seed};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion};

use crate::{
    figure::{Figure, Layer},
    settings::Human,
    voices::Voices,
    wardrobe::Wardrobe,
};

/// The wardrobe, loaded when the first person appears.
#[derive(Resource, Default)]
pub struct SharedWardrobe(Option<Result<Arc<Wardrobe>, ()>>);

impl SharedWardrobe {
    fn get(&mut self, faults: &mut Faults) -> Option<Arc<Wardrobe>> {
        let loaded =
            self.0.get_or_insert_with(|| Wardrobe::load().map(Arc::new).map_err(|error| faults.report(&error)));
        loaded.as_ref().ok().cloned()
    }
}

/// The child entities and assets of one person.
#[derive(Component, Default)]
pub struct Drawn {
    layers: BTreeMap<Layer, LayerMesh>,
    /// The frame that the meshes show.
    frame: Option<i64>,
    /// Whether the meshes' previous positions differ from their positions.
    moving: bool,
}

struct LayerMesh {
    mesh: Handle<Mesh>,
    material: Handle<DeformedMaterial>,
    positions: Vec<[f32; 3]>,
}

type People<'w, 's> = Query<
    'w,
    's,
    (
        Entity,
        &'static PartId,
        &'static Human,
        Option<&'static PartVisible>,
        Option<&'static Visibility>,
        Option<&'static mut Figure>,
        Option<&'static mut Drawn>,
    ),
>;

/// Where drawing writes.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Canvas<'w, 's> {
    commands: Commands<'w, 's>,
    meshes: ResMut<'w, Assets<Mesh>>,
    deformed: ResMut<'w, Assets<DeformedMaterial>>,
}

/// Brings every person's meshes to the current frame.
pub fn draw_people(
    mut people: People,
    mut canvas: Canvas,
    mut shared: ResMut<SharedWardrobe>,
    mut voices: ResMut<Voices>,
    mut faults: ResMut<Faults>,
    time: Option<Res<FrameTime>>,
    shot: Option<Res<ActiveShot>>,
) {
    let Some(time) = time else { return };
    let shot_seed = shot.as_ref().map_or(0, |shot| shot.shot.seed);
    let base_dir = shot.as_ref().map_or(Path::new("."), |shot| &shot.base_dir);
    for (entity, id, human, visible, shown, figure, drawn) in &mut people {
        let wanted = if visible.is_none_or(|visible| visible.0) { Visibility::Inherited } else { Visibility::Hidden };
        if shown != Some(&wanted) {
            canvas.commands.entity(entity).insert(wanted);
        }
        let voice = voices.of(&human.speech, base_dir, &mut faults);
        match (figure, drawn) {
            (Some(mut figure), Some(mut drawn)) => {
                figure.attune(time.rate, voice);
                canvas.update(&mut figure, &mut drawn, human, &time);
            }
            _ => {
                let Some(wardrobe) = shared.get(&mut faults) else { continue };
                let mut figure = Figure::new(wardrobe, Seed::for_part(shot_seed, &id.0, "idle"));
                let mut drawn = Drawn::default();
                figure.attune(time.rate, voice);
                figure.set(human, time.seconds());
                canvas.spawn(entity, &mut figure, &mut drawn, human);
                canvas.update(&mut figure, &mut drawn, human, &time);
                canvas.commands.entity(entity).insert((figure, drawn));
            }
        }
    }
}

impl Canvas<'_, '_> {
    fn spawn(&mut self, parent: Entity, figure: &mut Figure, drawn: &mut Drawn, human: &Human) {
        for layer in Layer::ALL {
            let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default());
            let mesh = self.meshes.add(mesh);
            let material = DeformedMaterial { base: material(layer, human), extension: DeformedMotion::default() };
            let material = self.deformed.add(material);
            self.commands.spawn((
                ChildOf(parent),
                Name::new(format!("{layer:?}")),
                Mesh3d(mesh.clone()),
                MeshMaterial3d(material.clone()),
                Transform::IDENTITY,
                // Bounds of a mesh that is rewritten every frame would be a frame late.
                NoFrustumCulling,
            ));
            drawn.layers.insert(layer, LayerMesh { mesh, material, positions: Vec::new() });
            self.write_fixed(figure, layer, drawn);
        }
    }

    fn update(&mut self, figure: &mut Figure, drawn: &mut Drawn, human: &Human, time: &FrameTime) {
        let follows = drawn.frame == Some(time.frame - 1);
        if !follows && drawn.frame != Some(time.frame) {
            // After a jump the last frame was not drawn: the same person a frame earlier stands in for it, so that what
            // is a function of time alone moves rightly even then.
            figure.set(human, time.rate.secs_at((time.frame - 1) as f64));
            for (&layer, of) in &mut drawn.layers {
                of.positions = figure.vertices(layer).positions;
            }
        }
        let changes = figure.set(human, time.seconds());
        if changes.colours {
            for layer in Layer::ALL {
                self.write_fixed(figure, layer, drawn);
                let handle = drawn.layers.get(&layer).map(|of| of.material.clone());
                if let Some(mut slot) = handle.and_then(|handle| self.deformed.get_mut(&handle)) {
                    slot.base = material(layer, human);
                }
            }
        }
        if changes.vertices || changes.colours || drawn.moving || !follows {
            self.write_moving(figure, drawn);
        }
        drawn.moving = changes.vertices;
        drawn.frame = Some(time.frame);
    }

    /// Triangles and colours.
    fn write_fixed(&mut self, figure: &mut Figure, layer: Layer, drawn: &mut Drawn) {
        let Some(of) = drawn.layers.get_mut(&layer) else { return };
        let vertices = figure.vertices(layer);
        if of.positions.len() != vertices.positions.len() {
            of.positions.clone_from(&vertices.positions);
        }
        let Some(mut mesh) = self.meshes.get_mut(AssetId::from(&of.mesh)) else { return };
        mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, vertices.positions);
        mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, vertices.normals);
        mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, of.positions.clone());
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, figure.colours(layer).to_vec());
        mesh.insert_indices(Indices::U32(figure.indices(layer).to_vec()));
    }

    /// Positions, normals and the last frame's positions.
    fn write_moving(&mut self, figure: &mut Figure, drawn: &mut Drawn) {
        for (&layer, of) in &mut drawn.layers {
            let vertices = figure.vertices(layer);
            let last = std::mem::replace(&mut of.positions, vertices.positions.clone());
            let last = if last.len() == vertices.positions.len() { last } else { vertices.positions.clone() };
            let Some(mut mesh) = self.meshes.get_mut(AssetId::from(&of.mesh)) else { continue };
            mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, vertices.positions);
            mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, vertices.normals);
            mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, last);
        }
    }
}

fn material(layer: Layer, human: &Human) -> StandardMaterial {
    let (roughness, reflectance) = match layer {
        Layer::Head | Layer::Hands => (human.skin.roughness, 0.42),
        Layer::Suit => (human.suit.roughness, 0.35),
        Layer::Shoes => (human.shoes.roughness, 0.5),
        Layer::Teeth => (0.25, 0.5),
        Layer::Tongue => (0.35, 0.5),
        Layer::LeftEye | Layer::RightEye => (0.08, 0.5),
    };
    let two_sided = matches!(layer, Layer::Suit | Layer::Shoes);
    StandardMaterial {
        base_color: Color::WHITE,
        perceptual_roughness: roughness,
        reflectance,
        double_sided: two_sided,
        cull_mode: if two_sided { None } else { StandardMaterial::default().cull_mode },
        ..StandardMaterial::default()
    }
}
