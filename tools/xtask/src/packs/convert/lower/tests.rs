//! A small TFLite network, made here, and what becomes of it. That real networks compute the same before and after is
//! tested where ONNX Runtime is: `engine/neural/src/executor/pack_models.rs`.

use super::super::flatbuffer::tests::{Value, buffer};
use super::super::onnx::tests::{Node, nodes};
use super::*;

/// Fields of a table, by number.
type Fields = Vec<(usize, Value)>;

const FLOAT32: u8 = 0;
const FLOAT16: u8 = 1;
const INT32: u8 = 2;
const INT8: u8 = 9;

fn tensor(name: &str, shape: &[i32], element: u8, buffer: i32) -> Fields {
    vec![(0, Value::ints(shape)), (1, Value::Byte(element)), (2, Value::Int(buffer)), (3, Value::text(name))]
}

fn operator(code: i32, inputs: &[i32], output: i32, options: Fields) -> Fields {
    vec![
        (0, Value::Int(code)),
        (1, Value::ints(inputs)),
        (2, Value::ints(&[output])),
        (3, Value::Byte(1)),
        (4, Value::Table(options)),
    ]
}

/// A picture of 5 x 4 with 2 channels; a convolution to 3 channels with half-float weights, stride 2 and ReLU; a PReLU
/// with 8-bit slopes; padding of one channel; the mean of all pixels. `last_code` is the operator in place of the mean.
pub fn sample(last_code: i32) -> Vec<u8> {
    let halves = Value::Numbers(3 * 3 * 3 * 2, [0x00, 0x3c].repeat(3 * 3 * 3 * 2));
    let data = [
        Value::Numbers(0, Vec::new()),
        Value::Numbers(
            108,
            match halves {
                Value::Numbers(_, bytes) => bytes,
                _ => Vec::new(),
            },
        ),
        Value::Numbers(3, vec![2, 4, 0xff]),
        Value::Numbers(32, [0, 0, 0, 0, 0, 0, 0, 1_i32].iter().flat_map(|v| v.to_le_bytes()).collect()),
        Value::Numbers(8, [1_i32, 2].iter().flat_map(|v| v.to_le_bytes()).collect()),
    ];
    let mut slopes = tensor("slopes", &[1, 1, 3], INT8, 2);
    slopes.push((
        4,
        Value::Table(vec![(2, Value::floats(&[0.5, 0.25, 2.0])), (3, Value::longs(&[0, 0, 1])), (6, Value::Int(2))]),
    ));
    let tensors = vec![
        tensor("picture", &[1, 5, 4, 2], FLOAT32, 0),
        tensor("half weights", &[3, 3, 3, 2], FLOAT16, 1),
        tensor("weights", &[3, 3, 3, 2], FLOAT32, 0),
        slopes,
        tensor("amounts", &[4, 2], INT32, 3),
        tensor("axes", &[2], INT32, 4),
        tensor("a", &[1, 3, 2, 3], FLOAT32, 0),
        tensor("b", &[1, 3, 2, 3], FLOAT32, 0),
        tensor("c", &[1, 3, 2, 4], FLOAT32, 0),
        tensor("mean", &[1, 4], FLOAT32, 0),
    ];
    let operators = vec![
        operator(0, &[1], 2, Vec::new()),
        operator(1, &[0, 2], 6, vec![(0, Value::Byte(0)), (1, Value::Int(2)), (2, Value::Int(2)), (3, Value::Byte(1))]),
        operator(2, &[6, 3], 7, Vec::new()),
        operator(3, &[7, 4], 8, Vec::new()),
        operator(4, &[8, 5], 9, Vec::new()),
    ];
    let codes =
        [6, 3, 54, 34, last_code].map(|code| vec![(0, Value::Byte(code.min(127) as u8)), (3, Value::Int(code))]);
    let graph = vec![
        (0, Value::Tables(tensors)),
        (1, Value::ints(&[0])),
        (2, Value::ints(&[9])),
        (3, Value::Tables(operators)),
    ];
    buffer(
        b"TFL3",
        &[
            (0, Value::Int(3)),
            (1, Value::Tables(codes.to_vec())),
            (2, Value::Tables(vec![graph])),
            (4, Value::Tables(data.into_iter().map(|data| vec![(0, data)]).collect())),
        ],
    )
}

