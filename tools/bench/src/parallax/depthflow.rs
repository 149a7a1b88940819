//! DepthFlow beside Kinema: the same picture, depth and camera, in a process of its own. It is under the AGPL, so it is
//! only ever run, never linked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kinema::parallax::raster::Raster;

use crate::BenchError;
use crate::peer::{Peer, PeerName};

pub const NAME: PeerName = PeerName { peer: "depthflow", package: "depthflow" };
const SCRIPT: (&str, &str) = ("depthflow_views.py", include_str!("../../peers/depthflow_views.py"));
/// Its own default.
const QUALITY: u32 = 50;

/// A running DepthFlow.
pub struct DepthFlow {
    peer: Peer,
    /// Holds the script and the pictures that are handed over.
    dir: tempfile::TempDir,
}

impl DepthFlow {
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start() -> Result<Self, BenchError> {
        let python = NAME.python()?;
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let script = dir.path().join(SCRIPT.0);
        write(&script, SCRIPT.1.as_bytes())?;
        let mut command = Command::new(python);
        // Without a display it draws through EGL.
        command.arg(script).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        Ok(Self { peer: Peer::start(NAME, &mut command)?, dir })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Views as sRGB bytes, and the median seconds of a frame. `depth` is 0 where nothing moves and 1 at the nearest point;
    /// `shifts`: how far that one moves, pixels right and down.
    pub fn views(
        &mut self,
        picture: &[u8],
        depth: &Raster<f32>,
        (width, height): (usize, usize),
        shifts: &[[f32; 2]],
    ) -> Result<(Vec<Vec<u8>>, f64), BenchError> {
        let (image, values, out) = (self.file("picture"), self.file("depth"), self.file("view"));
        write(&image, picture)?;
        write(&values, &depth.data().iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
        let places: Vec<String> = shifts.iter().map(|[x, y]| format!("{x},{y}")).collect();
        let secs = self.peer.ask_secs(&format!(
            "views {} {} {width} {height} {QUALITY} {} {}",
            image.display(),
            values.display(),
            out.display(),
            places.join(" ")
        ))?;
        let views = (0..shifts.len()).map(|i| read(&self.file(&format!("view{i}")), width * height * 3));
        Ok((views.collect::<Result<_, _>>()?, secs))
    }
}

pub fn write(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    fs::write(path, bytes).map_err(|source| BenchError::Io { path: path.to_owned(), source })
}

fn read(path: &Path, len: usize) -> Result<Vec<u8>, BenchError> {
    let io = |source| BenchError::Io { path: path.to_owned(), source };
    let bytes = fs::read(path).map_err(io)?;
    if bytes.len() == len {
        return Ok(bytes);
    }
    let problem = format!("{} bytes instead of {len}", bytes.len());
    Err(io(std::io::Error::new(std::io::ErrorKind::InvalidData, problem)))
}
