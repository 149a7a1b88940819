//! Looking at things: how eyes, head and chest share the way to a point, and in which order they set out.
//!
//! A shift of attention is a movement of the line of sight in space (D. Guitton and M. Volle, "Gaze control in humans:
//! eye-head coordination during orienting movements to targets within and beyond the oculomotor range", J. Neurophysiol. 58,
//! 1987): the eyes jump as far as they can, the head follows more slowly, and while it comes the eyes turn back against it so
//! that the line of sight stays (vestibulo-ocular reflex). Here the line of sight and the head each follow a smooth curve
//! of time of their own, and the eyes make up the difference, from which that order follows by itself. Lags vary with
//! task and person (E. G. Freedman, "Coordination of the eyes and head during visual orienting", Exp. Brain Res. 190, 2008);
//! the default and the durations of head and chest are our judgement.

use bevy::math::{DQuat, DVec3};

use super::{
    Stance,
    build::Build,
    settings::Look,
    trunk::{bend_spine, turn_head},
};
use crate::{anny::basis::BodyBasis, face::curves::smootherstep, settings::Gaze};

/// How far a head turns on a chest, and eyes in a head, degrees to each side: ranges of `head` and `gaze`.
const HEAD_DEG: [f64; 2] = [75.0, 50.0];
const EYES_DEG: [f64; 2] = [38.0, 30.0];
/// Beyond this the chest helps.
const CHEST_FROM_DEG: f64 = 35.0;
const CHEST_MOST_DEG: f64 = 30.0;

/// Yaw to the left and pitch upwards, degrees.
type Angles = [f64; 2];

/// Who follows a shift when.
#[derive(Clone, Copy)]
struct Follower {
    lag_secs: f64,
    /// Seconds for nothing, and more for every degree.
    least_secs: f64,
    secs_per_deg: f64,
}

/// Duration of a saccade: 2.2 ms for each degree and 21 ms (R. H. S. Carpenter, "Movements of the Eyes", 1988).
const EYES: Follower = Follower { lag_secs: 0.0, least_secs: 0.021, secs_per_deg: 0.0022 };

impl Follower {
    /// Where it is between targets, given each target's angles.
    fn angles(&self, look: &Look, targets: &[Angles], seconds: f64) -> Angles {
        let mut now = [0.0; 2];
        let mut last = [0.0; 2];
        for (shift, &target) in look.shifts.iter().zip(targets) {
            let way = f64::hypot(target[0] - last[0], target[1] - last[1]);
            let duration = self.least_secs + self.secs_per_deg * way;
            let share = smootherstep((seconds - shift.start_secs - self.lag_secs) / duration);
            for axis in [0, 1] {
                now[axis] += share * (target[axis] - last[axis]);
            }
            last = target;
        }
        now
    }
}

/// Grows like `value` and never exceeds `most`; continuous in slope.
fn limited(value: f64, most: f64) -> f64 {
    let knee = 0.75 * most;
    let room = most - knee;
    let over = value.abs() - knee;
    if over > 0.0 { (knee + room * (1.0 - (-over / room).exp())).copysign(value) } else { value }
}

fn head_part(look: &Look, [yaw, pitch]: Angles) -> Angles {
    let share = f64::from(look.head_share);
    // What the eyes cannot do the head has to, whatever its share.
    let part = |angle: f64, eyes: f64| {
        let free = (angle.abs() - eyes).max(0.0);
        angle.signum() * (share * angle.abs()).max(free.min(angle.abs()))
    };
    [limited(part(yaw, 0.8 * EYES_DEG[0]), HEAD_DEG[0]), limited(part(pitch, 0.8 * EYES_DEG[1]) * 0.85, HEAD_DEG[1])]
}

fn chest_part(look: &Look, [yaw, _]: Angles) -> Angles {
    let over = (yaw.abs() - CHEST_FROM_DEG).max(0.0);
    [limited((over * 0.45).copysign(yaw) * f64::from(look.head_share).min(1.0), CHEST_MOST_DEG), 0.0]
}

