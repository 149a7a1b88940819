//! Makes ONNX models of networks that a package brings in another format, as `assets/packs.toml` describes them.
//!
//! A TFLite file is a FlatBuffer of some twenty kinds of operators, an ONNX file a protobuf message of as many nodes.
//! Both formats are small enough to be read and written here; the usual tools would bring TensorFlow, half a gigabyte,
//! into a user's first command.

mod flatbuffer;
mod lower;
mod onnx;
mod tflite;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::install::hex;
use super::manifest::{Conversion, Pack, TensorNote};
use lower::{Port, lower};
use tflite::Network;

/// Part of the unpacking rules: raised when the same file is converted to another, so that packs are made anew.
pub const REVISION: u32 = 1;

/// The files of a converted model.
pub struct Converted {
    pub onnx: Vec<u8>,
    /// `model.toml`, as `kinema_neural` reads it.
    pub description: String,
}

/// Converts the network in `bytes`, a file of the package.
pub fn convert(pack: &Pack, conversion: &Conversion, bytes: &[u8]) -> Result<Converted, String> {
    let unpacked;
    let network_bytes = match &conversion.member {
        None => bytes,
        Some(member) => {
            let archive = Archive::open(bytes)?;
            let file = archive.files.iter().find(|file| file.name == *member);
            unpacked = archive.read(file.ok_or_else(|| format!("it holds no `{member}`"))?)?;
            unpacked.as_slice()
        }
    };
    let network = Network::read(network_bytes)?;
    let notes = || conversion.inputs.iter().chain(&conversion.outputs);
    let name_of = |tensor: &str| notes().find(|note| note.of == tensor).map(|note| note.name.clone());
    let name = conversion.model_name();
    let lowered = lower(&network, name, name_of)?;
    let mut description = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        description,
        "# Written by `cargo xtask setup`.\nschema = 1\nname = {}\nabout = {}\nfile = \"model.onnx\"\nsha256 = \"{}\"\n\
         licence = {}\ntrain = \"cargo xtask setup\"\nquality = []\n",
        quoted(name),
        quoted(&conversion.about),
        hex(&Sha256::digest(&lowered.onnx)),
        quoted(&pack.licence),
    );
    for (kind, notes, ports) in
        [("input", &conversion.inputs, &lowered.inputs), ("output", &conversion.outputs, &lowered.outputs)]
    {
        describe(&mut description, kind, notes, ports)?;
    }
    Ok(Converted { onnx: lowered.onnx, description })
}

/// One `[[input]]` or `[[output]]` for each port, in the network's order.
fn describe(description: &mut String, kind: &str, notes: &[TensorNote], ports: &[Port]) -> Result<(), String> {
    if let Some(note) = notes.iter().find(|note| !ports.iter().any(|port| port.name == note.name)) {
        return Err(format!("the network has no {kind} `{}`", note.of));
    }
    for port in ports {
        let note = notes.iter().find(|note| note.name == port.name);
        let note = note.ok_or_else(|| format!("`{}` is described, but not as an {kind}", port.name))?;
        if note.dimensions.len() != port.shape.len() {
            return Err(format!(
                "{kind} `{}` has {} dimensions, {:?}, and {} are named",
                note.of,
                port.shape.len(),
                port.shape,
                note.dimensions.len()
            ));
        }
        let sizes = note.dimensions.iter().zip(&port.shape);
        let dimensions: Vec<String> =
            sizes.map(|(name, size)| format!("{{ name = {}, size = {size} }}", quoted(name))).collect();
        let _ = write!(
            description,
            "\n[[{kind}]]\nname = {}\ndimensions = [{}]\ncolour_space = {}\nnormalisation = {{ mean = {:?}, std = {:?} }}\n",
            quoted(&note.name),
            dimensions.join(", "),
            quoted(&note.colour_space),
            note.mean,
            note.std
        );
    }
    Ok(())
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests;
