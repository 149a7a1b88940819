//! Bevy's lights in glTF's units.

use std::f32::consts::PI;

use bevy::image::Image;
use bevy::light::{EnvironmentMapLight, GlobalAmbientLight, RectLight};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use kinema_export::gltf::{Lamp, NodeContent, WIDEST_CONE_RAD};
use kinema_gpu::CaptureCamera;

/// The lamp of an entity, if it is one.
pub fn lamp(entity: EntityRef<'_>) -> Option<NodeContent> {
    let (color, lamp, range_m) = if let Some(sun) = entity.get::<DirectionalLight>() {
        (sun.color, Lamp::Directional { lux: sun.illuminance }, None)
    } else if let Some(point) = entity.get::<PointLight>() {
        (point.color, Lamp::Point { candela: point.intensity / (4.0 * PI) }, Some(point.range))
    } else if let Some(spot) = entity.get::<SpotLight>() {
        let outer_rad = spot.outer_angle.clamp(1e-3, WIDEST_CONE_RAD);
        let inner_rad = spot.inner_angle.clamp(0.0, 0.999 * outer_rad);
        // Bevy divides a spot's lumens by the whole sphere, whatever its cone.
        (spot.color, Lamp::Spot { candela: spot.intensity / (4.0 * PI), inner_rad, outer_rad }, Some(spot.range))
    } else {
        let area = entity.get::<RectLight>()?;
        // A Lambertian emitter: lumens over pi ahead, falling with the cosine, which the widest cone comes nearest to.
        let lamp = Lamp::Spot { candela: area.intensity / PI, inner_rad: 0.0, outer_rad: WIDEST_CONE_RAD };
        (area.color, lamp, Some(area.range))
    };
    let color = color.to_linear();
    Some(NodeContent::Light { color: [color.red, color.green, color.blue], lamp, range_m })
}

/// Mean radiance of what surrounds the scene, cd/m2.
pub fn environment_nits(world: &mut World) -> Vec3 {
    let ambient = world.get_resource::<GlobalAmbientLight>().map_or(Vec3::ZERO, |ambient| {
        let color = ambient.color.to_linear();
        Vec3::new(color.red, color.green, color.blue) * ambient.brightness
    });
    let mut cameras = world.query_filtered::<&EnvironmentMapLight, With<CaptureCamera>>();
    let Some(light) = cameras.iter(world).next().cloned() else { return ambient };
    let images = world.resource::<Assets<Image>>();
    let mean = images.get(&light.diffuse_map).and_then(mean_of_cube).unwrap_or(Vec3::ZERO);
    ambient + mean * light.intensity
}

/// Mean of all texels of a cube map of halves, over the first level of each face.
fn mean_of_cube(image: &Image) -> Option<Vec3> {
    if image.texture_descriptor.format != TextureFormat::Rgba16Float {
        return None;
    }
    let data = image.data.as_ref()?;
    let side = image.width() as usize;
    let levels = image.texture_descriptor.mip_level_count;
    let face_texels: usize = (0..levels).map(|level| (side >> level).max(1).pow(2)).sum();
    let texel = |bytes: &[u8]| {
        let channel = |index: usize| match bytes.get(2 * index..2 * index + 2) {
            Some(&[low, high]) => half::f16::from_le_bytes([low, high]).to_f32(),
            _ => 0.0,
        };
        Vec3::new(channel(0), channel(1), channel(2))
    };
    let faces = data.chunks_exact(face_texels * 8);
    let count = faces.len() * side * side;
    let sum: Vec3 = faces.flat_map(|face| face.chunks_exact(8).take(side * side)).map(texel).sum();
    (count > 0).then(|| sum / count as f32)
}

#[cfg(test)]
mod tests {
    use bevy::asset::RenderAssetUsages;
    use bevy::render::render_resource::{Extent3d, TextureDimension};

    use super::*;

    #[test]
    fn the_mean_of_a_cube_counts_the_first_level_of_each_face() {
        let size = Extent3d { width: 2, height: 2, depth_or_array_layers: 6 };
        let mut image =
            Image::new_uninit(size, TextureDimension::D2, TextureFormat::Rgba16Float, RenderAssetUsages::default());
        image.texture_descriptor.mip_level_count = 2;
        let texel =
            |value: f32| [value, 2.0 * value, 0.0, 1.0].into_iter().flat_map(|v| half::f16::from_f32(v).to_le_bytes());
        let face = |value: f32| (0..4).flat_map(move |_| texel(value)).chain(texel(1000.0));
        image.data = Some((0..6).flat_map(|index| face(index as f32)).collect());
        assert_eq!(mean_of_cube(&image), Some(Vec3::new(2.5, 5.0, 0.0)));
        image.texture_descriptor.format = TextureFormat::Rgba32Float;
        assert_eq!(mean_of_cube(&image), None);
    }

    #[test]
    fn lumens_become_candela() {
        let mut world = World::new();
        let bulb = world.spawn(PointLight { intensity: 4.0 * PI * 80.0, range: 7.0, ..default() }).id();
        let expected = NodeContent::Light { color: [1.0; 3], lamp: Lamp::Point { candela: 80.0 }, range_m: Some(7.0) };
        assert_eq!(lamp(world.entity(bulb)), Some(expected));
        let nothing = world.spawn_empty().id();
        assert_eq!(lamp(world.entity(nothing)), None);
    }
}
