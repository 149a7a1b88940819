//! Holds a drawn picture against its golden one.
//!
//! `assert_golden("name", &picture, adapter)` is all that a test needs, and a `[picture.name]` entry in
//! `tests/golden/golden.toml`. A new picture is blessed by `cargo xtask golden accept name`, on software Vulkan.

use std::fs;
use std::path::{Path, PathBuf};

use super::flip::{SrgbImage, flip};
use super::golden_files::{
    GoldenList, GoldenResult, actual_file, adapter_file, golden_dir, heat_map_file, is_software, list_file,
    reference_file, result_file, results_dir,
};

/// Fails when `picture` differs from `tests/golden/<name>.png` by more than its tolerance on the device `adapter`.
/// The picture, its error as a heat map and the figures are left for `cargo xtask golden report` in either case.
#[track_caller]
pub fn assert_golden(name: &str, picture: &SrgbImage, adapter: &str) {
    let golden = golden_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    let results = results_dir(&target_dir());
    let result = compare(name, picture, adapter, &golden, &results);
    if let Err(reason) = result {
        panic!("golden picture `{name}`: {reason}");
    }
}

/// Cargo makes `<target>/tmp` for integration tests.
fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(Path::to_path_buf).expect("the parent of <target>/tmp")
}

fn compare(name: &str, picture: &SrgbImage, adapter: &str, golden: &Path, results: &Path) -> Result<(), String> {
    let list_path = list_file(golden);
    let text = fs::read_to_string(&list_path).map_err(|error| format!("{}: {error}", list_path.display()))?;
    let list = GoldenList::parse(&text).map_err(|error| format!("{}: {error}", list_path.display()))?;
    let Some(listed) = list.pictures.get(name) else {
        return Err(format!("{} has no entry [picture.{name}]; add one", list_path.display()));
    };
    let tolerances = list.tolerance_of(name);
    let tolerance = if is_software(adapter) { tolerances.software } else { tolerances.hardware };
    fs::create_dir_all(results).map_err(|error| format!("{}: {error}", results.display()))?;
    write_png(&actual_file(results, name), picture)?;
    write(&adapter_file(results), adapter.as_bytes())?;

    let reference_path = reference_file(golden, name);
    let mut result =
        GoldenResult { passed: false, mean_flip: None, max_flip: None, tolerance, adapter: adapter.to_owned() };
    let verdict = match read_png(&reference_path) {
        Err(error) => Err(format!(
            "{error}; if {} shows {}, run `cargo xtask golden accept {name}`",
            actual_file(results, name).display(),
            listed.shows
        )),
        Ok(reference) if (reference.width, reference.height) != (picture.width, picture.height) => Err(format!(
            "it is {}x{}, the reference {}x{}",
            picture.width, picture.height, reference.width, reference.height
        )),
        Ok(reference) => {
            let error = flip(&reference, picture);
            write_png(&heat_map_file(results, name), &error.heat_map())?;
            (result.mean_flip, result.max_flip) = (Some(error.mean()), Some(error.max()));
            if error.mean() <= tolerance {
                Ok(())
            } else {
                Err(format!(
                    "mean FLIP error {:.5} is above {tolerance} on {adapter}; see `cargo xtask golden report`",
                    error.mean()
                ))
            }
        }
    };
    result.passed = verdict.is_ok();
    let record = toml::to_string(&result).map_err(|error| error.to_string())?;
    write(&result_file(results, name), record.as_bytes())?;
    verdict
}

fn read_png(path: &Path) -> Result<SrgbImage, String> {
    let decoded = image::open(path).map_err(|error| format!("{}: {error}", path.display()))?.into_rgb8();
    Ok(SrgbImage { width: decoded.width() as usize, height: decoded.height() as usize, rgb: decoded.into_raw() })
}

fn write_png(path: &Path, picture: &SrgbImage) -> Result<(), String> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    image::save_buffer(path, &picture.rgb, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, contents: &[u8]) -> Result<(), String> {
    fs::write(path, contents).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOFTWARE: &str = "llvmpipe (LLVM 15.0.6, 256 bits)";
    const LIST: &str = "[tolerance]\nsoftware = 0.01\nhardware = 0.2\n[picture.grey]\nshows = \"grey\"\n";

    fn grey(level: u8) -> SrgbImage {
        SrgbImage { width: 16, height: 8, rgb: vec![level; 16 * 8 * 3] }
    }

    struct Folders {
        _root: tempfile::TempDir,
        golden: PathBuf,
        results: PathBuf,
    }

    fn folders(list: &str) -> Folders {
        let root = tempfile::tempdir().expect("a folder");
        let (golden, results) = (golden_dir(root.path()), results_dir(root.path()));
        fs::create_dir_all(&golden).expect("a folder");
        fs::write(list_file(&golden), list).expect("a file");
        Folders { _root: root, golden, results }
    }

    fn recorded(folders: &Folders) -> GoldenResult {
        let text = fs::read_to_string(result_file(&folders.results, "grey")).expect("a result");
        toml::from_str(&text).expect("a result")
    }

    #[test]
    fn a_new_picture_fails_and_leaves_itself_to_be_looked_at() {
        let folders = folders(LIST);
        let reason =
            compare("grey", &grey(128), SOFTWARE, &folders.golden, &folders.results).expect_err("no reference");
        assert!(reason.contains("golden accept grey"), "{reason}");
        assert_eq!(read_png(&actual_file(&folders.results, "grey")).expect("the picture"), grey(128));
        assert!(!recorded(&folders).passed);
    }

    #[test]
    fn the_tolerance_is_that_of_the_device() {
        let folders = folders(LIST);
        write_png(&reference_file(&folders.golden, "grey"), &grey(128)).expect("a reference");
        let on = |adapter| compare("grey", &grey(134), adapter, &folders.golden, &folders.results);
        assert!(on("Radeon RX").is_ok());
        assert!(recorded(&folders).passed);
        let reason = on(SOFTWARE).expect_err("six levels lighter");
        assert!(reason.contains("0.01"), "{reason}");
        let result = recorded(&folders);
        assert!(!result.passed && result.mean_flip.is_some_and(|mean| mean > 0.01), "{result:?}");
        assert!(heat_map_file(&folders.results, "grey").exists());
    }

    #[test]
    fn another_size_and_an_unlisted_name_fail() {
        let folders = folders(LIST);
        let small = SrgbImage { width: 1, height: 1, rgb: vec![0; 3] };
        write_png(&reference_file(&folders.golden, "grey"), &small).expect("a reference");
        let reason = compare("grey", &grey(0), SOFTWARE, &folders.golden, &folders.results).expect_err("another size");
        assert!(reason.contains("16x8"), "{reason}");
        let reason = compare("red", &grey(0), SOFTWARE, &folders.golden, &folders.results).expect_err("not listed");
        assert!(reason.contains("[picture.red]"), "{reason}");
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let list = format!("{LIST}tolerance = {{ software = 0.5, hardware = 0.5 }}\n");
        assert!(GoldenList::parse(&list).is_err_and(|problem| problem.contains("reason")));
        let list = GoldenList::parse(&format!("{list}reason = \"noise\"\n")).expect("a reason is given");
        assert_eq!(list.tolerance_of("grey").software, 0.5);
    }

    #[test]
    fn the_projects_own_list_is_valid() {
        GoldenList::parse(include_str!("../golden/golden.toml")).expect("tests/golden/golden.toml");
    }
}
