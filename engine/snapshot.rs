//! The world of one frame, taken out of Bevy for export as glTF.

mod lamps;
mod surfaces;

use bevy::asset::{AssetEventSystems, AssetId, RenderAssetUsages};
use bevy::camera::{Exposure, Projection};
use bevy::ecs::schedule::Schedules;
use bevy::image::Image;
use bevy::math::{Affine3A, Mat3A, Quat, Vec3};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use bevy::render::render_resource::TextureDimension;
use kinema_camera::ShotCamera;
use kinema_core::{ActiveShot, FrameTime, PartId, PartIndex};
use kinema_export::gltf::{NodeContent, SceneSnapshot, SnapshotNode, SnapshotView};
use kinema_gpu::{CaptureCamera, DeformedMaterial, ReadableMeshes, StandInSurface};

use crate::Session;
use surfaces::Surfaces;

/// A frame's world.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub scene: SceneSnapshot,
    /// What the scene lacks although the picture shows it, one sentence each.
    pub left_out: Vec<String>,
}

/// Keeps meshes and textures in memory after they went to the device, so that [`snapshot`] can read them. Call it
/// before the session draws its first frame.
pub fn keep_assets(session: &mut Session) {
    session.world_mut().insert_resource(ReadableMeshes);
    let mut schedules = session.world_mut().resource_mut::<Schedules>();
    schedules.add_systems(PostUpdate, (keep_meshes, keep_images).before(AssetEventSystems));
}

fn keep_meshes(mut meshes: ResMut<Assets<Mesh>>) {
    let given_away: Vec<_> =
        meshes.iter().filter(|(_, mesh)| is_given_away(mesh.asset_usage)).map(|(id, _)| id).collect();
    for id in given_away {
        if let Some(mut mesh) = meshes.get_mut(id) {
            mesh.asset_usage |= RenderAssetUsages::MAIN_WORLD;
        }
    }
}

/// Render targets have no pixels here, and would lose those on the device if they were touched.
fn keep_images(mut images: ResMut<Assets<Image>>) {
    let is_texture = |image: &Image| image.data.is_some() && image.texture_descriptor.dimension == TextureDimension::D2;
    let given_away: Vec<_> = images
        .iter()
        .filter(|(_, image)| is_texture(image) && is_given_away(image.asset_usage))
        .map(|(id, _)| id)
        .collect();
    for id in given_away {
        if let Some(mut image) = images.get_mut(id) {
            image.asset_usage |= RenderAssetUsages::MAIN_WORLD;
        }
    }
}

fn is_given_away(usage: RenderAssetUsages) -> bool {
    !usage.contains(RenderAssetUsages::MAIN_WORLD)
}

/// Takes the world as the last drawn frame left it: visible meshes with their materials, lamps, the camera.
///
/// Rectangular lights become spots of the same strength ahead, because glTF knows none; the environment becomes its mean.
pub fn snapshot(session: &mut Session) -> Snapshot {
    let (width_px, height_px) = session.size();
    let world = session.world_mut();
    let mut places = places(world);
    places.sort_by_key(|place| (place.part_index, place.entity.to_bits()));

    let mut surfaces = Surfaces::default();
    let mut nodes = Vec::new();
    for place in &places {
        let name = &place.name;
        let entity = world.entity(place.entity);
        if let Some(mesh) = entity.get::<Mesh3d>()
            && let Some(mut drawn) = surfaces.mesh(world, &mesh.0, name)
        {
            let material = surfaces.material(world, material_id(entity), name);
            let transform = Trs::exact(&place.world_from_local).unwrap_or_else(|| {
                drawn = surfaces.bake(drawn, &place.world_from_local);
                Trs::IDENTITY
            });
            nodes.push(transform.node(name, NodeContent::Mesh { mesh: drawn, material }));
        }
        if let Some(lamp) = lamps::lamp(entity) {
            nodes.push(Trs::rigid(&place.world_from_local).node(name, lamp));
        }
        if let (true, Some(Projection::Perspective(lens))) =
            (entity.contains::<CaptureCamera>(), entity.get::<Projection>())
        {
            let content = NodeContent::Camera {
                yfov_rad: lens.fov,
                aspect: width_px as f32 / height_px as f32,
                near_m: lens.near,
            };
            nodes.push(Trs::rigid(&place.world_from_local).node(name, content));
        }
    }

    let view = SnapshotView {
        frame: world.get_resource::<FrameTime>().map_or(0, |time| time.frame),
        width_px,
        height_px,
        exposure_ev100: world
            .query_filtered::<&Exposure, With<CaptureCamera>>()
            .iter(world)
            .next()
            .map_or(Exposure::default().ev100, |exposure| exposure.ev100),
        environment_nits: lamps::environment_nits(world).to_array(),
    };
    let name = world.get_resource::<ActiveShot>().map(|shot| shot.shot.name.clone()).unwrap_or_default();
    let Surfaces { images, materials, meshes, left_out, .. } = surfaces;
    Snapshot {
        scene: SceneSnapshot { name, images, materials, meshes, nodes, view, ..SceneSnapshot::default() },
        left_out,
    }
}

