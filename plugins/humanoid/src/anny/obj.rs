//! Wavefront OBJ, as far as MakeHuman's base mesh needs it: positions, texture coordinates, named groups of quads.

use std::path::Path;

use crate::error::HumanoidError;

/// One quad: indices of its corners into [`Obj::positions`] and [`Obj::uvs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quad {
    pub vertices: [u32; 4],
    pub uvs: [u32; 4],
}

/// The quads of one group, over all places where the file opens that group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub quads: Vec<Quad>,
}

/// A parsed mesh, in the file's own units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Obj {
    pub positions: Vec<[f32; 3]>,
    pub uvs: Vec<[f32; 2]>,
    pub groups: Vec<Group>,
}

impl Obj {
    /// The quads of group `name`, if the file has it.
    pub fn group(&self, name: &str) -> Option<&[Quad]> {
        self.groups.iter().find(|group| group.name == name).map(|group| group.quads.as_slice())
    }
}

/// Parses the text of `file`.
///
/// # Errors
/// Names the line when a number does not parse, is not finite, a face is not a quad with texture coordinates, or an
/// index points outside of what came before it.
pub fn parse_obj(text: &[u8], file: &Path) -> Result<Obj, HumanoidError> {
    let mut obj = Obj::default();
    let mut current: Option<usize> = None;
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let wrong = |message: &str| HumanoidError::damaged(file, number + 1, message);
        let line = std::str::from_utf8(line).map_err(|_| wrong("is not UTF-8 text"))?;
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => obj.positions.push(numbers(words).ok_or_else(|| wrong("expected `v x y z`"))?),
            Some("vt") => obj.uvs.push(numbers(words).ok_or_else(|| wrong("expected `vt u v`"))?),
            Some("g") => {
                let name = words.next().ok_or_else(|| wrong("a group without a name"))?;
                let index = obj.groups.iter().position(|group| group.name == name);
                current = Some(index.unwrap_or_else(|| {
                    obj.groups.push(Group { name: name.to_owned(), quads: Vec::new() });
                    obj.groups.len() - 1
                }));
            }
            Some("f") => {
                let quad = quad(words, obj.positions.len(), obj.uvs.len())
                    .ok_or_else(|| wrong("expected a quad `f v/vt v/vt v/vt v/vt` of vertices above this line"))?;
                let group = current.and_then(|index| obj.groups.get_mut(index));
                group.ok_or_else(|| wrong("a face before any group"))?.quads.push(quad);
            }
            _ => {}
        }
    }
    if obj.positions.is_empty() {
        return Err(HumanoidError::damaged(file, 0, "has no vertices"));
    }
    Ok(obj)
}

fn numbers<'a, const N: usize>(mut words: impl Iterator<Item = &'a str>) -> Option<[f32; N]> {
    let mut values = [0.0; N];
    for value in &mut values {
        *value = words.next()?.parse::<f32>().ok().filter(|number| number.is_finite())?;
    }
    words.next().is_none().then_some(values)
}

fn quad<'a>(mut words: impl Iterator<Item = &'a str>, vertex_count: usize, uv_count: usize) -> Option<Quad> {
    let index = |text: &str, count: usize| -> Option<u32> {
        let one_based: u32 = text.parse().ok()?;
        (one_based >= 1 && (one_based as usize) <= count).then(|| one_based - 1)
    };
    let mut quad = Quad { vertices: [0; 4], uvs: [0; 4] };
    for corner in 0..4 {
        let (vertex, uv) = words.next()?.split_once('/')?;
        quad.vertices[corner] = index(vertex, vertex_count)?;
        quad.uvs[corner] = index(uv, uv_count)?;
    }
    words.next().is_none().then_some(quad)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str =
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\ng a\nf 1/1 2/1 3/1 4/1\ng b\ng a\nf 4/1 3/1 2/1 1/1\n";

    #[test]
    fn a_group_that_is_opened_twice_is_one_group() {
        let obj = parse_obj(SQUARE.as_bytes(), Path::new("a.obj")).expect("a valid file");
        assert_eq!(obj.groups.len(), 2);
        assert_eq!(obj.group("a").map(<[Quad]>::len), Some(2));
        assert_eq!(obj.group("a").and_then(|quads| quads.get(1)).map(|quad| quad.vertices), Some([3, 2, 1, 0]));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        for (text, line) in [
            ("v 0 0\n", 1),
            ("v 0 0 nan\n", 1),
            ("v 0 0 0\nvt 0 0\ng a\nf 1/1 2/1 1/1 1/1\n", 4),
            ("v 0 0 0\nvt 0 0\ng a\nf 1/1 1/1 1/1\n", 4),
            ("v 0 0 0\nvt 0 0\nf 1/1 1/1 1/1 1/1\n", 3),
            ("v 0 0 0\nvt 0 0\ng a\nf 0/1 1/1 1/1 1/1\n", 4),
        ] {
            let error = parse_obj(text.as_bytes(), Path::new("bad.obj")).expect_err(text).to_string();
            assert!(error.starts_with(&format!("bad.obj:{line}: ")), "{error}");
        }
    }
}
