//! Emotions, shown and named by a classifier.

use std::collections::BTreeMap;

use kinema::humanoid::{EmotionKind, Human};

use super::judge::{Judge, most_likely};
use super::people::person;
use super::studio::Studio;
use super::tables::EXPRESSIONS;
use crate::BenchError;

/// What the classifier calls an emotion; it knows no contempt.
pub fn expected(kind: Option<EmotionKind>) -> Option<&'static str> {
    match kind {
        None => Some("neutral"),
        Some(EmotionKind::Happiness) => Some("happy"),
        Some(EmotionKind::Sadness) => Some("sad"),
        Some(EmotionKind::Surprise) => Some("surprise"),
        Some(EmotionKind::Fear) => Some("fear"),
        Some(EmotionKind::Anger) => Some("angry"),
        Some(EmotionKind::Disgust) => Some("disgust"),
        Some(EmotionKind::Contempt) => None,
    }
}

/// A person with one emotion at full intensity, or none.
pub fn showing(mut human: Human, kind: Option<EmotionKind>) -> Human {
    if let Some(kind) = kind {
        *human.emotion.get_mut(kind) = 1.0;
    }
    human
}

fn name(kind: Option<EmotionKind>) -> &'static str {
    kind.map_or("neutral", EmotionKind::name)
}

/// How often each answer was given to one question.
type Row = BTreeMap<&'static str, usize>;

/// Adds `face.emotion_accuracy`, `face.emotion_accuracy.<emotion>` and `face.neutral_accuracy` of `people` faces.
/// A face that is not found counts as a wrong answer.
pub fn measure(
    studio: &mut Studio,
    judge: &mut Judge,
    people: usize,
    metrics: &mut BTreeMap<String, f64>,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<String>, BenchError> {
    let kinds: Vec<Option<EmotionKind>> = std::iter::once(None).chain(EmotionKind::ALL.map(Some)).collect();
    let mut rows: Vec<Row> = vec![Row::new(); kinds.len()];
    for index in 0..people {
        tell(&format!("emotions of person {} of {people}", index + 1));
        for (kind, row) in kinds.iter().zip(&mut rows) {
            let human = showing(person(index), *kind);
            let portrait = studio.draw(&human, &format!("person {index} {}", name(*kind)))?;
            let answer = match judge.look(&portrait.picture)? {
                Some(seen) => most_likely(&judge.expression(&portrait.picture, &seen)?),
                None => "no face",
            };
            *row.entry(answer).or_default() += 1;
        }
    }
    let mut accuracies = Vec::new();
    for (kind, row) in kinds.iter().zip(&rows) {
        let Some(right) = expected(*kind) else { continue };
        let accuracy = row.get(right).copied().unwrap_or(0) as f64 / people.max(1) as f64;
        if kind.is_some() {
            metrics.insert(format!("face.emotion_accuracy.{}", name(*kind)), accuracy);
            accuracies.push(accuracy);
        } else {
            metrics.insert("face.neutral_accuracy".to_owned(), accuracy);
        }
    }
    let mean = accuracies.iter().sum::<f64>() / accuracies.len().max(1) as f64;
    metrics.insert("face.emotion_accuracy".to_owned(), mean);
    Ok(notes(people, &kinds, &rows))
}

/// The confusion matrix in words.
fn notes(people: usize, kinds: &[Option<EmotionKind>], rows: &[Row]) -> Vec<String> {
    let mut notes = vec![format!(
        "emotion_accuracy: {people} faces x 6 emotions at full intensity, against an expression classifier of FER2013 \
         (expression pack) that answers one of {}; it knows no contempt. neutral_accuracy: the same faces without emotion.",
        EXPRESSIONS.join(", ")
    )];
    for (kind, row) in kinds.iter().zip(rows) {
        let mut answers: Vec<(&str, usize)> = row.iter().map(|(answer, count)| (*answer, *count)).collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let answers: Vec<String> = answers.iter().map(|(answer, count)| format!("{answer} {count}")).collect();
        notes.push(format!("{} is called {}.", name(*kind), answers.join(", ")));
    }
    notes
}
