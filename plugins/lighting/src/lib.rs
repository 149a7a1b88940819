//! Light: a physical sky, pictures of surroundings, the sun, lamps, and the ground they fall on.
//!
//! | shot part | becomes |
//! |---|---|
//! | `Environment` | `EnvironmentMapLight` and `Skybox` on every 3D camera, filtered once on the CPU |
//! | `Sun` | a `DirectionalLight` with shadow cascades, by default as the sky has it |
//! | `AreaLight` | a `RectLight`, or four `SpotLight`s with shadow maps |
//! | `SpotLight`, `PointLight` | Bevy's lights in candela and lumens |
//! | `Ground` | a disc with a procedural material that fades into the background |
//!
//! In the frame: [`FrameSet::Deform`], after everything that moves parts. Reads the parts, `PartVisible` and transforms;
//! writes lights, materials, and the two components of cameras.

pub mod colour;
pub mod cubemap;
pub mod environment;
pub mod equirect;
mod ground;
mod ground_texture;
mod lights;
pub mod prefilter;
#[cfg(test)]
mod reference;
pub mod shot;
pub mod sky;

use bevy::light::GlobalAmbientLight;
use bevy::prelude::*;
use kinema_core::{Faults, FrameSet, ShotAppExt};

pub use environment::{BakedEnvironment, EnvironmentError};
pub use lights::{Sunshine, sunshine};

/// Registers the parts; draws them when the app has meshes and images.
pub struct LightingPlugin;

