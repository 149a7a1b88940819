"""Writes assets/models/binomial_blur: model.onnx, model.toml and fixture.json.

A 3x3 binomial blur, [1 2 1] x [1 2 1] / 16 with repeated edges, as two depthwise convolutions. Nothing is learnt: the
model is the smallest whose every output is known, so that executors can be compared with arithmetic.

    python3 -m venv VENV && VENV/bin/pip install -r tools/train/requirements.txt
    VENV/bin/python tools/train/binomial_blur.py
"""

import hashlib
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

NAME = "binomial_blur"
CHANNELS = 3
OUT_DIR = pathlib.Path(__file__).resolve().parents[2] / "assets" / "models" / NAME

MANIFEST = """\
# Written by tools/train/binomial_blur.py; run that instead of editing this.
schema = 1
name = "{name}"
about = "3x3 binomial blur with repeated edges: the model that executors are tested with"
file = "model.onnx"
sha256 = "{sha256}"
licence = "MIT OR Apache-2.0"
train = "python tools/train/binomial_blur.py"
fixture = "fixture.json"

[[input]]
name = "image"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "channel", size = 3 }}, {{ name = "height" }}, {{ name = "width" }}]
colour_space = "linear_rec709"
normalisation = {{ mean = [0.0, 0.0, 0.0], std = [1.0, 1.0, 1.0] }}

[[output]]
name = "blurred"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "channel", size = 3 }}, {{ name = "height" }}, {{ name = "width" }}]
colour_space = "linear_rec709"
normalisation = {{ mean = [0.0, 0.0, 0.0], std = [1.0, 1.0, 1.0] }}

[[quality]]
metric = "max_abs_difference"
against = "the same sums in float64, on fixture.json, by the reference evaluator of onnx {onnx}"
value = {difference:.3e}
"""


def depthwise(taps_height, taps_width):
    """Convolution weights [channel, 1, height, width] with sum 1 per channel."""
    kernel = np.outer(taps_height, taps_width).astype(np.float32)
    return np.broadcast_to(kernel / kernel.sum(), (CHANNELS, 1, *kernel.shape)).copy()


def make_model():
    shape = [1, CHANNELS, "height", "width"]
    graph = helper.make_graph(
        [
            helper.make_node("Pad", ["image", "pads"], ["padded"], mode="edge"),
            helper.make_node("Conv", ["padded", "vertical"], ["rows"], group=CHANNELS, kernel_shape=[3, 1]),
            helper.make_node("Conv", ["rows", "horizontal"], ["blurred"], group=CHANNELS, kernel_shape=[1, 3]),
        ],
        NAME,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("blurred", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1], dtype=np.int64), "pads"),
            numpy_helper.from_array(depthwise([1, 2, 1], [1]), "vertical"),
            numpy_helper.from_array(depthwise([1], [1, 2, 1]), "horizontal"),
        ],
    )
    model = helper.make_model(graph, producer_name="kinema", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def blur_in_float64(image):
    padded = np.pad(image.astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    rows = (padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]) / 4
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4


def tensor_json(array):
    return {"shape": list(array.shape), "data": [float(value) for value in array.ravel()]}


def main():
    model = make_model()
    image = np.random.default_rng(7).uniform(-1.0, 4.0, (1, CHANNELS, 5, 7)).astype(np.float32)
    (blurred,) = ReferenceEvaluator(model).run(None, {"image": image})
    difference = float(np.abs(blurred - blur_in_float64(image)).max())
    if difference > 1e-6:
        raise SystemExit(f"the model differs from its definition by {difference}")

    OUT_DIR.mkdir(parents=True, exist_ok=True)
    model_bytes = model.SerializeToString(deterministic=True)
    sha256 = hashlib.sha256(model_bytes).hexdigest()
    (OUT_DIR / "model.onnx").write_bytes(model_bytes)
    fixture = {"inputs": [tensor_json(image)], "outputs": [tensor_json(blurred)]}
    (OUT_DIR / "fixture.json").write_text(json.dumps(fixture) + "\n")
    manifest = MANIFEST.format(name=NAME, sha256=sha256, onnx=onnx.__version__, difference=difference)
    (OUT_DIR / "model.toml").write_text(manifest)
    print(f"{OUT_DIR}: {len(model_bytes)} bytes, differs from float64 by {difference:.1e}")


if __name__ == "__main__":
    main()
