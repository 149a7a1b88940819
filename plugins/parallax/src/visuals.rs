//! Plates as Bevy meshes: children of the part, two for each layer. What is opaque is drawn like any solid thing and hides
//! what is behind it, people included; the rims, a few pixels wide, are blended over it.

use bevy::asset::{Assets, Handle, RenderAssetUsages};
use bevy::ecs::hierarchy::ChildOf;
use bevy::image::{Image, ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use half::f16;
use kinema_core::{ActiveShot, BuildIdentity, Faults, PartId};
use kinema_gpu::StandInSurface;

use crate::bake::{PlateBake, PlateSource};
use crate::display::SceneLight;
use crate::layers::{Layer, LayerMesh, OPAQUE, layer_mesh};
use crate::material::{PlateMaterial, ShadowCatcher};
use crate::settings::ParallaxSettings;
use crate::shot::Plate;

/// Vertices of a layer's mesh along the longer side, about: finer shows nothing, because depth between vertices is that of
/// the plane through them, and rims are cut by opacity, not by triangles.
const VERTICES_ALONG: usize = 640;
/// Of an unlit photograph there is none; of a lit one paper's.
const LIT_ROUGHNESS: f32 = 0.9;
const LIT_REFLECTANCE: f32 = 0.2;

/// What was built for a plate.
#[derive(Component, Debug)]
pub struct BuiltPlate {
    plate: Plate,
    materials: Vec<Handle<StandardMaterial>>,
    catchers: Vec<Handle<PlateMaterial>>,
    pieces: Vec<Entity>,
}

/// What does not change layers, meshes and textures.
fn same_build(a: &Plate, b: &Plate) -> bool {
    Plate { exposure_stops: 0.0, ..a.clone() } == Plate { exposure_stops: 0.0, ..b.clone() }
}

/// Builds plates that are new or that another photograph was given.
pub(crate) fn build_plates(
    mut commands: Commands,
    (shot, settings, build): (Option<Res<ActiveShot>>, Res<ParallaxSettings>, Res<BuildIdentity>),
    plates: Query<(Entity, &PartId, &Plate, Option<&BuiltPlate>), Changed<Plate>>,
    mut faults: ResMut<Faults>,
    (mut meshes, mut images, mut materials, mut catchers): (
        ResMut<Assets<Mesh>>,
        ResMut<Assets<Image>>,
        ResMut<Assets<StandardMaterial>>,
        ResMut<Assets<PlateMaterial>>,
    ),
) {
    let Some(shot) = shot else { return };
    for (entity, id, plate, built) in &plates {
        if built.is_some_and(|built| same_build(&built.plate, plate)) {
            continue;
        }
        for piece in built.iter().flat_map(|built| &built.pieces) {
            commands.entity(*piece).despawn();
        }
        let source = PlateSource::of(plate, &id.0, &shot.base_dir);
        let bake = match source.and_then(|source| PlateBake::open(&source, &settings.store(), &build)) {
            Ok(bake) => bake,
            Err(error) => {
                faults.report(&error);
                continue;
            }
        };
        for note in &bake.notes {
            tracing::warn!("plate `{}`: {note}", id.0);
        }
        let light = if bake.is_scene_linear || plate.lit {
            SceneLight::Same
        } else {
            SceneLight::of(shot.shot.look.tone_mapping)
        };
        let mut built =
            BuiltPlate { plate: plate.clone(), materials: Vec::new(), catchers: Vec::new(), pieces: Vec::new() };
        for (number, layer) in bake.image.layers.iter().enumerate() {
            let image = images.add(texture(layer, &light));
            let surface = surface(plate, &bake, layer);
            let is_whole = surface.rim_start == surface.indices.len();
            let solid = if is_whole { AlphaMode::Opaque } else { AlphaMode::Mask(OPAQUE) };
            let mut draw = |mesh: Mesh, alpha_mode: AlphaMode| {
                let material = StandardMaterial {
                    base_color: exposed(plate),
                    base_color_texture: Some(image.clone()),
                    alpha_mode,
                    unlit: !plate.lit,
                    perceptual_roughness: LIT_ROUGHNESS,
                    reflectance: LIT_REFLECTANCE,
                    ..default()
                };
                let piece = (
                    Name::new(format!("Layer {number}")),
                    Mesh3d(meshes.add(mesh)),
                    Transform::IDENTITY,
                    Visibility::Inherited,
                    ChildOf(entity),
                );
                let mut piece = commands.spawn(piece);
                // A photograph shows the shadows of what it shows already.
                if !plate.lit || alpha_mode == AlphaMode::Premultiplied {
                    piece.insert(NotShadowCaster);
                }
                let catcher = (!plate.lit && plate.shadows).then(|| PlateMaterial {
                    base: StandardMaterial { unlit: false, ..material.clone() },
                    extension: ShadowCatcher::default(),
                });
                let material = materials.add(material);
                if let Some(catcher) = catcher {
                    let catcher = catchers.add(catcher);
                    piece.insert((MeshMaterial3d(catcher.clone()), StandInSurface(material.clone())));
                    built.catchers.push(catcher);
                } else {
                    piece.insert(MeshMaterial3d(material.clone()));
                    if !plate.lit {
                        piece.insert(NotShadowReceiver);
                    }
                }
                built.pieces.push(piece.id());
                built.materials.push(material);
            };
            draw(mesh_of(&surface, &surface.indices), solid);
            if !is_whole {
                draw(mesh_of(&surface, &surface.indices[surface.rim_start..]), AlphaMode::Premultiplied);
            }
        }
        commands.entity(entity).insert(built).insert_if_new(Visibility::Inherited);
    }
}

/// Gives plates the exposure that tracks want.
pub(crate) fn expose_plates(
    mut plates: Query<(&Plate, &mut BuiltPlate), Changed<Plate>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut catchers: ResMut<Assets<PlateMaterial>>,
) {
    for (plate, mut built) in &mut plates {
        if built.plate.exposure_stops == plate.exposure_stops {
            continue;
        }
        for handle in &built.materials {
            if let Some(mut material) = materials.get_mut(handle) {
                material.base_color = exposed(plate);
            }
        }
        for handle in &built.catchers {
            if let Some(mut material) = catchers.get_mut(handle) {
                material.base.base_color = exposed(plate);
            }
        }
        built.plate.exposure_stops = plate.exposure_stops;
    }
}

fn exposed(plate: &Plate) -> Color {
    let gain = plate.exposure_stops.exp2();
    Color::linear_rgb(gain, gain, gain)
}

/// A layer's surface in metres, the plate's camera at the origin.
fn surface(plate: &Plate, bake: &PlateBake, layer: &Layer) -> LayerMesh {
    let image = &bake.image;
    let metres_per_unit = bake.metres_per_unit(plate);
    let step = image.width().max(image.height()).div_ceil(VERTICES_ALONG);
    let farthest = metres_per_unit / plate.farthest_m;
    let mut surface = layer_mesh(layer, plate.focal_widths(), step, image.steepest(), farthest);
    for position in &mut surface.positions {
        *position = position.map(|v| v * metres_per_unit);
    }
    surface
}

/// The part of a surface that some of its triangles make.
fn mesh_of(surface: &LayerMesh, triangles: &[u32]) -> Mesh {
    let mut number = vec![u32::MAX; surface.positions.len()];
    let mut kept = Vec::new();
    let indices = triangles.iter().map(|&corner| {
        let slot = &mut number[corner as usize];
        if *slot == u32::MAX {
            *slot = kept.len() as u32;
            kept.push(corner as usize);
        }
        *slot
    });
    let indices: Vec<u32> = indices.collect();
    let of = |values: &[[f32; 3]]| -> Vec<[f32; 3]> { kept.iter().map(|&i| values[i]).collect() };
    let uvs: Vec<[f32; 2]> = kept.iter().map(|&i| surface.uvs[i]).collect();
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, of(&surface.positions))
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, of(&surface.normals))
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(indices))
}

