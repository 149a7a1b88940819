//! What is known of human joints: what hangs from what, how far it turns, how strong its muscles are.
//!
//! Ranges are the normal ranges of motion of the American Academy of Orthopaedic Surgeons ("Joint motion: method of measuring
//! and recording", 1965), as in C. C. Norkin and D. J. White, "Measurement of joint motion", 5th edition, 2016. That of
//! the back and the neck is shared by two joints each.

use bevy::math::Vec3;
use kinema_core::{FigureSide, Segment};

use crate::shot::Regions;

/// All segments, those that others hang from first.
pub const SEGMENTS: [Segment; 17] = {
    use FigureSide::{Left, Right};
    use Segment::*;
    [
        Pelvis,
        Abdomen,
        Chest,
        Neck,
        Head,
        UpperArm(Left),
        Forearm(Left),
        Hand(Left),
        UpperArm(Right),
        Forearm(Right),
        Hand(Right),
        Thigh(Left),
        Shin(Left),
        Foot(Left),
        Thigh(Right),
        Shin(Right),
        Foot(Right),
    ]
};

/// What a segment hangs from.
pub fn parent(segment: Segment) -> Option<Segment> {
    match segment {
        Segment::Pelvis => None,
        Segment::Abdomen | Segment::Thigh(_) => Some(Segment::Pelvis),
        Segment::Chest => Some(Segment::Abdomen),
        Segment::Neck | Segment::UpperArm(_) => Some(Segment::Chest),
        Segment::Head => Some(Segment::Neck),
        Segment::Forearm(side) => Some(Segment::UpperArm(side)),
        Segment::Hand(side) => Some(Segment::Forearm(side)),
        Segment::Shin(side) => Some(Segment::Thigh(side)),
        Segment::Foot(side) => Some(Segment::Shin(side)),
    }
}

/// The next of a segment's kind in the chain, towards which it points.
pub fn child(segment: Segment) -> Option<Segment> {
    match segment {
        Segment::Pelvis => Some(Segment::Abdomen),
        Segment::Abdomen => Some(Segment::Chest),
        Segment::Chest => Some(Segment::Neck),
        Segment::Neck => Some(Segment::Head),
        Segment::UpperArm(side) => Some(Segment::Forearm(side)),
        Segment::Forearm(side) => Some(Segment::Hand(side)),
        Segment::Thigh(side) => Some(Segment::Shin(side)),
        Segment::Shin(side) => Some(Segment::Foot(side)),
        Segment::Head | Segment::Hand(_) | Segment::Foot(_) => None,
    }
}

/// How many joints lie between two segments.
pub fn joints_between(a: Segment, b: Segment) -> usize {
    let line = |mut of: Segment| {
        let mut line = vec![of];
        while let Some(above) = parent(of) {
            line.push(above);
            of = above;
        }
        line
    };
    let (up, down) = (line(a), line(b));
    let meet = up.iter().enumerate().find_map(|(at, one)| Some(at + down.iter().position(|other| other == one)?));
    meet.unwrap_or(usize::MAX)
}

/// Whether two segments of one person push each other. What is two joints apart is held off by the joints: flesh there
/// gives way more than hulls do. Legs and arms against their likes and the chest are the exceptions.
pub fn pushes(a: Segment, b: Segment) -> bool {
    match (a, b) {
        (Segment::Thigh(_), Segment::Thigh(_)) => a != b,
        (Segment::Forearm(_), Segment::Chest) | (Segment::Chest, Segment::Forearm(_)) => true,
        _ => joints_between(a, b) > 2,
    }
}

/// How a joint turns, degrees. Axes are those of a figure that faces +z, with its parent segment upright or hanging: `hinge`
/// turns by `bend`, the bone about itself by `twist`, and about the axis across both, hinge x bone, by `side`. Positive is
/// against the clock when the axis points at the eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointRange {
    /// The axis of the largest movement.
    pub hinge: Vec3,
    pub bend_deg: [f32; 2],
    pub side_deg: [f32; 2],
    pub twist_deg: [f32; 2],
    /// Which way the bone points where every angle is 0.
    pub zero: Vec3,
    /// Every angle is 0 in the bind pose, wherever the bone points there.
    pub zero_is_bind: bool,
    /// Nothing but `bend` is free; what a pose has of the rest stays.
    pub is_hinge: bool,
}

