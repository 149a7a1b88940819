//! Depth of people whose outline is known better than their depth.
//!
//! A network for depth draws edges softly and beside the silhouette; one for people knows the silhouette and no depth.
//! Beside the outline, each side's depth is replaced by a membrane through that side's own depth well away from the other:
//! one cut along the outline, and nothing of one side in the other. What was measured is in the plugin's README.

use crate::membrane;
use crate::raster::{Raster, Rgba};
use crate::refine::{RefineSettings, refine};

/// Half the ramp of a mask at an outline, in its own pixels.
const MASK_RAMP_PX: f32 = 2.0;
/// Outlines are looked for in at most so many pixels for each of the mask's; in more, its ramps are wider than what
/// [`refine`] searches.
const FINEST: usize = 8;
/// Surely nobody below, surely a person above; between them nothing is changed, nor close to it.
const NOBODY: f32 = 0.15;
const PERSON: f32 = 0.85;
/// The outline itself may be off by so much, pixels of the picture.
const OUTLINE_PX: f32 = 2.0;
/// How far the membrane reaches from the outline, in widths of a ramp: all of it up to the first number, fading up to the
/// second, where it is held. Behind people ramps end in long tails, which show as a bright seam.
const BAND_OF_PERSON: [f32; 2] = [1.0, 1.5];
const BAND_BEHIND: [f32; 2] = [1.0, 2.0];
/// A membrane is believed as far from where it is held, in widths of the band: beyond the first number less and less, up to
/// the second. Somebody too thin to have depth of their own keeps what the network said.
const BELIEVED: [f32; 2] = [2.0, 4.0];

/// `refined` with one cut along people. `refined` is inverse depth of the picture's size, `mask` says how likely each part
/// is a person's (0..=1, any size, covering the whole picture), `colour` is linear, `ramp_px` half the width of the ramps
/// that the coarse depth had at edges, pixels of the picture ([`RefineSettings::ramp_in_picture_px`]).
pub fn with_people(refined: &Raster<f32>, mask: &Raster<f32>, colour: &Raster<Rgba>, ramp_px: f32) -> Raster<f32> {
    if !mask.data().iter().any(|&share| share > PERSON) {
        return refined.clone();
    }
    let (width, height) = refined.size();
    let outline = outline(mask, colour);
    let person = outline.map(|share| share > PERSON);
    let nobody = outline.map(|share| share < NOBODY);
    let from_unsure = distance_px(&outline.map(|share| (NOBODY..=PERSON).contains(&share)));
    let unit_px = ramp_px + OUTLINE_PX;
    let mut cut = refined.clone();
    for (own, other, band) in [(&person, &nobody, BAND_OF_PERSON), (&nobody, &person, BAND_BEHIND)] {
        let from_other = distance_px(other);
        let [full_px, end_px] = band.map(|widths| widths * unit_px);
        let known = Raster::from_fn(width, height, |x, y| own.at(x, y) && from_other.at(x, y) > end_px);
        if !known.data().iter().any(|&k| k) {
            continue;
        }
        let from_known = distance_px(&known);
        let membrane = membrane::fill_one(refined, &known);
        for (i, depth) in cut.data_mut().iter_mut().enumerate().filter(|(i, _)| own.data()[*i] && !known.data()[*i]) {
            let is_near = falling(from_known.data()[i] / end_px, BELIEVED);
            let is_sure = 1.0 - falling(from_unsure.data()[i] / unit_px, [0.0, 1.0]);
            let is_at_outline = falling(from_other.data()[i], [full_px, end_px]);
            *depth += (membrane.data()[i] - *depth) * is_near * is_sure * is_at_outline;
        }
    }
    cut
}

