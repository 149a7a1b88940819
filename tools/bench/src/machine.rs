//! On what it was measured.

use std::fmt;

use serde::Serialize;

/// The machine that figures belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The processor's own name.
    pub cpu: String,
    /// Threads that this process may use at once.
    pub cores: usize,
    /// Device and driver that drew.
    pub driver: String,
}

impl Machine {
    /// This machine, drawing with `driver`.
    pub fn here(driver: String) -> Self {
        let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self { cpu: cpu_name(&cpu_info), cores: std::thread::available_parallelism().map_or(1, usize::from), driver }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.cores == 1 { "" } else { "s" };
        write!(f, "{}, {} core{plural}, {}", self.cpu, self.cores, self.driver)
    }
}

/// From the text of `/proc/cpuinfo`.
fn cpu_name(cpu_info: &str) -> String {
    let field = |name: &str| {
        cpu_info
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| value.trim())
    };
    match field("model name").filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("unnamed {} processor", std::env::consts::ARCH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        let text =
            "processor\t: 0\nmodel\t\t: 143\nmodel name\t: Some CPU @ 2.00GHz\n\nprocessor\t: 1\nmodel name\t: Other\n";
        assert_eq!(cpu_name(text), "Some CPU @ 2.00GHz");
        assert!(cpu_name("").starts_with("unnamed "));
    }
}
