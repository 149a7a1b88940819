//! Texts that are not RON or JSON, are cut off, or are not text.

use kinema_core::Format::{self, Json, Ron};

use crate::kinds::{SAMPLE, parse, refuses, sample_json};

#[test]
fn several_mistakes_are_found_in_one_go() {
    let text = "(\n  schema: 1\n  name \"x\",\n  seed: 12abc,\n  timeline: (rate: \"24/1\", frames: ),\n  output: (width: 1, height: 2],\n)\n";
    refuses(
        text,
        Ron,
        "a.shot.ron:3:3: error: unexpected `name`\n  expected `,` or `)`\n\
         a.shot.ron:3:8: error: unexpected text \"x\"\n  expected `:` after `name`\n\
         a.shot.ron:4:9: error: `12abc` is not a number\n\
         a.shot.ron:5:36: error: unexpected `)`\n  expected a value\n\
         a.shot.ron:6:31: error: `]` does not close the `(` of 6:11\n  expected `)`\n\
         5 errors",
    );
}

#[test]
fn json_mistakes_are_found_in_one_go() {
    let text = "{\n  \"schema\": 1, // one\n  'name': \"x\",\n  \"seed\": 0x10,\n  \"parts\": [1, 2,],\n  \"a\": \"\\ud83d\",\n  \"b\": tru,\n  \"c\": 01\n}";
    refuses(
        text,
        Json,
        "a.json:2:16: error: JSON has no comments\n  help: remove the comment, or write the shot as .shot.ron\n\
         a.json:3:3: error: unexpected single quote\n  help: texts need double quotes\n\
         a.json:4:11: error: `0x10` is not a number\n  help: JSON numbers look like 12, -0.5 or 1e-3\n\
         a.json:5:17: error: the comma before `]` is one too many\n  help: JSON has no trailing commas\n\
         a.json:6:9: error: the escape is half of a character\n  expected a pair such as `\\ud83d\\ude00`\n\
         a.json:7:8: error: unexpected `tru`\n  expected a value\n  help: texts need double quotes\n\
         a.json:8:8: error: `01` is not a number\n  help: JSON numbers look like 12, -0.5 or 1e-3\n\
         7 errors",
    );
}

