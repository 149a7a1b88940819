//! Kill it whenever you like: nothing is lost, doubled or half-written.

use std::path::Path;
use std::time::Duration;

use crate::shots;
use crate::support::{Running, files_below, folder, journal_frames, must_equal, render, run, shot_in, undisturbed};

const KILLS: usize = 20;

/// SplitMix64: the same moments in every run of the test.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }
}

#[test]
fn twenty_kills_lose_and_damage_nothing() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::moving());
    let mut moments = Moments(0x6b69_6e65_6d61);
    let (mut kills, mut finished_runs, mut round) = (0, 0, 0);
    let mut out = folder.path().join("out0");
    let mut was_there = Vec::new();
    while kills < KILLS {
        let mut running = Running::start(&mut render(&shot, &out));
        // Some die while they open the folder, some between frames, some while a frame is written.
        let mut alive = running.wait_for("opened");
        for _ in 0..moments.next(4) {
            alive = alive && running.wait_for("frame_committed");
        }
        if alive {
            std::thread::sleep(Duration::from_micros(moments.next(25_000)));
            running.child.kill().expect("killed");
            kills += 1;
        }
        let ran = running.finish();
        was_there = look(&out, &was_there);
        if ran.code() == Some(0) {
            // It was quicker than the kill: go on with a fresh folder.
            must_equal(&files_below(&out), undisturbed());
            finished_runs += 1;
            round += 1;
            out = folder.path().join(format!("out{round}"));
            was_there.clear();
        }
    }
    run(&mut render(&shot, &out)).must(0, "");
    look(&out, &was_there);
    must_equal(&files_below(&out), undisturbed());
    println!("{kills} kills, {} folders completed", finished_runs + 1);
}

/// What holds at any time: frames under their names are whole, the journal counts each once and forgets none. Returns
/// the committed frames.
fn look(out: &Path, before: &[i64]) -> Vec<i64> {
    if !out.exists() {
        return Vec::new();
    }
    for (path, bytes) in files_below(out) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.starts_with("frames") && !hidden {
            assert!(undisturbed().get(&path) == Some(&bytes), "{} is not what it must be", path.display());
        }
    }
    let frames = journal_frames(out);
    for frame in before {
        assert!(frames.contains(frame), "frame {frame} was forgotten");
    }
    let mut unique = frames.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), frames.len(), "a frame was committed twice: {frames:?}");
    frames
}
