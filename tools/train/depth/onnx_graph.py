"""Writes ONNX graphs node by node, so that what runs is what is written here, whatever exporter a framework has."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8


class Graph:
    """Values are referred to by name. With `half`, large weights are stored as 16-bit floats and widened when loaded."""

    def __init__(self, name, half=False):
        self.name, self.half, self.count = name, half, 0
        self.nodes, self.inputs, self.outputs, self.weights = [], [], [], []

    def fresh(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def input(self, name, shape):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value, name, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def node(self, kind, inputs, **attributes):
        output = self.fresh(kind.lower())
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values):
        values = np.asarray(values.detach() if isinstance(values, torch.Tensor) else values, np.float32)
        name = self.fresh("weight")
        if self.half and values.size > 64:
            self.weights.append(numpy_helper.from_array(values.astype(np.float16), name))
            return self.node("Cast", [name], to=TensorProto.FLOAT)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, values):
        name = self.fresh("sizes")
        self.weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def integer(self, value):
        name = self.fresh("index")
        self.weights.append(numpy_helper.from_array(np.array(value, np.int64), name))
        return name

    def conv_of(self, x, weight, bias=None, transposed=False, **attributes):
        inputs = [x, self.constant(weight)] + ([self.constant(bias)] if bias is not None else [])
        return self.node("ConvTranspose" if transposed else "Conv", inputs, **attributes)

    def conv(self, x, layer):
        """A torch Conv2d or ConvTranspose2d."""
        transposed = isinstance(layer, torch.nn.ConvTranspose2d)
        return self.conv_of(
            x,
            layer.weight,
            layer.bias,
            transposed,
            kernel_shape=list(layer.kernel_size),
            strides=list(layer.stride),
            pads=list(layer.padding) * 2,
            group=layer.groups,
        )

    def linear(self, x, layer):
        y = self.node("MatMul", [x, self.constant(layer.weight.detach().T.contiguous())])
        return self.node("Add", [y, self.constant(layer.bias)])

    def layer_norm(self, x, layer):
        return self.node(
            "LayerNormalization",
            [x, self.constant(layer.weight), self.constant(layer.bias)],
            axis=-1,
            epsilon=layer.eps,
        )

    def gelu(self, x):
        erf = self.node("Erf", [self.node("Mul", [x, self.constant(torch.tensor(0.5**0.5))])])
        return self.node(
            "Mul",
            [
                self.node("Mul", [x, self.constant(torch.tensor(0.5))]),
                self.node("Add", [erf, self.constant(torch.tensor(1.0))]),
            ],
        )

    def resize(self, x, size, mode="half_pixel"):
        """Bilinear to (height, width), or by a factor of two where `size` is None."""
        sizes = (
            ["", self.constant(np.array([1.0, 1.0, 2.0, 2.0]))] if size is None else ["", "", self.sizes_like(x, size)]
        )
        return self.node("Resize", [x, *sizes], mode="linear", coordinate_transformation_mode=mode)

    def sizes_like(self, x, size):
        leading = self.node("Slice", [self.node("Shape", [x]), self.integers([0]), self.integers([2])])
        return self.node("Concat", [leading, self.integers(size)], axis=0)

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(
            graph, producer_name="kinema", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def run(path, image):
    """What onnxruntime makes of the first input."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: image})[0]


def largest_difference(path, image, expected):
    return float(np.abs(run(path, image) - expected).max())