/// The mask at the picture's size, with outlines where the picture has them; 0..=1.
fn outline(mask: &Raster<f32>, colour: &Raster<Rgba>) -> Raster<f32> {
    // As if it were depth between 1 and 2: then faint shades in the dark are no edges.
    let raised = mask.map(|share| 1.0 + share.clamp(0.0, 1.0));
    let settings = RefineSettings { ramp_px: MASK_RAMP_PX, smallest_jump: 0.3 };
    let (width, height) = colour.size();
    let finest = |side: usize, of_mask: usize| side.min(of_mask * FINEST);
    let (fine_width, fine_height) = (finest(width, mask.width()), finest(height, mask.height()));
    let fine = refine(&raised, &colour.resized_colour(fine_width, fine_height), &settings);
    // A larger picture takes the nearest value: one between two would be doubt that is none.
    let place = |i: usize, from: usize, to: usize| (2 * i + 1) * from / (2 * to);
    let value = |x, y| fine.at(place(x, fine_width, width), place(y, fine_height, height));
    Raster::par_fn(width, height, |x, y| (value(x, y) - 1.0).clamp(0.0, 1.0))
}

/// 1 up to `from`, 0 beyond `to`, smooth between.
fn falling(value: f32, [from, to]: [f32; 2]) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    1.0 - t * t * (3.0 - 2.0 * t)
}

