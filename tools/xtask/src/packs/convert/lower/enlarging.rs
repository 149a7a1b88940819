//! Operators that make pictures larger: interpolation, and MediaPipe's transposed convolution.

use super::super::onnx::Attribute;
use super::operators::options;
use super::values::permute;
use super::{Lowering, Operator};

/// From output channel, height, width, input channel to input channel, output channel, height, width.
const TRANSPOSED_FILTER: [usize; 4] = [3, 0, 1, 2];

impl Lowering<'_> {
    /// `ResizeBilinearOptions`: where pixel centres lie is said by two flags.
    pub fn resize_bilinear(&mut self, operator: &Operator) -> Result<(), String> {
        let table = options(operator)?;
        let centres = match (table.flag(2)?, table.flag(3)?) {
            (false, true) => "half_pixel",
            (true, false) => "align_corners",
            (false, false) => "asymmetric",
            (true, true) => return Err("aligned corners and half-pixel centres exclude each other".to_owned()),
        };
        let input = Self::operand(operator, 0)?;
        self.picture_size(input)?;
        let [height, width] = self.picture_size(operator.output)?;
        let shape = &self.tensor(input).shape;
        let sizes = [shape[0], shape[3], height, width];
        // The region of interest and the scales, which come before sizes, are left out.
        let absent = String::new();
        let inputs = [self.planar(input)?, absent.clone(), absent, self.graph.longs(&sizes)];
        let attributes =
            [Attribute::Text("mode", "linear"), Attribute::Text("coordinate_transformation_mode", centres)];
        let name = self.emit("Resize", &inputs, &attributes);
        self.set(operator.output, name, true);
        Ok(())
    }

    /// `Convolution2DTransposeBias` of MediaPipe (`mediapipe/util/tflite/operations/transpose_conv_bias.cc`). Its options
    /// are TFLite's own `TfLiteTransposeConvParams` as they lie in memory: padding, stride along width, along height.
    /// The filter is output channel, height, width, input channel.
    pub fn transposed_convolution(&mut self, operator: &Operator) -> Result<(), String> {
        let words = operator.custom.options.as_chunks::<4>().0.iter().map(|word| i32::from_le_bytes(*word));
        let [_padding, stride_x, stride_y, ..] = words.map(i64::from).collect::<Vec<_>>()[..] else {
            return Err("its options are shorter than padding and two strides".to_owned());
        };
        let (input, filter) = (Self::operand(operator, 0)?, Self::operand(operator, 1)?);
        let (from, to) = (self.picture_size(input)?, self.picture_size(operator.output)?);
        let channels = self.tensor(input).shape[3];
        let (shape, values) = self.weights(filter)?;
        let &[out, height, width, depth] = shape else {
            return Err("its filter has not four dimensions".to_owned());
        };
        if depth != channels {
            return Err(format!("a filter of {shape:?} does not fit {channels} channels"));
        }
        // Where windows neither overlap nor leave gaps, both kinds of padding are none and nothing can be misread.
        let tiles = [stride_y, stride_x] == [height, width] && to == [from[0] * height, from[1] * width];
        if !tiles {
            return Err(format!("windows of {height} x {width} moved by {stride_y} x {stride_x} are not supported"));
        }
        let sizes = [out, height, width, depth].map(|size| size as usize);
        let (shape, values) = permute(sizes, values, TRANSPOSED_FILTER);
        let mut inputs = vec![self.planar(input)?, self.graph.floats(&shape, &values)];
        if let Some(bias) = operator.inputs.get(2).copied().flatten() {
            self.weights(bias)?;
            inputs.push(self.plain(bias)?);
        }
        let window = [height, width];
        let attributes = [Attribute::Ints("kernel_shape", &window), Attribute::Ints("strides", &window)];
        let name = self.emit("ConvTranspose", &inputs, &attributes);
        self.set(operator.output, name, true);
        Ok(())
    }
}
