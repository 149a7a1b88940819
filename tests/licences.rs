//! Every dependency may be shipped under Kinema's own terms: no copyleft is linked, and no crate lacks a licence.

use crate::support::workspace::{assert_none, metadata};

/// Permissive licences that ask for no more than keeping a notice. MPL-2.0 is not among them: nothing needs it today,
/// and what it asks for each changed file is a decision to take when something does.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be met with [`ALLOWED`] licences alone. `/` is an old spelling of OR.
pub fn is_allowed(expression: &str) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let verdict = either(&mut words)?;
    if words.is_empty() { Ok(verdict) } else { Err(format!("`{expression}` is no SPDX expression")) }
}

/// `a OR b`, where AND binds tighter. `words` is reversed: the next one is last.
fn either(words: &mut Vec<&str>) -> Result<bool, String> {
    let mut verdict = both(words)?;
    while words.pop_if(|word| *word == "OR").is_some() {
        verdict |= both(words)?;
    }
    Ok(verdict)
}

fn both(words: &mut Vec<&str>) -> Result<bool, String> {
    let mut verdict = one(words)?;
    while words.pop_if(|word| *word == "AND").is_some() {
        verdict &= one(words)?;
    }
    Ok(verdict)
}

fn one(words: &mut Vec<&str>) -> Result<bool, String> {
    match words.pop() {
        Some("(") => {
            let verdict = either(words)?;
            words.pop_if(|word| *word == ")").map(|_| verdict).ok_or_else(|| "a parenthesis is not closed".to_owned())
        }
        Some(licence) if !matches!(licence, "AND" | "OR" | "WITH" | ")") => {
            if words.pop_if(|word| *word == "WITH").is_none() {
                return Ok(ALLOWED.contains(&licence));
            }
            let exception = words.pop().ok_or("an exception is missing after WITH")?;
            Ok(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        other => Err(format!("a licence is missing before {}", other.unwrap_or("the end"))),
    }
}

#[test]
fn every_linked_crate_is_permissively_licensed() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let mut problems = Vec::new();
    for node in &resolve.nodes {
        let package = &metadata[&node.id];
        let name = format!("{} {}", package.name, package.version);
        match package.license.as_deref().map(is_allowed) {
            Some(Ok(true)) => {}
            Some(Ok(false)) => problems.push(format!("{name}: {}", package.license.as_deref().unwrap_or_default())),
            Some(Err(problem)) => problems.push(format!("{name}: {problem}")),
            None => problems.push(format!("{name}: no licence is declared")),
        }
    }
    assert!(resolve.nodes.len() > 100, "only {} crates were found", resolve.nodes.len());
    assert_none("licences", &problems);
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "GPL-3.0-only OR (MIT AND Zlib)",
        "Apache-2.0/GPL-2.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert_eq!(is_allowed(good), Ok(true), "{good}");
    }
    for bad in [
        "AGPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Zlib) AND LGPL-2.1",
        "MPL-2.0",
        "MIT WITH Some-exception",
        "MIT AND MPL-2.0 OR GPL-2.0",
    ] {
        assert_eq!(is_allowed(bad), Ok(false), "{bad}");
    }
    for malformed in ["", "MIT OR", "(MIT", "MIT Zlib", "AND MIT", "MIT)"] {
        assert!(is_allowed(malformed).is_err(), "{malformed}");
    }
}
