//! The members of a zip archive that are stored without compression, which is how torch writes all of them.

use std::collections::BTreeMap;

/// Member name -> its bytes.
pub fn stored_members(bytes: &[u8]) -> Result<BTreeMap<String, &[u8]>, String> {
    let end = end_of_directory(bytes).ok_or("is not a zip archive, or is cut short")?;
    let read = || -> Option<Result<BTreeMap<String, &[u8]>, String>> {
        let count = u16_at(bytes, end + 10)?;
        let mut at = u32_at(bytes, end + 16)?;
        let mut members = BTreeMap::new();
        for _ in 0..count {
            if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
                return None;
            }
            let method = u16_at(bytes, at + 10)?;
            let size = u32_at(bytes, at + 24)?;
            let name_length = u16_at(bytes, at + 28)?;
            let skipped = u16_at(bytes, at + 30)? + u16_at(bytes, at + 32)?;
            let local = u32_at(bytes, at + 42)?;
            let name = std::str::from_utf8(bytes.get(at + 46..at + 46 + name_length)?).ok()?;
            if method != 0 {
                return Some(Err(format!("member `{name}` is compressed; torch stores its members")));
            }
            let data = local.checked_add(30)? + u16_at(bytes, local + 26)? + u16_at(bytes, local + 28)?;
            members.insert(name.to_owned(), bytes.get(data..data.checked_add(size)?)?);
            at += 46 + name_length + skipped;
        }
        Some(Ok(members))
    };
    read().unwrap_or_else(|| Err("has a damaged zip directory".to_owned()))
}

/// The end record sits in the last 64 KiB, before a comment of unknown length.
fn end_of_directory(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    let first = last.saturating_sub(0xffff);
    (first..=last).rev().find(|&at| bytes.get(at..at + 4) == Some(b"PK\x05\x06".as_slice()))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let field: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(field)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let field: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(field)).ok()
}
