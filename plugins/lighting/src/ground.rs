//! From the part Ground to a mesh and its materials.

use std::f32::consts::PI;

use bevy::asset::RenderAssetUsages;
use bevy::light::NotShadowCaster;
use bevy::math::Vec2;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use kinema_core::PartVisible;

use crate::ground_texture::{self, CONCRETE_TILE_M, STORED_ONE, value_noise};
use crate::shot::{Ground, Pattern};

const SPOKES: usize = 64;
const INNERMOST_M: f32 = 0.3;
/// From here to the rim the ground fades into what lies behind it.
const FADE_START: f32 = 0.5;
const CHECKER_DARK: f32 = 0.35;

/// What was built for a ground, to tell a new colour from a new ground.
#[derive(Component)]
pub struct BuiltGround {
    size_m: f32,
    pattern: Pattern,
    rim: Entity,
    materials: [Handle<StandardMaterial>; 2],
}

pub fn build_ground(
    parts: Query<(Entity, &Ground, &PartVisible, Option<&BuiltGround>), Or<(Changed<Ground>, Changed<PartVisible>)>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut images: ResMut<Assets<Image>>,
    mut commands: Commands,
) {
    for (part, ground, visible, built) in &parts {
        let shown = if visible.0 { Visibility::Inherited } else { Visibility::Hidden };
        commands.entity(part).insert(shown);
        if let Some(built) = built
            && (built.size_m, built.pattern) == (ground.size_m, ground.pattern)
        {
            for handle in &built.materials {
                if let Some(mut material) = materials.get_mut(handle) {
                    material.base_color = colour(ground);
                    material.perceptual_roughness = ground.roughness;
                }
            }
            continue;
        }
        if let Some(built) = built {
            commands.entity(built.rim).despawn();
        }
        let opaque = material(ground, &mut images);
        let faded = StandardMaterial { alpha_mode: AlphaMode::Blend, ..opaque.clone() };
        let handles = [materials.add(opaque), materials.add(faded)];
        let radius_m = 0.5 * ground.size_m;
        let rim = commands
            .spawn((
                Mesh3d(meshes.add(ring(ground, radius_m * FADE_START, radius_m))),
                MeshMaterial3d(handles[1].clone()),
                NotShadowCaster,
                ChildOf(part),
            ))
            .id();
        commands.entity(part).insert((
            Mesh3d(meshes.add(ring(ground, 0.0, radius_m * FADE_START))),
            MeshMaterial3d(handles[0].clone()),
            // A plane casts no shadow on anything above it.
            NotShadowCaster,
            BuiltGround { size_m: ground.size_m, pattern: ground.pattern, rim, materials: handles },
        ));
    }
}

fn colour(ground: &Ground) -> Color {
    let [r, g, b] = ground.base_color;
    let scale = if ground.pattern == Pattern::Plain { 1.0 } else { 1.0 / STORED_ONE };
    Color::linear_rgb(r * scale, g * scale, b * scale)
}

fn material(ground: &Ground, images: &mut Assets<Image>) -> StandardMaterial {
    let mut material = StandardMaterial {
        base_color: colour(ground),
        perceptual_roughness: ground.roughness,
        reflectance: 0.4,
        ..default()
    };
    match ground.pattern {
        Pattern::Plain => {}
        Pattern::Checker { .. } => {
            material.base_color_texture = Some(images.add(ground_texture::checker(CHECKER_DARK)));
        }
        Pattern::Concrete => {
            let (albedo, relief) = ground_texture::concrete();
            material.base_color_texture = Some(images.add(albedo));
            material.normal_map_texture = Some(images.add(relief));
        }
    }
    material
}

