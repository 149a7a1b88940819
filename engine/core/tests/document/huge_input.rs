//! Input that is far too large or too deep must be refused quickly and in bounded memory.

use kinema_core::Format::{Json, Ron};

use crate::kinds::{parse, refuses, shot_with};

#[test]
fn a_million_parts_are_refused_with_one_message() {
    let mut parts = String::new();
    for index in 0..1_000_000 {
        parts += &format!("(id:\"p{index}\",part:Marker()),\n");
    }
    refuses(
        shot_with(&parts, ""),
        Ron,
        "a.shot.ron:65541:1: error: parts: found a list of 1000000\n  expected a list of at most 65536 values\n1 error",
    );
}

#[test]
fn the_most_parts_that_are_allowed_load() {
    let parts: String = (0..65_536).map(|index| format!("(id:\"p{index}\",part:Marker()),\n")).collect();
    let loaded = parse(shot_with(&parts, ""), Ron).expect("a large shot");
    assert_eq!(loaded.shot.parts.len(), kinema_core::MAX_PARTS);
}

#[test]
fn deep_nesting_is_refused_where_it_gets_too_deep() {
    const DEPTH: usize = 100_000;
    let help = "a shot needs far fewer levels; look for a bracket that is never closed";
    for (open, step) in [("(", 1), ("[", 1), ("Some(", 5), ("{\"a\":", 5), ("(a:", 3)] {
        let column = 128 * step + if open == "Some(" { 5 } else { 1 };
        let expected =
            format!("a.shot.ron:1:{column}: error: brackets nest more than 128 deep\n  help: {help}\n1 error");
        refuses(open.repeat(DEPTH), Ron, &expected);
    }
    let json = format!("a.json:1:129: error: brackets nest more than 128 deep\n  help: {help}\n1 error");
    refuses("[".repeat(DEPTH), Json, &json);
    // Comments and closing brackets need no depth.
    assert!(parse("/*".repeat(DEPTH), Ron).is_err());
    assert!(parse(")".repeat(DEPTH), Ron).is_err());
}

#[test]
fn a_million_errors_are_counted_not_listed() {
    let text = "(".to_owned() + &"@,".repeat(1_000_000) + ")";
    let error = parse(text, Ron).err().unwrap_or_default();
    assert_eq!(error.lines().count(), 102);
    assert!(error.starts_with("a.shot.ron:1:2: error: unexpected character '@'\n"), "{error}");
    assert!(error.ends_with("a.shot.ron: error: 999900 more errors are not shown\n1000000 errors"), "{error}");

    let parts = "(id:\"\",part:Marker(x:1)),\n".repeat(60_000);
    let error = parse(shot_with(&parts, ""), Ron).err().unwrap_or_default();
    assert!(error.ends_with("a.shot.ron: error: 59900 more errors are not shown\n60000 errors"), "{error}");
}

#[test]
fn too_many_values_and_too_much_text_are_refused() {
    refuses(
        "[".to_owned() + &"1,".repeat(5_000_000) + "]",
        Ron,
        "a.shot.ron:1:8000000: error: the shot has more than 4000000 values\n  \
         help: move large data into asset files and refer to them\n1 error",
    );
    refuses(
        vec![b' '; (64 << 20) + 1],
        Ron,
        "a.shot.ron: error: the shot is larger than 64 MiB\n  \
         help: move large data into asset files and refer to them\n1 error",
    );
}
