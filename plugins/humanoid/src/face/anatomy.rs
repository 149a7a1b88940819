//! The last step over the 52 weights: what lids, lips, jaw and muscles can do together.
//!
//! [`lids_follow_gaze`] adds what the eyes' direction asks of the lids. [`limit`] then takes away: it never raises a weight
//! but one that another needs (the jaw for the tongue), leaves a single action as it is, and gives weights
//! in 0..=1, but for those whose top is higher (see [`Action::top`]).

use super::{
    curves::{soft_limit, soft_or},
    shapes::{Action, MOST_LOOK, at, put, scale},
};
use crate::body::FaceWeights;

type Pair = [Action; 2];

const fn one(name: &str) -> Action {
    Action::named(name)
}

const fn pair(stem: &str) -> Pair {
    Action::pair(stem)
}

const LOOK_DOWN: Pair = pair("eyeLookDown");
const LOOK_UP: Pair = pair("eyeLookUp");
const LOOK_IN: Pair = pair("eyeLookIn");
const LOOK_OUT: Pair = pair("eyeLookOut");
const BLINK: Pair = pair("eyeBlink");
const WIDE: Pair = pair("eyeWide");
const SQUINT: Pair = pair("eyeSquint");
const BROW_DOWN: Pair = pair("browDown");
const OUTER_UP: Pair = pair("browOuterUp");
const CHEEK: Pair = pair("cheekSquint");
const SNEER: Pair = pair("noseSneer");
const SMILE: Pair = pair("mouthSmile");
const FROWN: Pair = pair("mouthFrown");
const STRETCH: Pair = pair("mouthStretch");
const DIMPLE: Pair = pair("mouthDimple");
const PRESS: Pair = pair("mouthPress");
const UPPER_UP: Pair = pair("mouthUpperUp");
const LOWER_DOWN: Pair = pair("mouthLowerDown");
const JAW_OPEN: Action = one("jawOpen");
const JAW_LEFT: Action = one("jawLeft");
const JAW_RIGHT: Action = one("jawRight");
const JAW_FORWARD: Action = one("jawForward");
const FUNNEL: Action = one("mouthFunnel");
const PUCKER: Action = one("mouthPucker");
const ROLL_UPPER: Action = one("mouthRollUpper");
const ROLL_LOWER: Action = one("mouthRollLower");
const CLOSE: Action = one("mouthClose");
const TONGUE: Action = one("tongueOut");
const PUFF: Action = one("cheekPuff");

/// What `eyeBlink` adds per unit of `eyeLookDown`. Lid saccades downwards are as large as the eye's (W. Becker and A. F. Fuchs,
/// "Lid-eye coordination during vertical gaze changes in man and monkey", J. Neurophysiol. 60, 1988); at full weight, 25
/// degrees on an eye of 24 mm, the lid margin would have to move 6.3 mm; the shape itself moves it 3.8 mm, a full blink 15.5
/// mm: 0.16. Less, because no shape of the 52 takes the lower lid along, and the opening would shut.
const BLINK_PER_LOOK_DOWN: f32 = 0.1;
/// What `eyeWide` adds per unit of `eyeLookUp`. Upwards lids move a little less than eyes (same source): 4.3 mm wanted, 1.5 mm
/// in the shape, 3.8 mm in a full `eyeWide`, of which the skin above lets the most part happen.
const WIDE_PER_LOOK_UP: f32 = 0.6;
/// A lid lowered for a downward gaze has less way left to close: 3.8 mm of 15.5 mm, less what the lower lid gives way.
const BLINK_LOST_LOOKING_DOWN: f32 = 0.15;

/// Two actions and how much full activation of one takes from the other. Muscles that pull the same skin in opposite
/// directions at 1; those that can both be seen at once, as in a bitter smile (AU 12 with 15), below.
const ANTAGONISTS_OF_A_SIDE: [(Pair, Pair, f32); 9] = [
    (LOOK_UP, LOOK_DOWN, 1.0),
    (LOOK_IN, LOOK_OUT, 1.0),
    // A closed lid is neither wide nor squeezed: on top of it, both would push it through the eye.
    (WIDE, BLINK, 1.0),
    (SQUINT, BLINK, 1.0),
    (BROW_DOWN, OUTER_UP, 0.5),
    (SMILE, FROWN, 0.6),
    (STRETCH, DIMPLE, 0.4),
    (PRESS, UPPER_UP, 0.6),
    (PRESS, LOWER_DOWN, 0.6),
];

