//! Whom the judges are shown.

use kinema::humanoid::{Hair, Human, Phenotype, Skin};
use kinema_core::Seed;

/// Person number `index` of a measurement: adults of every age, build, ancestry and tone. Each number is drawn evenly
/// from its range; the skin follows the ancestry.
pub fn person(index: usize) -> Human {
    let mut seed = Seed::for_part(0, &format!("{index}"), "judged face");
    let mut draw = |from: f32, to: f32| seed.range(from..to);
    let shares = [draw(0.0, 1.0), draw(0.0, 1.0), draw(0.0, 1.0)].map(|share| share * share * share);
    let sum: f32 = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let [african, asian, caucasian] = shares.map(|share| share / sum);
    let tone = (0.75 * african + 0.35 * asian + 0.2 * caucasian + draw(-0.12, 0.12)).clamp(0.05, 0.9);
    let darkness = draw(0.15, 1.0);
    Human {
        phenotype: Phenotype {
            gender: draw(0.0, 1.0).round(),
            age: draw(0.55, 0.95),
            muscle: draw(0.3, 0.7),
            weight: draw(0.3, 0.7),
            proportions: draw(0.4, 1.0),
            african,
            asian,
            caucasian,
            ..Phenotype::default()
        },
        skin: Skin { tone, redness: draw(0.2, 0.6), ..Skin::default() },
        hair: Hair {
            colour: [0.22, 0.12, 0.06].map(|channel| channel * (1.0 - 0.9 * darkness)),
            length_m: draw(0.01, 0.05),
            ..Hair::default()
        },
        ..Human::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_differ_and_stay_the_same() {
        assert_eq!(person(3), person(3));
        let people: Vec<Human> = (0..20).map(person).collect();
        let tones = || people.iter().map(|human| human.skin.tone);
        let spread = tones().fold(0.0, f32::max) - tones().fold(1.0, f32::min);
        assert!(spread > 0.3, "{spread}");
        let women = people.iter().filter(|human| human.phenotype.gender == 1.0).count();
        assert!((5..=15).contains(&women), "{women}");
    }
}
