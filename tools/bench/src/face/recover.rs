//! Facial actions, set at random and read back from pictures.

use std::collections::BTreeMap;

use kinema::humanoid::anny::catalogue::FACIAL_ACTIONS;
use kinema_core::Seed;

use super::judge::{Judge, Seen, distance};
use super::people::person;
use super::studio::Studio;
use crate::BenchError;
use crate::stats::{measured, median};

/// How often each of the 52 is used. About six at a time: few enough for a face that could exist.
const ACTIVE_SHARE: f32 = 0.12;

/// One face: what was set, what was seen.
struct Trial {
    set: BTreeMap<String, f32>,
    seen: Option<Seen>,
    /// Where the eyes were, pixels.
    eyes: [[f32; 2]; 2],
}

impl Trial {
    /// How far landmarks of the irises are from the eyeballs, in distances between the eyes.
    fn eye_errors(&self) -> Vec<f64> {
        let irises = self.seen.iter().flat_map(|seen| seen.irises().into_iter().zip(self.eyes));
        irises.map(|(iris, eye)| f64::from(distance(iris, eye) / distance(self.eyes[0], self.eyes[1]))).collect()
    }
}

/// Adds `face.blendshape_pearson*`, `face.eye_landmark_error_ratio` and `face.detected_share` of `people` persons with `each` random faces.
pub fn measure(
    studio: &mut Studio,
    judge: &mut Judge,
    (people, each): (usize, usize),
    metrics: &mut BTreeMap<String, f64>,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<String>, BenchError> {
    let mut trials = Vec::new();
    for index in 0..people {
        tell(&format!("random faces of person {} of {people}", index + 1));
        for turn in 0..each {
            let mut human = person(index);
            let set = random_actions(index, turn);
            human.face.extend(set.clone());
            let portrait = studio.draw(&human, &format!("person {index} random {turn}"))?;
            trials.push(Trial { set, seen: judge.look(&portrait.picture)?, eyes: portrait.eyes });
        }
    }
    let found = trials.iter().filter(|trial| trial.seen.is_some()).count();
    metrics.insert("face.detected_share".to_owned(), found as f64 / trials.len().max(1) as f64);

    let name = "face.eye_landmark_error_ratio";
    let errors: Vec<f64> = trials.iter().flat_map(Trial::eye_errors).collect();
    metrics.insert(name.to_owned(), measured(name, median(&errors))?);

    let mut all = Vec::new();
    let mut unmeasured = Vec::new();
    for action in FACIAL_ACTIONS.into_iter().filter(|action| *action != "tongueOut") {
        let pairs = trials.iter().filter_map(|trial| {
            let seen = trial.seen.as_ref()?;
            Some([trial.set.get(action).copied().unwrap_or(0.0), seen.score(action)].map(f64::from))
        });
        match pearson(&pairs.collect::<Vec<_>>()) {
            Some(r) => {
                metrics.insert(format!("face.blendshape_pearson.{action}"), r);
                all.push(r);
            }
            None => unmeasured.push(action),
        }
    }
    let name = "face.blendshape_pearson_median";
    metrics.insert(name.to_owned(), measured(name, median(&all))?);
    let mut notes = vec![format!(
        "blendshape_pearson: {} faces of {people} people; each of 52 actions set in {:.0} % of them, evenly in 0..1; MediaPipe's \
         face landmarker (face_landmarker pack) reads them back, which has no tongueOut. eye_landmark_error_ratio: from the \
         middle of an eyeball to the landmark of its iris, in distances between the eyes.",
        trials.len(),
        100.0 * ACTIVE_SHARE
    )];
    if !unmeasured.is_empty() {
        notes.push(format!("Too few faces for: {}.", unmeasured.join(", ")));
    }
    Ok(notes)
}

fn random_actions(person: usize, turn: usize) -> BTreeMap<String, f32> {
    let mut seed = Seed::for_part(turn as u64, &format!("{person}"), "random face");
    let mut set = BTreeMap::new();
    for action in FACIAL_ACTIONS {
        let (chance, weight) = (seed.unit_f32(), seed.unit_f32());
        if chance < ACTIVE_SHARE {
            set.insert(action.to_owned(), weight);
        }
    }
    set
}

/// Correlation of pairs; none where one side never changes.
fn pearson(pairs: &[[f64; 2]]) -> Option<f64> {
    let count = pairs.len() as f64;
    let mean = |side: usize| pairs.iter().map(|pair| pair[side]).sum::<f64>() / count;
    let means = [mean(0), mean(1)];
    let product =
        |a: usize, b: usize| pairs.iter().map(|pair| (pair[a] - means[a]) * (pair[b] - means[b])).sum::<f64>();
    let r = product(0, 1) / (product(0, 0) * product(1, 1)).sqrt();
    r.is_finite().then_some(r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_that_of_pearson() {
        let line: Vec<[f64; 2]> = (0..5).map(|n| [f64::from(n), 3.0 - 2.0 * f64::from(n)]).collect();
        assert!((pearson(&line).expect("a line") + 1.0).abs() < 1e-12);
        // Anscombe's first set, whose correlation is published: 0.816.
        let anscombe = [
            [10.0, 8.04],
            [8.0, 6.95],
            [13.0, 7.58],
            [9.0, 8.81],
            [11.0, 8.33],
            [14.0, 9.96],
            [6.0, 7.24],
            [4.0, 4.26],
            [12.0, 10.84],
            [7.0, 4.82],
            [5.0, 5.68],
        ];
        assert!((pearson(&anscombe).expect("a set") - 0.816).abs() < 1e-3);
        assert_eq!(pearson(&[[1.0, 1.0], [1.0, 2.0]]), None);
        assert_eq!(pearson(&[]), None);
    }

    #[test]
    fn about_six_actions_are_set_at_a_time() {
        let counts: Vec<usize> = (0..100).map(|turn| random_actions(0, turn).len()).collect();
        let mean = counts.iter().sum::<usize>() as f32 / 100.0;
        assert!((5.0..7.5).contains(&mean), "{mean}");
        assert_eq!(random_actions(1, 2), random_actions(1, 2));
    }
}