/// The same for actions of which at least one belongs to both halves.
const ANTAGONISTS: [(Action, Action, f32); 16] = [
    (JAW_LEFT, JAW_RIGHT, 1.0),
    (one("mouthLeft"), one("mouthRight"), 1.0),
    (FUNNEL, PUCKER, 0.3),
    // Protruded lips cannot be rolled in or stretched.
    (FUNNEL, ROLL_UPPER, 0.9),
    (FUNNEL, ROLL_LOWER, 0.9),
    (PUCKER, ROLL_UPPER, 0.8),
    (PUCKER, ROLL_LOWER, 0.8),
    (PUCKER, SMILE[0], 0.5),
    (PUCKER, SMILE[1], 0.5),
    (PUCKER, STRETCH[0], 0.6),
    (PUCKER, STRETCH[1], 0.6),
    (FUNNEL, PRESS[0], 0.9),
    (FUNNEL, PRESS[1], 0.9),
    // Nothing passes between lips that are sealed.
    (TONGUE, CLOSE, 1.0),
    (PUFF, LOWER_DOWN[0], 0.6),
    (PUFF, LOWER_DOWN[1], 0.6),
];

/// Actions that move the same skin, with the sum up to which they may do so together and the sum they never reach.
const REGIONS_OF_A_SIDE: [(&[Pair], f32, f32); 4] = [
    (&[SMILE, STRETCH, DIMPLE], 1.1, 1.6),
    (&[SNEER, UPPER_UP], 1.2, 1.7),
    (&[CHEEK, SQUINT, SMILE], 1.8, 2.5),
    (&[FROWN, LOWER_DOWN, STRETCH], 1.3, 1.9),
];
const REGIONS: [(&[Action], f32, f32); 2] = [
    (&[ROLL_UPPER, ROLL_LOWER, one("mouthShrugLower"), one("mouthShrugUpper")], 2.1, 2.8),
    (&[JAW_OPEN, FUNNEL, PUCKER], 1.3, 1.9),
];

/// Share of its sideways and of its forward reach that the jaw loses when it is fully open: the envelope of motion narrows
/// downwards (Posselt, "Studies in the mobility of the human mandible", 1952).
const JAW_ASIDE_LOST_OPEN: f32 = 0.5;
const JAW_FORWARD_LOST_OPEN: f32 = 0.6;
/// The jaw opens at least this far for a tongue that is fully out.
const JAW_OPEN_FOR_TONGUE: f32 = 0.2;

/// Actions that part the lips by themselves.
const PARTS_LIPS: [Action; 6] = [FUNNEL, LOWER_DOWN[0], LOWER_DOWN[1], UPPER_UP[0], UPPER_UP[1], TONGUE];
/// How much of its opening the jaw gives up when lips meet.
const JAW_CLOSED_BY_SEAL: f32 = 0.75;

/// Both steps.
pub fn settle(weights: &mut FaceWeights) {
    lids_follow_gaze(weights);
    limit(weights);
}

/// The upper lid goes down and up with the eye.
pub fn lids_follow_gaze(weights: &mut FaceWeights) {
    for side in [0, 1] {
        let (down, up) = (look(weights, LOOK_DOWN[side]), look(weights, LOOK_UP[side]));
        let (blink, wide) = (BLINK[side], WIDE[side]);
        let closed = at(weights, blink).clamp(0.0, 1.0) * (1.0 - BLINK_LOST_LOOKING_DOWN * down / MOST_LOOK);
        put(weights, blink, soft_or(closed, BLINK_PER_LOOK_DOWN * down));
        let open = at(weights, wide).clamp(0.0, 1.0);
        put(weights, wide, soft_or(open, WIDE_PER_LOOK_UP * up));
    }
}

fn look(weights: &FaceWeights, action: Action) -> f32 {
    let weight = at(weights, action);
    // Written so that a NaN gives 0.
    if weight > 0.0 { weight.min(MOST_LOOK) } else { 0.0 }
}

/// Brings the lips together, `seal` 0 (as they are) .. 1 (they meet), whatever else parts them: the jaw rises most of the
/// way and the lips go the rest.
pub fn bring_lips_together(weights: &mut FaceWeights, seal: f32) {
    let seal = if seal > 0.0 { seal.min(1.0) } else { return };
    for parts in PARTS_LIPS {
        scale(weights, parts, 1.0 - seal);
    }
    scale(weights, JAW_OPEN, 1.0 - JAW_CLOSED_BY_SEAL * seal);
    let (open, closed) = (at(weights, JAW_OPEN), at(weights, CLOSE));
    put(weights, CLOSE, closed.max(seal * open));
}

