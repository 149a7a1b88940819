//! Medians: one disturbed sample does not move them.

use crate::BenchError;

/// The middle value, or the mean of the two middle ones. None without samples, or if one is not a number.
pub fn median(samples: &[f64]) -> Option<f64> {
    if samples.iter().any(|sample| sample.is_nan()) {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    sorted.get(sorted.len() / 2 - 1).map(|lower| 0.5 * (lower + upper))
}

/// Median of `over` in units of the median of `under`. None where a median is missing or the second is not above 0.
pub fn ratio_of_medians(over: &[f64], under: &[f64]) -> Option<f64> {
    let (over, under) = (median(over)?, median(under)?);
    (under > 0.0).then(|| over / under)
}

/// A figure, or an error that names what it was to be.
pub fn measured(name: &str, value: Option<f64>) -> Result<f64, BenchError> {
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| BenchError::NothingMeasured(format!("{name} has no samples, or took no time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[5.0, 1.0, 1000.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, f64::NAN, 2.0]), None);
    }

    #[test]
    fn a_ratio_needs_something_to_divide_by() {
        assert_eq!(ratio_of_medians(&[6.0, 8.0, 7.0], &[2.0]), Some(3.5));
        assert_eq!(ratio_of_medians(&[6.0], &[0.0]), None);
        assert_eq!(ratio_of_medians(&[], &[1.0]), None);
    }

    #[test]
    fn a_missing_figure_is_named() {
        let error = measured("render.first_light_fps", ratio_of_medians(&[1.0], &[])).expect_err("no samples");
        assert!(error.to_string().starts_with("render.first_light_fps has no samples"), "{error}");
        assert!(measured("x", Some(f64::INFINITY)).is_err());
    }
}
