//! From the parts Sun, AreaLight, SpotLight and PointLight to Bevy's lights.

use std::f32::consts::PI;

use bevy::light::{
    CascadeShadowConfigBuilder, DirectionalLight, DirectionalLightShadowMap, PointLight as BevyPointLight, RectLight,
    SpotLight as BevySpotLight,
};
use bevy::math::{Quat, Vec3};
use bevy::prelude::*;
use bevy::transform::helper::TransformHelper;
use kinema_core::{PartIndex, PartVisible};

use crate::colour::{black_body, to_bevy, unit_luminance};
use crate::environment::{first_visible, sky_of};
use crate::shot::{AreaLight, Environment, PointLight, SpotLight, Sun};
use crate::sky::{direction_from_angles, luminance, sunlight};

/// Links a spawned light to the part it belongs to, and despawns with it.
#[derive(Component)]
#[relationship(relationship_target = LightsOfPart)]
pub struct LightOfPart(pub Entity);

/// The lights spawned for a part.
#[derive(Component, Default)]
#[relationship_target(relationship = LightOfPart, linked_spawn)]
pub struct LightsOfPart(Vec<Entity>);

/// Where the sun stands and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sunshine {
    /// From the set to the sun, unit length, world space.
    pub direction_to_sun: Vec3,
    /// On a surface facing the sun, lux, linear Rec.709.
    pub illuminance: Vec3,
}

/// Resolves what a [`Sun`] leaves to the environment. `part_rotation` is the part's rotation in the world.
pub fn sunshine(sun: &Sun, environment: Option<&Environment>, part_rotation: Quat) -> Sunshine {
    let sky = environment.filter(|_| sun.match_environment).and_then(|e| Some((e.intensity, sky_of(&e.source)?)));
    let direction_to_sun = match (sun.elevation_deg, sun.azimuth_deg, &sky) {
        (None, None, Some((_, sky))) => sky.direction_to_sun,
        (None, None, None) => part_rotation * Vec3::Z,
        (elevation, azimuth, sky) => {
            // What is given replaces that angle of the sky's sun, or of a sun on the northern horizon.
            let to_sun = sky.as_ref().map_or(Vec3::NEG_Z, |(_, s)| s.direction_to_sun);
            direction_from_angles(
                elevation.unwrap_or_else(|| to_sun.y.clamp(-1.0, 1.0).asin().to_degrees()),
                azimuth.unwrap_or_else(|| to_sun.x.atan2(-to_sun.z).to_degrees()),
            )
        }
    };
    let natural = sky.as_ref().map_or(Vec3::ONE, |(intensity, sky)| {
        let elevation_rad = direction_to_sun.y.clamp(-1.0, 1.0).asin();
        sunlight(sky.turbidity, elevation_rad, sky.sun_diameter_rad) * *intensity
    });
    let chromaticity = unit_luminance(sun.color.map_or(natural, Vec3::from_array));
    let lux = sun.illuminance_lux.unwrap_or_else(|| if sky.is_some() { luminance(natural) } else { 0.0 });
    Sunshine { direction_to_sun, illuminance: chromaticity * lux }
}

/// Colour of a lamp, luminance 1.
fn lamp_colour(color: Option<[f32; 3]>, temperature_k: f32) -> Vec3 {
    color.map_or_else(|| black_body(temperature_k), |c| unit_luminance(Vec3::from_array(c)))
}

