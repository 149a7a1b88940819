//! How far each local change of the face varies between people, so that every face is its own and none is a caricature.
//!
//! Values are in the sliders' own units, where 1 is the end of what the basis' authors drew. Standard deviations are our
//! judgement, chosen on rendered faces; the limits are [`MOST_SIGMAS`] of them and, for all together, [`MOST_LENGTH`].

use std::collections::BTreeMap;

use kinema_core::Seed;

/// A slider of the middle of the face, or a pair of them named without `l-` and `r-`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    pub name: &'static str,
    pub is_pair: bool,
    /// Standard deviation.
    pub sigma: f32,
    /// What 65 years of adult age add, and what a heavy build (slider 1 instead of 0.5) adds.
    pub by_age: f32,
    pub by_weight: f32,
}

const fn one(name: &'static str, sigma: f32) -> Feature {
    Feature { name, is_pair: false, sigma, by_age: 0.0, by_weight: 0.0 }
}

const fn pair(name: &'static str, sigma: f32) -> Feature {
    Feature { name, is_pair: true, sigma, by_age: 0.0, by_weight: 0.0 }
}

const fn trend(feature: Feature, by_age: f32, by_weight: f32) -> Feature {
    Feature { by_age, by_weight, ..feature }
}

/// What varies. Ears and nose grow with age, lips thin, lids and cheeks sink; the shapes of `age` do part of it already.
pub const FEATURES: [Feature; 56] = [
    one("head-scale-horiz-incr", 0.18),
    one("head-scale-vert-incr", 0.18),
    one("head-scale-depth-incr", 0.15),
    one("head-back-scale-depth-incr", 0.2),
    trend(one("head-fat-incr", 0.1), 0.0, 0.25),
    one("head-angle-out", 0.08),
    one("forehead-scale-vert-incr", 0.25),
    one("forehead-trans-forward", 0.2),
    one("forehead-temple-incr", 0.25),
    one("forehead-nubian-incr", 0.15),
    trend(one("eyebrows-trans-up", 0.2), -0.15, 0.0),
    one("eyebrows-angle-up", 0.2),
    one("eyebrows-trans-forward", 0.22),
    one("nose-scale-horiz-incr", 0.18),
    trend(one("nose-scale-vert-incr", 0.22), 0.2, 0.0),
    trend(one("nose-scale-depth-incr", 0.22), 0.12, 0.0),
    one("nose-volume-incr", 0.16),
    one("nose-width1-incr", 0.22),
    one("nose-width2-incr", 0.22),
    one("nose-width3-incr", 0.16),
    one("nose-hump-incr", 0.28),
    one("nose-curve-convex", 0.25),
    one("nose-greek-incr", 0.2),
    trend(one("nose-point-up", 0.22), -0.18, 0.0),
    one("nose-point-width-incr", 0.2),
    one("nose-nostrils-width-incr", 0.2),
    one("nose-nostrils-angle-up", 0.2),
    one("nose-flaring-incr", 0.18),
    one("nose-base-up", 0.18),
    one("nose-septumangle-incr", 0.2),
    one("nose-trans-up", 0.12),
    one("mouth-scale-horiz-incr", 0.2),
    one("mouth-scale-depth-incr", 0.15),
    trend(one("mouth-upperlip-height-incr", 0.13), -0.25, 0.0),
    trend(one("mouth-lowerlip-height-incr", 0.13), -0.2, 0.0),
    trend(one("mouth-upperlip-volume-incr", 0.14), -0.25, 0.0),
    trend(one("mouth-lowerlip-volume-incr", 0.14), -0.2, 0.0),
    one("mouth-cupidsbow-incr", 0.2),
    one("mouth-cupidsbow-width-incr", 0.2),
    trend(one("mouth-angles-up", 0.16), -0.15, 0.0),
    one("mouth-philtrum-volume-incr", 0.2),
    one("mouth-trans-up", 0.14),
    one("chin-width-incr", 0.2),
    one("chin-height-incr", 0.22),
    one("chin-prominent-incr", 0.22),
    one("chin-bones-incr", 0.2),
    one("chin-prognathism-incr", 0.12),
    one("chin-cleft-incr", 0.15),
    trend(one("neck-double-incr", 0.08), 0.1, 0.3),
    pair("cheek-bones-incr", 0.25),
    trend(pair("cheek-volume-incr", 0.2), -0.15, 0.2),
    pair("eye-scale-incr", 0.16),
    pair("eye-corner2-up", 0.2),
    trend(pair("eye-bag-incr", 0.15), 0.3, 0.05),
    trend(pair("ear-scale-incr", 0.2), 0.2, 0.0),
    pair("ear-wing-incr", 0.25),
];

/// Sliders that shift the middle of the face aside; their sign is the side.
const ASIDE: [(&str, f32); 2] = [("nose-trans-out", 0.05), ("mouth-trans-out", 0.05)];
/// How much the two halves of a pair differ: a little, as in every face.
const PAIR_DIFFERENCE_SIGMA: f32 = 0.05;
/// No single feature is further from the middle.
pub const MOST_SIGMAS: f32 = 2.2;
/// Nor are all together: the root mean square of their sigmas.
pub const MOST_LENGTH: f32 = 1.1;
/// Children's faces differ less from each other.
const CHILD_SHARE: f32 = 0.6;

/// The local changes of a face. `years` and the weight slider move the means.
pub fn draw(seed: &mut Seed, years: f32, weight: f32) -> BTreeMap<String, f32> {
    let mut z: Vec<f32> = FEATURES.iter().map(|_| seed.normal().clamp(-MOST_SIGMAS, MOST_SIGMAS)).collect();
    let length = (z.iter().map(|z| z * z).sum::<f32>() / z.len() as f32).sqrt();
    let shrink = (MOST_LENGTH / length.max(f32::MIN_POSITIVE)).min(1.0);
    z.iter_mut().for_each(|z| *z *= shrink);
    let grown = ((years - 4.0) / 16.0).clamp(0.0, 1.0);
    let variety = CHILD_SHARE + (1.0 - CHILD_SHARE) * grown;
    let aged = ((years - 25.0) / 65.0).clamp(0.0, 1.0);
    let heavy = (weight - 0.5).clamp(0.0, 0.5) * 2.0;
    let mut changes = BTreeMap::new();
    let mut set = |name: String, value: f32| {
        let value = (value.clamp(-0.95, 0.95) * 1000.0).round() / 1000.0;
        if value != 0.0 {
            changes.insert(name, value);
        }
    };
    for (feature, z) in FEATURES.iter().zip(z) {
        let value = feature.sigma * z * variety + feature.by_age * aged + feature.by_weight * heavy;
        if feature.is_pair {
            let half = 0.5 * PAIR_DIFFERENCE_SIGMA * seed.normal().clamp(-MOST_SIGMAS, MOST_SIGMAS);
            set(format!("l-{}", feature.name), value + half);
            set(format!("r-{}", feature.name), value - half);
        } else {
            set(feature.name.to_owned(), value);
        }
    }
    for (name, sigma) in ASIDE {
        set(name.to_owned(), sigma * seed.normal().clamp(-MOST_SIGMAS, MOST_SIGMAS));
    }
    changes
}
