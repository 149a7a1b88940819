//! Hair as Bevy meshes: for each person one mesh for the scalp, which moves with the head, and one for the short hairs, which
//! is rewritten with the face. How many strands of the scalp are drawn depends on how large the head is in the picture.

use bevy::asset::RenderAssetUsages;
use bevy::camera::Camera;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology, VertexAttributeValues};
use bevy::pbr::{MaterialPlugin, MeshMaterial3d};
use bevy::prelude::*;
use kinema_core::{ActiveShot, FrameSet, FrameTime, PartId};
use kinema_gpu::{ATTRIBUTE_FIBRE, ATTRIBUTE_PREVIOUS_POSITION, AovSurface};

use crate::{
    draw,
    figure::Figure,
    hair_lag::HeadPast,
    hair_material::{GpuHair, HairMaterial},
    look::hair::{
        fibres::{Ribbons, Strands},
        pigment,
        settings::Hair,
    },
    settings::Human,
};

/// Longitudinal roughness of hair that is neither sleek nor rough.
const ROUGHNESS: f32 = 0.35;
/// Pixels per metre at the head from which on every strand is drawn; each halving halves the strands. A drawn strand,
/// which stands for a few hairs, is then about half a pixel wide.
const FINEST_PX_PER_M: f32 = 1850.0;
/// How far a drawn ribbon may stray from its strand, pixels.
const STRAY_PX: f32 = 0.3;
const COARSEST: u32 = 6;

/// Adds the material of hair to an app that renders.
pub fn add_material(app: &mut App) {
    if app.get_sub_app(bevy::render::RenderApp).is_some() {
        app.add_plugins(MaterialPlugin::<HairMaterial>::default());
    }
}

/// Adds the systems, where people can be drawn and the material is there.
pub fn add_systems(app: &mut App) {
    if app.world().contains_resource::<Assets<HairMaterial>>() {
        app.add_systems(Update, dress.after(draw::draw_people).in_set(FrameSet::Deform))
            // The mesh must reach this frame, not the next.
            .add_systems(
                PostUpdate,
                detail.after(bevy::transform::TransformSystems::Propagate).before(bevy::asset::AssetEventSystems),
            );
    }
}

/// The hair entities of one person.
#[derive(Component)]
pub struct DrawnHair {
    scalp: Part,
    short: Part,
    past: HeadPast,
    /// The frame shown, and what hangs in it.
    frame: Option<i64>,
    sway_from_local: Mat4,
    /// Which growth and level the scalp's mesh shows.
    shown: Option<(u32, u32)>,
    /// Which growth the short hairs show, and where their vertices are.
    short_grown: Option<u32>,
    short_positions: Vec<[f32; 3]>,
    moving: bool,
}

struct Part {
    entity: Entity,
    mesh: Handle<Mesh>,
    material: Handle<HairMaterial>,
}

#[derive(bevy::ecs::system::SystemParam)]
struct Canvas<'w, 's> {
    commands: Commands<'w, 's>,
    meshes: ResMut<'w, Assets<Mesh>>,
    materials: ResMut<'w, Assets<HairMaterial>>,
}

/// Spawns hair, moves it, and rewrites the short hairs.
fn dress(
    mut people: Query<(Entity, &PartId, &Human, &mut Figure, Option<&mut DrawnHair>)>,
    mut canvas: Canvas,
    time: Option<Res<FrameTime>>,
    shot: Option<Res<ActiveShot>>,
) {
    let Some(time) = time else { return };
    for (entity, id, human, mut figure, drawn) in &mut people {
        match drawn {
            Some(mut drawn) => canvas.update(&mut figure, &mut drawn, human, &time),
            None => {
                let mut drawn = canvas.spawn(entity);
                drawn.past = shot.as_ref().map(|shot| HeadPast::new(&shot.shot, &id.0, human.head)).unwrap_or_default();
                canvas.update(&mut figure, &mut drawn, human, &time);
                canvas.commands.entity(entity).insert(drawn);
            }
        }
    }
}