/// Colour multiplied by opacity as halves, with every smaller size, so that a photograph larger than the picture does not
/// shimmer.
fn texture(layer: &Layer, light: &SceneLight) -> Image {
    let (width, height) = layer.colour.size();
    let mut level: Vec<[f32; 4]> = layer.colour.data().iter().map(|p| light.of_display(*p)).collect();
    let (mut w, mut h) = (width, height);
    let mut data = Vec::with_capacity(width * height * 11);
    let mut levels = 1;
    loop {
        data.extend(level.iter().flatten().flat_map(|v| f16::from_f32(*v).to_le_bytes()));
        if w == 1 && h == 1 {
            break;
        }
        let (half_w, half_h) = ((w / 2).max(1), (h / 2).max(1));
        let four = |x: usize, y: usize| {
            let (right, below) = ((2 * x + 1).min(w - 1), (2 * y + 1).min(h - 1));
            let (x, y) = ((2 * x).min(w - 1), (2 * y).min(h - 1));
            [y * w + x, y * w + right, below * w + x, below * w + right]
        };
        let mean = |i: usize| {
            let all = four(i % half_w, i / half_w).map(|j| level[j]);
            std::array::from_fn(|c| all.iter().map(|p| p[c]).sum::<f32>() * 0.25)
        };
        level = (0..half_w * half_h).map(mean).collect();
        (w, h) = (half_w, half_h);
        levels += 1;
    }
    let size = Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
    let mut image =
        Image::new_uninit(size, TextureDimension::D2, TextureFormat::Rgba16Float, RenderAssetUsages::RENDER_WORLD);
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = levels;
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::ClampToEdge,
        address_mode_v: ImageAddressMode::ClampToEdge,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        ..default()
    });
    image
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use kinema_core::{DirectorPlugin, Format, FrameSet, FrameTime, PartRegistry, parse_shot, spawn_shot};

    use super::*;
    use crate::ParallaxPlugin;

    fn app(folder: &Path, part: &str) -> App {
        let mut app = App::new();
        app.init_resource::<Assets<Image>>()
            .init_resource::<Assets<Mesh>>()
            .init_resource::<Assets<StandardMaterial>>()
            .init_resource::<Assets<PlateMaterial>>()
            .insert_resource(ParallaxSettings { bake_dir: folder.join("bakes"), ..ParallaxSettings::default() })
            .add_plugins((DirectorPlugin, ParallaxPlugin))
            .configure_sets(Update, (FrameSet::Direct, FrameSet::Perceive).chain());
        app.finish();
        let text = format!(
            "(schema: 1, timeline: (rate: \"24/1\", frames: 3), output: (width: 16, height: 9), parts: [(id: \"p\", part: {part})], \
             tracks: [(target: \"p/exposure_stops\", keys: [(frame: 0, value: 0), (frame: 2, value: 2)])])"
        );
        let registry = app.world().resource::<PartRegistry>();
        let shot = parse_shot(text.as_bytes(), &folder.join("t.shot.ron"), Format::Ron, registry);
        spawn_shot(app.world_mut(), Arc::new(shot.unwrap_or_else(|errors| panic!("{errors}"))));
        app
    }

    #[test]
    fn a_plate_becomes_meshes_once_and_its_exposure_follows_a_track() {
        let folder = tempfile::tempdir().unwrap();
        crate::bake::tests::files_in(folder.path());
        let mut app = app(folder.path(), r#"Plate(photograph: "photo.png", depth: (file: "depth.png"), nearest_m: 2)"#);
        let mut pieces = app.world_mut().query::<(Entity, &Mesh3d, &MeshMaterial3d<PlateMaterial>, &StandInSurface)>();
        let mut before = None;
        for (frame, gain) in [(0, 1.0), (1, 2.0), (2, 4.0)] {
            app.world_mut().resource_mut::<FrameTime>().frame = frame;
            app.update();
            assert_eq!(app.world().resource::<Faults>().iter().next(), None);
            let now: Vec<_> = pieces
                .iter(app.world())
                .map(|(e, m, s, stand_in)| (e, m.0.clone(), s.0.clone(), stand_in.0.clone()))
                .collect();
            assert!(now.len() >= 3, "{now:?}");
            let catcher = &app.world().resource::<Assets<PlateMaterial>>().get(&now[0].2).unwrap().base;
            let plain = app.world().resource::<Assets<StandardMaterial>>().get(&now[0].3).unwrap();
            for material in [catcher, plain] {
                let red = material.base_color.to_linear().red;
                assert!((red - gain).abs() < 1e-3, "{frame}: {:?}", material.base_color);
            }
            assert!(plain.unlit && !catcher.unlit);
            assert!(before.is_none_or(|before| before == now), "built once");
            before = Some(now);
        }
        let nearest = before.iter().flatten().flat_map(|(_, mesh, ..)| {
            let mesh = app.world().resource::<Assets<Mesh>>().get(mesh).unwrap();
            let places = mesh.attribute(Mesh::ATTRIBUTE_POSITION).unwrap().as_float3().unwrap();
            places.iter().map(|place| -place[2]).collect::<Vec<_>>()
        });
        let nearest = nearest.fold(f32::INFINITY, f32::min);
        assert!((nearest - 2.0).abs() < 0.15, "the nearest point is where the part says: {nearest}");
    }

    #[test]
    fn an_unusable_photograph_is_one_fault() {
        let folder = tempfile::tempdir().unwrap();
        crate::bake::tests::files_in(folder.path());
        std::fs::write(folder.path().join("bad.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let mut app = app(folder.path(), r#"Plate(photograph: "bad.png", depth: (file: "depth.png"))"#);
        app.update();
        app.update();
        let faults: Vec<String> = app.world().resource::<Faults>().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("bad.png"), "{faults:?}");
    }
}