/// Distance to the nearest true pixel, pixels within 8 % (a chamfer); infinite where there is none.
fn distance_px(of: &Raster<bool>) -> Raster<f32> {
    const DIAGONAL: f32 = std::f32::consts::SQRT_2;
    let (width, height) = of.size();
    let mut distance = of.map(|is| if is { 0.0 } else { f32::INFINITY });
    let mut pull = |x: usize, y: usize, ahead: isize| {
        let mut best = distance.at(x, y);
        for (dx, dy, cost) in [(-1, 0, 1.0), (-1, -1, DIAGONAL), (0, -1, 1.0), (1, -1, DIAGONAL)] {
            let (nx, ny) = (x as isize + ahead * dx, y as isize + ahead * dy);
            if nx >= 0 && ny >= 0 && (nx as usize) < width && (ny as usize) < height {
                best = best.min(distance.at(nx as usize, ny as usize) + cost);
            }
        }
        distance.set(x, y, best);
    };
    for y in 0..height {
        (0..width).for_each(|x| pull(x, y, 1));
    }
    for y in (0..height).rev() {
        (0..width).rev().for_each(|x| pull(x, y, -1));
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (240, 160);
    const NEAR: f32 = 0.8;
    const FAR: f32 = 0.2;

    /// Head and shoulders.
    fn is_person(x: f32, y: f32) -> bool {
        let inside = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
        inside(100.0, 60.0, 26.0, 32.0) || inside(100.0, 170.0, 70.0, 80.0)
    }

    /// Stripes on both sides, so that colours alone do not tell where the person ends.
    fn photograph() -> Raster<Rgba> {
        Raster::from_fn(SIZE.0, SIZE.1, |x, y| {
            let stripe = if (x / 7 + y / 11) % 2 == 0 { 0.1 } else { 0.3 };
            let own = if is_person(x as f32, y as f32) { 0.12 } else { 0.0 };
            [stripe + own, stripe, 0.3 - stripe + 0.5 * own, 1.0]
        })
    }

    /// What `value` gives per pixel, made `times` smaller and softer by a blur of as many pixels.
    fn coarse(times: usize, value: impl Fn(f32, f32) -> f32) -> Raster<f32> {
        Raster::from_fn(SIZE.0 / times, SIZE.1 / times, |x, y| {
            let mut sum = 0.0;
            for dy in 0..3 * times {
                for dx in 0..3 * times {
                    sum += value((x * times + dx) as f32 - times as f32, (y * times + dy) as f32 - times as f32);
                }
            }
            sum / (9 * times * times) as f32
        })
    }

    fn truth(x: usize, y: usize) -> f32 {
        if is_person(x as f32, y as f32) { NEAR } else { FAR }
    }

    /// Mean |q - q*| / q* within twelve pixels of the outline.
    fn off(got: &Raster<f32>) -> f32 {
        let person = Raster::from_fn(SIZE.0, SIZE.1, |x, y| is_person(x as f32, y as f32));
        let (inside, outside) = (distance_px(&person), distance_px(&person.map(|p| !p)));
        let (mut sum, mut count) = (0.0, 0.0);
        for y in 0..SIZE.1 {
            for x in (0..SIZE.0).filter(|&x| inside.at(x, y).max(outside.at(x, y)) <= 12.0) {
                sum += (got.at(x, y) - truth(x, y)).abs() / truth(x, y);
                count += 1.0;
            }
        }
        sum / count
    }

    /// Depth eight times smaller whose edge lies three pixels beside the person's, as networks have it.
    fn refined(colour: &Raster<Rgba>) -> (Raster<f32>, f32) {
        let depth = coarse(8, |x, y| if is_person(x + 3.0, y - 2.0) { NEAR } else { FAR });
        let settings = RefineSettings { ramp_px: 2.0, ..RefineSettings::default() };
        (refine(&depth, colour, &settings), settings.ramp_in_picture_px(&depth, colour))
    }

    #[test]
    fn depth_is_cut_along_the_person() {
        let colour = photograph();
        let (refined, ramp_px) = refined(&colour);
        let mask = coarse(2, |x, y| f32::from(u8::from(is_person(x, y))));
        let cut = with_people(&refined, &mask, &colour, ramp_px);
        let (before, after) = (off(&refined), off(&cut));
        println!("depth beside the outline is off by {before:.3} before, {after:.3} after");
        assert!(after < 0.4 * before, "{before} {after}");
        let kept = (0..SIZE.1).all(|y| cut.at(220, y) == refined.at(220, y));
        assert!(kept, "depth far from people is changed");
    }

    #[test]
    fn what_the_mask_does_not_know_is_left_alone() {
        let colour = photograph();
        let (refined, ramp_px) = refined(&colour);
        for share in [0.0, 0.5, 1.0] {
            let mask = Raster::filled(64, 64, share);
            assert_eq!(with_people(&refined, &mask, &colour, ramp_px), refined, "{share}");
        }
        // Somebody thinner than the network's ramps, in a picture whose colours say nothing.
        let grey = colour.map(|_| [0.3, 0.3, 0.3, 1.0]);
        let thin = coarse(2, |x, y| f32::from(u8::from((188.0..202.0).contains(&x) && y > 40.0)));
        let cut = with_people(&refined, &thin, &grey, ramp_px);
        let changed = (50..SIZE.1).any(|y| (190..200).any(|x| cut.at(x, y) != refined.at(x, y)));
        assert!(!changed, "a person without depth of their own got somebody else's");
    }

    #[test]
    fn large_pictures_are_cut_too() {
        let times = 6;
        let large = |of: &Raster<Rgba>| of.resized_colour(times * SIZE.0, times * SIZE.1);
        let colour = large(&photograph());
        let mask = coarse(6, |x, y| f32::from(u8::from(is_person(x, y))));
        assert!(colour.width() > FINEST * mask.width());
        let outline = outline(&mask, &colour);
        let wrong = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y))).filter(|&(x, y)| {
            let got = outline.at(times * x + times / 2, times * y + times / 2);
            !(NOBODY..=PERSON).contains(&got) && (got > 0.5) != is_person(x as f32, y as f32)
        });
        let doubts = outline.data().iter().filter(|share| (NOBODY..=PERSON).contains(*share)).count();
        let (wrong, all) = (wrong.count(), SIZE.0 * SIZE.1);
        assert!(wrong < all / 100 && doubts < outline.data().len() / 100, "{wrong} of {all}, {doubts} doubts");
    }

    #[test]
    fn distances_are_those_to_the_nearest() {
        let mut of = Raster::filled(30, 20, false);
        assert!(distance_px(&of).data().iter().all(|d| d.is_infinite()));
        of.set(4, 15, true);
        of.set(25, 3, true);
        let distance = distance_px(&of);
        for (x, y) in [(4, 15), (0, 0), (29, 19), (14, 9), (25, 18)] {
            let to = |px: f32, py: f32| (x as f32 - px).hypot(y as f32 - py);
            let exact = to(4.0, 15.0).min(to(25.0, 3.0));
            assert!((distance.at(x, y) - exact).abs() <= 0.083 * exact, "{x} {y}: {} {exact}", distance.at(x, y));
        }
    }
}
