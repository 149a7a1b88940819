//! Reads what `cargo test` prints and adds it up.

use std::fmt::Write;

/// The test binaries of a run, in order.
#[derive(Default)]
pub struct Suites {
    suites: Vec<Suite>,
}

struct Suite {
    name: String,
    /// None when it ended without saying: it crashed.
    result: Option<SuiteResult>,
}

#[derive(Default)]
struct SuiteResult {
    passed: u32,
    failed: u32,
    secs: f32,
}

impl Suites {
    /// Takes one line of standard output or standard error, in the order of their writing.
    pub fn read(&mut self, line: &str) {
        if let Some(name) = suite_name(line) {
            self.suites.push(Suite { name, result: None });
        } else if let Some(result) = suite_result(line)
            && let Some(suite) = self.suites.last_mut()
        {
            // Documentation tests of one package can come in two batches.
            let sum = suite.result.get_or_insert_default();
            sum.passed += result.passed;
            sum.failed += result.failed;
            sum.secs += result.secs;
        }
    }

    pub fn failed(&self) -> u32 {
        self.suites.iter().map(|suite| suite.result.as_ref().map_or(1, |result| result.failed)).sum()
    }

    fn passed(&self) -> u32 {
        self.suites.iter().filter_map(|suite| suite.result.as_ref()).map(|result| result.passed).sum()
    }

    /// One row for each suite that ran a test, then the sums.
    pub fn table(&self, build_secs: f32, run_secs: f32) -> String {
        let mut text = format!("{:<44} {:>7} {:>7} {:>9}\n", "suite", "passed", "failed", "seconds");
        for suite in &self.suites {
            match &suite.result {
                Some(SuiteResult { passed: 0, failed: 0, .. }) => {}
                Some(SuiteResult { passed, failed, secs }) => {
                    let _ = writeln!(text, "{:<44} {passed:>7} {failed:>7} {secs:>9.2}", suite.name);
                }
                None => {
                    let _ =
                        writeln!(text, "{:<44} it ended without a result: it crashed or did not compile", suite.name);
                }
            }
        }
        let _ = write!(
            text,
            "built in {build_secs:.0} s, ran in {run_secs:.0} s\n{} passed, {} failed",
            self.passed(),
            self.failed()
        );
        text
    }
}

/// `Running tests/main.rs (target/debug/deps/whole-0123456789abcdef)` or `Doc-tests kinema`.
fn suite_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(package) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{package} (documentation)"));
    }
    let (source, binary) = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once(" (")?;
    let (name, hash) = binary.rsplit('/').next()?.rsplit_once('-')?;
    if !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(format!("{name} ({})", source.strip_prefix("unittests ").unwrap_or(source)))
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s`
fn suite_result(line: &str) -> Option<SuiteResult> {
    let fields = line.trim().strip_prefix("test result: ")?;
    let number_before = |word: &str| -> Option<u32> {
        let (before, _) = fields.split_once(word)?;
        before.trim_end().rsplit([' ', '.']).next()?.parse().ok()
    };
    let secs = fields.rsplit_once("finished in ").and_then(|(_, secs)| secs.trim_end_matches('s').parse().ok());
    Some(SuiteResult {
        passed: number_before(" passed")?,
        failed: number_before(" failed")?,
        secs: secs.unwrap_or(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
     Running unittests src/lib.rs (/home/u/.cache/kinema/target/debug/deps/kinema_core-0123456789abcdef)

running 5 tests
test clock::tests::rates ... ok
test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s

     Running unittests src/lib.rs (target/debug/deps/kinema_gpu-0123)
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/main.rs (target/debug/deps/whole-0123)
test result: FAILED. 41 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 61.50s
   Doc-tests kinema_core
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.40s
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.70s
";

    fn read(text: &str) -> Suites {
        let mut suites = Suites::default();
        text.lines().for_each(|line| suites.read(line));
        suites
    }

    #[test]
    fn results_are_summed_and_rows_keep_their_names() {
        let suites = read(OUTPUT);
        let table = suites.table(12.0, 63.0);
        assert_eq!((suites.passed(), suites.failed()), (49, 2));
        for row in [
            "kinema_core (src/lib.rs)",
            "whole (tests/main.rs)",
            "kinema_core (documentation)",
            "61.50",
            "1.10",
            "49 passed, 2 failed",
        ] {
            assert!(table.contains(row), "{row} is not in\n{table}");
        }
        assert!(!table.contains("kinema_gpu"), "a suite without tests has no row");
    }

    #[test]
    fn a_suite_that_crashed_counts_as_failed() {
        let suites = read("     Running tests/main.rs (target/debug/deps/whole-0123)\nrunning 3 tests\n");
        assert_eq!(suites.failed(), 1);
        assert!(suites.table(0.0, 0.0).contains("crashed"));
    }

    #[test]
    fn lines_that_only_resemble_results_are_left_alone() {
        let suites = read("Running late (as ever)\ntest result: unclear\nDoc-testsx\n");
        assert_eq!(suites.passed(), 0);
    }
}
