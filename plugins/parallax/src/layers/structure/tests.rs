//! Regular and irregular surfaces with a hidden part.

use super::*;
use crate::layers::spread::spokesmen;
use crate::layers::tears;

/// A floor seen by a camera above it, with a part that something hides; its colour is a function of its place.
fn predicted_floor(colour: impl Fn(f32, f32) -> f32) -> (Option<Prediction>, Raster<Rgba>, Raster<bool>) {
    let (width, height) = (320, 180);
    let depth = Raster::from_fn(width, height, |_, y| 0.1 + 0.003 * y as f32);
    let truth = Raster::from_fn(width, height, |x, y| {
        let q = depth.at(x, y);
        let v = colour((x as f32 - 160.0) / q / 160.0, 1.0 / q);
        [v, 0.5 * v, 0.3, 1.0]
    });
    let hidden = Raster::from_fn(width, height, |x, y| (130..170).contains(&x) && (60..130).contains(&y));
    let shown = Raster::from_fn(width, height, |x, y| if hidden.at(x, y) { [0.9; 4] } else { truth.at(x, y) });
    let seen_depth = Raster::from_fn(width, height, |x, y| if hidden.at(x, y) { 2.0 } else { depth.at(x, y) });
    let known = hidden.map(|h| !h);
    let tears = tears(&seen_depth, &hidden.map(|_| true), 12.0);
    let spoken = spokesmen(&known, &known, &tears).unwrap();
    let regular = Regular {
        colour: &shown,
        inverse_depth: &seen_depth,
        source: &known,
        wanted: &hidden,
        spoken: &spoken,
        tears: &tears,
        px_per_inverse: 12.0,
    };
    (predicted(&regular), truth, hidden)
}

#[test]
fn tiles_of_a_floor_go_on_behind_a_thing_in_step() {
    let tiles = |x: f32, z: f32| if ((x * 1.5).floor() + (z * 1.5).floor()).rem_euclid(2.0) < 1.0 { 0.7 } else { 0.1 };
    let (prediction, truth, hidden) = predicted_floor(tiles);
    let prediction = prediction.expect("tiles repeat");
    let (mut sum, mut count, mut all) = (0.0, 0, 0);
    for (i, _) in hidden.data().iter().enumerate().filter(|(_, h)| **h) {
        all += 1;
        if prediction.plane.data()[i] > 0 {
            sum += (prediction.colour.data()[i][0] - truth.data()[i][0]).abs();
            count += 1;
        }
    }
    let mean = sum / count as f32;
    println!("mean error {mean}, predicted {count} of {all}");
    // Half of all tiles are 0.6 away from the others.
    assert!(mean < 0.08 && count * 10 > all * 9, "{mean} over {count} of {all}");
}

#[test]
fn what_does_not_repeat_is_left_to_others() {
    let noise = |x: f32, z: f32| crate::truth::noise(x * 3.0, z * 3.0, 5);
    let (prediction, ..) = predicted_floor(noise);
    let predicted = prediction.map_or(0, |p| p.plane.data().iter().filter(|&&p| p > 0).count());
    assert_eq!(predicted, 0);
}
