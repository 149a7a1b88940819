//! People as Bevy meshes: child entities per layer. Where the person moves, the device moves their vertices (see
//! [`crate::deform`]); without it they are written here.
// size: one place writes everything that is drawn of a person.

mod moves;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use bevy::asset::{AssetId, RenderAssetUsages};
use bevy::camera::Exposure;
use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::NoAutoAabb;
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{ActiveShot, DrivenFigure, Faults, FigurePose, FrameTime, PartId, PartIndex, PartVisible, Seed};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion, ReadableMeshes, StandInSurface};

use self::moves::Moves;
use crate::{
    deform::MovedByDevice,
    figure::{Figure, Layer},
    look::{detail::Level, skin::complexion::Complexion},
    materials::{
        eye::{EyeMaterial, EyeSurface, eye_base, gpu_eye, luminance_of_exposure, pupil_in_light},
        gpu_types::GpuScatter,
        skin::{
            ATTRIBUTE_REGIONS_A, ATTRIBUTE_REGIONS_B, ATTRIBUTE_TEMPLATE_POSITION, SkinMaterial, SkinSurface,
            gpu_scatter, gpu_skin,
        },
    },
    motion::clips::Clips,
    settings::Human,
    view::View,
    voices::Voices,
    wardrobe::Wardrobe,
};

/// The wardrobe, loaded when the first person appears.
#[derive(Resource, Default)]
pub struct SharedWardrobe(Option<Result<Arc<Wardrobe>, ()>>);

impl SharedWardrobe {
    /// The wardrobe; a failure to load it is told once.
    pub(crate) fn get(&mut self, faults: &mut Faults) -> Option<Arc<Wardrobe>> {
        let loaded = self.0.get_or_insert_with(|| Wardrobe::shared().map_err(|error| faults.report(&error)));
        loaded.as_ref().ok().cloned()
    }
}

/// The child entities and assets of one person.
#[derive(Component, Default)]
pub struct Drawn {
    layers: BTreeMap<Layer, LayerMesh>,
    eyes: Vec<DrawnEye>,
    /// What the skin's material was made from, and how it scatters.
    complexion: Complexion,
    scatter: Option<Arc<GpuScatter>>,
    /// How much light their material gives teeth and tongue, in steps that nobody sees.
    mouth_light: Option<f32>,
    /// The frame that the meshes show.
    frame: Option<i64>,
    /// Whether the meshes' previous positions differ from their positions.
    moving: bool,
    /// Whether the meshes are of another level of detail than the figure.
    level_is_new: bool,
    moves: Moves,
}

struct LayerMesh {
    entity: Entity,
    mesh: Handle<Mesh>,
    material: LayerMaterial,
}

struct DrawnEye {
    entity: Entity,
    mesh: Handle<Mesh>,
    material: Handle<EyeMaterial>,
}

enum LayerMaterial {
    Deformed(Handle<DeformedMaterial>),
    Skin(Handle<SkinMaterial>),
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
        (Option<&'static PartIndex>, Option<&'static DrivenFigure>),
    ),
>;

/// Where drawing writes.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Canvas<'w, 's> {
    commands: Commands<'w, 's>,
    meshes: ResMut<'w, Assets<Mesh>>,
    deformed: ResMut<'w, Assets<DeformedMaterial>>,
    eyes: ResMut<'w, Assets<EyeMaterial>>,
    skins: ResMut<'w, Assets<SkinMaterial>>,
    standard: ResMut<'w, Assets<StandardMaterial>>,
}