/// Takes away what cannot be.
pub fn limit(weights: &mut FaceWeights) {
    to_range(weights);
    open_for_tongue(weights);
    for side in [0, 1] {
        for (one, other, share) in ANTAGONISTS_OF_A_SIDE {
            // A closing lid wins over what keeps it open or squeezes it.
            yield_to_each_other(weights, one[side], other[side], share, other != BLINK);
        }
        for (pairs, free, most) in REGIONS_OF_A_SIDE {
            compress(weights, pairs.iter().map(|pair| pair[side]), free, most);
        }
    }
    for (one, other, share) in ANTAGONISTS {
        yield_to_each_other(weights, one, other, share, true);
    }
    for (actions, free, most) in REGIONS {
        compress(weights, actions.iter().copied(), free, most);
    }
    limit_jaw(weights);
    seal_lips(weights);
}

fn to_range(weights: &mut FaceWeights) {
    for (weight, action) in weights.iter_mut().zip(Action::all()) {
        *weight = if *weight > 0.0 { weight.min(action.top()) } else { 0.0 };
    }
}

fn yield_to_each_other(weights: &mut FaceWeights, one: Action, other: Action, share: f32, other_yields: bool) {
    let (first, second) = (at(weights, one).min(1.0), at(weights, other).min(1.0));
    scale(weights, one, 1.0 - share * second);
    if other_yields {
        scale(weights, other, 1.0 - share * first);
    }
}

fn compress(weights: &mut FaceWeights, actions: impl Iterator<Item = Action> + Clone, free: f32, most: f32) {
    let sum: f32 = actions.clone().map(|action| at(weights, action)).sum();
    if sum > free {
        let factor = soft_limit(sum, free, most) / sum;
        actions.for_each(|action| scale(weights, action, factor));
    }
}

fn open_for_tongue(weights: &mut FaceWeights) {
    let needed = JAW_OPEN_FOR_TONGUE * at(weights, TONGUE);
    put(weights, JAW_OPEN, at(weights, JAW_OPEN).max(needed));
}

fn limit_jaw(weights: &mut FaceWeights) {
    let open = at(weights, JAW_OPEN);
    for aside in [JAW_LEFT, JAW_RIGHT] {
        scale(weights, aside, 1.0 - JAW_ASIDE_LOST_OPEN * open);
    }
    scale(weights, JAW_FORWARD, 1.0 - JAW_FORWARD_LOST_OPEN * open);
    // Forward and aside share the same joints: together they stay on a round envelope.
    let moves = [JAW_LEFT, JAW_RIGHT, JAW_FORWARD];
    let reach = moves.map(|action| at(weights, action).powi(2)).iter().sum::<f32>().sqrt();
    if reach > 1.0 {
        moves.into_iter().for_each(|action| scale(weights, action, 1.0 / reach));
    }
}

/// `mouthClose` brings lips together that the open jaw has parted, so it cannot be more than that; and lips that are
/// apart press on nothing.
fn seal_lips(weights: &mut FaceWeights) {
    let open = at(weights, JAW_OPEN);
    let closed = at(weights, CLOSE).min(open);
    put(weights, CLOSE, closed);
    for press in PRESS {
        scale(weights, press, 1.0 - (open - closed));
    }
}

#[cfg(test)]
mod tests {
    use kinema_core::Seed;

    use super::*;
    use crate::{
        anny::catalogue::FACIAL_ACTIONS,
        face::shapes::{NEUTRAL, get, set},
    };

    fn random_face(seed: &mut Seed, top: f32) -> FaceWeights {
        // Half of the actions rest, as on a real face.
        NEUTRAL.map(|_| if seed.unit_f32() < 0.5 { 0.0 } else { seed.range(0.0..top) })
    }

    #[test]
    fn every_output_is_in_range_whatever_comes_in() {
        let mut seed = Seed(1);
        for round in 0..3000 {
            let mut weights = random_face(&mut seed, 3.0);
            if round % 3 == 0 {
                weights[(seed.next_u64() % 52) as usize] = [f32::NAN, f32::INFINITY, -2.0][round / 3 % 3];
            }
            settle(&mut weights);
            for (weight, action) in weights.iter().zip(Action::all()) {
                assert!((0.0..=action.top()).contains(weight), "{} {weight}", action.name());
            }
            assert!(get(&weights, "mouthClose") <= get(&weights, "jawOpen"));
            let aside = get(&weights, "jawLeft").max(get(&weights, "jawRight"));
            assert!(aside <= 1.0 - JAW_ASIDE_LOST_OPEN * get(&weights, "jawOpen") + 1e-6);
            assert!(aside.hypot(get(&weights, "jawForward")) <= 1.0 + 1e-6);
        }
    }

