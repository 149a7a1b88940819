//! What is checked of recorded motion before a shot runs.

use kinema_core::PartReport;

use super::{ClipLayer, library};
use crate::shot::check_number;

/// Twelve days; more is a slip of the pen.
const MOST_SECS: f64 = 1e6;
const SPEEDS: std::ops::RangeInclusive<f32> = -10.0..=10.0;
const FADES_SECS: std::ops::RangeInclusive<f32> = 0.0..=60.0;

/// Reports what is wrong with the layers and with their files, and what is odd about these.
pub fn check(layers: &[ClipLayer], report: &mut PartReport<'_>) {
    for (index, layer) in layers.iter().enumerate() {
        let field = |name: &str| format!("motion.clips[{index}].{name}");
        check_number(report, &field("weight"), layer.weight, &(0.0..=1.0));
        check_number(report, &field("speed"), layer.speed, &SPEEDS);
        check_number(report, &field("fade_in_secs"), layer.fade_in_secs, &FADES_SECS);
        check_number(report, &field("fade_out_secs"), layer.fade_out_secs, &FADES_SECS);
        for (name, secs, least) in [
            ("start_secs", layer.start_secs, -MOST_SECS),
            ("offset_secs", layer.offset_secs, 0.0),
            ("lasts_secs", layer.lasts_secs.unwrap_or(0.0), 0.0),
        ] {
            if !(least..=MOST_SECS).contains(&secs) {
                report.error(field(name), format!("{secs} is not a time between {least} and {MOST_SECS}"), "");
            }
        }
        if layer.fade_out_secs > 0.0 && layer.lasts_secs.is_none() {
            report.error(
                field("fade_out_secs"),
                "a layer that lasts for ever does not fade out",
                "give it `lasts_secs`",
            );
        }
        let Some(file) = report.asset(field("file"), &layer.file) else { continue };
        match library::read_file(&file, layer.animation.as_deref()) {
            Ok(source) => {
                for warning in &source.warnings {
                    report.warning(field("file"), warning.clone(), "");
                }
            }
            Err(error) => report.error(field("file"), error.to_string(), ""),
        }
    }
}