/// Brings every person's meshes to the current frame.
#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it reads")]
pub fn draw_people(
    mut people: People,
    mut canvas: Canvas,
    mut shared: ResMut<SharedWardrobe>,
    mut voices: ResMut<Voices>,
    mut clips: ResMut<Clips>,
    mut faults: ResMut<Faults>,
    time: Option<Res<FrameTime>>,
    shot: Option<Res<ActiveShot>>,
    exposures: Query<&Exposure>,
    (by_device, readable): (Option<Res<MovedByDevice>>, Option<Res<ReadableMeshes>>),
    view: View,
    mut told: Local<BTreeSet<String>>,
) {
    let Some(time) = time else { return };
    let ev100 = exposures.iter().next().map_or(Exposure::default().ev100, |exposure| exposure.ev100);
    let by_device = by_device.is_some() && readable.is_none();
    let shot_seed = shot.as_ref().map_or(0, |shot| shot.shot.seed);
    let picture_px = shot.as_ref().map_or(0, |shot| shot.shot.output.height);
    let base_dir = shot.as_ref().map_or(Path::new("."), |shot| &shot.base_dir);
    for (entity, id, human, visible, shown, figure, drawn, (index, driven)) in &mut people {
        let mut human = human.clone();
        for (field, problem) in human.clamp() {
            // Once for a field, whatever numbers a track goes through.
            if told.insert(format!("{}/{field}", id.0)) {
                tracing::warn!("{}: {problem}", id.0);
            }
        }
        let human = &human;
        let wanted = if visible.is_some_and(|visible| !visible.0) { Visibility::Hidden } else { Visibility::Inherited };
        if shown != Some(&wanted) {
            canvas.commands.entity(entity).insert(wanted);
        }
        let voice = voices.of(&human.speech, base_dir, &mut faults);
        let recordings = clips.of(&human.motion.clips, base_dir, shot.is_some(), &mut faults);
        let driven = [time.frame - 1, time.frame].map(|frame| {
            let world = shot.as_ref()?.world_transform_at(index?.0.checked_sub(1)? as usize, frame as f64);
            Some(driven?.at(frame)?.seen_from(&world))
        });
        let level = |figure: &Figure| {
            let way = figure.way(human, time.seconds());
            Level::of(human.detail, view.height_px(entity, way, picture_px))
        };
        match (figure, drawn) {
            (Some(mut figure), Some(mut drawn)) => {
                figure.attune(time.rate, voice);
                figure.lend_clips(recordings);
                let level = level(&figure);
                drawn.level_is_new |= figure.set_level(level);
                if drawn.moves.by_device() != by_device {
                    drawn.moves = Moves::new(by_device);
                    drawn.level_is_new = true;
                }
                canvas.update(entity, &mut figure, &mut drawn, (human, &driven), &time, ev100);
            }
            _ => {
                let Some(wardrobe) = shared.get(&mut faults) else { continue };
                let mut figure = Figure::new(wardrobe, Seed::for_part(shot_seed, &id.0, "idle"));
                let mut drawn = Drawn { moves: Moves::new(by_device), ..Drawn::default() };
                figure.attune(time.rate, voice);
                figure.lend_clips(recordings);
                figure.set(human, time.seconds());
                let level = level(&figure);
                figure.set_level(level);
                canvas.spawn(entity, &mut figure, &mut drawn, human);
                canvas.update(entity, &mut figure, &mut drawn, (human, &driven), &time, ev100);
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
            let mut entity = self.commands.spawn((
                ChildOf(parent),
                Name::new(format!("{layer:?}")),
                Mesh3d(mesh.clone()),
                Transform::IDENTITY,
                // Bevy's own bounds are those of the vertices that the mesh was made with.
                NoAutoAabb,
            ));
            let base = material(layer, human, 1.0);
            let material = if figure.chart(layer).is_some() {
                let stand_in = self.standard.add(base.clone());
                let skin = self.skins.add(SkinMaterial { base, extension: SkinSurface::default() });
                entity.insert((MeshMaterial3d(skin.clone()), StandInSurface(stand_in)));
                LayerMaterial::Skin(skin)
            } else {
                let deformed = self.deformed.add(DeformedMaterial { base, extension: DeformedMotion::default() });
                entity.insert(MeshMaterial3d(deformed.clone()));
                LayerMaterial::Deformed(deformed)
            };
            let entity = entity.id();
            drawn.layers.insert(layer, LayerMesh { entity, mesh, material });
            self.write_fixed(figure, layer, drawn);
        }
        for side in 0..2 {
            let mesh = self.meshes.add(Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default()));
            let stand_in = self.standard.add(eye_base());
            let material = self.eyes.add(EyeMaterial { base: eye_base(), extension: EyeSurface::default() });
            let entity = self.commands.spawn((
                ChildOf(parent),
                Name::new(["LeftEye", "RightEye"][side]),
                Mesh3d(mesh.clone()),
                MeshMaterial3d(material.clone()),
                StandInSurface(stand_in),
                Transform::IDENTITY,
            ));
            drawn.eyes.push(DrawnEye { entity: entity.id(), mesh, material });
        }
        self.write_balls(figure, drawn);
    }

    fn update(
        &mut self,
        person: Entity,
        figure: &mut Figure,
        drawn: &mut Drawn,
        (human, [driven_before, driven]): (&Human, &[Option<FigurePose>; 2]),
        time: &FrameTime,
        ev100: f32,
    ) {
        let level_is_new = std::mem::take(&mut drawn.level_is_new);
        if level_is_new {
            drawn.frame = None;
        }
        let follows = drawn.frame == Some(time.frame - 1);
        if !follows && drawn.frame != Some(time.frame) {
            // After a jump the last frame was not drawn: the same person a frame earlier stands in for it, so that what
            // is a function of time alone moves rightly even then.
            figure.set_driven(human, time.rate.secs_at((time.frame - 1) as f64), driven_before.as_ref());
            drawn.moves.remember(figure);
        }
        let mut changes = figure.set_driven(human, time.seconds(), driven.as_ref());
        changes.colours |= level_is_new;
        if changes.colours {
            for layer in Layer::ALL {
                self.write_fixed(figure, layer, drawn);
                if let Some(LayerMaterial::Deformed(handle)) = drawn.layers.get(&layer).map(|of| &of.material)
                    && let Some(mut slot) = self.deformed.get_mut(handle)
                {
                    slot.base = material(layer, human, drawn.mouth_light.unwrap_or(1.0));
                }
            }
            self.write_balls(figure, drawn);
        }
        self.shade_mouth(figure, drawn, human);
        self.tint_skin(figure, drawn, human);
        self.turn_eyes(figure, drawn, human, ev100);
        let moves = changes.vertices || changes.colours || drawn.moving || !follows;
        if moves {
            for (&layer, of) in &drawn.layers {
                if let Some(bounds) = figure.bounds(layer) {
                    self.commands.entity(of.entity).insert(Aabb::from_min_max(bounds[0], bounds[1]));
                }
            }
        }
        let is_whole = follows && !changes.colours;
        drawn.moves.write(moves, is_whole, figure, &drawn.layers, &mut self.meshes, &mut self.commands.entity(person));
        drawn.moving = changes.vertices;
        drawn.frame = Some(time.frame);
    }

    /// The eyeballs' meshes.
    fn write_balls(&mut self, figure: &Figure, drawn: &Drawn) {
        for (eye, ball) in drawn.eyes.iter().zip(figure.balls()) {
            let Some(mut mesh) = self.meshes.get_mut(AssetId::from(&eye.mesh)) else { continue };
            mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, ball.positions.clone());
            mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, ball.normals.clone());
            mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, ball.colours.clone());
            mesh.insert_indices(Indices::U32(ball.indices.clone()));
        }
    }

    /// Where the eyeballs are, and how they look between their lids.
    fn turn_eyes(&mut self, figure: &Figure, drawn: &Drawn, human: &Human, ev100: f32) {
        let in_light = pupil_in_light(luminance_of_exposure(ev100));
        let pupil = human.eyes.pupil + (in_light - human.eyes.pupil) * human.eyes.pupil_reflex;
        for (side, eye) in drawn.eyes.iter().enumerate() {
            let (translation, radius, rotation, lids) = figure.eye(side);
            let place = Transform { translation, rotation, scale: Vec3::splat(radius) };
            self.commands.entity(eye.entity).insert(place);
            let look = gpu_eye(&human.eyes, pupil, side, lids);
            if self.eyes.get(&eye.material).is_some_and(|now| now.extension.eye != look)
                && let Some(mut slot) = self.eyes.get_mut(&eye.material)
            {
                slot.extension.eye = look;
            }
        }
    }

    /// Lips that close take the light from what is behind them.
    fn shade_mouth(&mut self, figure: &Figure, drawn: &mut Drawn, human: &Human) {
        let light = (figure.mouth_light() * 64.0).round() / 64.0;
        if drawn.mouth_light == Some(light) {
            return;
        }
        drawn.mouth_light = Some(light);
        for layer in [Layer::Teeth, Layer::Tongue] {
            if let Some(LayerMaterial::Deformed(handle)) = drawn.layers.get(&layer).map(|of| &of.material)
                && let Some(mut slot) = self.deformed.get_mut(handle)
            {
                slot.base = material(layer, human, light);
            }
        }
    }

    /// The look of the skin, which muscles and blood change.
    fn tint_skin(&mut self, figure: &Figure, drawn: &mut Drawn, human: &Human) {
        let skin = gpu_skin(human, figure.complexion(), &figure.face());
        if figure.complexion() != &drawn.complexion || drawn.scatter.is_none() {
            drawn.complexion = *figure.complexion();
            drawn.scatter = Some(Arc::new(gpu_scatter(figure.complexion())));
        }
        let Some(scatter) = &drawn.scatter else { return };
        for (&layer, of) in &drawn.layers {
            let LayerMaterial::Skin(handle) = &of.material else { continue };
            let is_new = self.skins.get(handle).is_some_and(|now| {
                now.extension.skin != skin
                    || !Arc::ptr_eq(&now.extension.scatter, scatter)
                    || now.base.perceptual_roughness != human.skin.roughness
            });
            if let (true, Some(mut slot)) = (is_new, self.skins.get_mut(handle)) {
                slot.base = material(layer, human, 1.0);
                slot.extension.skin = skin;
                slot.extension.scatter = scatter.clone();
            }
        }
    }

    /// Everything of a layer, with the vertices where they are now.
    fn write_fixed(&mut self, figure: &mut Figure, layer: Layer, drawn: &Drawn) {
        let Some(of) = drawn.layers.get(&layer) else { return };
        let vertices = figure.vertices(layer);
        let usage = drawn.moves.usage();
        let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, usage)
            .with_inserted_attribute(ATTRIBUTE_PREVIOUS_POSITION, vertices.positions.clone())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vertices.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vertices.normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, figure.colours(layer).to_vec())
            .with_inserted_indices(Indices::U32(figure.indices(layer).to_vec()));
        let map = figure.map_coordinates(layer);
        if !map.is_empty() {
            mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, map);
            mesh.insert_attribute(Mesh::ATTRIBUTE_TANGENT, vertices.tangents);
        }
        if let Some(chart) = figure.chart(layer) {
            mesh.insert_attribute(ATTRIBUTE_TEMPLATE_POSITION, chart.template.clone());
            mesh.insert_attribute(ATTRIBUTE_REGIONS_A, chart.regions_a.clone());
            let shaded = chart.regions_b.iter().zip(figure.hair_shade(layer));
            let regions_b: Vec<[f32; 3]> = shaded.map(|(&[flush, mouth], &shade)| [flush, shade, mouth]).collect();
            mesh.insert_attribute(ATTRIBUTE_REGIONS_B, regions_b);
        }
        // A handle that is held always has its place.
        let _ = self.meshes.insert(of.mesh.id(), mesh);
    }
}

/// `mouth_light` is how much of the light around reaches the inside of the mouth, 0..1.
fn material(layer: Layer, human: &Human, mouth_light: f32) -> StandardMaterial {
    let (roughness, reflectance) = match layer {
        Layer::Head | Layer::Hands => (human.skin.roughness, 0.42),
        Layer::Suit => (human.suit.roughness, 0.35),
        Layer::Shoes => (human.shoes.roughness, 0.5),
        Layer::Teeth => (0.25, 0.5),
        Layer::Tongue => (0.35, 0.5),
    };
    let light = if matches!(layer, Layer::Teeth | Layer::Tongue) { mouth_light } else { 1.0 };
    let two_sided = matches!(layer, Layer::Suit | Layer::Shoes);
    StandardMaterial {
        base_color: Color::linear_rgb(light, light, light),
        perceptual_roughness: roughness,
        reflectance: reflectance * light,
        double_sided: two_sided,
        cull_mode: if two_sided { None } else { StandardMaterial::default().cull_mode },
        // Skin has a second lobe: its film of oil or sweat, whose strength the shader knows.
        clearcoat: if matches!(layer, Layer::Head | Layer::Hands) { 0.3 } else { 0.0 },
        ..StandardMaterial::default()
    }
}