/// The range of the joint that a segment hangs by.
pub fn range(segment: Segment) -> Option<JointRange> {
    // On the left, +x points away from the middle; the right side is its mirror image.
    let out = |side: FigureSide| if side == FigureSide::Left { 1.0 } else { -1.0 };
    let mirrored =
        |side: FigureSide, [low, high]: [f32; 2]| if side == FigureSide::Left { [low, high] } else { [-high, -low] };
    let of = |hinge, bend_deg, side_deg, twist_deg, zero| JointRange {
        hinge,
        bend_deg,
        side_deg,
        twist_deg,
        zero,
        zero_is_bind: matches!(
            segment,
            Segment::Abdomen | Segment::Chest | Segment::Neck | Segment::Head | Segment::Foot(_)
        ),
        is_hinge: matches!(segment, Segment::Forearm(_) | Segment::Shin(_)),
    };
    Some(match segment {
        Segment::Pelvis => return None,
        // The back: flexion 80, extension 25, side 35, turn 45, shared.
        Segment::Abdomen | Segment::Chest => of(Vec3::X, [-13.0, 40.0], [-18.0, 18.0], [-23.0, 23.0], Vec3::Y),
        // The neck: flexion and extension 45, side 45, turn 60, shared.
        Segment::Neck | Segment::Head => of(Vec3::X, [-23.0, 23.0], [-23.0, 23.0], [-30.0, 30.0], Vec3::Y),
        // The shoulder: flexion 180, extension 60, abduction 180, adduction across the chest 45 (Kapandji), turn 70 and 90. Flexion
        // and abduction end in the same place, so that half of each is a cone about its middle.
        Segment::UpperArm(side) => of(
            Vec3::Z * out(side),
            [-90.0, 90.0],
            [-75.0, 75.0],
            mirrored(side, [-70.0, 90.0]),
            Vec3::new(0.85 * out(side), -0.15, 0.5),
        ),
        // The elbow: flexion 150; what the forearm turns about itself is in the wrist.
        Segment::Forearm(_) => of(Vec3::NEG_X, [-3.0, 150.0], [0.0; 2], [0.0; 2], Vec3::NEG_Y),
        // The wrist: flexion 80, extension 70, deviation 20 and 30; forearm turn 80 both ways.
        Segment::Hand(_) => of(Vec3::NEG_X, [-70.0, 80.0], [-30.0, 30.0], [-80.0, 80.0], Vec3::NEG_Y),
        // The hip: flexion 120, extension 30 (20 in Kapandji), abduction 45, adduction 30, turn 45 both ways; about the middle of
        // the flexion, where the engine's measure of three angles at once is at its best.
        Segment::Thigh(side) => {
            of(Vec3::NEG_X, [-70.0, 70.0], mirrored(side, [-30.0, 45.0]), [-45.0, 45.0], Vec3::new(0.0, -0.643, 0.766))
        }
        // The knee: flexion 135.
        Segment::Shin(_) => of(Vec3::X, [-3.0, 135.0], [0.0; 2], [0.0; 2], Vec3::NEG_Y),
        // The ankle: dorsiflexion 20, plantar flexion 50, inversion 35, eversion 15.
        Segment::Foot(side) => of(Vec3::NEG_X, [-50.0, 20.0], mirrored(side, [-20.0, 15.0]), [-15.0, 15.0], Vec3::Z),
    })
}

/// The strongest torque of a joint's muscles, N·m for an adult of 75 kg. Legs are of the size that D. E. Anderson, M. L. Madigan and M. A.
/// Nussbaum measured ("Maximum voluntary joint torque as a function of joint angle and angular velocity", Journal of Biomechanics
/// 40, 2007); arms, trunk and neck are our judgement.
pub fn torque_n_m(segment: Segment) -> f32 {
    match segment {
        Segment::Pelvis => 0.0,
        Segment::Abdomen | Segment::Chest => 220.0,
        Segment::Neck | Segment::Head => 40.0,
        Segment::UpperArm(_) => 80.0,
        Segment::Forearm(_) => 65.0,
        Segment::Hand(_) => 14.0,
        Segment::Thigh(_) => 200.0,
        Segment::Shin(_) => 180.0,
        Segment::Foot(_) => 130.0,
    }
}

/// The factor that `regions` give the muscles of a segment's joint.
pub fn region(regions: &Regions, segment: Segment) -> f32 {
    match segment {
        Segment::Neck | Segment::Head => regions.head,
        Segment::Pelvis | Segment::Abdomen | Segment::Chest => regions.trunk,
        Segment::UpperArm(_) | Segment::Forearm(_) | Segment::Hand(_) => regions.arms,
        Segment::Thigh(_) | Segment::Shin(_) | Segment::Foot(_) => regions.legs,
    }
}
