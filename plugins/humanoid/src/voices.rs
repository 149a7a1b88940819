//! Recorded voices: each file is listened to once, when somebody first speaks with it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::ecs::resource::Resource;
use kinema_core::{Faults, resolve_asset};

use crate::face::{
    lip_sync::MouthTrack,
    settings::{Speech, Voice},
    wav::{self, SoundError},
};

/// The mouths of all voice files so far, by folder and reference; none for a file that cannot be used.
#[derive(Resource, Default)]
pub struct Voices(BTreeMap<(PathBuf, String), Option<Arc<MouthTrack>>>);

impl Voices {
    /// What the voice file of `speech` says, if it names one. A file that cannot be used is reported once, and silent.
    pub fn of(&mut self, speech: &Speech, base_dir: &Path, faults: &mut Faults) -> Option<Arc<MouthTrack>> {
        let Voice::Wav { file } = &speech.source else { return None };
        let listen = || listen(base_dir, file).map(Arc::new).map_err(|error| faults.report(&error)).ok();
        self.0.entry((base_dir.to_owned(), file.clone())).or_insert_with(listen).clone()
    }
}

fn listen(base_dir: &Path, file: &str) -> Result<MouthTrack, SoundError> {
    Ok(MouthTrack::listen(&wav::read(&resolve_asset(base_dir, file)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::wav::tests::file;

    #[test]
    fn a_voice_is_read_once_and_a_missing_one_is_reported_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.wav"), file(1, 16, 1, 16_000, &[0; 64_000])).expect("written");
        let (mut voices, mut faults) = (Voices::default(), Faults::default());
        let speech = |name: &str| Speech { source: Voice::Wav { file: name.to_owned() }, ..Speech::default() };
        let track = voices.of(&speech("a.wav"), folder.path(), &mut faults).expect("a voice");
        assert!((track.secs() - 2.0).abs() < 0.02);
        std::fs::remove_file(folder.path().join("a.wav")).expect("removed");
        assert!(voices.of(&speech("a.wav"), folder.path(), &mut faults).is_some(), "it is remembered");
        assert!(voices.of(&Speech::default(), folder.path(), &mut faults).is_none() && faults.iter().next().is_none());
        for _ in 0..3 {
            assert!(voices.of(&speech("b.wav"), folder.path(), &mut faults).is_none());
        }
        assert!(faults.take_first().is_some() && faults.take_first().is_none());
    }
}
