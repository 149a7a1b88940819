//! From the part Environment to what Bevy's cameras need: filtered light maps and a background.

use std::f32::consts::PI;
use std::path::Path;

use bevy::camera::Camera3d;
use bevy::light::{EnvironmentMapLight, Skybox};
use bevy::math::{Quat, Vec3, Vec3A};
use bevy::prelude::*;
use kinema_core::{ActiveShot, AssetError, Blame, Blamed, Faults, PartIndex, PartVisible, resolve_asset};

use crate::cubemap::{CubeLevel, Cubemap, half_texel_rad};
use crate::equirect::{Equirect, EquirectError};
use crate::prefilter;
use crate::shot::{Background, Environment, Source};
use crate::sky::{Sky, SkySettings, direction_from_angles, luminance};

/// Side of the specular map's first level, texels.
pub const SPECULAR_SIZE: usize = 128;
/// Side of the visible sky, texels; finer with the sun's disc in it.
const BACKGROUND_SIZE: usize = 256;
const BACKGROUND_WITH_SUN_SIZE: usize = 512;
const BLURRED_SIZE: usize = 64;
const UNIFORM_SIZE: usize = 8;
/// Where the mean luminance of an environment lands in half floats: leaves 13 stops above and 17 below.
const STORED_MEAN: f32 = 8.0;

/// Why an environment cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error(transparent)]
    Picture(#[from] EquirectError),
}

impl Blamed for EnvironmentError {
    fn blame(&self) -> Blame {
        match self {
            EnvironmentError::Asset(error) => error.blame(),
            EnvironmentError::Picture(_) => Blame::User,
        }
    }
}

/// Filtered maps in cd/m2, before they are stored.
#[derive(Clone, Debug)]
pub struct BakedEnvironment {
    pub diffuse: Cubemap,
    pub specular: Cubemap,
    pub background: Option<Cubemap>,
    /// Stored value of 1 cd/m2. Half floats end at 65504, skies do not.
    pub scale: f32,
}

impl BakedEnvironment {
    /// Evaluates and filters an environment; its `intensity` and rotation are left to the camera.
    ///
    /// # Errors
    /// The picture of [`Source::Image`] cannot be used.
    pub fn new(source: &Source, background: Background, base_dir: &Path) -> Result<Self, EnvironmentError> {
        let (light, sharp) = match source {
            Source::Sky { sun_disc, .. } => {
                let sky = Sky::new(&sky_of(source).unwrap_or_default());
                let light = Cubemap::with_mips(
                    CubeLevel::from_world(SPECULAR_SIZE, |d| sky.luminance(d.into()).into()),
                    prefilter::SPECULAR_SMALLEST,
                );
                let sharp = matches!(background, Background::Sharp).then(|| visible_sky(&sky, *sun_disc));
                (light, sharp)
            }
            Source::Image { file, nits, .. } => {
                let picture = Equirect::read(&resolve_asset(base_dir, file)?)?.to_cubemap();
                let picture = picture.scaled(*nits);
                let light = picture.from_size(SPECULAR_SIZE);
                let sharp = matches!(background, Background::Sharp)
                    .then(|| Cubemap { levels: picture.levels.into_iter().take(1).collect() });
                (light, sharp)
            }
            Source::Uniform { color, nits } => {
                let value = Vec3A::from_array(*color) * *nits;
                let level = CubeLevel::from_world(UNIFORM_SIZE, |_| value);
                (Cubemap::with_mips(level.clone(), UNIFORM_SIZE), Some(Cubemap { levels: vec![level] }))
            }
        };
        let background = match background {
            Background::Sharp => sharp,
            Background::Blurred { roughness } => {
                let level = prefilter::rough_level(&light, BLURRED_SIZE, roughness, 256);
                Some(Cubemap { levels: vec![level] })
            }
            Background::Hidden => None,
        };
        let mean = luminance(light.mean());
        let scale = if mean > 0.0 { STORED_MEAN / mean } else { 1.0 };
        Ok(Self { diffuse: prefilter::diffuse(&light), specular: prefilter::specular(&light), background, scale })
    }
}

