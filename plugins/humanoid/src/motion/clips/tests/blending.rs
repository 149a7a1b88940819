//! Layers over layers.

use bevy::math::{DQuat, DVec3};

use super::{
    super::{
        ClipLayer, JointMap, Laid, Loaded, Mask, Moment, Place, Retarget, Travel,
        clip::{Clip, Skeleton, mix},
        lay, mask_weights,
    },
    figures::{self, CMU, Chance, LEFT_ARM, LEFT_LEG, MAKE_HUMAN, person, walk},
};

struct Stage {
    target: Skeleton,
    clips: Vec<Retarget>,
}

impl Stage {
    fn new(clips: &[Clip]) -> Self {
        let target = person(MAKE_HUMAN);
        let matched = |clip: &Clip| {
            let loaded = Loaded { clip: clip.clone(), warnings: Vec::new() };
            figures::matched(loaded, &target).expect("a person").0
        };
        let clips = clips.iter().map(matched).collect();
        Self { target, clips }
    }

    fn at(&self, layers: &[(usize, ClipLayer)], secs: f64) -> Moment {
        let map = JointMap::of(&self.target);
        let masks: Vec<Vec<f64>> =
            layers.iter().map(|(_, layer)| mask_weights(&self.target, &map, layer.mask)).collect();
        let laid: Vec<Laid> = layers
            .iter()
            .zip(&masks)
            .map(|((clip, layer), mask)| Laid { layer, retarget: &self.clips[*clip], mask, hips: 0 })
            .collect();
        let base =
            |_: f64| Moment { deltas: vec![DQuat::from_rotation_x(0.05); self.target.len()], ..Moment::default() };
        lay(&base, &laid, secs)
    }
}

fn walking() -> Clip {
    walk(&person(CMU), 61, 30.0, 1.5)
}

/// A quarter turn to the left over one second, in place.
fn turning() -> Clip {
    let mut clip = walk(&person(CMU), 31, 30.0, 0.0);
    clip.rotations.fill(DQuat::IDENTITY);
    for frame in 0..31 {
        clip.rotations[frame * clip.rest.len()] =
            DQuat::from_rotation_y(std::f64::consts::FRAC_PI_2 * frame as f64 / 30.0);
    }
    clip
}

#[test]
fn mixing_rotations_is_short_symmetric_and_defined_everywhere() {
    let mut chance = Chance(5);
    for _ in 0..300 {
        let (a, b) = (chance.turn(3.1), chance.turn(3.1));
        let share = chance.next();
        let mixed = mix(a, b, share);
        assert!((mixed.length() - 1.0).abs() < 1e-12);
        assert!(mixed.angle_between(mix(a, -b, share)) < 1e-6, "the sign of a quaternion means nothing");
        let expected = share * a.angle_between(b);
        assert!((mixed.angle_between(a) - expected).abs() < 1e-6, "speed is constant");
        assert!(mix(a, b, 0.0).angle_between(a) < 1e-6 && mix(a, b, 1.0).angle_between(b) < 1e-6);
    }
    let half = mix(DQuat::IDENTITY, DQuat::from_rotation_y(std::f64::consts::PI), 0.5);
    assert!((half.angle_between(DQuat::IDENTITY) - std::f64::consts::FRAC_PI_2).abs() < 1e-9);
    assert!(mix(DQuat::IDENTITY, -DQuat::IDENTITY, 0.5).is_finite());
}

#[test]
fn a_layer_rises_falls_and_ends() {
    let layer = ClipLayer {
        start_secs: 2.0,
        lasts_secs: Some(4.0),
        weight: 0.75,
        fade_in_secs: 1.0,
        fade_out_secs: 2.0,
        ..ClipLayer::default()
    };
    for (secs, expected) in
        [(1.9, 0.0), (2.0, 0.0), (2.5, 0.375), (3.0, 0.75), (4.0, 0.75), (5.0, 0.375), (6.0, 0.0), (9.0, 0.0)]
    {
        assert!((layer.weight_at(secs) - expected).abs() < 1e-9, "{secs}: {}", layer.weight_at(secs));
    }
    let abrupt = ClipLayer { start_secs: 2.0, ..ClipLayer::default() };
    assert_eq!((abrupt.weight_at(1.999), abrupt.weight_at(2.0), abrupt.weight_at(1e5)), (0.0, 1.0, 1.0));
}

