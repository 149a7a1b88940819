//! What a folder of frames belongs to.

use kinema_core::FrameRate;
use serde::{Deserialize, Serialize};

use crate::settings::ExportSettings;

/// Everything outside this crate that decides what the pixels are. Two runs with equal identities produce equal frames,
/// so that one may go on where the other stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// SHA-256 of the shot's canonical JSON, hexadecimal.
    pub shot_sha256: String,
    /// The shot's name, for people.
    pub shot_name: String,
    /// Which Kinema drew it: version and a hash of its sources.
    pub build: String,
    /// Which device and driver drew it.
    pub driver: String,
    /// Render settings that change pixels and are not in the shot (size overrides, quality). Formats and frame range do
    /// not belong here: they may change between runs on the same folder.
    pub settings: serde_json::Value,
}

/// First line of the journal: the identity and the settings of this crate that every frame shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JournalHeader {
    /// Version of the journal's format.
    pub journal: u32,
    pub base_name: String,
    pub width: u32,
    pub height: u32,
    pub rate: FrameRate,
    pub identity: Identity,
}

impl JournalHeader {
    pub const VERSION: u32 = 1;

    pub fn of(settings: &ExportSettings) -> Self {
        Self {
            journal: Self::VERSION,
            base_name: settings.base_name.clone(),
            width: settings.width,
            height: settings.height,
            rate: settings.rate,
            identity: settings.identity.clone(),
        }
    }

    /// What differs between the frames on disk (`self`) and the frames asked for, one phrase each; empty if nothing
    /// does.
    pub fn differences(&self, wanted: &Self) -> Vec<String> {
        let (here, there) = (&self.identity, &wanted.identity);
        // The journal's settings went through text, which may cost a float its last bit; so must the others.
        let there_settings = through_text(&there.settings);
        let same_settings = here.settings == there_settings;
        let pairs = [
            ("journal version", self.journal.to_string(), wanted.journal.to_string()),
            ("base name", self.base_name.clone(), wanted.base_name.clone()),
            ("size", format!("{}x{}", self.width, self.height), format!("{}x{}", wanted.width, wanted.height)),
            ("frame rate", self.rate.to_string(), wanted.rate.to_string()),
            ("shot name", here.shot_name.clone(), there.shot_name.clone()),
            ("shot", here.shot_sha256.clone(), there.shot_sha256.clone()),
            ("build", here.build.clone(), there.build.clone()),
            ("driver", here.driver.clone(), there.driver.clone()),
            ("settings", here.settings.to_string(), there_settings.to_string()),
        ];
        pairs
            .into_iter()
            .filter(|(what, old, new)| if *what == "settings" { !same_settings } else { old != new })
            .map(|(what, old, new)| format!("{what} was {} and is now {}", short(&old), short(&new)))
            .collect()
    }
}

fn through_text(value: &serde_json::Value) -> serde_json::Value {
    serde_json::from_str(&value.to_string()).unwrap_or_else(|_| value.clone())
}

/// Long hashes and settings stay readable in one line of error text.
fn short(text: &str) -> String {
    const LIMIT: usize = 60;
    if text.chars().count() <= LIMIT {
        return format!("`{text}`");
    }
    format!("`{}...`", text.chars().take(LIMIT).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(settings: serde_json::Value) -> JournalHeader {
        let text = |text: &str| text.to_owned();
        let identity = Identity {
            shot_sha256: text("ab"),
            shot_name: text("Shot"),
            build: text("0.1.0"),
            driver: text("none"),
            settings,
        };
        let rate = FrameRate::FILM;
        JournalHeader { journal: 1, base_name: text("shot"), width: 4, height: 2, rate, identity }
    }

    #[test]
    fn a_header_that_went_through_the_journal_is_the_same_whatever_its_floats() {
        let mut state = 1_u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let float = f64::from_bits(state);
            let wanted = header(serde_json::json!({ "b": float, "a": f64::from(float as f32) }));
            let line = serde_json::to_string(&wanted).expect("JSON");
            let read: JournalHeader = serde_json::from_str(&line).expect("JSON");
            assert_eq!(read.differences(&wanted), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn every_difference_is_named_with_both_values() {
        let old = header(serde_json::json!({"samples": 4}));
        let mut new = header(serde_json::json!({"samples": 8}));
        new.width = 8;
        new.identity.shot_sha256 = "f".repeat(100);
        let expected = [
            "size was `4x2` and is now `8x2`".to_owned(),
            format!("shot was `ab` and is now `{}...`", "f".repeat(60)),
            "settings was `{\"samples\":4}` and is now `{\"samples\":8}`".to_owned(),
        ];
        assert_eq!(old.differences(&new), expected);
    }
}
