//! Resonances of the vocal tract from a short piece of sound: linear prediction (B. S. Atal and S. L. Hanauer, "Speech analysis
//! and synthesis by linear prediction of the speech wave", JASA 50, 1971) by autocorrelation and Levinson-Durbin, and the
//! roots of its polynomial.

use std::f64::consts::{PI, TAU};

/// The two lowest resonances, hertz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formants {
    pub f1_hz: f64,
    pub f2_hz: f64,
}

/// Where first and second formants of children and grown-ups lie (G. E. Peterson and H. L. Barney, JASA 24, 1952), hertz.
const F1_HZ: std::ops::RangeInclusive<f64> = 180.0..=1150.0;
const F2_HZ: std::ops::RangeInclusive<f64> = 500.0..=3400.0;
/// Wider peaks are the glottis or the lips, not a resonance.
const MOST_BANDWIDTH_HZ: f64 = 550.0;
/// Two peaks nearer than this are one.
const LEAST_DISTANCE_HZ: f64 = 120.0;
const PRE_EMPHASIS: f64 = 0.97;

/// The formants of `piece`, a voiced sound of 20 to 40 ms at `samples_per_sec` near 10 kHz, if it has any.
pub fn find(piece: &[f64], samples_per_sec: f64) -> Option<Formants> {
    let order = (2.0 + samples_per_sec / 1000.0).round().clamp(8.0, 18.0) as usize;
    let polynomial = linear_prediction(&windowed(piece), order)?;
    let mut peaks: Vec<f64> = roots(&polynomial)
        .into_iter()
        .filter(|root| root.im > 0.0)
        .filter(|root| -root.norm().ln() * samples_per_sec / PI < MOST_BANDWIDTH_HZ)
        .map(|root| root.im.atan2(root.re) * samples_per_sec / TAU)
        .collect();
    peaks.sort_by(f64::total_cmp);
    let f1_hz = peaks.iter().copied().find(|peak| F1_HZ.contains(peak))?;
    let f2_hz = peaks.iter().copied().find(|peak| *peak > f1_hz + LEAST_DISTANCE_HZ && F2_HZ.contains(peak))?;
    Some(Formants { f1_hz, f2_hz })
}

/// Pre-emphasis against the slope of voice, and a Hamming window.
fn windowed(piece: &[f64]) -> Vec<f64> {
    let last = piece.len().saturating_sub(1).max(1) as f64;
    let before = std::iter::once(0.0).chain(piece.iter().copied());
    let emphasised = piece.iter().zip(before).map(|(now, before)| now - PRE_EMPHASIS * before);
    emphasised.enumerate().map(|(n, x)| x * (0.54 - 0.46 * (TAU * n as f64 / last).cos())).collect()
}

/// Coefficients 1, a1, ... of the inverse filter; none for silence.
fn linear_prediction(piece: &[f64], order: usize) -> Option<Vec<f64>> {
    let lag = |shift: usize| piece.iter().zip(piece.iter().skip(shift)).map(|(a, b)| a * b).sum::<f64>();
    let correlation: Vec<f64> = (0..=order).map(lag).collect();
    let mut error = correlation.first().copied()?;
    if !(error > 1e-12) {
        return None;
    }
    // A trace of white noise keeps the recursion stable on pure tones.
    error *= 1.0 + 1e-9;
    let mut filter = vec![1.0];
    for step in 1..=order {
        let sum: f64 = filter.iter().enumerate().filter_map(|(n, a)| Some(a * correlation.get(step - n)?)).sum();
        let reflection = -sum / error;
        filter.push(0.0);
        let mirrored: Vec<f64> = filter.iter().rev().copied().collect();
        for (a, b) in filter.iter_mut().zip(mirrored) {
            *a += reflection * b;
        }
        error *= 1.0 - reflection * reflection;
        if !(error > 0.0) {
            return None;
        }
    }
    Some(filter)
}

type Complex = nalgebra::Complex<f64>;

