//! Ctrl-C.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Pid, Signal, kill_process};

use crate::shots;
use crate::support::{Running, files_below, folder, journal_frames, must_equal, render, run, shot_in, undisturbed};

fn send(running: &Running, signal: Signal) {
    let pid = i32::try_from(running.child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, signal).expect("signalled");
}

#[test]
fn ctrl_c_puts_the_job_aside_and_the_same_command_finishes_it() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::moving());
    let out = folder.path().join("out");
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = Running::start(&mut render(&shot, &out));
        assert!(running.wait_for("frame_committed"));
        send(&running, signal);
        let ran = running.finish();
        ran.must(130, "run the same command again");
        let suspended = ran.events_of("suspended");
        let done = journal_frames(&out).len();
        assert_eq!(suspended.len(), 1, "{ran:#?}");
        assert_eq!(suspended[0]["frames_done"], done);
        assert_eq!(suspended[0]["frames_left"], shots::MOVING_FRAMES - done);
        assert!(done < shots::MOVING_FRAMES, "it was quicker than the signal");
        assert!(!out.join("manifest.json").exists(), "an unfinished export has no manifest");
    }
    let done = journal_frames(&out).len();
    let ran = run(&mut render(&shot, &out));
    ran.must(0, "");
    assert_eq!(ran.events_of("opened")[0]["remaining"], shots::MOVING_FRAMES - done);
    assert_eq!(ran.events_of("frame_committed").len(), shots::MOVING_FRAMES - done);
    must_equal(&files_below(&out), undisturbed());
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let folder = folder();
    let shot = shot_in(folder.path(), shots::shot(5000, ""));
    let mut running = Running::start(&mut render(&shot, &folder.path().join("out")));
    assert!(running.wait_for("opened"));
    send(&running, Signal::INT);
    // Two equal signals that are both waiting would be one.
    std::thread::sleep(std::time::Duration::from_millis(50));
    send(&running, Signal::INT);
    let ran = running.finish();
    // Compiling shaders takes longer than that, so the first one was not obeyed yet.
    assert_eq!(ran.status.signal(), Some(Signal::KILL.as_raw()), "{ran:#?}");
}
