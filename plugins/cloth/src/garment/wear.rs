//! What a person of a shot wears: fitted, sewn and draped once for the cuts, fabrics and the body, and kept by content.

use std::sync::Arc;

use bevy::math::{DQuat, DVec3, Isometry3d};
use kinema_core::{BakeStore, Figure, FigureSide, FigureSource, FigureStance, LoadedShot, Segment, sha256_hex};

use super::crossings::crossings_of_all;
use super::drape::{Draped, Refused, dress};
use super::error::GarmentError;
use super::form::{DressForm, Joints, Member};
use super::keep;
use super::part::Garment;
use super::proxy::SkinProxy;
use super::sew::Order;

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
    /// What cloth meets of the wearer.
    pub proxy: SkinProxy,
}

/// Puts on a wearer what they wear at frame 0, from the skin outwards.
///
/// # Errors
/// What keeps one of it from being sewn, or the body from moving.
pub fn wear(
    shot: &Arc<LoadedShot>,
    sources: &mut [Box<dyn FigureSource>],
    wearer: &str,
    garments: &[&Garment],
    store: &BakeStore,
    threads: usize,
) -> Result<Vec<Worn>, Refused> {
    let refuse = |source| Refused { garment: 0, source };
    let owner = sources.iter_mut().find_map(|source| {
        let index = source.figures().iter().position(|figure| figure.id == wearer)?;
        Some((index, source))
    });
    let Some((index, source)) = owner else {
        return Err(refuse(GarmentError::NoWearer { wearer: wearer.to_owned() }));
    };
    let figure = source.figures()[index].clone();
    let world = shot.world_transform_at(figure.part_index, 0.0);
    let (_, turn, origin) = world.to_scale_rotation_translation();
    let (turn, origin_m) = (turn.as_dquat(), origin.as_dvec3());
    let mut pose_at = |frame| {
        let poses = source.poses(frame).map(|mut poses| poses.swap_remove(index));
        poses.map_err(|fault| refuse(GarmentError::Body(fault)))
    };
    let (first, second) = (pose_at(0)?, pose_at(1)?);
    let legs_deg = garments.iter().map(|garment| garment.cut.legs_deg()).fold(0.0, f32::max);
    let stance = source.stance(index, FigureStance { arms_deg: ARMS_DEG, legs_deg });
    let inside = |places: Vec<bevy::math::Vec3>| -> Vec<DVec3> {
        places.into_iter().map(|place| turn.inverse() * (place.as_dvec3() - origin_m)).collect()
    };
    let form = form(&figure, &stance.joints, inside(source.surface(index, &stance)), turn, origin_m);
    let at_start = inside(source.surface(index, &first));
    let mut proxy = SkinProxy::new(&form, &at_start);
    let key = key(garments, &form, &at_start);
    let keys: Vec<String> = (0..garments.len()).map(|layer| sha256_hex(format!("{key} {layer}").as_bytes())).collect();
    let kept: Option<Vec<Draped>> = keys.iter().map(|key| keep::read(store, key)).collect();
    let all = match kept {
        Some(all) => all,
        None => {
            let mut skin_at =
                |share: f64| inside(source.surface(index, &figure.between(&stance, &first, share as f32)));
            let orders: Vec<Order> = garments
                .iter()
                .map(|garment| Order {
                    cutting: &garment.cut,
                    fabric: garment.material.fabric(),
                    spacing_m: f64::from(garment.spacing_m),
                })
                .collect();
            let all = dress(&orders, &form, &proxy, threads, &mut skin_at)?;
            keys.iter().zip(&all).for_each(|(key, draped)| keep::write(store, key, draped));
            all
        }
    };
    all.iter().for_each(|draped| proxy.dent(&draped.dents_m));
    tell_crossings(wearer, &all, &proxy.of(&DressForm { places_m: at_start.clone(), ..form }));
    let rate_secs = shot.shot.timeline.rate.frame_secs();
    let next = inside(source.surface(index, &second));
    let put_on = |mut draped: Draped| {
        follow(&mut draped, &at_start, &next, rate_secs);
        for place in &mut draped.mesh.positions_m {
            *place = (turn * DVec3::from_array(*place)).to_array();
        }
        for velocity in &mut draped.velocities_m_s {
            *velocity = (turn * DVec3::from_array(velocity.map(f64::from))).as_vec3().to_array();
        }
        Worn { draped, origin_m, wearer: figure.part_index, proxy: proxy.clone() }
    };
    Ok(all.into_iter().map(put_on).collect())
}

/// Says where garments are not as they should be at frame 0.
fn tell_crossings(wearer: &str, all: &[Draped], posed: &DressForm) {
    let [among_themselves, on_skin] = crossings_of_all(all, posed);
    if among_themselves + on_skin > 0 {
        tracing::warn!(
            "what `{wearer}` wears crosses itself in {among_themselves} places and the body in {on_skin} in the first pose; arms a little \
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

/// sha256 over the form that is kept, the build, cuts and fabrics, and the body in both poses.
fn key(garments: &[&Garment], form: &DressForm, at_start: &[DVec3]) -> String {
    let made: Vec<_> = garments.iter().map(|garment| (&garment.cut, &garment.material, garment.spacing_m)).collect();
    let what = (keep::FORMAT_VERSION, env!("CARGO_PKG_VERSION"), made);
    // A part that could be loaded can be written.
    let mut bytes = serde_json::to_vec(&what).unwrap_or_default();
    let numbers = form.places_m.iter().chain(at_start).flat_map(|place| place.to_array());
    bytes.extend(numbers.flat_map(|number| (number as f32).to_le_bytes()));
    sha256_hex(&bytes)
}
