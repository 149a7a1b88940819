//! Reads the one `.pth` file the pack needs: a zip archive of stored members, in it a pickle of protocol 2 that holds a
//! flat dictionary of tensors, lists of strings, strings and numbers.
//!
//! Only the opcodes such a file can have are understood and nothing is ever called: a pickle that asks for any other
//! class than a tensor's parts is refused, so a tampered file cannot run code.

use std::{collections::BTreeMap, path::Path};

use crate::{
    anny::torch::pickle::Machine,
    error::{HumanoidError, read_file},
};

mod pickle;
mod zip;

const LIMIT_BYTES: u64 = 256 << 20;

/// A dense tensor, row-major whatever its strides were in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

/// One value of the dictionary.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Tensor(Tensor),
    Strings(Vec<String>),
    /// Text, numbers and whatever else carries no data of the body.
    Other,
}

/// The dictionary of a `.pth` file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive(pub BTreeMap<String, Entry>);

impl Archive {
    /// Reads and decodes `file`.
    pub fn read(file: &Path) -> Result<Self, HumanoidError> {
        let bytes = read_file(file, LIMIT_BYTES)?;
        Self::parse(&bytes).map_err(|message| HumanoidError::damaged(file, 0, message))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let members = zip::stored_members(bytes)?;
        let (name, pickle) = members
            .iter()
            .find(|(name, _)| name.ends_with("/data.pkl"))
            .ok_or("has no member `data.pkl`; it is not a torch archive")?;
        let prefix = name.strip_suffix("data.pkl").unwrap_or_default();
        let order = members.get(&format!("{prefix}byteorder")).copied().unwrap_or(b"little");
        if order != b"little" {
            return Err("was written with another byte order than little endian".to_owned());
        }
        let storage = |key: &str| members.get(&format!("{prefix}data/{key}")).copied();
        Machine::new(pickle, &storage).run().map(Self)
    }

    /// The tensor `name` of exactly this shape.
    pub fn tensor(&self, name: &str, shape: &[usize], file: &Path) -> Result<&[f64], HumanoidError> {
        match self.0.get(name) {
            Some(Entry::Tensor(tensor)) if tensor.shape == shape => Ok(&tensor.data),
            Some(Entry::Tensor(tensor)) => {
                let message = format!("tensor `{name}` has the shape {:?}, expected {shape:?}", tensor.shape);
                Err(HumanoidError::damaged(file, 0, message))
            }
            _ => Err(HumanoidError::damaged(file, 0, format!("has no tensor `{name}`"))),
        }
    }

    /// The list of strings `name`.
    pub fn strings(&self, name: &str, file: &Path) -> Result<&[String], HumanoidError> {
        match self.0.get(name) {
            Some(Entry::Strings(strings)) => Ok(strings),
            _ => Err(HumanoidError::damaged(file, 0, format!("has no list of names `{name}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored zip of the given members (no checksums: the reader does not ask for them).
    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut directory = Vec::new();
        for (name, data) in members {
            let offset = bytes.len() as u32;
            let name_length = name.len() as u16;
            let size = data.len() as u32;
            bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            bytes.extend_from_slice(&[size.to_le_bytes(), size.to_le_bytes()].concat());
            bytes.extend_from_slice(&[name_length.to_le_bytes(), [0, 0]].concat());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(data);
            directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            directory.extend_from_slice(&[size.to_le_bytes(), size.to_le_bytes()].concat());
            directory.extend_from_slice(&name_length.to_le_bytes());
            directory.extend_from_slice(&[0; 12]);
            directory.extend_from_slice(&offset.to_le_bytes());
            directory.extend_from_slice(name.as_bytes());
        }
        let start = bytes.len() as u32;
        bytes.extend_from_slice(&directory);
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        let count = members.len() as u16;
        bytes.extend_from_slice(&[count.to_le_bytes(), count.to_le_bytes()].concat());
        bytes.extend_from_slice(&(directory.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    /// `{"m": tensor of two rows of a 3-wide storage, "names": ["a", "b"]}` as torch writes it.
    fn pickle() -> Vec<u8> {
        let mut p = b"\x80\x02}q\0(X\x01\0\0\0mctorch._utils\n_rebuild_tensor_v2\nq\x01((X\x07\0\0\0storagectorch\nDoubleStorage\n".to_vec();
        p.extend_from_slice(
            b"X\x01\0\0\x000X\x03\0\0\0cpuK\x06tQK\x01K\x02K\x02\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtR",
        );
        p.extend_from_slice(b"X\x05\0\0\0names](X\x01\0\0\0aX\x01\0\0\0beu.");
        p
    }

    #[test]
    fn a_strided_tensor_and_a_list_are_read() {
        let storage: Vec<u8> = (0..6).flat_map(|i| f64::from(i).to_le_bytes()).collect();
        let bytes = archive(&[("x/data.pkl", &pickle()), ("x/byteorder", b"little"), ("x/data/0", &storage)]);
        let read = Archive::parse(&bytes).expect("a valid archive");
        let tensor = Tensor { shape: vec![2, 2], data: vec![1.0, 2.0, 4.0, 5.0] };
        assert_eq!(read.0.get("m"), Some(&Entry::Tensor(tensor)));
        assert_eq!(read.0.get("names"), Some(&Entry::Strings(vec!["a".into(), "b".into()])));
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_answer_not_a_panic() {
        let storage = [0; 48];
        let bytes = archive(&[("x/data.pkl", &pickle()), ("x/byteorder", b"little"), ("x/data/0", &storage)]);
        for length in 0..bytes.len() {
            assert!(Archive::parse(&bytes[..length]).is_err(), "cut at {length}");
        }
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                drop(Archive::parse(&changed));
            }
        }
    }

    #[test]
    fn a_pickle_that_calls_something_else_is_refused() {
        let evil = b"\x80\x02}(X\x01\0\0\0mcos\nsystem\nX\x04\0\0\0true\x85Ru.";
        let bytes = archive(&[("x/data.pkl", evil)]);
        let error = Archive::parse(&bytes).expect_err("refused");
        assert!(error.contains("os system"), "{error}");
    }
}