fn visible_sky(sky: &Sky, sun_disc: bool) -> Cubemap {
    let size = if sun_disc { BACKGROUND_WITH_SUN_SIZE } else { BACKGROUND_SIZE };
    let disc = if sun_disc { sky.sun_disc_luminance() } else { Vec3::ZERO };
    let half_texel = half_texel_rad(size);
    let level = CubeLevel::from_world(size, |d| {
        let direction = Vec3::from(d);
        let mut light = sky.luminance(direction);
        if sun_disc && direction.y > -half_texel {
            light += disc * sky.sun_disc_coverage(direction, half_texel);
        }
        light.into()
    });
    Cubemap { levels: vec![level] }
}

/// What a sky source is computed from; `None` for other sources.
pub fn sky_of(source: &Source) -> Option<SkySettings> {
    let Source::Sky { turbidity, sun_elevation_deg, sun_azimuth_deg, ground_albedo, sun_diameter_deg, .. } = source
    else {
        return None;
    };
    Some(SkySettings {
        turbidity: *turbidity,
        direction_to_sun: direction_from_angles(*sun_elevation_deg, *sun_azimuth_deg),
        sun_diameter_rad: sun_diameter_deg.to_radians(),
        ground_albedo: Vec3::from_array(*ground_albedo),
    })
}

/// The environment as it is on the GPU now.
#[derive(Resource, Default)]
pub struct CurrentEnvironment {
    baked: Option<(Source, Background)>,
    light: Option<EnvironmentMapLight>,
    background: Option<Skybox>,
}

/// The environment that counts: the first visible one in document order.
pub fn first_visible<'a>(
    environments: impl Iterator<Item = (&'a Environment, &'a PartIndex, &'a PartVisible)>,
) -> Option<&'a Environment> {
    environments.filter(|(_, _, visible)| visible.0).min_by_key(|(_, index, _)| **index).map(|(e, ..)| e)
}

/// Bakes when the source or background changed, never otherwise: an unchanged environment costs nothing per frame.
pub fn bake_environment(
    environments: Query<(&Environment, &PartIndex, &PartVisible)>,
    shot: Option<Res<ActiveShot>>,
    mut images: ResMut<Assets<Image>>,
    mut current: ResMut<CurrentEnvironment>,
    mut faults: ResMut<Faults>,
) {
    let Some(environment) = first_visible(environments.iter()) else {
        if current.baked.is_some() {
            *current = CurrentEnvironment::default();
        }
        return;
    };
    let wanted = (without_rotation(&environment.source), environment.background);
    if current.baked.as_ref() != Some(&wanted) {
        let base_dir = shot.as_ref().map(|shot| shot.base_dir.clone()).unwrap_or_default();
        *current = match BakedEnvironment::new(&environment.source, environment.background, &base_dir) {
            Ok(baked) => CurrentEnvironment {
                light: Some(EnvironmentMapLight {
                    diffuse_map: images.add(baked.diffuse.to_image("environment diffuse", baked.scale)),
                    specular_map: images.add(baked.specular.to_image("environment specular", baked.scale)),
                    intensity: 1.0 / baked.scale,
                    ..default()
                }),
                background: baked.background.as_ref().map(|cube| Skybox {
                    image: Some(images.add(cube.to_image("environment background", baked.scale))),
                    brightness: 1.0 / baked.scale,
                    ..default()
                }),
                baked: Some(wanted),
            },
            Err(error) => {
                faults.report(&error);
                CurrentEnvironment { baked: Some(wanted), ..default() }
            }
        };
    }
}