#[test]
fn every_way_to_write_something_wrong_has_its_message() {
    let cases: [(&str, Format, &str); 30] = [
        ("", Ron, "a.shot.ron:1:1: error: unexpected end of the file\n  expected a value\n1 error"),
        (
            "  \n // only a comment",
            Ron,
            "a.shot.ron:2:19: error: unexpected end of the file\n  expected a value\n1 error",
        ),
        (
            "(a: 1",
            Ron,
            "a.shot.ron:1:6: error: the file ends, but the `(` of 1:1 is not closed\n  help: was the file cut off?\n1 error",
        ),
        (
            "[1, [2, (3",
            Ron,
            "a.shot.ron:1:11: error: the file ends, but the `(` of 1:9 is not closed\n  help: was the file cut off?\n1 error",
        ),
        (
            "() x",
            Ron,
            "a.shot.ron:1:4: error: unexpected `x` after the end of the shot\n  expected the end of the file\n1 error",
        ),
        (
            "(a: \"x)",
            Ron,
            "a.shot.ron:1:5: error: the text is not closed\n  expected a closing `\"`\na.shot.ron:1:8: error: the file ends, but the `(` of 1:1 is not closed\n  help: was the file cut off?\n2 errors",
        ),
        (
            "/* /* */",
            Ron,
            "a.shot.ron:1:1: error: the comment is not closed\n  expected `*/`\na.shot.ron:1:9: error: unexpected end of the file\n  expected a value\n2 errors",
        ),
        (
            "(a: \"\\q\")",
            Ron,
            "a.shot.ron:1:6: error: there is no escape `\\q`\n  help: write `\\\\` for a backslash\n1 error",
        ),
        ("(a: \"\\u{110000}\")", Ron, "a.shot.ron:1:6: error: there is no character 110000\n1 error"),
        (
            "(a: \"\\u12\")",
            Ron,
            "a.shot.ron:1:6: error: the escape is not complete\n  expected `\\u{...}` with 1 to 6 hexadecimal digits\n1 error",
        ),
        ("(a: \"\\xZZ\")", Ron, "a.shot.ron:1:6: error: the escape needs hexadecimal digits\n1 error"),
        (
            "(a: 'ab')",
            Ron,
            "a.shot.ron:1:5: error: single quotes hold one character\n  help: write a text in double quotes\n1 error",
        ),
        (
            "(a: b\"x\")",
            Ron,
            "a.shot.ron:1:5: error: byte texts are not supported\n  help: write a text without the `b`\n1 error",
        ),
        (
            "(a: r##\"x\"#)",
            Ron,
            "a.shot.ron:1:6: error: the text is not closed\n  expected a closing `\"`\na.shot.ron:1:13: error: the file ends, but the `(` of 1:1 is not closed\n  help: was the file cut off?\n2 errors",
        ),
        ("(a: 1.2.3)", Ron, "a.shot.ron:1:5: error: `1.2.3` is not a number\n1 error"),
        ("(a: 0xG)", Ron, "a.shot.ron:1:5: error: `0xG` is not a number\n1 error"),
        ("(a: -)", Ron, "a.shot.ron:1:5: error: `-` is not a number\n1 error"),
        ("(a: 1u8)", Ron, "a.shot.ron:1:5: error: `1u8` is not a number\n1 error"),
        ("(a: @@@ )", Ron, "a.shot.ron:1:5: error: unexpected character '@'\n1 error"),
        ("(a: 1,, b: 2)", Ron, "a.shot.ron:1:7: error: unexpected `,`\n  expected a value\n1 error"),
        ("(a: 1, 2)", Ron, "a.shot.ron:1:8: error: unexpected number 2\n  expected the name of a field\n1 error"),
        ("(a: 1 : 2)", Ron, "a.shot.ron:1:7: error: unexpected `:`\n  expected `,` or `)`\n1 error"),
        ("([1, 2)", Ron, "a.shot.ron:1:7: error: `)` does not close the `[` of 1:2\n  expected `]`\n1 error"),
        (
            "#![enable(implicit_some)] #![enable(wings)] ()",
            Ron,
            "a.shot.ron:1:37: error: there is no extension `wings`\n  expected one of implicit_some, unwrap_newtypes, unwrap_variant_newtypes, explicit_struct_names\n1 error",
        ),
        (
            "#[enable]",
            Ron,
            "a.shot.ron:1:2: error: unexpected `[`\n  expected an attribute such as `#![enable(implicit_some)]`\n1 error",
        ),
        ("{\"a\" 1}", Json, "a.json:1:6: error: unexpected number 1\n  expected `:` after `a`\n1 error"),
        ("{a: 1}", Json, "a.json:1:2: error: unexpected `a`\n  expected the name of a field in double quotes\n1 error"),
        (
            "(1)",
            Json,
            "a.json:1:1: error: unexpected `(`\n  expected a value\n  help: JSON groups fields in `{}` and lists in `[]`\n1 error",
        ),
        (
            "{\"a\": \"x\ny\"}",
            Json,
            "a.json:1:7: error: the text is not closed\n  expected a closing `\"`\na.json:2:2: error: the text is not closed\n  expected a closing `\"`\na.json:2:4: error: the file ends, but the `{` of 1:1 is not closed\n  help: was the file cut off?\n3 errors",
        ),
        (
            "{\"a\": \"\u{1}\", \"b\": .5, \"c\": +1, \"d\": \"\\u12\"}",
            Json,
            "a.json:1:8: error: the control character '\\u{1}' must be escaped in JSON\na.json:1:17: error: `.5` is not a number\n  help: JSON numbers look like 12, -0.5 or 1e-3\na.json:1:26: error: `+1` is not a number\n  help: JSON numbers look like 12, -0.5 or 1e-3\na.json:1:36: error: the escape is not complete\n  expected `\\u` with 4 hexadecimal digits\n4 errors",
        ),
    ];
    for (text, format, expected) in cases {
        refuses(text, format, expected);
    }
}

#[test]
fn a_shot_cut_off_at_any_byte_is_refused_at_its_end() {
    let json = sample_json();
    for (text, format) in [(SAMPLE, Ron), (json.as_str(), Json)] {
        let text = text.trim_end();
        for end in 0..text.len() {
            let cut = &text.as_bytes()[..end];
            let error = parse(cut, format).err().unwrap_or_else(|| panic!("cut at {end} was accepted"));
            let end_of_file = match std::str::from_utf8(cut) {
                Ok(text) => {
                    let line = text.matches('\n').count() + 1;
                    let column = text.chars().rev().take_while(|c| *c != '\n').count() + 1;
                    format!(":{line}:{column}: error: ")
                }
                Err(_) => "is not UTF-8".to_owned(),
            };
            // What is left open may have begun earlier: a text, a comment or an escape.
            let earlier = [
                "not closed",
                "escape",
                "raw text",
                "single quotes",
                "backslash",
                "is not a number",
                "unexpected",
                "3:1: error: found `",
            ];
            let explained = error.contains(&end_of_file) || earlier.iter().any(|word| error.contains(word));
            assert!(explained, "cut at {end}:\n{error}");
        }
        assert!(parse(text, format).is_ok());
    }
}

#[test]
fn what_is_not_utf8_is_refused_at_its_place() {
    let mut bytes = b"(\n  name: \"\xC3\xA4b".to_vec();
    bytes.extend(b"\xFFc\"\n)");
    refuses(
        bytes,
        Ron,
        "a.shot.ron:2:12: error: the file is not UTF-8 text: byte 0xFF at offset 14\n  \
         help: save the file in the encoding UTF-8\n1 error",
    );
    let utf16: Vec<u8> = "(schema: 1)".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = parse(&utf16, Ron).err().unwrap_or_default();
    assert!(error.starts_with("a.shot.ron:1:2: error: unexpected character '\\0'"), "{error}");
}

#[test]
fn a_byte_order_mark_is_harmless() {
    assert!(parse(format!("\u{FEFF}{SAMPLE}"), Ron).is_ok());
}
