//! Reads zip archives, which wheels are: stored and deflated files of an archive in memory, checked by CRC.
//!
//! Python's own `zipfile` would do, but it quietly renames an entry that points outside; here such an archive is
//! refused as a whole, before anything is written.

use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::manifest::stays_inside;

const END_SIGNATURE: u32 = 0x0605_4b50;
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const END_BYTES: usize = 22;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const FLAG_ENCRYPTED: u16 = 1;
/// Unix file types, in the upper half of the external attributes.
const TYPE_MASK: u32 = 0xf000;
const TYPE_SYMLINK: u32 = 0xa000;

/// A zip archive whose table of contents has been read and found harmless.
pub struct Archive<'a> {
    bytes: &'a [u8],
    /// Files only, in the archive's order.
    pub files: Vec<ArchivedFile>,
}

pub struct ArchivedFile {
    /// With forward slashes; stays inside the folder that it is unpacked into.
    pub name: String,
    method: u16,
    crc: u32,
    compressed_bytes: usize,
    plain_bytes: usize,
    local_header_at: usize,
}

impl<'a> Archive<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let end = find_end(bytes).ok_or("it is not a zip archive, or its end is missing")?;
        let count = u16_at(bytes, end + 10)?;
        let mut at = u32_at(bytes, end + 16)? as usize;
        if count == u16::MAX || at == u32::MAX as usize {
            return Err("zip64 archives are not supported".to_owned());
        }
        let mut files = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            if u32_at(bytes, at)? != CENTRAL_SIGNATURE {
                return Err("its table of contents is damaged".to_owned());
            }
            let name_bytes = usize::from(u16_at(bytes, at + 28)?);
            let name = std::str::from_utf8(slice(bytes, at + CENTRAL_BYTES, name_bytes)?)
                .map_err(|_| "a file name is not UTF-8")?;
            if !stays_inside(name) {
                return Err(format!("it holds `{name}`, which would be written outside of its folder"));
            }
            if (u32_at(bytes, at + 38)? >> 16) & TYPE_MASK == TYPE_SYMLINK {
                return Err(format!("it holds a symbolic link, `{name}`"));
            }
            if u16_at(bytes, at + 8)? & FLAG_ENCRYPTED != 0 {
                return Err(format!("`{name}` is encrypted"));
            }
            if !name.ends_with('/') {
                files.push(ArchivedFile {
                    name: name.to_owned(),
                    method: u16_at(bytes, at + 10)?,
                    crc: u32_at(bytes, at + 16)?,
                    compressed_bytes: u32_at(bytes, at + 20)? as usize,
                    plain_bytes: u32_at(bytes, at + 24)? as usize,
                    local_header_at: u32_at(bytes, at + 42)? as usize,
                });
            }
            at += CENTRAL_BYTES
                + name_bytes
                + usize::from(u16_at(bytes, at + 30)?)
                + usize::from(u16_at(bytes, at + 32)?);
        }
        Ok(Self { bytes, files })
    }

    /// The file's contents; their length and CRC are those of the table of contents.
    pub fn read(&self, file: &ArchivedFile) -> Result<Vec<u8>, String> {
        let header = file.local_header_at;
        if u32_at(self.bytes, header)? != LOCAL_SIGNATURE {
            return Err(format!("`{}` is not where the table of contents says", file.name));
        }
        let names = usize::from(u16_at(self.bytes, header + 26)?) + usize::from(u16_at(self.bytes, header + 28)?);
        let stored = slice(self.bytes, header + LOCAL_BYTES + names, file.compressed_bytes)?;
        let mut plain = Vec::new();
        match file.method {
            0 => plain.extend_from_slice(stored),
            8 => {
                // One byte more than announced is enough to notice a file that unpacks to more.
                DeflateDecoder::new(stored)
                    .take(file.plain_bytes as u64 + 1)
                    .read_to_end(&mut plain)
                    .map_err(|error| format!("`{}` cannot be decompressed: {error}", file.name))?;
            }
            other => {
                return Err(format!("`{}` is compressed by method {other}, only 0 and 8 are supported", file.name));
            }
        }
        let mut crc = Crc::new();
        crc.update(&plain);
        if plain.len() != file.plain_bytes || crc.sum() != file.crc {
            return Err(format!("`{}` is damaged: its length or CRC is wrong", file.name));
        }
        Ok(plain)
    }
}

