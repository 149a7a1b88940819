//! Operators whose window moves over height and width: convolutions and pooling. Option fields are those of
//! `schema.fbs`.

use super::super::flatbuffer::Table;
use super::super::onnx::Attribute;
use super::operators::{ACTIVATION_NONE, options};
use super::values::{PLANAR_FROM_PLAIN, permute};
use super::{Lowering, Operator};

/// `Padding`: as much as the output needs to have the size of the input divided by the stride, or none.
const SAME: u8 = 0;
const VALID: u8 = 1;

/// A window that moves over height and width.
struct Window {
    sizes: [i64; 2],
    strides: [i64; 2],
    dilations: [i64; 2],
    padding: u8,
}

impl Window {
    /// Rows and columns added before and after, as ONNX wants them: top, left, bottom, right. What is added goes
    /// equally to both sides, an odd rest after.
    fn pads(&self, input: [i64; 2]) -> Result<[i64; 4], String> {
        let all = self.strides.iter().chain(&self.dilations).chain(&self.sizes);
        if all.into_iter().any(|value| *value < 1) {
            return Err("a stride, dilation or window size is below 1".to_owned());
        }
        let mut pads = [0; 4];
        match self.padding {
            VALID => {}
            SAME => {
                for axis in 0..2 {
                    let outputs = (input[axis] + self.strides[axis] - 1) / self.strides[axis];
                    let reach = (self.sizes[axis] - 1) * self.dilations[axis] + 1;
                    let total = ((outputs - 1) * self.strides[axis] + reach - input[axis]).max(0);
                    (pads[axis], pads[axis + 2]) = (total / 2, total - total / 2);
                }
            }
            other => return Err(format!("padding of kind {other} is not supported")),
        }
        Ok(pads)
    }
}

/// Two integers of the options, first the one for height.
fn pair(table: &Table, height: usize, width: usize, default: i32) -> Result<[i64; 2], String> {
    Ok([i64::from(table.int(height, default)?), i64::from(table.int(width, default)?)])
}

impl Lowering<'_> {
    /// Height and width of a picture.
    pub fn picture_size(&self, index: usize) -> Result<[i64; 2], String> {
        match self.tensor(index).shape.as_slice() {
            [_, height, width, _] => Ok([*height, *width]),
            _ => Err(format!("`{}` is no picture", self.tensor(index).name)),
        }
    }

    pub fn convolution(&mut self, operator: &Operator, is_depthwise: bool) -> Result<(), String> {
        let table = options(operator)?;
        let (input, filter) = (Self::operand(operator, 0)?, Self::operand(operator, 1)?);
        let size = self.picture_size(input)?;
        let channels = self.tensor(input).shape[3];
        let (shape, values) = self.weights(filter)?;
        let &[out, height, width, depth] = shape else {
            return Err("its filter has not four dimensions".to_owned());
        };
        let fits = if is_depthwise { out == 1 && depth % channels == 0 } else { depth == channels };
        if !fits {
            return Err(format!("a filter of {shape:?} does not fit {channels} channels"));
        }
        // To output channel, input channel, height, width; depthwise filters have one input channel each.
        let axes = if is_depthwise { [3, 0, 1, 2] } else { PLANAR_FROM_PLAIN };
        let (shape, values) = permute([out, height, width, depth].map(|size| size as usize), values, axes);
        let (activation, dilation) = if is_depthwise { (4, [6, 5]) } else { (3, [5, 4]) };
        let window = Window {
            sizes: [height, width],
            strides: pair(&table, 2, 1, 0)?,
            dilations: pair(&table, dilation[0], dilation[1], 1)?,
            padding: table.byte(0, SAME)?,
        };
        let pads = window.pads(size)?;
        let mut inputs = vec![self.planar(input)?, self.graph.floats(&shape, &values)];
        if let Some(bias) = operator.inputs.get(2).copied().flatten() {
            self.weights(bias)?;
            inputs.push(self.plain(bias)?);
        }
        let attributes = [
            Attribute::Ints("kernel_shape", &window.sizes),
            Attribute::Ints("strides", &window.strides),
            Attribute::Ints("dilations", &window.dilations),
            Attribute::Ints("pads", &pads),
            Attribute::Int("group", if is_depthwise { channels } else { 1 }),
        ];
        let name = self.emit("Conv", &inputs, &attributes);
        let name = self.activated(name, table.byte(activation, ACTIVATION_NONE)?)?;
        self.set(operator.output, name, true);
        Ok(())
    }

    /// Zeros that are added at the border are no part of a mean, neither there nor in ONNX by default.
    pub fn pool(&mut self, operator: &Operator, operation: &str) -> Result<(), String> {
        let table = options(operator)?;
        let input = Self::operand(operator, 0)?;
        let window = Window {
            sizes: pair(&table, 4, 3, 0)?,
            strides: pair(&table, 2, 1, 0)?,
            dilations: [1, 1],
            padding: table.byte(0, SAME)?,
        };
        let pads = window.pads(self.picture_size(input)?)?;
        let attributes = [
            Attribute::Ints("kernel_shape", &window.sizes),
            Attribute::Ints("strides", &window.strides),
            Attribute::Ints("pads", &pads),
        ];
        let input = self.planar(input)?;
        let name = self.emit(operation, &[input], &attributes);
        let name = self.activated(name, table.byte(5, ACTIVATION_NONE)?)?;
        self.set(operator.output, name, true);
        Ok(())
    }
}
