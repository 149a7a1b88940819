//! What is shown of work that takes a while: a bar on a terminal, a line now and then elsewhere.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::output::Screen;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Before this, a speed is mostly chance.
const SPEED_AFTER: Duration = Duration::from_millis(100);

/// The progress of one piece of work, counted in frames.
pub struct Progress {
    screen: Screen,
    shown: Shown,
    doing: String,
    total: usize,
    done_before: usize,
    done: usize,
    started: Instant,
}

enum Shown {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// Begins to show `doing`, of whose `total` frames `done` are there already.
    pub fn start(screen: &Screen, doing: impl Into<String>, total: usize, done: usize) -> Self {
        let doing = doing.into();
        let shown = match std::io::stderr().is_terminal() {
            true => Shown::Bar(bar(screen, &doing, total, done)),
            false => Shown::Lines { last: Instant::now() },
        };
        Self { screen: screen.clone(), shown, doing, total, done_before: done, done, started: Instant::now() }
    }

    /// What is going on while the count stands still; empty when it moves again.
    pub fn phase(&self, text: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.set_message(text.to_owned()),
            Shown::Lines { .. } if text.is_empty() => {}
            Shown::Lines { .. } => self.screen.note(&format!("{}: {text}", self.doing)),
        }
    }

    /// Speed is measured from here on: what came before was preparation.
    pub fn restart_clock(&mut self) {
        self.started = Instant::now();
        if let Shown::Bar(bar) = &self.shown {
            bar.reset_eta();
        }
    }

    /// So many frames are done now.
    pub fn advance_to(&mut self, done: usize) {
        self.done = done;
        let line =
            || plain_line(&self.doing, done, self.total, done.saturating_sub(self.done_before), self.started.elapsed());
        match &mut self.shown {
            Shown::Bar(bar) => bar.set_position(done as u64),
            Shown::Lines { last } => {
                if last.elapsed() >= LINE_EVERY || done == self.total {
                    self.screen.note(&line());
                    *last = Instant::now();
                }
            }
        }
    }

    /// Frames a second since the clock was started, if any was made.
    pub fn frames_per_sec(&self) -> Option<f64> {
        frames_per_sec(self.done.saturating_sub(self.done_before), self.started.elapsed())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

const BAR: &str = "{prefix} [{bar:32}] {pos}/{len}  {speed}{msg}";

fn bar(screen: &Screen, doing: &str, total: usize, done: usize) -> ProgressBar {
    let speed = |state: &ProgressState, text: &mut dyn Write| {
        let rate = state.per_sec();
        if rate > 0.0 && state.elapsed() >= SPEED_AFTER {
            // A write into memory does not fail.
            let _ = write!(text, "{rate:.2} frames/s, {} left  ", duration_text(state.eta().as_secs_f64()));
        }
    };
    let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = screen.bars.add(ProgressBar::new(total as u64));
    bar.set_style(style.with_key("speed", speed).progress_chars("=> "));
    bar.set_prefix(doing.to_owned());
    bar.set_position(done as u64);
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn frames_per_sec(frames: usize, elapsed: Duration) -> Option<f64> {
    (frames > 0 && elapsed >= SPEED_AFTER).then(|| frames as f64 / elapsed.as_secs_f64())
}

fn plain_line(doing: &str, done: usize, total: usize, done_now: usize, elapsed: Duration) -> String {
    let mut text = format!("{doing}: {done}/{total}");
    if let Some(rate) = frames_per_sec(done_now, elapsed) {
        let secs_left = total.saturating_sub(done) as f64 / rate;
        // A write into memory does not fail.
        let _ = write!(text, ", {rate:.2} frames/s, {} left", duration_text(secs_left));
    }
    text
}

/// `7 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration_text(secs: f64) -> String {
    let secs = secs.ceil() as u64;
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, secs) => format!("{secs} s"),
        (0, minutes, secs) => format!("{minutes} min {secs} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_is_done_how_fast_and_how_long_it_takes() {
        let line = plain_line("rendering", 40, 96, 20, Duration::from_secs(10));
        assert_eq!(line, "rendering: 40/96, 2.00 frames/s, 28 s left", "frames of an earlier run are not speed");
        assert_eq!(plain_line("rendering", 20, 96, 0, Duration::from_secs(10)), "rendering: 20/96");
    }

    #[test]
    fn durations_read_well() {
        let texts = [0.2, 59.1, 200.0, 7500.0].map(duration_text);
        assert_eq!(texts, ["1 s", "1 min 0 s", "3 min 20 s", "2 h 5 min"]);
    }

    #[test]
    fn the_template_of_the_bar_is_well_formed() {
        let bar = bar(&Screen::default(), "rendering", 96, 40);
        assert_eq!((bar.position(), bar.length()), (40, Some(96)));
        assert!(ProgressStyle::with_template(BAR).is_ok());
    }
}