/// Gives every 3D camera the current environment.
pub fn light_cameras(
    current: Res<CurrentEnvironment>,
    environments: Query<(&Environment, &PartIndex, &PartVisible)>,
    cameras: Query<(Entity, Option<&EnvironmentMapLight>, Option<&Skybox>), With<Camera3d>>,
    mut commands: Commands,
) {
    let environment = first_visible(environments.iter());
    let intensity = environment.map_or(0.0, |e| e.intensity);
    let rotation = environment.map_or(Quat::IDENTITY, |e| rotation_of(&e.source));
    for (camera, light, background) in &cameras {
        let wanted = current.light.as_ref().map(|l| EnvironmentMapLight {
            intensity: l.intensity * intensity,
            rotation,
            ..l.clone()
        });
        match wanted {
            Some(wanted) if !light.is_some_and(|l| same_light(l, &wanted)) => {
                commands.entity(camera).insert(wanted);
            }
            None if light.is_some() => {
                commands.entity(camera).remove::<EnvironmentMapLight>();
            }
            _ => {}
        }
        let wanted =
            current.background.as_ref().map(|b| Skybox { brightness: b.brightness * intensity, rotation, ..b.clone() });
        match wanted {
            Some(wanted) if !background.is_some_and(|b| same_background(b, &wanted)) => {
                commands.entity(camera).insert(wanted);
            }
            None if background.is_some() => {
                commands.entity(camera).remove::<Skybox>();
            }
            _ => {}
        }
    }
}

fn same_light(a: &EnvironmentMapLight, b: &EnvironmentMapLight) -> bool {
    a.diffuse_map == b.diffuse_map
        && a.specular_map == b.specular_map
        && a.intensity == b.intensity
        && a.rotation == b.rotation
}

fn same_background(a: &Skybox, b: &Skybox) -> bool {
    a.image == b.image && a.brightness == b.brightness && a.rotation == b.rotation
}

fn rotation_of(source: &Source) -> Quat {
    match source {
        Source::Image { rotation_deg, .. } => Quat::from_rotation_y(rotation_deg.rem_euclid(360.0) * PI / 180.0),
        _ => Quat::IDENTITY,
    }
}

/// Rotation is the camera's business and must not bake again.
fn without_rotation(source: &Source) -> Source {
    match source {
        Source::Image { file, nits, .. } => Source::Image { file: file.clone(), rotation_deg: 0.0, nits: *nits },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_surroundings_are_a_white_furnace_in_real_units() {
        let source = Source::Uniform { color: [0.5, 1.0, 0.25], nits: 2000.0 };
        let baked = BakedEnvironment::new(&source, Background::Sharp, Path::new("")).unwrap();
        for cube in [&baked.diffuse, &baked.specular, baked.background.as_ref().unwrap()] {
            for level in &cube.levels {
                let got = level.sample(Vec3A::new(0.3, -0.5, 0.8));
                assert!((got / Vec3A::new(1000.0, 2000.0, 500.0) - 1.0).abs().max_element() < 1e-4, "{got}");
            }
        }
    }

    #[test]
    fn an_evening_fits_half_floats_and_bakes_to_the_same_bytes() {
        let source = Source::Sky {
            turbidity: 3.0,
            sun_elevation_deg: 6.0,
            sun_azimuth_deg: 40.0,
            ground_albedo: [0.2; 3],
            sun_disc: false,
            sun_diameter_deg: 0.533,
        };
        let bake = || BakedEnvironment::new(&source, Background::Sharp, Path::new("")).unwrap();
        let (first, second) = (bake(), bake());
        assert_eq!(first.specular.rgba16f_bytes(first.scale), second.specular.rgba16f_bytes(second.scale));
        let brightest = (0..64).map(|x| first.specular.levels[0].texel(0, x, 32).max_element()).fold(0.0, f32::max);
        assert!(brightest * first.scale < 60_000.0, "{brightest}");
        // Diffuse light from above is the sky's share of the ground's illuminance over pi.
        let sky = Sky::new(&sky_of(&source).unwrap());
        let above = luminance(first.diffuse.levels[0].sample(Vec3A::Y).into()) * PI;
        let sun = luminance(sky.sun_illuminance) * 6.0f32.to_radians().sin();
        let expected = luminance(sky.ground_illuminance) - sun;
        assert!((above / expected - 1.0).abs() < 0.03, "{above} lx against {expected} lx");
    }

    #[test]
    fn a_missing_picture_is_the_users_mistake() {
        let source = Source::Image { file: "nowhere.hdr".into(), rotation_deg: 0.0, nits: 1.0 };
        let error = BakedEnvironment::new(&source, Background::Sharp, Path::new("/")).unwrap_err();
        assert!(matches!(error.blame(), Blame::User), "{error}");
        assert!(error.to_string().contains("nowhere.hdr"), "{error}");
    }
}
