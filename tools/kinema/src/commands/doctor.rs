//! `kinema doctor`: what this machine has, what it lacks, and the command that helps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinema::cloth::device::SelfTest;
use kinema::core::{Format, cache_dir, pack_dir, pack_manifest, parse_shot};
use kinema::export::{ExportFormat, probe_ffmpeg};
use kinema::gpu::{AdapterReport, GpuError, adapters};
use kinema::parallax::device::{self as plates, ParallaxDevice};
use kinema::{KinemaError, Session, SessionSettings};
use serde_json::json;

use crate::args::DoctorArgs;
use crate::exit::CliError;
use crate::output;

/// Below this a render of some length fills the disk.
const LITTLE_SPACE_BYTES: u64 = 2 << 30;
const INSTALL_FFMPEG: &str = "sudo apt-get install ffmpeg";

/// One line of the report.
struct Finding {
    what: String,
    state: State,
    detail: String,
    /// The command that helps; empty where nothing is needed.
    remedy: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Worth knowing; rendering works.
    Note,
    /// Rendering, or something it does by default, fails without it.
    Missing,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Good => "ok",
            State::Note => "note",
            State::Missing => "missing",
        }
    }
}

impl Finding {
    fn good(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Good, detail: detail.into(), remedy: String::new() }
    }

    fn missing(what: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), state: State::Missing, detail: detail.into(), remedy: remedy.into() }
    }

    fn note(what: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Note, ..Self::missing(what, detail, remedy) }
    }
}

pub fn run(args: &DoctorArgs) -> Result<(), CliError> {
    let mut lacking = 0;
    // One by one: making the device takes a moment.
    let examinations: [fn() -> Vec<Finding>; 8] = [build, device, cloth, plates, ffmpeg, packs, neural, cache];
    for examine in examinations {
        for finding in examine() {
            lacking += usize::from(finding.state == State::Missing);
            print(&finding, args.json)?;
        }
    }
    if lacking > 0 { Err(CliError::MachineLacks(lacking)) } else { Ok(()) }
}

fn print(finding: &Finding, json: bool) -> Result<(), CliError> {
    let Finding { what, state, detail, remedy } = finding;
    if json {
        let remedy = Some(remedy).filter(|remedy| !remedy.is_empty());
        let state = state.name();
        return output::json(
            &json!({ "kind": "finding", "what": what, "state": state, "detail": detail, "remedy": remedy }),
        );
    }
    output::line(&format!("{:<8} {what:<14} {detail}", state.name()))?;
    if remedy.is_empty() { Ok(()) } else { output::line(&format!("{:<8} {:<14} help: {remedy}", "", "")) }
}

fn build() -> Vec<Finding> {
    vec![Finding::good("build", kinema::build_identity())]
}

fn device() -> Vec<Finding> {
    let found = adapters();
    let mut findings: Vec<Finding> = found.iter().map(|adapter| Finding::good("adapter", described(adapter))).collect();
    findings.push(match chosen_driver() {
        Ok(driver) => {
            let chosen = found.iter().find(|adapter| format!("{}, {}", adapter.name, adapter.driver) == driver);
            let tier = chosen.map(|adapter| format!(", tier {}", adapter.tier.name())).unwrap_or_default();
            Finding::good("device", format!("{driver}{tier}"))
        }
        Err(error @ KinemaError::Gpu(GpuError::NoDevice)) => {
            let install = "sudo apt-get install mesa-vulkan-drivers libvulkan1";
            Finding::missing("device", error.to_string(), format!("{install}, or a GPU's own Vulkan driver"))
        }
        Err(error) => Finding::missing("device", error.to_string(), "update the Vulkan driver"),
    });
    findings
}

/// Whether the device computes cloth with the processor's bits: it shows it, because no specification promises it.
fn cloth() -> Vec<Finding> {
    let what = "cloth on device";
    vec![match kinema::cloth::device::open() {
        Ok(opened) if opened.test == SelfTest::Deterministic => {
            Finding::good(what, format!("{}: {}", opened.name, opened.test))
        }
        Ok(opened) => {
            let detail = format!("{}: {}; it is computed on the processor", opened.name, opened.test);
            Finding::note(what, detail, "update the Vulkan driver")
        }
        Err(error) => Finding::note(what, format!("{error}; cloth is computed on the processor"), ""),
    }]
}