/// Keeps one directional light per Sun. It is an entity of its own, because the director owns the part's transform.
pub fn shine_suns(
    suns: Query<(Entity, Ref<Sun>, Ref<PartVisible>, Option<&LightsOfPart>)>,
    environments: Query<(&Environment, &PartIndex, &PartVisible)>,
    changed_environments: Query<(), Or<(Changed<Environment>, Changed<PartVisible>)>>,
    transforms: TransformHelper,
    lights: Query<&DirectionalLight>,
    mut shadow_map: Option<ResMut<DirectionalLightShadowMap>>,
    mut commands: Commands,
) {
    let environment = first_visible(environments.iter());
    let environment_changed = !changed_environments.is_empty();
    for (part, sun, visible, spawned) in &suns {
        let existing = spawned.and_then(|lights| lights.0.first().copied());
        let has_sky = sun.match_environment && environment.is_some_and(|e| sky_of(&e.source).is_some());
        let follows_part = sun.elevation_deg.is_none() && sun.azimuth_deg.is_none() && !has_sky;
        if existing.is_some_and(|e| lights.contains(e))
            && !sun.is_changed()
            && !visible.is_changed()
            && !environment_changed
            && !follows_part
        {
            continue;
        }
        let part_rotation = transforms.compute_global_transform(part).map_or(Quat::IDENTITY, |t| t.rotation());
        let shine = sunshine(&sun, environment, part_rotation);
        let lux = luminance(shine.illuminance);
        let light = DirectionalLight {
            color: to_bevy(unit_luminance(shine.illuminance)),
            illuminance: lux,
            shadow_maps_enabled: sun.shadows,
            ..default()
        };
        let up = if shine.direction_to_sun.y.abs() > 0.999 { Vec3::NEG_Z } else { Vec3::Y };
        let bundle = (
            light,
            CascadeShadowConfigBuilder {
                num_cascades: sun.shadow_cascades.max(1) as usize,
                minimum_distance: 0.1,
                // The near cascade holds the subject; a quarter of the way balances its texels against the far one's.
                first_cascade_far_bound: (0.25 * sun.shadow_distance_m).max(0.2),
                maximum_distance: sun.shadow_distance_m,
                overlap_proportion: 0.2,
            }
            .build(),
            Transform::default().looking_to(-shine.direction_to_sun, up),
            visibility(visible.0 && lux > 0.0),
        );
        if let Some(entity) = existing {
            commands.entity(entity).insert(bundle);
        } else {
            commands.spawn((bundle, LightOfPart(part)));
        }
    }
    let largest = suns.iter().filter(|(_, sun, ..)| sun.shadows).map(|(_, sun, ..)| sun.shadow_map_px as usize).max();
    if let (Some(map), Some(size)) = (shadow_map.as_mut(), largest)
        && map.size != size
    {
        map.size = size;
    }
}

fn visibility(visible: bool) -> Visibility {
    if visible { Visibility::Inherited } else { Visibility::Hidden }
}

/// Lamps per side of an area light with shadows.
const SHADOW_LAMPS: [Vec3; 4] = [
    Vec3::new(-0.25, -0.25, 0.0),
    Vec3::new(0.25, -0.25, 0.0),
    Vec3::new(-0.25, 0.25, 0.0),
    Vec3::new(0.25, 0.25, 0.0),
];

type PartChanged<T> = Or<(Changed<T>, Changed<PartVisible>)>;

/// Area lights: one exact rectangle without shadows, or four lamps with shadow maps (Bevy 0.19 draws none for
/// rectangles).
pub fn shine_area_lights(
    parts: Query<(Entity, &AreaLight, &PartVisible, Option<&Children>), PartChanged<AreaLight>>,
    lamps: Query<(), With<BevySpotLight>>,
    mut commands: Commands,
) {
    for (part, area, visible, children) in &parts {
        for lamp in children.into_iter().flatten().copied().filter(|c| lamps.contains(*c)) {
            commands.entity(lamp).despawn();
        }
        let color = to_bevy(lamp_colour(area.color, area.temperature_k));
        commands.entity(part).insert(visibility(visible.0));
        if !area.shadows {
            commands.entity(part).insert(RectLight {
                color,
                intensity: area.lumens(),
                range: area.range_m,
                width: area.size_m[0],
                height: area.size_m[1],
            });
            continue;
        }
        commands.entity(part).remove::<RectLight>();
        let size = Vec3::new(area.size_m[0], area.size_m[1], 0.0);
        for place in SHADOW_LAMPS {
            let lamp = commands.spawn((shadow_lamp(area, color), Transform::from_translation(place * size))).id();
            commands.entity(part).add_child(lamp);
        }
    }
}

