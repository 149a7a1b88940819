//! Temporal anti-aliasing with a short, declared history.
//!
//! Bevy's pass is used with a shader of our own in place of its `taa.wgsl`. Bevy's starts every pixel at a blend rate of
//! 0.015: a still pixel keeps half of its first, aliased sample for 46 frames, and 413 frames pass until the rest is below
//! half an 8-bit step. A chunk of frames cannot warm up that long. Ours averages one full cycle of the eight jitter
//! offsets evenly, which is the limit that a still pixel would reach after infinite time, and only then falls to a slow
//! rate.

/// Jitter offsets in Bevy's cycle.
pub const JITTER_PHASES: u32 = 8;

/// Frames of warm-up: one full cycle of the jitter. From then on a still pixel differs from one with an infinite history by
/// at most `STILL_RATE` of the contrast at an edge, and a moving one gives its past the weight it would always have.
pub const HISTORY_FRAMES: u32 = JITTER_PHASES;

#[cfg(test)]
mod tests {
    use super::*;

    const SHADER: &str = kinema_shaders::TEMPORAL_AA_FRAG.source;

    /// Rate for still pixels after the first cycle, read from the shader so that both cannot part.
    fn constant(name: &str) -> f32 {
        let line = SHADER.lines().find(|l| l.starts_with(&format!("const {name}: f32 = "))).unwrap();
        let value = line.split("= ").nth(1).unwrap().split(';').next().unwrap();
        let (a, b) = value.split_once(" / ").unwrap_or((value, "1.0"));
        a.parse::<f32>().unwrap() / b.parse::<f32>().unwrap()
    }

    /// The shader's running mean of a still pixel.
    fn accumulate(samples: impl Iterator<Item = f32>, rate: f32) -> Vec<f32> {
        let mut count = 0.0f32;
        let mut mean = 0.0;
        samples
            .map(|sample| {
                count += 1.0;
                let weight = if count <= JITTER_PHASES as f32 { 1.0 / count } else { rate };
                mean += (sample - mean) * weight;
                mean
            })
            .collect()
    }

    #[test]
    fn a_warmed_up_still_pixel_matches_an_infinite_history() {
        let rate = constant("STILL_RATE");
        assert_eq!(constant("JITTER_PHASES") as u32, JITTER_PHASES);
        // A hard black and white edge through a pixel: some jitter offsets see white, the others black.
        for white in 1u32..JITTER_PHASES {
            let sample = |frame: u32| if (frame * 5) % JITTER_PHASES < white { 1.0 } else { 0.0 };
            let forever = accumulate((0..4800).map(sample), rate);
            let warmed = accumulate((4800 - 48 - HISTORY_FRAMES..4800).map(sample), rate);
            let delivered = &warmed[HISTORY_FRAMES as usize..];
            for (a, b) in delivered.iter().zip(&forever[4800 - 48..]) {
                assert!((a - b).abs() <= rate, "{white}/8 white: {a} against {b}");
            }
            assert!((warmed[HISTORY_FRAMES as usize - 1] - white as f32 / 8.0).abs() < 1e-6, "the exact mean");
        }
    }

    #[test]
    fn shader_is_valid_in_both_variants() {
        for keep in [["TONEMAP", "RESET"].as_slice(), &["TONEMAP"], &["RESET"], &[]] {
            let source = preprocess(SHADER, keep);
            let module =
                naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
                .validate(&module)
                .unwrap();
            assert!(module.entry_points.iter().any(|e| e.name == "taa"), "Bevy asks for the only fragment entry");
        }
    }

    /// `#ifdef`, `#ifndef`, `#endif`, as Bevy's composer has them.
    fn preprocess(source: &str, defined: &[&str]) -> String {
        let mut active = vec![true];
        let mut out = String::new();
        for line in source.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("#ifdef"), Some(name)) => active.push(defined.contains(&name)),
                (Some("#ifndef"), Some(name)) => active.push(!defined.contains(&name)),
                (Some("#endif"), _) => {
                    active.pop();
                }
                _ if active.iter().all(|a| *a) => {
                    out.push_str(line);
                    out.push('\n');
                }
                _ => {}
            }
        }
        out
    }
}
