//! 20,000 seeded mutations of valid shots: whatever comes out, reading it ends, and ends well.

use kinema_core::{Format, Seed, Severity, parse_shot, shot_to_ron};

use crate::kinds::{SAMPLE, registry, sample_json, shot_with};

const MUTATIONS: usize = 20_000;

/// Pieces that matter to the readers.
const TOKENS: [&str; 32] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "/*",
    "*/",
    "//",
    "\n",
    "#",
    "!",
    "-",
    "1e999",
    "NaN",
    "0x",
    "r#\"",
    "b\"",
    "Some(",
    "None",
    "Rigid(",
    "\\u{",
    "\u{1F600}",
    "99999999999999999999",
    "\"ball\"",
    "schema: 0",
    "_",
];

fn below(seed: &mut Seed, count: usize) -> usize {
    (seed.next_u64() % count.max(1) as u64) as usize
}

fn mutate(text: &mut Vec<u8>, seed: &mut Seed) {
    let at = below(seed, text.len());
    let length = below(seed, 24).min(text.len() - at);
    match below(seed, 6) {
        0 => {
            let bit = below(seed, 8);
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        1 => drop(text.drain(at..at + length)),
        2 => {
            let copy = text[at..at + length].to_vec();
            let to = below(seed, text.len() + 1);
            drop(text.splice(to..to, copy));
        }
        3 => {
            let token = TOKENS[below(seed, TOKENS.len())];
            drop(text.splice(at..at, token.bytes()));
        }
        4 => swap_words(text, seed),
        _ => text.truncate(at),
    }
}

/// Exchanges two runs of letters and digits, which keeps the text well formed more often than not.
fn swap_words(text: &mut Vec<u8>, seed: &mut Seed) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut words = Vec::new();
    let mut start = None;
    for (index, byte) in text.iter().enumerate() {
        match (is_word(byte), start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                words.push(from..index);
                start = None;
            }
            _ => {}
        }
    }
    if words.len() < 2 {
        return;
    }
    let (a, b) = (below(seed, words.len()), below(seed, words.len()));
    let (first, second) = (words[a.min(b)].clone(), words[a.max(b)].clone());
    if a == b {
        return;
    }
    let (one, two) = (text[first.clone()].to_vec(), text[second.clone()].to_vec());
    drop(text.splice(second, one));
    drop(text.splice(first, two));
}

#[test]
fn mutated_shots_are_read_or_refused_and_nothing_else() {
    let small = shot_with("(id: \"a\", part: Human(age: 0.5))", "(target: \"a/age\", keys: [(frame: 0, value: 0)])");
    let originals = [(SAMPLE.to_owned(), Format::Ron), (sample_json(), Format::Json), (small, Format::Ron)];
    let registry = registry();
    let mut seed = Seed(20_000);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..MUTATIONS {
        let (original, format) = &originals[round % originals.len()];
        let mut text = original.clone().into_bytes();
        for _ in 0..1 + below(&mut seed, 3) {
            mutate(&mut text, &mut seed);
        }
        match parse_shot(&text, "m.shot.ron".as_ref(), *format, &registry) {
            Ok(loaded) => {
                accepted += 1;
                let printed = shot_to_ron(&loaded.shot).expect("a shot that was read can be written");
                let again = parse_shot(printed.as_bytes(), "m.shot.ron".as_ref(), Format::Ron, &registry)
                    .unwrap_or_else(|error| panic!("round {round}:\n{printed}\n{error}"));
                assert_eq!(again.shot, loaded.shot, "round {round}:\n{printed}");
                assert_eq!(again.sha256, loaded.sha256, "round {round}");
            }
            Err(errors) => {
                refused += 1;
                assert!(errors.has_errors(), "round {round}");
                let lines = text.iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
                for error in &errors.0 {
                    assert!(!error.message.is_empty() && error.file.is_some(), "round {round}: {error}");
                    assert!(error.line <= lines && (error.line > 0) == (error.column > 0), "round {round}: {error}");
                    assert!(error.to_string().len() < 4000, "round {round}: {error}");
                    assert!(matches!(error.severity, Severity::Error | Severity::Warning));
                }
            }
        }
    }
    // The mutations are worth their time only if they reach both outcomes often.
    assert!(accepted > MUTATIONS / 50 && refused > MUTATIONS / 2, "{accepted} accepted, {refused} refused");
}
