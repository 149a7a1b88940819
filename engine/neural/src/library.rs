//! ONNX Runtime, loaded once per process from the pack `onnxruntime`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kinema_core::{pack_dir, pack_manifest};
use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::NeuralError;

/// The pack, and the library in it.
pub const PACK: &str = "onnxruntime";
const LIBRARY: &str = "lib/libonnxruntime.so";

/// ONNX Runtime, ready to run models.
#[derive(Debug)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
    build_info: String,
}

impl Runtime {
    /// The shared library in use.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The pinned version: `1.31.1`.
    pub fn version(&self) -> &'static str {
        pack_manifest().get(PACK).map_or("unknown", |pack| pack.version.as_str())
    }

    /// What the library says of itself: branch, commit, build type.
    pub fn build_info(&self) -> &str {
        &self.build_info
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Loads ONNX Runtime at the first call. A failure is not kept: after `cargo xtask setup` the next call succeeds.
///
/// # Errors
/// The pack is not installed, or its library does not load.
pub fn runtime() -> Result<&'static Runtime, NeuralError> {
    // Two threads that load at once would otherwise make two environments, which ONNX Runtime does not allow.
    static LOADING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let loaded = load(&pack_dir(PACK)?)?;
    Ok(RUNTIME.get_or_init(|| loaded))
}

fn load(pack_dir: &Path) -> Result<Runtime, NeuralError> {
    let path = pack_dir.join(LIBRARY);
    let failed =
        |problem: String| NeuralError::Library { path: path.clone(), pack_dir: pack_dir.to_path_buf(), problem };
    let environment = ort::init_from(&path)
        .map_err(|error| failed(error.to_string()))?
        .with_name("kinema")
        .with_telemetry(false)
        .with_logger(Arc::new(log))
        .build()
        .map_err(|error| failed(error.to_string()))?;
    environment.set_log_level(LogLevel::Warning);
    Ok(Runtime { environment, build_info: ort::info().to_owned(), path })
}

fn log(level: LogLevel, category: &str, _id: &str, place: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::error!(category, place, "ONNX Runtime: {message}"),
        LogLevel::Warning => tracing::warn!(category, place, "ONNX Runtime: {message}"),
        LogLevel::Info => tracing::info!(category, place, "ONNX Runtime: {message}"),
        LogLevel::Verbose => tracing::debug!(category, place, "ONNX Runtime: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use kinema_core::{Blame, Blamed};

    use super::*;

    #[test]
    fn the_library_is_the_pinned_one_and_loaded_once() {
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(runtime);
            (runtime().expect("`cargo xtask setup` was run"), other.join().expect("no panic").expect("loaded"))
        });
        assert!(std::ptr::eq(first, second));
        assert!(first.path().starts_with(pack_dir(PACK).expect("the pack")), "{}", first.path().display());
        assert!(first.path().to_string_lossy().contains(first.version()), "{} is not of the pack", first.version());
        assert!(first.build_info().contains("git-commit-id"), "{}", first.build_info());
    }

    #[test]
    fn a_library_that_does_not_load_names_itself_and_the_remedy() {
        // Loaded first: ort keeps the first library of the process, and this test must not become it.
        runtime().expect("`cargo xtask setup` was run");
        let error = NeuralError::Library {
            path: "/p/lib.so".into(),
            pack_dir: "/p".into(),
            problem: "invalid ELF header".into(),
        };
        assert_eq!(
            error.to_string(),
            "/p/lib.so: ONNX Runtime does not load: invalid ELF header; delete /p and run `cargo xtask setup`"
        );
        assert_eq!(error.blame(), Blame::Machine);
    }
}