/// A flat ring around the origin. Rings of vertices grow with the distance, as what is seen of them does. Vertex colours
/// carry variation larger than the texture's tile, and outside the fade's start the alpha falls to nothing.
fn ring(ground: &Ground, inner_m: f32, outer_m: f32) -> Mesh {
    let tile_m = match ground.pattern {
        Pattern::Checker { square_m } => 2.0 * square_m,
        _ => CONCRETE_TILE_M,
    };
    let fades = inner_m > 0.0;
    let mut positions = Vec::new();
    let mut colors = Vec::new();
    let radii = radii(inner_m, outer_m);
    for radius in &radii {
        let alpha = if fades { 1.0 - smooth((radius - inner_m) / (outer_m - inner_m)) } else { 1.0 };
        for spoke in 0..=SPOKES {
            // The last spoke is the first again.
            let (sin, cos) = (2.0 * PI * (spoke % SPOKES) as f32 / SPOKES as f32).sin_cos();
            let at = Vec2::new(radius * cos, radius * sin);
            positions.push([at.x, 0.0, at.y]);
            let tone = match ground.pattern {
                Pattern::Concrete => tone(at, *radius),
                _ => 1.0,
            };
            colors.push([tone, tone, tone, alpha]);
        }
    }
    let mut indices = Vec::new();
    let stride = SPOKES as u32 + 1;
    for circle in 0..radii.len().saturating_sub(1) as u32 {
        for spoke in 0..SPOKES as u32 {
            let (a, b) = (circle * stride + spoke, (circle + 1) * stride + spoke);
            indices.extend_from_slice(&[a, a + 1, b, b, a + 1, b + 1]);
        }
    }
    let count = positions.len();
    let uvs: Vec<[f32; 2]> = positions.iter().map(|[x, _, z]| [x / tile_m, z / tile_m]).collect();
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![[0.0f32, 1.0, 0.0]; count])
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_attribute(Mesh::ATTRIBUTE_TANGENT, vec![[1.0f32, 0.0, 0.0, 1.0]; count])
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
        .with_inserted_indices(Indices::U32(indices))
}

fn radii(inner_m: f32, outer_m: f32) -> Vec<f32> {
    let growth = 1.0 + 2.0 * PI / SPOKES as f32;
    let mut radii = vec![inner_m];
    let mut next = (inner_m * growth).max(INNERMOST_M);
    while next < outer_m {
        radii.push(next);
        next *= growth;
    }
    radii.push(outer_m);
    radii
}

fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Factor on the colour, around 1: patches of 3 m to 12 m, each faded out where the mesh is too coarse to carry it.
fn tone(at: Vec2, radius_m: f32) -> f32 {
    let spacing_m = radius_m * 2.0 * PI / SPOKES as f32;
    let mut tone = 1.0;
    for (wavelength_m, strength, seed) in [(3.0f32, 0.05, 21), (12.0, 0.09, 22)] {
        let carried = 1.0 - smooth(spacing_m / wavelength_m * 2.0 - 0.5);
        let period = 64.0 * wavelength_m;
        tone += strength * carried * value_noise([at.x / period + 0.5, at.y / period + 0.5], 64, seed);
    }
    tone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disc_faces_up_and_meets_its_rim() {
        let ground = Ground::default();
        for (inner, outer) in [(0.0, 100.0), (100.0, 200.0)] {
            let mesh = ring(&ground, inner, outer);
            let positions = mesh.attribute(Mesh::ATTRIBUTE_POSITION).unwrap().as_float3().unwrap();
            let Some(Indices::U32(indices)) = mesh.indices() else { panic!("indices") };
            let mut upward = 0;
            for t in indices.chunks_exact(3) {
                let [a, b, c] = [0, 1, 2].map(|i| Vec3::from(positions[t[i] as usize]));
                let area = (b - a).cross(c - a).y;
                assert!(area > -1e-6, "{a} {b} {c}");
                upward += usize::from(area > 0.0);
            }
            assert!(upward > 1000);
            let farthest = positions.iter().map(|p| Vec3::from(*p).length()).fold(0.0, f32::max);
            assert!((farthest - outer).abs() < 1e-3);
        }
    }
}