#[test]
fn masks_leave_the_rest_of_the_body_alone() {
    let stage = Stage::new(&[walking()]);
    let without = stage.at(&[], 0.7);
    for (mask, moved, still) in [
        (Mask::Upper, [LEFT_ARM, 4], [0, LEFT_LEG]),
        (Mask::Lower, [0, LEFT_LEG], [LEFT_ARM, 4]),
        (Mask::Arms, [LEFT_ARM, 10], [4, LEFT_LEG]),
        (Mask::LeftArm, [LEFT_ARM, 8], [10, 12]),
        (Mask::Head, [3, 4], [2, LEFT_ARM]),
    ] {
        let with = stage.at(&[(0, ClipLayer { mask, ..ClipLayer::default() })], 0.7);
        for bone in moved {
            assert!(with.deltas[bone].angle_between(without.deltas[bone]) > 0.01, "{mask:?} moves bone {bone}");
        }
        for bone in still {
            assert_eq!(with.deltas[bone], without.deltas[bone], "{mask:?} leaves bone {bone}");
        }
        assert_eq!(with.place != without.place, mask == Mask::Lower, "{mask:?}");
    }
}

#[test]
fn a_person_who_turns_walks_on_in_the_new_direction() {
    let stage = Stage::new(&[walking(), turning()]);
    let turn = ClipLayer { lasts_secs: Some(1.0), ..ClipLayer::default() };
    let walk = ClipLayer { start_secs: 1.0, ..ClipLayer::default() };
    let layers = [(1, turn), (0, walk)];
    let end = stage.at(&layers, 3.0).place;
    assert!(end.at.x > 2.5 && end.at.z.abs() < 0.7, "after a turn to the left the way leads to +x: {end:?}");
    // Nothing jumps, at any speed.
    let mut last = stage.at(&layers, 0.0);
    for step in 1..400 {
        let now = stage.at(&layers, f64::from(step) / 100.0);
        assert!(now.place.at.distance(last.place.at) < 0.05, "step {step}");
        last = now;
    }
}

#[test]
fn a_crossfade_is_smooth_and_a_person_stays_where_a_layer_brought_them() {
    let stage = Stage::new(&[walking(), turning()]);
    let first = ClipLayer { lasts_secs: Some(1.5), fade_out_secs: 0.5, fade_in_secs: 0.3, ..ClipLayer::default() };
    let second = ClipLayer { start_secs: 1.0, fade_in_secs: 0.5, mask: Mask::Upper, ..ClipLayer::default() };
    let layers = [(0, first), (1, second)];
    let mut last = stage.at(&layers, 0.0);
    for step in 1..300 {
        let now = stage.at(&layers, f64::from(step) / 100.0);
        for (bone, (a, b)) in now.deltas.iter().zip(&last.deltas).enumerate() {
            assert!(a.angle_between(*b) < 0.05, "bone {bone} jumps at step {step}");
        }
        last = now;
    }
    let (end, later) = (stage.at(&layers, 1.5).place, stage.at(&layers, 8.0).place);
    assert!(end.at.z > 1.5 && end.at.distance(later.at) < 1e-9, "{end:?} {later:?}");
}

