//! Writes ONNX files: protobuf messages, by hand. Field numbers are those of `onnx.proto3` (IR version 8).

const IR_VERSION: i64 = 8;
/// The operator set that the nodes of [`super::lower`] are of.
const OPSET: i64 = 17;
const ELEMENT_FLOAT: i64 = 1;
const ELEMENT_INT64: i64 = 7;
const ATTRIBUTE_INT: i64 = 2;
const ATTRIBUTE_STRING: i64 = 3;
const ATTRIBUTE_INTS: i64 = 7;

/// A protobuf message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Negative numbers take ten bytes, as protobuf's `int64` does.
    fn int(&mut self, field: u64, value: i64) {
        self.varint(field << 3);
        self.varint(value as u64);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint((field << 3) | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }
}

/// A network that is being written; nodes are in the order of their execution.
#[derive(Default)]
pub struct Graph {
    message: Message,
    /// For names of nodes and constants.
    count: usize,
}

/// An attribute of a node.
pub enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Text(&'a str, &'a str),
}

impl Graph {
    /// A name that nothing else in the graph has.
    pub fn fresh_name(&mut self, stem: &str) -> String {
        self.count += 1;
        format!("{stem}_{}", self.count)
    }

    /// Appends a node with one output.
    pub fn node(&mut self, operation: &str, inputs: &[String], output: &str, attributes: &[Attribute]) {
        let mut node = Message::default();
        inputs.iter().for_each(|input| node.text(1, input));
        node.text(2, output);
        node.text(3, &self.fresh_name(&operation.to_lowercase()));
        node.text(4, operation);
        for attribute in attributes {
            let mut message = Message::default();
            match attribute {
                Attribute::Int(name, value) => {
                    message.text(1, name);
                    message.int(3, *value);
                    message.int(20, ATTRIBUTE_INT);
                }
                Attribute::Ints(name, values) => {
                    message.text(1, name);
                    values.iter().for_each(|value| message.int(8, *value));
                    message.int(20, ATTRIBUTE_INTS);
                }
                Attribute::Text(name, value) => {
                    message.text(1, name);
                    message.text(4, value);
                    message.int(20, ATTRIBUTE_STRING);
                }
            }
            node.message(5, &message);
        }
        self.message.message(1, &node);
    }

    /// Adds a constant of 32-bit floats and returns its name.
    pub fn floats(&mut self, shape: &[i64], values: &[f32]) -> String {
        self.constant(ELEMENT_FLOAT, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// Adds a one-dimensional constant of 64-bit integers and returns its name.
    pub fn longs(&mut self, values: &[i64]) -> String {
        self.constant(ELEMENT_INT64, &[values.len() as i64], values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn constant(&mut self, element: i64, shape: &[i64], bytes: Vec<u8>) -> String {
        let name = self.fresh_name("constant");
        let mut tensor = Message::default();
        shape.iter().for_each(|size| tensor.int(1, *size));
        tensor.int(2, element);
        tensor.text(8, &name);
        tensor.bytes(9, &bytes);
        self.message.message(5, &tensor);
        name
    }

    pub fn input(&mut self, name: &str, shape: &[i64]) {
        self.message.message(11, &tensor_of_floats(name, shape));
    }

    pub fn output(&mut self, name: &str, shape: &[i64]) {
        self.message.message(12, &tensor_of_floats(name, shape));
    }

    /// The whole file.
    pub fn finish(mut self, name: &str) -> Vec<u8> {
        self.message.text(2, name);
        let mut opset = Message::default();
        opset.text(1, "");
        opset.int(2, OPSET);
        let mut model = Message::default();
        model.int(1, IR_VERSION);
        model.text(2, "kinema");
        model.message(7, &self.message);
        model.message(8, &opset);
        model.0
    }
}

/// `ValueInfoProto` of a tensor with fixed sizes.
fn tensor_of_floats(name: &str, shape: &[i64]) -> Message {
    let mut dimensions = Message::default();
    for size in shape {
        let mut dimension = Message::default();
        dimension.int(1, *size);
        dimensions.message(1, &dimension);
    }
    let mut tensor = Message::default();
    tensor.int(1, ELEMENT_FLOAT);
    tensor.message(2, &dimensions);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut info = Message::default();
    info.text(1, name);
    info.message(2, &kind);
    info
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What the tests look at of a node.
    pub struct Node {
        pub kind: String,
        pub ints: Vec<(String, Vec<i64>)>,
    }

    /// The nodes of a file that [`Graph::finish`] wrote.
    pub fn nodes(onnx: &[u8]) -> Vec<Node> {
        let graph = parts(onnx).into_iter().find(|(field, _)| *field == 7).expect("a graph").1;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let list =
            |fields: &[(u64, &[u8])]| fields.iter().filter(|(f, _)| *f == 8).map(|(_, b)| varint(b).0 as i64).collect();
        let node = |bytes| {
            let fields = parts(bytes);
            let kind = fields.iter().find(|(field, _)| *field == 4).map_or_else(String::new, |(_, b)| text(b));
            let attributes = fields.iter().filter(|(field, _)| *field == 5).map(|(_, b)| parts(b));
            let ints = attributes.map(|fields| (text(fields[0].1), list(&fields))).collect();
            Node { kind, ints }
        };
        parts(graph).into_iter().filter(|(field, _)| *field == 1).map(|(_, bytes)| node(bytes)).collect()
    }

    /// Field numbers with their bytes; those of a number are the varint itself.
    fn parts(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (key, length) = varint(bytes);
            bytes = &bytes[length..];
            let (value, length) = varint(bytes);
            let (from, to) = if key & 7 == 2 { (length, length + value as usize) } else { (0, length) };
            found.push((key >> 3, &bytes[from..to]));
            bytes = &bytes[to..];
        }
        found
    }

    fn varint(bytes: &[u8]) -> (u64, usize) {
        let length = bytes.iter().position(|byte| byte & 0x80 == 0).expect("an end") + 1;
        let value = bytes[..length].iter().rev().fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7f));
        (value, length)
    }

    #[test]
    fn numbers_are_written_as_protobuf_does() {
        let written = |value: i64| {
            let mut message = Message::default();
            message.int(1, value);
            message.0
        };
        // From the encoding guide of protobuf: field 1 with the value 150 is 08 96 01.
        assert_eq!(written(150), [0x08, 0x96, 0x01]);
        assert_eq!(written(0), [0x08, 0x00]);
        assert_eq!(written(-1), [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        let mut text = Message::default();
        text.text(2, "testing");
        assert_eq!(text.0, [0x12, 7, b't', b'e', b's', b't', b'i', b'n', b'g']);
    }

    #[test]
    fn names_are_given_once() {
        let mut graph = Graph::default();
        let first = graph.longs(&[1]);
        assert_ne!(first, graph.longs(&[1]));
        assert_ne!(graph.fresh_name("constant"), first);
    }
}