impl Plugin for LightingPlugin {
    fn build(&self, app: &mut App) {
        app.register_shot_part::<shot::Environment>()
            .register_shot_part::<shot::Sun>()
            .register_shot_part::<shot::AreaLight>()
            .register_shot_part::<shot::SpotLight>()
            .register_shot_part::<shot::PointLight>()
            .register_shot_part::<shot::Ground>();
        let world = app.world();
        let draws = world.contains_resource::<Assets<Image>>()
            && world.contains_resource::<Assets<Mesh>>()
            && world.contains_resource::<Assets<StandardMaterial>>();
        if !draws {
            return;
        }
        // Bevy lights everything evenly by default; here all light has a source in the shot.
        app.insert_resource(GlobalAmbientLight { brightness: 0.0, ..default() })
            .init_resource::<environment::CurrentEnvironment>()
            .init_resource::<Faults>()
            .add_systems(
                Update,
                (
                    environment::bake_environment,
                    environment::light_cameras,
                    lights::shine_suns,
                    lights::shine_area_lights,
                    lights::shine_spot_lights,
                    lights::shine_point_lights,
                    ground::build_ground,
                )
                    .chain()
                    .in_set(FrameSet::Deform),
            );
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bevy::light::{DirectionalLight, EnvironmentMapLight, RectLight, Skybox, SpotLight};
    use kinema_core::{Format, PartId, PartIndex, PartRegistry, PartVisible, parse_shot};

    use super::*;

    fn check(parts: &str) -> Vec<String> {
        let mut app = App::new();
        app.add_plugins(LightingPlugin);
        let text = format!(
            "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 16, height: 9), parts: [{parts}])"
        );
        let registry = app.world().resource::<PartRegistry>();
        match parse_shot(text.as_bytes(), Path::new("/nowhere/test.shot.ron"), Format::Ron, registry) {
            Ok(_) => Vec::new(),
            Err(found) => found.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_bare_app_knows_the_parts_and_their_limits() {
        assert_eq!(
            check("(id: \"sky\", part: Environment()), (id: \"sun\", part: Sun()), (id: \"g\", part: Ground())"),
            [""; 0]
        );
        let found = check("(id: \"sky\", part: Environment(source: Sky(turbidity: 40)))");
        assert!(found.iter().any(|f| f.contains("turbidity")), "{found:?}");
        let found = check("(id: \"sky\", part: Environment(source: Image(file: \"no.hdr\")))");
        assert!(found.iter().any(|f| f.contains("no.hdr")), "{found:?}");
        let found = check("(id: \"sun\", part: Sun(match_environment: false, shadow_map_px: 1000))");
        assert!(found.iter().any(|f| f.contains("illuminance_lux")), "{found:?}");
        assert!(found.iter().any(|f| f.contains("1024")), "{found:?}");
    }

    fn drawing_app() -> App {
        let mut app = App::new();
        app.init_resource::<Assets<Image>>()
            .init_resource::<Assets<Mesh>>()
            .init_resource::<Assets<StandardMaterial>>()
            .add_plugins(LightingPlugin);
        app
    }

    fn part(index: u32) -> impl Bundle {
        (PartId(format!("part{index}")), PartIndex(index), PartVisible(true), Transform::default())
    }

    #[test]
    fn cameras_get_the_first_visible_environment_and_lose_it_with_the_part() {
        let mut app = drawing_app();
        let uniform = |nits| shot::Environment { source: shot::Source::Uniform { color: [1.0; 3], nits }, ..default() };
        let hidden = app.world_mut().spawn((part(1), uniform(10.0))).insert(PartVisible(false)).id();
        let shown = app.world_mut().spawn((part(2), uniform(20.0))).id();
        let camera = app.world_mut().spawn(Camera3d::default()).id();
        app.update();
        let brightness = |app: &App| app.world().get::<Skybox>(camera).map(|s| s.brightness);
        // Stored values are scaled to a mean of 8.
        assert!((brightness(&app).unwrap() - 20.0 / 8.0).abs() < 1e-3);
        app.world_mut().entity_mut(hidden).insert(PartVisible(true));
        app.update();
        assert!((brightness(&app).unwrap() - 10.0 / 8.0).abs() < 1e-3);
        app.world_mut().despawn(hidden);
        app.world_mut().despawn(shown);
        app.update();
        assert_eq!(brightness(&app), None);
        assert!(app.world().get::<EnvironmentMapLight>(camera).is_none());
    }

    #[test]
    fn an_unusable_picture_is_reported_once_and_leaves_no_light() {
        let mut app = drawing_app();
        let source = shot::Source::Image { file: "no.hdr".into(), rotation_deg: 0.0, nits: 1.0 };
        app.world_mut().spawn((part(1), shot::Environment { source, ..default() }));
        app.update();
        app.update();
        let faults: Vec<String> = app.world().resource::<Faults>().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("no.hdr"), "{faults:?}");
    }

    #[test]
    fn a_sun_and_its_light_live_and_die_together() {
        let mut app = drawing_app();
        let sun = shot::Sun { illuminance_lux: Some(9000.0), elevation_deg: Some(30.0), ..default() };
        let id = app.world_mut().spawn((part(1), sun)).id();
        app.update();
        app.update();
        let mut lights = app.world_mut().query::<(&DirectionalLight, &Transform)>();
        let (light, place) = lights.single(app.world()).unwrap();
        assert!((light.illuminance - 9000.0).abs() < 0.1 && light.shadow_maps_enabled);
        assert!((place.forward().y + 0.5).abs() < 1e-5, "down at 30 degrees: {:?}", place.forward());
        app.world_mut().despawn(id);
        app.update();
        assert_eq!(lights.iter(app.world()).count(), 0);
    }

    #[test]
    fn area_lights_change_between_rectangle_and_lamps() {
        let mut app = drawing_app();
        let id = app.world_mut().spawn((part(1), shot::AreaLight::default())).id();
        app.update();
        assert!((app.world().get::<RectLight>(id).unwrap().intensity - 20_000.0).abs() < 0.1);
        app.world_mut().get_mut::<shot::AreaLight>(id).unwrap().shadows = true;
        app.update();
        app.world_mut().get_mut::<shot::AreaLight>(id).unwrap().power_lm = 4000.0;
        app.update();
        assert!(app.world().get::<RectLight>(id).is_none());
        let lamps: Vec<f32> = app.world_mut().query::<&SpotLight>().iter(app.world()).map(|l| l.intensity).collect();
        // 1000 lm each from a Lambertian face: 1000 / pi candela ahead.
        assert_eq!(lamps.len(), 4);
        assert!(
            lamps.iter().all(|l| (l / 4.0 / std::f32::consts::PI - 1000.0 / std::f32::consts::PI).abs() < 0.1),
            "{lamps:?}"
        );
    }

    #[test]
    fn a_new_colour_keeps_the_grounds_mesh() {
        let mut app = drawing_app();
        let id = app.world_mut().spawn((part(1), shot::Ground { pattern: shot::Pattern::Plain, ..default() })).id();
        app.update();
        let mesh = app.world().get::<Mesh3d>(id).unwrap().0.clone();
        app.world_mut().get_mut::<shot::Ground>(id).unwrap().base_color = [0.9, 0.1, 0.1];
        app.update();
        assert_eq!(app.world().get::<Mesh3d>(id).unwrap().0, mesh);
        let material = app.world().get::<MeshMaterial3d<StandardMaterial>>(id).unwrap().0.clone();
        let color = app.world().resource::<Assets<StandardMaterial>>().get(&material).unwrap().base_color.to_linear();
        assert!((color.red - 0.9).abs() < 1e-6);
    }
}