/// All roots of z^n + c1 z^(n-1) + ... + cn at once (E. Durand, 1960; I. O. Kerner, Numer. Math. 8, 1966).
fn roots(polynomial: &[f64]) -> Vec<Complex> {
    const MOST_ROUNDS: usize = 120;
    let degree = polynomial.len().saturating_sub(1);
    let value = |z: Complex| polynomial.iter().fold(Complex::new(0.0, 0.0), |sum, &c| sum * z + c);
    // Off the axis and not on a circle with any symmetry, so that no two start alike.
    let mut roots: Vec<Complex> =
        (0..degree).map(|n| Complex::from_polar(0.9, 0.4 + TAU * n as f64 / degree as f64)).collect();
    for _ in 0..MOST_ROUNDS {
        let mut moved = 0.0_f64;
        for n in 0..degree {
            let Some(&root) = roots.get(n) else { continue };
            let others = roots.iter().enumerate().filter(|(m, _)| *m != n);
            let product = others.fold(Complex::new(1.0, 0.0), |product, (_, other)| product * (root - other));
            let step = value(root) / product;
            if let Some(slot) = roots.get_mut(n)
                && step.is_finite()
            {
                *slot -= step;
                moved = moved.max(step.norm());
            }
        }
        if moved < 1e-9 {
            break;
        }
    }
    roots
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A vowel after D. H. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67, 1980: a train of pulses
    /// through a cascade of resonators of these frequencies and bandwidths.
    pub fn vowel(formants: &[(f64, f64)], pitch_hz: f64, samples_per_sec: f64, secs: f64) -> Vec<f64> {
        let count = (secs * samples_per_sec) as usize;
        let mut phase = 0.0;
        let mut glottis = 0.0;
        let mut sound: Vec<f64> = (0..count)
            .map(|_| {
                phase += pitch_hz / samples_per_sec;
                let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
                phase -= phase.floor();
                // Twelve decibels an octave of the glottis and six back from the lips.
                glottis = 0.95 * glottis + pulse;
                glottis
            })
            .collect();
        for &(frequency, bandwidth) in formants {
            let c = -(-TAU * bandwidth / samples_per_sec).exp();
            let b = 2.0 * (-PI * bandwidth / samples_per_sec).exp() * (TAU * frequency / samples_per_sec).cos();
            let (mut one, mut two) = (0.0, 0.0);
            for sample in &mut sound {
                let out = (1.0 - b - c) * *sample + b * one + c * two;
                (two, one) = (one, out);
                *sample = out;
            }
        }
        sound
    }

    #[test]
    fn formants_of_synthetic_vowels_are_found() {
        for (name, f1, f2) in [("a", 730.0, 1090.0), ("i", 270.0, 2290.0), ("u", 300.0, 870.0), ("e", 530.0, 1840.0)] {
            for (rate, pitch) in [(10_000.0, 110.0), (11_025.0, 130.0), (12_000.0, 190.0)] {
                let sound = vowel(&[(f1, 70.0), (f2, 90.0), (2900.0, 150.0), (3700.0, 200.0)], pitch, rate, 0.4);
                let from = (0.2 * rate) as usize;
                let piece = &sound[from..from + (0.03 * rate) as usize];
                let found = find(piece, rate).unwrap_or_else(|| panic!("{name} at {rate}"));
                assert!((found.f1_hz - f1).abs() < 0.17 * f1, "{name} at {rate}, {pitch} Hz: {found:?}");
                assert!((found.f2_hz - f2).abs() < 0.12 * f2, "{name} at {rate}, {pitch} Hz: {found:?}");
            }
        }
        assert_eq!(find(&[0.0; 300], 10_000.0), None);
        assert_eq!(find(&[], 10_000.0), None);
    }

    #[test]
    fn roots_of_a_known_polynomial() {
        // (z - 1/2) (z^2 - z + 1/2), with roots 1/2 and (1 +- i) / 2.
        let mut found = roots(&[1.0, -1.5, 1.0, -0.25]);
        found.sort_by(|a, b| a.im.total_cmp(&b.im));
        for (root, (re, im)) in found.iter().zip([(0.5, -0.5), (0.5, 0.0), (0.5, 0.5)]) {
            assert!((root.re - re).abs() < 1e-8 && (root.im - im).abs() < 1e-8, "{root}");
        }
    }
}