/// Turns chest and head of `stance` towards what is looked at, and gives the direction of the eyes against the head; none
/// when nothing is looked at.
pub fn look(
    stance: &mut Stance,
    basis: &BodyBasis,
    build: &Build,
    settings: &Look,
    gaze: Gaze,
    seconds: f64,
) -> Option<Gaze> {
    let weight = f64::from(settings.weight).clamp(0.0, 1.0);
    if settings.shifts.is_empty() && !(weight > 0.0) {
        return None;
    }
    let rig = &build.rig;
    let (head, eyes) = (basis.bone("head")?, [basis.bone("eye.L")?, basis.bone("eye.R")?]);
    let eyes_at =
        |stance: &Stance| eyes.map(|eye| rig.place(&stance.deltas, stance.root, eye)).iter().sum::<DVec3>() / 2.0;
    let point = |at: [f32; 3]| DVec3::from_array(at.map(f64::from));
    // Against where the head looks without this.
    let ahead = rig.gathered(&stance.deltas, head);
    let from = eyes_at(stance);
    let angles = |at: DVec3| direction_deg(ahead.inverse() * (at - from));
    let targets: Vec<Angles> =
        settings.shifts.iter().map(|shift| shift.at.map_or([0.0; 2], |at| angles(point(at)))).collect();
    let driven = angles(point(settings.point));
    let blend =
        |shifts: Angles, driven: Angles| [0, 1].map(|axis| shifts[axis] + weight * (driven[axis] - shifts[axis]));
    let lag = f64::from(settings.head_lag_secs).max(0.0);
    let heads = Follower { lag_secs: lag, least_secs: 0.28, secs_per_deg: 0.0045 };
    let chests = Follower { lag_secs: lag + 0.1, least_secs: 0.5, secs_per_deg: 0.006 };
    let parts =
        |part: fn(&Look, Angles) -> Angles| targets.iter().map(|&target| part(settings, target)).collect::<Vec<_>>();
    let head_deg = blend(heads.angles(settings, &parts(head_part), seconds), head_part(settings, driven));
    let chest_deg = blend(chests.angles(settings, &parts(chest_part), seconds), chest_part(settings, driven));
    let sight_deg = blend(EYES.angles(settings, &targets, seconds), driven);

    let turned = chest_deg.map(f64::to_radians);
    bend_spine(&mut stance.deltas, basis, build, [-turned[1], turned[0], 0.0]);
    // The chest has already done a part of the head's way, so far as it is there.
    let carried = rig.gathered(&stance.deltas, head).inverse() * ahead;
    let carried = direction_deg(carried * DVec3::Z);
    let rest = [0, 1].map(|axis| (head_deg[axis] + carried[axis]).to_radians());
    turn_head(&mut stance.deltas, basis, build, [-rest[1], rest[0], 0.0]);

    // The line of sight in space, told against the head as it is now.
    let [yaw, pitch] = sight_deg.map(f64::to_radians);
    let sight = ahead * DQuat::from_rotation_y(yaw) * DQuat::from_rotation_x(-pitch) * DVec3::Z;
    let now = rig.gathered(&stance.deltas, head);
    let distance_m = nearest_target_m(settings, &targets, seconds, weight, from);
    // Eyes moved with the head: from where they are now the same far point lies in a slightly different direction.
    let seen = from + sight * distance_m;
    let local = direction_deg(now.inverse() * (seen - eyes_at(stance)));
    let [yaw, pitch] = [limited(local[0], EYES_DEG[0]) as f32, limited(local[1], EYES_DEG[1]) as f32];
    Some(Gaze {
        yaw_deg: (gaze.yaw_deg + yaw).clamp(-40.0, 40.0),
        pitch_deg: (gaze.pitch_deg + pitch).clamp(-35.0, 35.0),
        distance_m: (distance_m as f32).clamp(0.1, gaze.distance_m.max(0.1)),
    })
}

/// How far away what is looked at is, metres.
fn nearest_target_m(settings: &Look, targets: &[Angles], seconds: f64, weight: f64, eyes: DVec3) -> f64 {
    let distance = |at: [f32; 3]| DVec3::from_array(at.map(f64::from)).distance(eyes).max(0.1);
    // Vergence is in the inverse of the distance.
    let mut near = 0.0;
    let mut last = 0.0;
    for (shift, target) in settings.shifts.iter().zip(targets) {
        let next = shift.at.map_or(0.0, |at| 1.0 / distance(at));
        let duration = 0.12 + EYES.secs_per_deg * f64::hypot(target[0], target[1]);
        near += smootherstep((seconds - shift.start_secs) / duration) * (next - last);
        last = next;
    }
    near += weight * (1.0 / distance(settings.point) - near);
    1.0 / near.clamp(1e-3, 10.0)
}

/// Yaw and pitch of a direction against +z, degrees.
fn direction_deg(way: DVec3) -> Angles {
    let level = f64::hypot(way.x, way.z);
    if way.length_squared() < 1e-12 {
        return [0.0; 2];
    }
    [way.x.atan2(way.z).to_degrees(), way.y.atan2(level).to_degrees()]
}
