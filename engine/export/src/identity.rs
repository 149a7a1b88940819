//! What a folder of frames belongs to.

use kinema_core::clock::FrameRate;
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
    /// Which Kinema drew it: version and source revision.
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

    /// What differs between the frames on disk (`self`) and the frames asked for, one phrase each; empty if nothing does.
    pub fn differences(&self, wanted: &Self) -> Vec<String> {
        let (here, there) = (&self.identity, &wanted.identity);
        let pairs = [
            ("journal version", self.journal.to_string(), wanted.journal.to_string()),
            ("base name", self.base_name.clone(), wanted.base_name.clone()),
            ("size", format!("{}x{}", self.width, self.height), format!("{}x{}", wanted.width, wanted.height)),
            ("frame rate", self.rate.to_string(), wanted.rate.to_string()),
            ("shot name", here.shot_name.clone(), there.shot_name.clone()),
            ("shot", here.shot_sha256.clone(), there.shot_sha256.clone()),
            ("build", here.build.clone(), there.build.clone()),
            ("driver", here.driver.clone(), there.driver.clone()),
            ("settings", here.settings.to_string(), there.settings.to_string()),
        ];
        pairs
            .into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(what, old, new)| format!("{what} was {} and is now {}", short(&old), short(&new)))
            .collect()
    }
}

/// Long hashes and settings stay readable in one line of error text.
fn short(text: &str) -> String {
    const LIMIT: usize = 60;
    if text.chars().count() <= LIMIT {
        return format!("`{text}`");
    }
    format!("`{}...`", text.chars().take(LIMIT).collect::<String>())
}
