//! The two forms of the golden report.

use std::fmt::Write;
use std::path::Path;

use crate::golden_files::{GoldenResult, Tolerance, actual_file, heat_map_file, reference_file};

pub struct Row<'a> {
    pub name: &'a str,
    pub shows: &'a str,
    pub tolerance: Tolerance,
    /// None when no test has drawn it since the build folder was made.
    pub result: Option<GoldenResult>,
}

pub fn table(rows: &[Row<'_>]) -> String {
    let mut text =
        format!("{:<32} {:>9} {:>9} {:>9}  {}\n", "picture", "mean FLIP", "max FLIP", "tolerance", "verdict");
    for Row { name, tolerance, result, .. } in rows {
        let _ = match result {
            Some(result) => writeln!(
                text,
                "{name:<32} {:>9} {:>9} {:>9}  {}",
                number(result.mean_flip),
                number(result.max_flip),
                result.tolerance,
                verdict(result)
            ),
            None => writeln!(text, "{name:<32} {:>9} {:>9} {:>9}  not drawn", "-", "-", tolerance.software),
        };
    }
    text
}

/// One row of three pictures for each golden picture; it refers to the files where they lie.
pub fn html(rows: &[Row<'_>], references: &Path, results: &Path) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\"><title>Golden pictures</title>\n\
         <style>body{font:14px sans-serif;background:#222;color:#ddd}img{width:100%;image-rendering:pixelated}\
         td{width:30%;vertical-align:top;padding:4px}.failed{color:#f76}</style>\n\
         <table><tr><th><th>reference<th>drawn<th>FLIP error</tr>\n",
    );
    for Row { name, shows, result, .. } in rows {
        let (class, figures) = match result {
            Some(result) => (
                if result.passed { "passed" } else { "failed" },
                format!(
                    "{}<br>mean {}<br>max {}<br>tolerance {}<br>{}",
                    verdict(result),
                    number(result.mean_flip),
                    number(result.max_flip),
                    result.tolerance,
                    escape(&result.adapter)
                ),
            ),
            None => ("", "not drawn".to_owned()),
        };
        let _ = write!(page, "<tr><td class=\"{class}\"><b>{}</b><br>{}<br>{figures}", escape(name), escape(shows));
        for file in [reference_file(references, name), actual_file(results, name), heat_map_file(results, name)] {
            let _ = write!(page, "<td><img src=\"file://{}\">", escape(&file.display().to_string()));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
    page
}

fn verdict(result: &GoldenResult) -> &'static str {
    match (result.passed, result.mean_flip) {
        (true, _) => "passed",
        (false, Some(_)) => "FAILED",
        (false, None) => "FAILED: no reference of this size",
    }
}

fn number(value: Option<f32>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.5}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