/// Where plates are completed, and that the device does it with the processor's bits.
fn plates() -> Vec<Finding> {
    let what = "plates on device";
    let tested = ParallaxDevice::open().and_then(|device| Ok((device.self_test()?, device)));
    vec![match tested {
        Ok((plates::SelfTest::Same, device)) if device.is_software => {
            let detail = "the processor is faster and completes them; `--compute-on device` of `kinema parallax` takes the device";
            Finding::good(what, format!("{}: {}; {detail}", device.name, plates::SelfTest::Same))
        }
        Ok((test @ plates::SelfTest::Same, device)) => Finding::good(what, format!("{}: {test}", device.name)),
        Ok((test, device)) => {
            let detail = format!("{}: {test}; the processor completes them", device.name);
            Finding::note(what, detail, "update the Vulkan driver")
        }
        Err(error) => Finding::note(what, format!("{error}; the processor completes plates"), ""),
    }]
}

fn described(adapter: &AdapterReport) -> String {
    format!(
        "{}, {}; {} over {}; pictures up to {} pixels a side, storage buffers up to {} MiB, workgroup memory {} KiB",
        adapter.name,
        adapter.driver,
        adapter.kind,
        adapter.backend,
        adapter.max_texture_side_px,
        adapter.max_storage_buffer_bytes >> 20,
        adapter.max_workgroup_memory_bytes >> 10
    )
}

/// Makes the device as a render does: the only proof that it can be made, and that it is the one that will be used.
fn chosen_driver() -> Result<String, KinemaError> {
    let empty = br#"(schema: 1, timeline: (rate: "24/1", frames: 1), output: (width: 16, height: 16))"#;
    let shot = parse_shot(empty, Path::new("empty.shot.ron"), Format::Ron, &kinema::part_registry())?;
    Ok(Session::new(Arc::new(shot), SessionSettings::default())?.driver())
}

fn ffmpeg() -> Vec<Finding> {
    let report = match probe_ffmpeg(None) {
        Ok(report) => report,
        Err(error) => return vec![Finding::missing("ffmpeg", error.to_string(), INSTALL_FFMPEG)],
    };
    let mut findings = vec![Finding::good("ffmpeg", format!("version {}", report.version))];
    findings.extend(report.encoders.into_iter().map(|(movie, encoder)| {
        let name = ExportFormat::Movie(movie).name();
        match encoder {
            Some(encoder) => Finding::good(format!("{name} movies"), format!("encoder {encoder}")),
            None => Finding::note(
                format!("{name} movies"),
                format!("this ffmpeg has no encoder for {name}"),
                INSTALL_FFMPEG,
            ),
        }
    }));
    findings
}

fn packs() -> Vec<Finding> {
    let packs = pack_manifest().packs.iter();
    let finding = packs.map(|pack| {
        let what = format!("pack {}", pack.name);
        match pack_dir(&pack.name) {
            Ok(path) => Finding::good(what, format!("{} in {} ({})", pack.version, path.display(), pack.licence)),
            Err(error) if pack.optional => Finding::note(what, error.to_string(), "cargo xtask setup"),
            Err(error) => Finding::missing(what, error.to_string(), "cargo xtask setup"),
        }
    });
    finding.collect()
}

fn neural() -> Vec<Finding> {
    let what = "ONNX Runtime";
    vec![match kinema::neural::runtime() {
        Ok(runtime) => Finding::good(what, format!("{} loads: {}", runtime.version(), runtime.path().display())),
        Err(error) => Finding::note(what, error.to_string(), "cargo xtask setup"),
    }]
}

fn cache() -> Vec<Finding> {
    let folder = cache_dir();
    vec![match free_bytes(&folder) {
        Ok(free) => {
            let detail = format!("{}, {:.1} GiB free", folder.display(), free as f64 / f64::from(1 << 30));
            match free < LITTLE_SPACE_BYTES {
                true => Finding::note("cache", detail, "free some space; everything in this folder can be made again"),
                false => Finding::good("cache", detail),
            }
        }
        Err(error) => {
            let detail = format!("the free space of {} is not known: {error}", folder.display());
            Finding::note("cache", detail, "set XDG_CACHE_HOME to a folder on a disk that you may write to")
        }
    }]
}

/// Free space for this user where `folder` is, or will be once it is made.
fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let existing: Option<PathBuf> = folder.ancestors().find(|folder| folder.exists()).map(Path::to_path_buf);
    let status = rustix::fs::statvfs(existing.unwrap_or_else(|| PathBuf::from("/")))?;
    Ok(status.f_bavail.saturating_mul(status.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_that_of_the_nearest_folder_that_exists() {
        let folder = tempfile::tempdir().expect("a folder");
        let free = free_bytes(&folder.path().join("not/yet/there")).expect("known");
        let here = free_bytes(folder.path()).expect("known");
        assert!(free > 0 && free.abs_diff(here) < 1 << 30, "{free} and {here}");
    }
}
