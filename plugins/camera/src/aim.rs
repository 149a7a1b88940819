//! Where the camera stands, what it turns to, and where it focuses: after everything else has moved in the frame.

use bevy::ecs::query::With;
use bevy::ecs::system::{Query, SystemParam};
use bevy::math::{Quat, Vec3};
use bevy::prelude::{Entity, Transform};
use bevy::transform::helper::TransformHelper;
use kinema_core::PartId;

use crate::shot::{Aim, Camera};

/// Shortest focus distance over the focal length; the thin lens has no image nearer.
const NEAREST_FOCUS: f32 = 1.05;

/// Places of parts in this very frame.
#[derive(SystemParam)]
pub struct Places<'w, 's> {
    transforms: TransformHelper<'w, 's>,
    ids: Query<'w, 's, (Entity, &'static PartId), With<Transform>>,
}

impl Places<'_, '_> {
    /// Place of a part in the world, without its scale.
    pub fn world_from_part(&self, part: Entity) -> Option<Transform> {
        let global = self.transforms.compute_global_transform(part).ok()?;
        let (_, rotation, translation) = global.to_scale_rotation_translation();
        Some(Transform { translation, rotation, scale: Vec3::ONE })
    }

    /// The point aimed at, world space. `None` when the part is gone.
    pub fn point(&self, aim: &Aim) -> Option<Vec3> {
        match aim {
            Aim::Point(point) => Some(Vec3::from_array(*point)),
            Aim::Part { id, offset } => {
                let (part, _) = self.ids.iter().find(|(_, other)| other.0 == *id)?;
                let global = self.transforms.compute_global_transform(part).ok()?;
                Some(global.transform_point(Vec3::from_array(*offset)))
            }
        }
    }
}

/// Place of the camera in the world: as its part, turned towards `look_at`, then rolled.
pub fn world_from_camera(world_from_part: Transform, look_at: Option<Vec3>, roll_deg: f32) -> Transform {
    let mut camera = world_from_part;
    if let Some(forward) = look_at.and_then(|point| (point - camera.translation).try_normalize()) {
        // Straight up or down the horizon says nothing; then the part's own up keeps the picture steady.
        let up = if forward.y.abs() < 0.9999 { Vec3::Y } else { world_from_part.rotation * Vec3::Y };
        camera.look_to(forward, up);
    }
    camera.rotation *= Quat::from_rotation_z(-roll_deg.rem_euclid(360.0).to_radians());
    camera
}

/// Distance of the sharp plane along the view, metres.
pub fn focus_distance_m(camera: &Camera, world_from_camera: &Transform, focus_on: Option<Vec3>) -> f32 {
    let along_view = focus_on.map(|point| (point - world_from_camera.translation).dot(*world_from_camera.forward()));
    along_view.unwrap_or(camera.focus_distance_m).max(NEAREST_FOCUS * camera.focal_length_mm * 1e-3)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    #[test]
    fn looks_at_the_point_level_with_the_horizon() {
        let camera = world_from_camera(Transform::from_xyz(0.0, 1.5, 4.0), Some(Vec3::new(1.0, 1.0, 0.0)), 0.0);
        let forward = Vec3::new(1.0, -0.5, -4.0).normalize();
        assert!((*camera.forward() - forward).length() < 1e-6);
        assert!(camera.right().y.abs() < 1e-6);
    }

    #[test]
    fn positive_roll_leans_to_the_right() {
        let camera = world_from_camera(Transform::IDENTITY, None, 90.0);
        assert!((*camera.up() - Vec3::X).length() < 1e-6, "{:?}", camera.up());
        let straight_down = world_from_camera(Transform::from_xyz(0.0, 5.0, 0.0), Some(Vec3::ZERO), 0.0);
        assert!((*straight_down.forward() - Vec3::NEG_Y).length() < 1e-6 && straight_down.rotation.is_finite());
    }

    #[test]
    fn focus_is_measured_along_the_view_not_along_the_ray() {
        let camera = Camera::default();
        let place = Transform::from_rotation(Quat::from_rotation_y(FRAC_PI_2));
        // Looking along -X; the point lies 3 m ahead and 4 m to the side.
        let distance = focus_distance_m(&camera, &place, Some(Vec3::new(-3.0, 0.0, 4.0)));
        assert!((distance - 3.0).abs() < 1e-5, "{distance}");
        assert!((focus_distance_m(&camera, &place, Some(Vec3::X)) - 0.0525).abs() < 1e-6, "behind the camera");
    }
}
