//! A garment on a person of a shot: fitted, sewn and draped once for each cut, fabric and body, and kept by content.

use std::sync::Arc;

use bevy::math::{DQuat, DVec3, Isometry3d};
use kinema_core::{BakeStore, Figure, FigureSide, FigureSource, FigureStance, LoadedShot, Segment, sha256_hex};

use super::apart::Apart;
use super::error::GarmentError;
use super::form::{DressForm, Joints, Member};
use super::keep;
use super::part::Garment;
use super::sew::{Draped, Sewing, count_crossings, dress};

/// Arms in the pose for fitting: a little below level, degrees from hanging.
const ARMS_DEG: f32 = 70.0;

/// A garment at frame 0.
#[derive(Clone, Debug)]
pub struct Worn {
    /// Sewn and draped, metres against `origin_m` in the world.
    pub draped: Draped,
    /// Where the wearer is, world space, metres.
    pub origin_m: DVec3,
    /// The part of the wearer.
    pub wearer: usize,
    /// Where the wearer's skin gives cloth room.
    pub apart: Apart,
}

/// Puts a garment on its wearer as they are at frame 0.
///
/// # Errors
/// What keeps it from being sewn, or the body from moving.
pub fn wear(
    shot: &Arc<LoadedShot>,
    sources: &mut [Box<dyn FigureSource>],
    garment: &Garment,
    store: &BakeStore,
    threads: usize,
) -> Result<Worn, GarmentError> {
    let owner = sources.iter_mut().find_map(|source| {
        let index = source.figures().iter().position(|figure| figure.id == garment.wearer)?;
        Some((index, source))
    });
    let Some((index, source)) = owner else { return Err(GarmentError::NoWearer { wearer: garment.wearer.clone() }) };
    let figure = source.figures()[index].clone();
    let world = shot.world_transform_at(figure.part_index, 0.0);
    let (_, turn, origin) = world.to_scale_rotation_translation();
    let (turn, origin_m) = (turn.as_dquat(), origin.as_dvec3());
    let mut pose_at = |frame| source.poses(frame).map(|mut poses| poses.swap_remove(index)).map_err(GarmentError::Body);
    let (first, second) = (pose_at(0)?, pose_at(1)?);
    let stance = source.stance(index, FigureStance { arms_deg: ARMS_DEG, legs_deg: garment.cut.legs_deg() });
    let inside = |places: Vec<bevy::math::Vec3>| -> Vec<DVec3> {
        places.into_iter().map(|place| turn.inverse() * (place.as_dvec3() - origin_m)).collect()
    };
    let form = form(&figure, &stance.joints, inside(source.surface(index, &stance)), turn, origin_m);
    let apart = Apart::new(&form);
    let mut at_start = inside(source.surface(index, &first));
    apart.spread(&mut at_start);
    let key = key(garment, &form, &at_start);
    let mut draped = match keep::read(store, &key) {
        Some(draped) => draped,
        None => {
            let mut skin_at =
                |share: f64| inside(source.surface(index, &figure.between(&stance, &first, share as f32)));
            let sewing = Sewing { spacing_m: f64::from(garment.spacing_m), threads };
            let draped = dress(&garment.cut, &garment.material.fabric(), sewing, &form, &mut skin_at)?;
            tell_crossings(&garment.wearer, &draped, &DressForm { places_m: at_start.clone(), ..form });
            keep::write(store, &key, &draped);
            draped
        }
    };
    let rate_secs = shot.shot.timeline.rate.frame_secs();
    let next = inside(source.surface(index, &second));
    follow(&mut draped, &at_start, &next, rate_secs);
    for place in &mut draped.mesh.positions_m {
        *place = (turn * DVec3::from_array(*place)).to_array();
    }
    for velocity in &mut draped.velocities_m_s {
        *velocity = (turn * DVec3::from_array(velocity.map(f64::from))).as_vec3().to_array();
    }
    Ok(Worn { draped, origin_m, wearer: figure.part_index, apart })
}