/// A visible entity.
struct Place {
    entity: Entity,
    name: String,
    /// Document order; what belongs to no part comes last.
    part_index: u32,
    world_from_local: Affine3A,
}

fn places(world: &mut World) -> Vec<Place> {
    let mut visible = world.query_filtered::<(Entity, &GlobalTransform, &InheritedVisibility), Or<(
        With<Mesh3d>,
        With<CaptureCamera>,
        With<DirectionalLight>,
        With<PointLight>,
        With<SpotLight>,
        With<bevy::light::RectLight>,
    )>>();
    let found: Vec<(Entity, Affine3A)> = visible
        .iter(world)
        .filter(|(.., visible)| visible.get())
        .map(|(entity, place, _)| (entity, place.affine()))
        .collect();
    found
        .into_iter()
        .map(|(entity, world_from_local)| {
            let (name, part_index) = part_of(world, entity);
            Place { entity, name, part_index, world_from_local }
        })
        .collect()
}

/// The part that an entity belongs to, by walking up.
fn part_of(world: &World, entity: Entity) -> (String, u32) {
    let mut at = Some(entity);
    while let Some(here) = at {
        if let (Some(id), Some(index)) = (world.get::<PartId>(here), world.get::<PartIndex>(here)) {
            return (id.0.clone(), index.0);
        }
        at = world.get::<ChildOf>(here).map(ChildOf::parent);
    }
    let name = match world.get::<Name>(entity) {
        Some(name) => name.to_string(),
        None if world.get::<ShotCamera>(entity).is_some() => "camera".to_owned(),
        None if world.get::<DirectionalLight>(entity).is_some() => "sun".to_owned(),
        None => "entity".to_owned(),
    };
    (name, u32::MAX)
}

/// Which material, of the two kinds that Kinema draws.
fn material_id(entity: EntityRef<'_>) -> Option<MaterialId> {
    let standard = entity.get::<MeshMaterial3d<StandardMaterial>>().map(|m| MaterialId::Standard(m.0.id()));
    standard
        .or_else(|| entity.get::<StandInSurface>().map(|surface| MaterialId::Standard(surface.0.id())))
        .or_else(|| entity.get::<MeshMaterial3d<DeformedMaterial>>().map(|m| MaterialId::Deformed(m.0.id())))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MaterialId {
    Standard(AssetId<StandardMaterial>),
    Deformed(AssetId<DeformedMaterial>),
}

/// A transform as glTF writes it.
struct Trs {
    translation: Vec3,
    rotation: Quat,
    scale: Vec3,
}

impl Trs {
    const IDENTITY: Trs = Trs { translation: Vec3::ZERO, rotation: Quat::IDENTITY, scale: Vec3::ONE };

    /// None where the transform shears, as a turned part in an unevenly scaled one does.
    fn exact(affine: &Affine3A) -> Option<Self> {
        let (scale, rotation, translation) = affine.to_scale_rotation_translation();
        let again = Mat3A::from_quat(rotation) * Mat3A::from_diagonal(scale);
        let tolerance = 1e-4 * scale.abs().max_element();
        (rotation.is_normalized() && again.abs_diff_eq(affine.matrix3, tolerance)).then_some(Self {
            translation,
            rotation,
            scale,
        })
    }

    /// Place and direction without scale: what matters for lamps and cameras.
    fn rigid(affine: &Affine3A) -> Self {
        let (_, rotation, translation) = affine.to_scale_rotation_translation();
        let rotation = if rotation.is_finite() { rotation.normalize() } else { Quat::IDENTITY };
        Self { translation, rotation, scale: Vec3::ONE }
    }

    fn node(&self, name: &str, content: NodeContent) -> SnapshotNode {
        SnapshotNode {
            name: name.to_owned(),
            parent: None,
            translation: self.translation.to_array(),
            rotation: self.rotation.to_array(),
            scale: self.scale.to_array(),
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_is_kept_unless_it_shears() {
        let scaled =
            Affine3A::from_scale_rotation_translation(Vec3::new(2.0, -1.0, 0.5), Quat::from_rotation_y(0.7), Vec3::X);
        let trs = Trs::exact(&scaled).expect("no shear");
        let again = Affine3A::from_scale_rotation_translation(trs.scale, trs.rotation, trs.translation);
        assert!(again.abs_diff_eq(scaled, 1e-5));
        let sheared = scaled * Affine3A::from_rotation_z(0.5);
        assert!(Trs::exact(&sheared).is_none());
        assert!(Trs::exact(&Affine3A::from_scale(Vec3::new(1.0, 0.0, 1.0))).is_none(), "flattened");
        assert!(Trs::rigid(&sheared).rotation.is_normalized());
    }
}