/// Draws as many strands as the nearest camera asks for. After transforms are propagated, so that it is this frame's camera.
fn detail(
    mut people: Query<(&mut Figure, &mut DrawnHair, &GlobalTransform)>,
    cameras: Query<(&Camera, &GlobalTransform), With<Camera3d>>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    for (mut figure, mut drawn, transform) in &mut people {
        let at = transform.transform_point(figure.head());
        let finest = cameras
            .iter()
            .filter(|(camera, _)| camera.is_active)
            .map(|(camera, eye)| px_per_m(camera, eye, at))
            .fold(0.0, f32::max);
        let wanted = (figure.grown(), level(finest));
        if drawn.shown != Some(wanted) {
            write(&mut meshes, &drawn.scalp.mesh, &figure.hair(wanted.1).ribbons(0, stray_m(wanted.1)), None);
            drawn.shown = Some(wanted);
        }
    }
}

/// Pixels that a metre across the view covers at a point.
fn px_per_m(camera: &Camera, eye: &GlobalTransform, at: Vec3) -> f32 {
    let height = camera.physical_target_size().map_or(0.0, |size| size.y as f32);
    let clip_from_view = camera.clip_from_view();
    let is_perspective = clip_from_view.w_axis.w == 0.0;
    let depth = if is_perspective { eye.translation().distance(at).max(0.05) } else { 1.0 };
    0.5 * height * clip_from_view.y_axis.y / depth
}

/// How often the strands are halved.
fn level(px_per_m: f32) -> u32 {
    let halvings = (FINEST_PX_PER_M / px_per_m.max(1.0)).log2().round();
    halvings.clamp(0.0, COARSEST as f32) as u32
}

/// How far a ribbon of a level may stray from its strand, metres.
fn stray_m(level: u32) -> f32 {
    STRAY_PX * (1_u32 << level) as f32 / FINEST_PX_PER_M
}

impl Canvas<'_, '_> {
    fn spawn(&mut self, parent: Entity) -> DrawnHair {
        let [scalp, short] = ["Hair", "ShortHair"].map(|name| {
            let mesh = self.meshes.add(Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default()));
            write(&mut self.meshes, &mesh, &Ribbons::default(), None);
            let material = self.materials.add(HairMaterial { hair: settings(&Hair::default()) });
            let entity = self.commands.spawn((
                ChildOf(parent),
                Name::new(name),
                Mesh3d(mesh.clone()),
                MeshMaterial3d(material.clone()),
                Transform::IDENTITY,
                AovSurface::plain(LinearRgba::BLACK),
                NoFrustumCulling,
            ));
            Part { entity: entity.id(), mesh, material }
        });
        DrawnHair {
            scalp,
            short,
            past: HeadPast::default(),
            frame: None,
            sway_from_local: Mat4::IDENTITY,
            shown: None,
            short_grown: None,
            short_positions: Vec::new(),
            moving: true,
        }
    }

    fn update(&mut self, figure: &mut Figure, drawn: &mut DrawnHair, human: &Human, time: &FrameTime) {
        let follows = drawn.frame == Some(time.frame - 1);
        if !follows && drawn.frame != Some(time.frame) {
            // After a jump the last frame was not drawn: the same person a frame earlier stands in for it.
            figure.set(human, time.rate.secs_at((time.frame - 1) as f64));
            drawn.short_positions = ribbons_of(&figure.short_hair()).positions;
            drawn.sway_from_local = sway(figure, drawn, time, time.frame - 1);
            figure.set(human, time.seconds());
        }
        let previous_sway = drawn.sway_from_local;
        drawn.sway_from_local = sway(figure, drawn, time, time.frame);
        let hair = GpuHair {
            sway_from_local: drawn.sway_from_local,
            previous_sway_from_local: previous_sway,
            ..settings(&human.hair)
        };
        let colour = Vec3::from_array(human.hair.as_coloured().colour);
        let aov = AovSurface {
            sway_from_local: hair.sway_from_local,
            previous_sway_from_local: hair.previous_sway_from_local,
            ..AovSurface::plain(LinearRgba::rgb(colour.x, colour.y, colour.z))
        };
        for (part, rigid) in [(&drawn.scalp, true), (&drawn.short, false)] {
            let same = self.materials.get(&part.material).is_some_and(|material| material.hair == hair);
            if !same && let Some(mut material) = self.materials.get_mut(&part.material) {
                material.hair = hair;
            }
            let (scale, rotation, translation) =
                if rigid { figure.head_from_rest() } else { default() }.to_scale_rotation_translation();
            self.commands.entity(part.entity).insert((aov, Transform { translation, rotation, scale }));
        }
        self.write_short(figure, drawn);
        drawn.frame = Some(time.frame);
    }

    /// Short hairs are written where they moved, and once more where they came to rest.
    fn write_short(&mut self, figure: &Figure, drawn: &mut DrawnHair) {
        let ribbons = ribbons_of(&figure.short_hair());
        let anew = drawn.short_grown != Some(figure.grown());
        let moves = anew || ribbons.positions != drawn.short_positions;
        if moves || drawn.moving {
            let kept = drawn.short_positions.len() == ribbons.positions.len();
            let previous = kept.then(|| drawn.short_positions.clone());
            write(&mut self.meshes, &drawn.short.mesh, &ribbons, previous);
            drawn.short_positions = ribbons.positions;
        }
        drawn.short_grown = Some(figure.grown());
        drawn.moving = moves;
    }
}