const MEAN: i32 = 40;

fn names(tensor: &str) -> Option<String> {
    matches!(tensor, "picture" | "mean").then(|| tensor.to_owned())
}

fn convert(bytes: &[u8]) -> Result<Lowered, String> {
    lower(&Network::read(bytes)?, "sample", names)
}

#[test]
fn pictures_stay_planar_until_something_needs_them_plain() {
    let lowered = convert(&sample(MEAN)).expect("a network");
    let nodes = nodes(&lowered.onnx);
    let kinds: Vec<&str> = nodes.iter().map(|node| node.kind.as_str()).collect();
    assert_eq!(kinds, ["Conv", "Relu", "PRelu", "Pad", "Transpose", "ReduceMean", "Identity"]);
    assert_eq!(lowered.inputs[0].shape, [1, 2, 5, 4]);
    assert_eq!(lowered.outputs[0].shape, [1, 4]);
    let ints = |node: &Node, name: &str| node.ints.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    // 5 rows by stride 2 give 3: (3 - 1) * 2 + 3 - 5 = 2 more, one on each side. 4 columns give 2: 1 more, on the right.
    assert_eq!(ints(&nodes[0], "pads"), Some(vec![1, 0, 1, 1]));
    assert_eq!(ints(&nodes[0], "strides"), Some(vec![2, 2]));
    assert_eq!(ints(&nodes[4], "perm"), Some(vec![0, 2, 3, 1]));
    assert_eq!(ints(&nodes[5], "axes"), Some(vec![1, 2]));
}

#[test]
fn stored_weights_become_floats() {
    let bytes = sample(MEAN);
    let network = Network::read(&bytes).expect("a network");
    let floats = |tensor: usize| match &network.tensors[tensor].constant {
        Some(Constant::Floats(values)) => values.clone(),
        _ => Vec::new(),
    };
    assert_eq!(floats(1), [1.0; 54]);
    // (2 - 0) * 0.5, (4 - 0) * 0.25, (-1 - 1) * 2.
    assert_eq!(floats(3), [1.0, 1.0, -4.0]);
}

#[test]
fn dimensions_are_reordered_with_their_values() {
    // Batch 1, height 1, width 2, channels 3.
    let (shape, values) = values::permute([1, 1, 2, 3], &[0.0, 1.0, 2.0, 10.0, 11.0, 12.0], values::PLANAR_FROM_PLAIN);
    assert_eq!((shape, values), ([1, 3, 1, 2], vec![0.0, 10.0, 1.0, 11.0, 2.0, 12.0]));
}

#[test]
fn an_operator_that_is_not_converted_is_named() {
    let problem = convert(&sample(8)).map(|_| ()).expect_err("unknown");
    assert_eq!(problem, "operator 4, FLOOR: it is not among the operators that are converted");
    let problem = convert(&sample(140)).map(|_| ()).expect_err("unknown");
    assert!(problem.starts_with("operator 4, number 140: "), "{problem}");
}

#[test]
fn an_input_that_is_not_described_is_named() {
    let bytes = sample(MEAN);
    let network = Network::read(&bytes).expect("a network");
    let problem = lower(&network, "sample", |_| None).map(|_| ()).expect_err("no names");
    assert!(problem.contains("`picture`"), "{problem}");
}

#[test]
fn damage_anywhere_is_an_error_or_another_network_and_never_a_panic() {
    let good = sample(MEAN);
    for length in 0..good.len() {
        // The last bytes belong to the last buffer; without any of them a length or an offset is wrong.
        assert!(convert(&good[..length]).is_err(), "cut after {length} bytes of {}", good.len());
    }
    for place in 0..good.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[place] ^= change;
            let _ = convert(&bad);
        }
    }
}

