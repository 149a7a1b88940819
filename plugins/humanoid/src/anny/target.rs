//! MakeHuman targets: text files that move vertices, one `index dx dy dz` per line, in decimetres, y up.
//!
//! Offsets are written with at most three decimals, so a whole number of tenths of a millimetre holds them exactly:
//! they stay `i16` from here to the evaluation, a quarter of the memory of `f64` and half of that of `f32`.

use std::{io::Read, path::Path};

use crate::error::{HumanoidError, read_file};

/// Metres per unit of [`Target::offsets`].
pub const METRES_PER_UNIT: f32 = 1e-4;

/// No target of the pack unpacks to more (the largest is 0.6 MB); a file that does is damaged.
const LIMIT_BYTES: u64 = 16 << 20;

/// A sparse displacement of the base mesh: vertex indices of the base mesh in file order, and what moves them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub vertices: Vec<u16>,
    pub offsets: Vec<[i16; 3]>,
}

/// Reads a `.target` file, or a `.target.gz` one.
pub fn read_target(file: &Path, vertex_count: usize) -> Result<Target, HumanoidError> {
    let bytes = read_file(file, LIMIT_BYTES)?;
    if file.extension().is_some_and(|extension| extension == "gz") {
        let mut text = Vec::with_capacity(bytes.len() * 5);
        let unpacked = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(LIMIT_BYTES).read_to_end(&mut text);
        unpacked.map_err(|error| HumanoidError::damaged(file, 0, format!("does not unpack ({error})")))?;
        parse_target(&text, file, vertex_count)
    } else {
        parse_target(&bytes, file, vertex_count)
    }
}

/// Parses the text of a target for a mesh of `vertex_count` vertices.
///
/// # Errors
/// Names the line when it is not one index and three numbers, when the index is not one of the mesh, or when an
/// offset is beyond 3.2 m.
pub fn parse_target(text: &[u8], file: &Path, vertex_count: usize) -> Result<Target, HumanoidError> {
    let mut target = Target::default();
    let lines = text.len() / 20;
    target.vertices.reserve(lines);
    target.offsets.reserve(lines);
    let mut cursor = Cursor { text, at: 0 };
    let mut line = 1;
    while cursor.at < text.len() {
        match cursor.line() {
            Line::Empty => {}
            Line::Entry(vertex, offset) if (vertex as usize) < vertex_count => {
                target.vertices.push(vertex);
                target.offsets.push(offset);
            }
            Line::Entry(vertex, _) => {
                let message = format!("vertex {vertex} is outside of the mesh of {vertex_count} vertices");
                return Err(HumanoidError::damaged(file, line, message));
            }
            Line::Wrong => {
                return Err(HumanoidError::damaged(file, line, "expected `vertex dx dy dz` in decimetres"));
            }
        }
        line += 1;
    }
    Ok(target)
}

enum Line {
    Empty,
    Entry(u16, [i16; 3]),
    Wrong,
}

/// A hand-written scanner: the pack holds six million such lines, and this is what its first load waits for.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(b'\n')
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    /// Consumes one line with its line feed.
    fn line(&mut self) -> Line {
        self.skip_blanks();
        let line = match self.peek() {
            b'\n' => Line::Empty,
            b'#' => {
                while self.peek() != b'\n' {
                    self.at += 1;
                }
                Line::Empty
            }
            _ => self.entry().unwrap_or(Line::Wrong),
        };
        self.at += 1;
        line
    }

    fn entry(&mut self) -> Option<Line> {
        let mut vertex: u32 = 0;
        let start = self.at;
        while let digit @ b'0'..=b'9' = self.peek() {
            vertex = vertex.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
            self.at += 1;
        }
        if self.at == start {
            return None;
        }
        let vertex = u16::try_from(vertex).ok()?;
        let mut offset = [0; 3];
        for value in &mut offset {
            self.skip_blanks();
            *value = i16::try_from(self.thousandths()?).ok()?;
        }
        self.skip_blanks();
        (self.peek() == b'\n').then_some(Line::Entry(vertex, offset))
    }

    /// A decimal number times 1000, rounded to nearest.
    fn thousandths(&mut self) -> Option<i32> {
        let negative = self.peek() == b'-';
        if matches!(self.peek(), b'-' | b'+') {
            self.at += 1;
        }
        let mut whole: i32 = 0;
        let mut digits = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            whole = whole.checked_mul(10)?.checked_add(i32::from(digit - b'0'))?;
            digits += 1;
            self.at += 1;
        }
        let mut value = whole.checked_mul(1000)?;
        if self.peek() == b'.' {
            self.at += 1;
            let mut scale = 100;
            let mut first_dropped = true;
            while let digit @ b'0'..=b'9' = self.peek() {
                if scale > 0 {
                    value = value.checked_add(i32::from(digit - b'0') * scale)?;
                    scale /= 10;
                } else if first_dropped {
                    value = value.checked_add(i32::from(digit >= b'5'))?;
                    first_dropped = false;
                }
                digits += 1;
                self.at += 1;
            }
        }
        (digits > 0).then_some(if negative { -value } else { value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, HumanoidError> {
        parse_target(text.as_bytes(), Path::new("t.target"), 100)
    }

    #[test]
    fn numbers_are_exact_tenths_of_a_millimetre() {
        let target =
            parse("# a comment\n\n3 0 -.001 1.5\r\n99 -10.659 +.25 0.0004\n7 0.0005 -0.0015 2").expect("valid");
        assert_eq!(target.vertices, [3, 99, 7]);
        assert_eq!(target.offsets, [[0, -1, 1500], [-10659, 250, 0], [1, -2, 2000]]);
    }

    #[test]
    fn damage_is_named_with_its_line() {
        for text in [
            "1 0 0\n",
            "1 0 0 0 0\n",
            "100 0 0 0\n",
            "x 0 0 0\n",
            "1 0 0 1e3\n",
            "1 0 0 40\n",
            "1 - 0 0\n",
            "99999999999 0 0 0\n",
        ] {
            let error = parse(&format!("0 0 0 0\n{text}")).expect_err(text).to_string();
            assert!(error.starts_with("t.target:2: "), "{error}");
        }
    }

    #[test]
    fn a_cut_archive_is_an_error() {
        use std::io::Write;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("cut.target.gz");
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all("1 .1 .2 .3\n".repeat(200).as_bytes()).expect("packs");
        let whole = packer.finish().expect("packs");
        std::fs::write(&file, &whole).expect("writes");
        assert_eq!(read_target(&file, 100).map(|target| target.vertices.len()).ok(), Some(200));
        std::fs::write(&file, &whole[..whole.len() - 12]).expect("writes");
        let error = read_target(&file, 100).expect_err("cut").to_string();
        assert!(error.contains("does not unpack") && error.contains("cargo xtask setup"), "{error}");
        let error = read_target(&folder.path().join("none.target.gz"), 100).expect_err("missing").to_string();
        assert!(error.contains("none.target.gz") && error.contains("cargo xtask setup"), "{error}");
    }
}