/// What hanging hair follows, in the space of the head at rest.
fn sway(figure: &Figure, drawn: &DrawnHair, time: &FrameTime, frame: i64) -> Mat4 {
    Mat4::from(figure.hang_from_rest(drawn.past.lag(frame as f64, time.rate)))
}

fn ribbons_of(strands: &Strands) -> Ribbons {
    strands.ribbons(0, 0.0)
}

fn settings(hair: &Hair) -> GpuHair {
    GpuHair {
        sway_from_local: Mat4::IDENTITY,
        previous_sway_from_local: Mat4::IDENTITY,
        absorption: hair.absorption().max(Vec3::splat(pigment::LEAST_ABSORPTION)),
        roughness: ROUGHNESS + 0.12 * hair.frizz.clamp(0.0, 1.0),
        grey: hair.grey.clamp(0.0, 1.0),
    }
}

/// Writes a whole mesh. Without hair it keeps one triangle without area: an empty mesh has no vertex buffer to bind.
fn write(meshes: &mut Assets<Mesh>, handle: &Handle<Mesh>, ribbons: &Ribbons, previous: Option<Vec<[f32; 3]>>) {
    let Some(mut mesh) = meshes.get_mut(handle) else { return };
    let point = Ribbons {
        positions: vec![[0.0; 3]; 3],
        normals: vec![[0.0, 1.0, 0.0]; 3],
        tangents: vec![[0.0, 1.0, 0.0, 0.0]; 3],
        fibres: vec![[0; 4]; 3],
        indices: vec![0, 1, 2],
    };
    let (ribbons, previous) = if ribbons.indices.is_empty() { (&point, None) } else { (ribbons, previous) };
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, ribbons.positions.clone());
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, ribbons.normals.clone());
    mesh.insert_attribute(Mesh::ATTRIBUTE_TANGENT, ribbons.tangents.clone());
    mesh.insert_attribute(ATTRIBUTE_FIBRE, VertexAttributeValues::Unorm16x4(ribbons.fibres.clone()));
    mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, previous.unwrap_or_else(|| ribbons.positions.clone()));
    mesh.insert_indices(Indices::U32(ribbons.indices.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portrait_has_every_strand_and_each_halving_of_size_half_of_them() {
        assert_eq!([3700.0, 1850.0, 925.0, 462.0, 1.0, 0.0].map(level), [0, 0, 1, 2, COARSEST, COARSEST]);
        assert_eq!(level(f32::NAN), COARSEST);
    }
}
