//! What came out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::Machine;

/// The figures of one run. `Display` is a table for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchReport {
    pub area: String,
    pub machine: Machine,
    /// `area.name` to value; names end in their unit, or say `share`, `ratio`, `overhead` for plain fractions.
    pub metrics: BTreeMap<String, f64>,
    /// How it was measured, and what to keep in mind.
    pub notes: Vec<String>,
}

impl BenchReport {
    /// One line: `{"area":..,"machine":{..},"metrics":{..},"notes":[..]}`.
    pub fn json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        let width = self.metrics.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &self.metrics {
            writeln!(f, "{name:<width$}  {:>10}", figure(*value))?;
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        Ok(())
    }
}

/// Four significant digits; more would claim more than was measured.
fn figure(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        return format!("{value:.3e}");
    }
    let magnitude = value.abs().max(1e-6).log10().floor() as i32;
    let decimals = usize::try_from(3 - magnitude).unwrap_or(0).min(5);
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn report() -> BenchReport {
        BenchReport {
            area: "render".to_owned(),
            machine: Machine { cpu: "a \"quick\" CPU".to_owned(), cores: 2, driver: "llvmpipe".to_owned() },
            metrics: BTreeMap::from([
                ("render.b_secs".to_owned(), 81.234_567),
                ("render.a_overhead".to_owned(), 0.031_25),
            ]),
            notes: vec!["Medians of 5.".to_owned()],
        }
    }

    #[test]
    fn json_is_one_line_with_area_and_metrics() {
        let line = report().json();
        assert!(!line.contains('\n'));
        let json: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(json["area"], "render");
        assert_eq!(json["metrics"]["render.b_secs"], 81.234_567);
        assert_eq!(json["machine"]["cores"], 2);
    }

    #[test]
    fn the_table_lists_every_figure_under_its_machine() {
        let expected = "a \"quick\" CPU, 2 cores, llvmpipe\n\n\
                        render.a_overhead     0.03125\n\
                        render.b_secs           81.23\n\
                        \nMedians of 5.";
        assert_eq!(report().to_string(), expected);
    }

    #[test]
    fn figures_have_four_digits() {
        for (value, text) in [
            (0.0, "0.00000"),
            (1.0, "1.000"),
            (12.345_6, "12.35"),
            (-3.0, "-3.000"),
            (123_456.0, "123456"),
            (8.812_3e-7, "8.812e-7"),
            (-0.000_59, "-5.900e-4"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