/// A picture of 4 x 4 with 2 channels: hard swish, the mean of squares of 2 x 2, interpolated to 4 x 6, and MediaPipe's
/// transposed convolution to one channel of 8 x 12, with its options.
fn enlarging(custom_name: &str, custom_options: &[i32]) -> Vec<u8> {
    let weights: Vec<f32> = (0..8).map(|n| n as f32).collect();
    let data = [Value::Numbers(0, Vec::new()), Value::floats(&weights), Value::floats(&[0.5])];
    let in_bytes = |value| match value {
        Value::Numbers(_, bytes) => Value::Numbers(bytes.len(), bytes),
        other => other,
    };
    let tensors = vec![
        tensor("picture", &[1, 4, 4, 2], FLOAT32, 0),
        tensor("filter", &[1, 2, 2, 2], FLOAT32, 1),
        tensor("bias", &[1], FLOAT32, 2),
        tensor("a", &[1, 4, 4, 2], FLOAT32, 0),
        tensor("b", &[1, 2, 2, 2], FLOAT32, 0),
        tensor("c", &[1, 4, 6, 2], FLOAT32, 0),
        tensor("mean", &[1, 8, 12, 1], FLOAT32, 0),
    ];
    let pooling = [(0, Value::Byte(1))].into_iter().chain((1..5).map(|field| (field, Value::Int(2)))).collect();
    let bytes: Vec<u8> = custom_options.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut custom = operator(3, &[5, 1, 2], 6, Vec::new());
    custom.push((5, Value::Numbers(bytes.len(), bytes)));
    let operators = vec![
        operator(0, &[0], 3, Vec::new()),
        operator(1, &[3], 4, pooling),
        operator(2, &[4], 5, vec![(3, Value::Byte(1))]),
        custom,
    ];
    let code = |code: i32| vec![(0, Value::Byte(code.min(127) as u8)), (3, Value::Int(code))];
    let mut codes: Vec<Fields> = [117, 1, 23, 32].map(code).to_vec();
    codes[3].push((1, Value::text(custom_name)));
    let graph = vec![
        (0, Value::Tables(tensors)),
        (1, Value::ints(&[0])),
        (2, Value::ints(&[6])),
        (3, Value::Tables(operators)),
    ];
    buffer(
        b"TFL3",
        &[
            (0, Value::Int(3)),
            (1, Value::Tables(codes)),
            (2, Value::Tables(vec![graph])),
            (4, Value::Tables(data.into_iter().map(|data| vec![(0, in_bytes(data))]).collect())),
        ],
    )
}

const TRANSPOSED: &str = "Convolution2DTransposeBias";

#[test]
fn pictures_are_made_larger_as_the_network_says() {
    let lowered = convert(&enlarging(TRANSPOSED, &[1, 2, 2])).expect("a network");
    let nodes = nodes(&lowered.onnx);
    let kinds: Vec<&str> = nodes.iter().map(|node| node.kind.as_str()).collect();
    assert_eq!(kinds, ["HardSwish", "AveragePool", "Resize", "ConvTranspose", "Identity"]);
    let ints = |node: &Node, name: &str| node.ints.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    assert_eq!(ints(&nodes[1], "kernel_shape"), Some(vec![2, 2]));
    assert_eq!(ints(&nodes[3], "strides"), Some(vec![2, 2]));
    assert!(nodes[2].ints.iter().any(|(name, _)| name == "coordinate_transformation_mode"));
    assert_eq!(lowered.outputs[0].shape, [1, 1, 8, 12]);
}

#[test]
fn custom_operators_that_cannot_be_read_are_named() {
    let problem = |name: &str, options: &[i32]| convert(&enlarging(name, options)).map(|_| ()).expect_err("unreadable");
    assert!(problem("Magic", &[1, 2, 2]).starts_with("operator 3, CUSTOM `Magic`: it is not among"));
    assert!(problem(TRANSPOSED, &[1, 2]).ends_with("its options are shorter than padding and two strides"));
    assert!(problem(TRANSPOSED, &[1, 1, 1]).ends_with("windows of 2 x 2 moved by 1 x 1 are not supported"));
}