/// The end record is last, before a comment of up to 65535 bytes.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    (last.saturating_sub(usize::from(u16::MAX))..=last).rev().find(|&at| u32_at(bytes, at) == Ok(END_SIGNATURE))
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], String> {
    at.checked_add(length).and_then(|end| bytes.get(at..end)).ok_or_else(|| "it ends too early".to_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, String> {
    slice(bytes, at, 2).map(|b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, String> {
    slice(bytes, at, 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

#[cfg(test)]
pub mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// A zip archive of deflated files.
    pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut contents) = (Vec::new(), Vec::new());
        for (name, plain) in files {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(plain).expect("memory");
            let stored = encoder.finish().expect("memory");
            let mut crc = Crc::new();
            crc.update(plain);
            let mut common = Vec::new();
            common.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
            common.extend(crc.sum().to_le_bytes());
            common.extend((stored.len() as u32).to_le_bytes());
            common.extend((plain.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            contents.extend(CENTRAL_SIGNATURE.to_le_bytes());
            contents.extend([20, 3]);
            contents.extend(&common);
            contents.extend([0; 10]);
            contents.extend((bytes.len() as u32).to_le_bytes());
            contents.extend(name.as_bytes());
            bytes.extend(LOCAL_SIGNATURE.to_le_bytes());
            bytes.extend(&common);
            bytes.extend(name.as_bytes());
            bytes.extend(stored);
        }
        let contents_at = bytes.len() as u32;
        let count = (files.len() as u16).to_le_bytes();
        bytes.extend(&contents);
        bytes.extend(END_SIGNATURE.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(count);
        bytes.extend(count);
        bytes.extend((contents.len() as u32).to_le_bytes());
        bytes.extend(contents_at.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn files_come_back_as_they_went_in() {
        let long = vec![7_u8; 100_000];
        let bytes = zip(&[("a/one.txt", b"hello"), ("empty", b""), ("two", &long)]);
        let archive = Archive::open(&bytes).expect("a good archive");
        let names: Vec<&str> = archive.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a/one.txt", "empty", "two"]);
        assert_eq!(archive.read(&archive.files[0]).expect("one"), b"hello");
        assert_eq!(archive.read(&archive.files[2]).expect("two"), long);
    }

    #[test]
    fn an_entry_that_points_outside_condemns_the_archive() {
        for name in ["../evil", "/etc/evil", "a/../../evil", "c:evil"] {
            let problem = Archive::open(&zip(&[("good", b"x"), (name, b"x")])).map(|_| ()).expect_err(name);
            assert!(problem.contains(name), "{problem}");
        }
    }

    #[test]
    fn symbolic_links_are_refused() {
        let mut bytes = zip(&[("link", b"/etc/passwd")]);
        let end = find_end(&bytes).expect("the end record");
        let central = u32_at(&bytes, end + 16).expect("its place") as usize;
        bytes[central + 38..central + 42].copy_from_slice(&(0xa1ff_u32 << 16).to_le_bytes());
        let problem = Archive::open(&bytes).map(|_| ()).expect_err("a link");
        assert!(problem.contains("symbolic link"), "{problem}");
    }

    #[test]
    fn damage_anywhere_is_an_error_and_never_a_panic() {
        let good = zip(&[("a/one.txt", b"hello hello hello hello"), ("two", b"1234567890")]);
        for length in 0..good.len() {
            assert!(Archive::open(&good[..length]).is_err(), "cut after {length} bytes");
        }
        let expected: [&[u8]; 2] = [b"hello hello hello hello", b"1234567890"];
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x55;
            let Ok(archive) = Archive::open(&bad) else { continue };
            for (file, expected) in archive.files.iter().zip(expected) {
                if let Ok(contents) = archive.read(file) {
                    assert_eq!(contents, expected, "a wrong file was accepted after a change at {place}");
                }
            }
        }
    }
}