#[test]
fn a_loop_goes_on_from_where_it_came_to_and_turns_on() {
    let stage = Stage::new(&[walking(), turning()]);
    let looped = |clip| [(clip, ClipLayer { looping: true, ..ClipLayer::default() })];
    let length = stage.clips[0].clip().secs();
    let (once, thrice) = (stage.at(&looped(0), length - 1e-9).place, stage.at(&looped(0), 3.0 * length).place);
    assert!((thrice.at.z - 3.0 * once.at.z).abs() < 0.5, "{once:?} {thrice:?}");
    let turned = stage.at(&looped(1), 2.0).place;
    assert!((turned.yaw_rad.cos() + 1.0).abs() < 1e-6, "two quarter turns look back: {turned:?}");
    for step in 0..400 {
        let (a, b) = (f64::from(step) / 100.0, f64::from(step + 1) / 100.0);
        let (a, b) = (stage.at(&looped(0), a), stage.at(&looped(0), b));
        for (bone, (a, b)) in a.deltas.iter().zip(&b.deltas).enumerate() {
            assert!(a.angle_between(*b) < 0.06, "bone {bone} jumps at step {step}");
        }
    }
    let place = Place { at: DVec3::new(0.3, 0.0, 1.0), yaw_rad: 0.4 };
    let by_hand = (0..5).fold(Place::default(), |sum, _| sum.then(&place));
    assert!(place.repeated(5).at.distance(by_hand.at) < 1e-12);
    assert!(place.repeated(-5).then(&by_hand).at.length() < 1e-12);
}

#[test]
fn travel_can_be_kept_out() {
    let stage = Stage::new(&[walking(), turning()]);
    let at = |clip, travel| stage.at(&[(clip, ClipLayer { travel, ..ClipLayer::default() })], 1.0).place;
    assert!(at(0, Travel::Along).at.z > 1.0 && at(0, Travel::Turn).at == DVec3::ZERO);
    assert!(at(1, Travel::Turn).yaw_rad > 1.0 && at(1, Travel::Stay).yaw_rad == 0.0);
}

#[test]
fn an_additive_layer_adds_only_what_departs_from_its_first_frame() {
    let stage = Stage::new(&[walking()]);
    let additive = |weight| [(0, ClipLayer { additive: true, weight, ..ClipLayer::default() })];
    let below = stage.at(&[], 0.0);
    let first = stage.at(&additive(1.0), 0.0);
    for (a, b) in first.deltas.iter().zip(&below.deltas) {
        assert!(a.angle_between(*b) < 1e-6);
    }
    let clip = &stage.clips[0];
    let (from, to) = (clip.at(0.0).deltas[LEFT_ARM].expect("moved"), clip.at(1.0).deltas[LEFT_ARM].expect("moved"));
    let expected = to * from.inverse() * below.deltas[LEFT_ARM];
    assert!(stage.at(&additive(1.0), 1.0).deltas[LEFT_ARM].angle_between(expected) < 1e-6);
    assert_eq!(stage.at(&additive(1.0), 1.0).place, Place::default(), "it goes nowhere");
    let half = stage.at(&additive(0.5), 1.0).deltas[LEFT_ARM].angle_between(below.deltas[LEFT_ARM]);
    assert!((half - 0.5 * (to * from.inverse()).angle_between(DQuat::IDENTITY)).abs() < 1e-6);
}

#[test]
fn time_runs_at_the_speed_given_and_backwards() {
    let stage = Stage::new(&[walking()]);
    let arm = |layer: ClipLayer, secs: f64| stage.at(&[(0, layer)], secs).deltas[LEFT_ARM];
    let plain = ClipLayer::default();
    let double = ClipLayer { speed: 2.0, ..ClipLayer::default() };
    let back = ClipLayer { speed: -1.0, offset_secs: 1.5, ..ClipLayer::default() };
    assert!(arm(double, 0.5).angle_between(arm(plain.clone(), 1.0)) < 1e-6);
    assert!(arm(back, 0.5).angle_between(arm(plain.clone(), 1.0)) < 1e-6);
    let held = ClipLayer { start_secs: 3.0, offset_secs: 1.0, speed: 0.0, ..ClipLayer::default() };
    assert!(arm(held, 9.0).angle_between(arm(plain, 1.0)) < 1e-6);
}