/// Says once, when a garment is draped, where it is not as it should be at frame 0.
fn tell_crossings(wearer: &str, draped: &Draped, posed: &DressForm) {
    let places: Vec<DVec3> = draped.mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
    let [on_itself, on_skin] = count_crossings(&places, &draped.mesh.triangles, posed);
    if on_itself + on_skin > 0 {
        tracing::warn!(
            "the garment on `{wearer}` crosses itself in {on_itself} places and the body in {on_skin} in the first pose; arms a little \
             away from the body and more `ease` help"
        );
    }
}

/// Cloth starts with the speed of the nearest skin, so that a person who walks does not leave it behind.
fn follow(draped: &mut Draped, now: &[DVec3], next: &[DVec3], secs: f64) {
    for (place, velocity) in draped.mesh.positions_m.iter().zip(&mut draped.velocities_m_s) {
        let place = DVec3::from_array(*place);
        let nearest = now
            .iter()
            .zip(next)
            .min_by(|(a, _), (b, _)| a.distance_squared(place).total_cmp(&b.distance_squared(place)));
        if let Some((from, to)) = nearest {
            *velocity = ((*to - *from) / secs).as_vec3().to_array();
        }
    }
}

fn form(figure: &Figure, pose: &[Isometry3d], places_m: Vec<DVec3>, turn: DQuat, origin_m: DVec3) -> DressForm {
    let joint = |segment: Segment| {
        let at = figure.first_joint(segment).and_then(|joint| pose.get(joint));
        at.map_or(DVec3::ZERO, |at| turn.inverse() * (bevy::math::Vec3::from(at.translation).as_dvec3() - origin_m))
    };
    let pair = |of: fn(FigureSide) -> Segment| [FigureSide::Left, FigureSide::Right].map(|side| joint(of(side)));
    let member = |joint: &u16| match figure.joints.get(usize::from(*joint)).map(|joint| joint.segment) {
        Some(Segment::Neck) => Member::Neck,
        Some(Segment::Head) => Member::Head,
        Some(Segment::UpperArm(FigureSide::Left) | Segment::Forearm(FigureSide::Left)) => Member::LeftArm,
        Some(Segment::UpperArm(FigureSide::Right) | Segment::Forearm(FigureSide::Right)) => Member::RightArm,
        Some(Segment::Hand(FigureSide::Left)) => Member::LeftHand,
        Some(Segment::Hand(FigureSide::Right)) => Member::RightHand,
        Some(Segment::Thigh(side) | Segment::Shin(side) | Segment::Foot(side)) => match side {
            FigureSide::Left => Member::LeftLeg,
            FigureSide::Right => Member::RightLeg,
        },
        Some(Segment::Pelvis | Segment::Abdomen | Segment::Chest) | None => Member::Trunk,
    };
    DressForm {
        places_m,
        triangles: figure.triangles.to_vec(),
        member_of: figure.strongest_joint.iter().map(member).collect(),
        joints: Joints {
            neck: joint(Segment::Neck),
            head: joint(Segment::Head),
            shoulders: pair(Segment::UpperArm),
            elbows: pair(Segment::Forearm),
            wrists: pair(Segment::Hand),
            hips: pair(Segment::Thigh),
            knees: pair(Segment::Shin),
        },
    }
}

/// sha256 over the form that is kept, the build, the cut, the fabric, and the body in both poses.
fn key(garment: &Garment, form: &DressForm, at_start: &[DVec3]) -> String {
    let what = (keep::FORMAT_VERSION, env!("CARGO_PKG_VERSION"), &garment.cut, &garment.material, garment.spacing_m);
    // A part that could be loaded can be written.
    let mut bytes = serde_json::to_vec(&what).unwrap_or_default();
    let numbers = form.places_m.iter().chain(at_start).flat_map(|place| place.to_array());
    bytes.extend(numbers.flat_map(|number| (number as f32).to_le_bytes()));
    sha256_hex(&bytes)
}