    #[test]
    fn a_single_action_is_left_as_it_is_and_the_limits_are_then_idempotent() {
        for action in FACIAL_ACTIONS {
            for weight in [0.0, 0.3, 1.0] {
                let mut weights = NEUTRAL;
                set(&mut weights, action, weight);
                let before = weights;
                limit(&mut weights);
                if !["tongueOut", "mouthClose"].contains(&action) {
                    assert_eq!(weights, before, "{action} at {weight}");
                }
                let once = weights;
                limit(&mut weights);
                assert_eq!(weights, once, "{action} at {weight}");
            }
        }
    }

    #[test]
    fn the_lips_constraint_is_idempotent_on_any_jaw() {
        let mut seed = Seed(4);
        for _ in 0..500 {
            let mut weights = NEUTRAL;
            for action in ["jawOpen", "mouthClose"] {
                set(&mut weights, action, seed.unit_f32());
            }
            limit(&mut weights);
            let once = weights;
            limit(&mut weights);
            assert_eq!(weights, once);
        }
    }

    #[test]
    fn a_small_change_in_makes_a_small_change_out() {
        let mut seed = Seed(11);
        for _ in 0..400 {
            let face = random_face(&mut seed, 1.0);
            let at = (seed.next_u64() % 52) as usize;
            let mut nudged = face;
            nudged[at] += 1e-3;
            let (mut a, mut b) = (face, nudged);
            settle(&mut a);
            settle(&mut b);
            for (x, y) in a.iter().zip(&b) {
                assert!((x - y).abs() < 6e-3, "{} moves another action by {}", FACIAL_ACTIONS[at], (x - y).abs());
            }
        }
    }

    #[test]
    fn limits_are_smooth_in_every_action_but_the_seal_of_the_lips() {
        let mut seed = Seed(5);
        let held = ["jawOpen", "mouthClose", "tongueOut", "jawForward", "jawLeft", "jawRight"];
        for action in FACIAL_ACTIONS.into_iter().filter(|action| !held.contains(action)) {
            let at = Action::named(action).place();
            let mut face = random_face(&mut seed, 0.9);
            for name in held {
                set(&mut face, name, 0.0);
            }
            let out = |weight: f32| {
                let mut weights = face;
                weights[at] = weight;
                limit(&mut weights);
                weights.map(f64::from)
            };
            // Single precision over a step of 0.01: a kink of slope would show as a second difference of 0.01.
            for step in 2..98 {
                let [a, b, c] = [-1.0, 0.0, 1.0].map(|d| out((step as f32 + d) * 0.01));
                for i in 0..52 {
                    let bend = (a[i] - 2.0 * b[i] + c[i]).abs();
                    assert!(bend < 8e-4, "{action} at {step} bends {} by {bend}", FACIAL_ACTIONS[i]);
                }
            }
        }
    }

    #[test]
    fn lids_follow_and_lie_closed_without_wide_or_squint() {
        let mut down = NEUTRAL;
        set(&mut down, "eyeLookDownLeft", 1.0);
        settle(&mut down);
        assert!((get(&down, "eyeBlinkLeft") - BLINK_PER_LOOK_DOWN).abs() < 1e-6 && get(&down, "eyeBlinkRight") == 0.0);
        let mut up = NEUTRAL;
        set(&mut up, "eyeLookUpRight", 1.0);
        settle(&mut up);
        assert!(get(&up, "eyeWideRight") > 0.35 && get(&up, "eyeWideLeft") == 0.0);
        let mut shut = NEUTRAL;
        for action in ["eyeBlinkLeft", "eyeWideLeft", "eyeSquintLeft"] {
            set(&mut shut, action, 1.0);
        }
        settle(&mut shut);
        assert_eq!(["eyeBlinkLeft", "eyeWideLeft", "eyeSquintLeft"].map(|name| get(&shut, name)), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn opposites_weaken_each_other_and_full_opposites_cancel() {
        let mut weights = NEUTRAL;
        for (action, weight) in [("mouthSmileLeft", 1.0), ("mouthFrownLeft", 0.5), ("jawLeft", 1.0), ("jawRight", 1.0)]
        {
            set(&mut weights, action, weight);
        }
        settle(&mut weights);
        assert!(get(&weights, "mouthSmileLeft") < 0.75 && get(&weights, "mouthFrownLeft") < 0.25);
        assert_eq!((get(&weights, "jawLeft"), get(&weights, "jawRight")), (0.0, 0.0));
    }
}