/// A quarter of an area light: as bright ahead as the quarter rectangle, fading to the side about as its cosine does.
fn shadow_lamp(area: &AreaLight, color: Color) -> BevySpotLight {
    let share = area.lumens() / SHADOW_LAMPS.len() as f32;
    let candela_ahead = share / PI;
    BevySpotLight {
        color,
        intensity: 4.0 * PI * candela_ahead,
        range: area.range_m,
        // The disc with a quarter of the rectangle's area.
        radius: (area.size_m[0] * area.size_m[1] / (4.0 * PI)).sqrt(),
        shadow_maps_enabled: true,
        inner_angle: 45f32.to_radians(),
        outer_angle: 75f32.to_radians(),
        ..default()
    }
}

pub fn shine_spot_lights(
    parts: Query<(Entity, &SpotLight, &PartVisible), PartChanged<SpotLight>>,
    mut commands: Commands,
) {
    for (part, spot, visible) in &parts {
        let outer_angle = 0.5 * spot.cone_deg.to_radians();
        commands.entity(part).insert((
            BevySpotLight {
                color: to_bevy(lamp_colour(spot.color, spot.temperature_k)),
                // Bevy divides by 4 pi, whatever the cone.
                intensity: 4.0 * PI * spot.candela,
                range: spot.range_m,
                radius: spot.radius_m,
                shadow_maps_enabled: spot.shadows,
                outer_angle,
                inner_angle: outer_angle * (1.0 - spot.softness).min(0.999),
                ..default()
            },
            visibility(visible.0),
        ));
    }
}

pub fn shine_point_lights(
    parts: Query<(Entity, &PointLight, &PartVisible), PartChanged<PointLight>>,
    mut commands: Commands,
) {
    for (part, point, visible) in &parts {
        commands.entity(part).insert((
            BevyPointLight {
                color: to_bevy(lamp_colour(point.color, point.temperature_k)),
                intensity: point.power_lm,
                range: point.range_m,
                radius: point.radius_m,
                shadow_maps_enabled: point.shadows,
                ..default()
            },
            visibility(visible.0),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shot::Source;

    fn evening() -> Environment {
        Environment {
            source: Source::Sky {
                turbidity: 3.0,
                sun_elevation_deg: 8.0,
                sun_azimuth_deg: 90.0,
                ground_albedo: [0.2; 3],
                sun_disc: false,
                sun_diameter_deg: 0.533,
            },
            ..default()
        }
    }

    #[test]
    fn a_sun_takes_what_it_lacks_from_the_sky() {
        let shine = sunshine(&Sun::default(), Some(&evening()), Quat::IDENTITY);
        assert!((shine.direction_to_sun - direction_from_angles(8.0, 90.0)).length() < 1e-6);
        assert!(shine.illuminance.x > 1.5 * shine.illuminance.z, "low sun is warm: {}", shine.illuminance);

        let raised = Sun { elevation_deg: Some(40.0), illuminance_lux: Some(5000.0), ..default() };
        let shine = sunshine(&raised, Some(&evening()), Quat::IDENTITY);
        assert!((shine.direction_to_sun - direction_from_angles(40.0, 90.0)).length() < 1e-5);
        assert!((luminance(shine.illuminance) - 5000.0).abs() < 1.0);
    }

    #[test]
    fn a_sun_on_its_own_shines_along_its_part() {
        let sun = Sun { match_environment: false, illuminance_lux: Some(1000.0), ..default() };
        let shine = sunshine(&sun, Some(&evening()), Quat::from_rotation_x(-0.5));
        assert!((shine.direction_to_sun - Quat::from_rotation_x(-0.5) * Vec3::Z).length() < 1e-6);
        assert!((shine.illuminance - 1000.0).abs().max_element() < 0.1, "white: {}", shine.illuminance);
    }

    #[test]
    fn nits_and_lumens_of_an_area_light_agree() {
        let area = AreaLight { size_m: [2.0, 0.5], nits: Some(100.0), ..default() };
        assert!((area.lumens() - PI * 100.0).abs() < 1e-3);
    }
}
