"""Depth Anything V2 as an ONNX graph: from the published architecture, with random weights or a user's own.

    # the small network of the tests: two blocks, 32 channels (committed, with its fixture)
    python tools/train/depth/depth_anything.py --tiny --out engine/neural/fixtures/depth_anything_tiny.onnx \\
        --fixture engine/neural/fixtures/depth_anything_tiny.json
    # ViT-S with random weights: is the graph the same in every runtime?
    python tools/train/depth/depth_anything.py --size 252x336 --out vits.onnx
    # a user's own weights, by the names that the authors gave them
    python tools/train/depth/depth_anything.py --weights depth_anything_v2_vits.pth --size 518x686 --out vits.onnx

Encoder: DINOv2 (Oquab et al., TMLR 2024), a ViT/14 with LayerScale. Head: DPT (Ranftl et al., "Vision Transformers for
Dense Prediction", ICCV 2021) as in Yang et al., "Depth Anything V2", NeurIPS 2024. Input `image` [1, 3, h, w], h and w
multiples of 14; output `depth` [1, h, w], relative inverse depth, not negative. The size is part of the graph, because
the position embedding is resampled for it.

The fixture holds an input and what PyTorch made of it; this script also compares onnxruntime's result with it.
"""

import argparse
import copy
import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import onnx_graph

PATCH = 14
TRAINED_PX = 518
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q * (width // self.heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x)))


class LayerScale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)
        self.ls1, self.ls2 = LayerScale(width), LayerScale(width)

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, PATCH)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Dino(nn.Module):
    def __init__(self, width, depth, heads, taps, trained_px=TRAINED_PX):
        super().__init__()
        side = trained_px // PATCH
        self.taps, self.side = taps, side
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, side * side + 1, width))
        self.mask_token = nn.Parameter(torch.zeros(1, width))
        self.patch_embed = PatchEmbed(width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def positions(self, rows, columns):
        """The authors' resampling: bicubic, with a tenth of a patch added to the size from which the scale comes."""
        if (rows, columns) == (self.side, self.side):
            return self.pos_embed
        grid = self.pos_embed[:, 1:].reshape(1, self.side, self.side, -1).permute(0, 3, 1, 2)
        factors = ((rows + 0.1) / self.side, (columns + 0.1) / self.side)
        grid = functional.interpolate(grid, scale_factor=factors, mode="bicubic", antialias=False)
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], 1)

    def forward(self, x, positions):
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), self.patch_embed(x)], 1) + positions
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return [self.norm(outputs[number])[:, 1:] for number in self.taps]


class ResidualConv(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(functional.relu(self.conv1(functional.relu(x))))


class Fusion(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.out_conv = nn.Conv2d(width, width, 1)
        self.resConfUnit1, self.resConfUnit2 = ResidualConv(width), ResidualConv(width)

    def forward(self, x, side, size):
        if side is not None:
            x = x + self.resConfUnit1(side)
        x = functional.interpolate(self.resConfUnit2(x), size=size, mode="bilinear", align_corners=True)
        return self.out_conv(x)


class Scratch(nn.Module):
    def __init__(self, outputs, width):
        super().__init__()
        for i, channels in enumerate(outputs, 1):
            setattr(self, f"layer{i}_rn", nn.Conv2d(channels, width, 3, padding=1, bias=False))
            setattr(self, f"refinenet{i}", Fusion(width))
        self.output_conv1 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.output_conv2 = nn.Sequential(
            nn.Conv2d(width // 2, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1), nn.ReLU()
        )


class Dpt(nn.Module):
    def __init__(self, inputs, outputs, width):
        super().__init__()
        self.projects = nn.ModuleList(nn.Conv2d(inputs, channels, 1) for channels in outputs)
        self.resize_layers = nn.ModuleList(
            [
                nn.ConvTranspose2d(outputs[0], outputs[0], 4, 4),
                nn.ConvTranspose2d(outputs[1], outputs[1], 2, 2),
                nn.Identity(),
                nn.Conv2d(outputs[3], outputs[3], 3, 2, 1),
            ]
        )
        self.scratch = Scratch(outputs, width)

    def forward(self, taps, rows, columns):
        s, layers = self.scratch, []
        for i, tap in enumerate(taps):
            x = tap.transpose(1, 2).reshape(tap.shape[0], -1, rows, columns)
            layers.append(getattr(s, f"layer{i + 1}_rn")(self.resize_layers[i](self.projects[i](x))))
        sizes = [(4 * rows, 4 * columns), (2 * rows, 2 * columns), (rows, columns)]
        x = s.refinenet4(layers[3], None, sizes[2])
        x = s.refinenet3(x, layers[2], sizes[1])
        x = s.refinenet2(x, layers[1], sizes[0])
        x = s.refinenet1(x, layers[0], (8 * rows, 8 * columns))
        x = functional.interpolate(
            s.output_conv1(x), size=(PATCH * rows, PATCH * columns), mode="bilinear", align_corners=True
        )
        return functional.relu(s.output_conv2(x))


class DepthAnything(nn.Module):
    def __init__(
        self,
        width=384,
        depth=12,
        heads=6,
        taps=(2, 5, 8, 11),
        features=64,
        outputs=(48, 96, 192, 384),
        trained_px=TRAINED_PX,
    ):
        super().__init__()
        self.pretrained = Dino(width, depth, heads, taps, trained_px)
        self.depth_head = Dpt(width, outputs, features)

    def forward(self, x):
        rows, columns = x.shape[2] // PATCH, x.shape[3] // PATCH
        taps = self.pretrained(x, self.pretrained.positions(rows, columns))
        return self.depth_head(taps, rows, columns)[:, 0]


def graph_of(model, height, width):
    """The same computation, node by node."""
    g = onnx_graph.Graph("depth_anything_v2")
    rows, columns = height // PATCH, width // PATCH
    x = g.input("image", [1, 3, height, width])
    dino, head = model.pretrained, model.depth_head
    embed = dino.patch_embed.proj
    channels = embed.weight.shape[0]
    x = g.node(
        "Transpose", [g.node("Reshape", [g.conv(x, embed), g.integers([1, channels, rows * columns])])], perm=[0, 2, 1]
    )
    x = g.node("Concat", [g.constant(dino.cls_token), x], axis=1)
    x = g.node("Add", [x, g.constant(dino.positions(rows, columns))])
    tokens, heads = rows * columns + 1, dino.blocks[0].attn.heads
    outputs = []
    for block in dino.blocks:
        qkv = g.linear(g.layer_norm(x, block.norm1), block.attn.qkv)
        qkv = g.node(
            "Transpose",
            [g.node("Reshape", [qkv, g.integers([tokens, 3, heads, channels // heads])])],
            perm=[1, 2, 0, 3],
        )
        q, k, v = (g.node("Gather", [qkv, g.integer(i)], axis=0) for i in range(3))
        q = g.node("Mul", [q, g.constant(torch.tensor((channels // heads) ** -0.5))])
        weights = g.node("Softmax", [g.node("MatMul", [q, g.node("Transpose", [k], perm=[0, 2, 1])])], axis=-1)
        y = g.node("Transpose", [g.node("MatMul", [weights, v])], perm=[1, 0, 2])
        y = g.linear(g.node("Reshape", [y, g.integers([1, tokens, channels])]), block.attn.proj)
        x = g.node("Add", [x, g.node("Mul", [y, g.constant(block.ls1.gamma)])])
        y = g.linear(g.gelu(g.linear(g.layer_norm(x, block.norm2), block.mlp.fc1)), block.mlp.fc2)
        x = g.node("Add", [x, g.node("Mul", [y, g.constant(block.ls2.gamma)])])
        outputs.append(x)
    layers = []
    for i, number in enumerate(dino.taps):
        tap = g.node(
            "Slice", [g.layer_norm(outputs[number], dino.norm), g.integers([1]), g.integers([tokens]), g.integers([1])]
        )
        y = g.node("Reshape", [g.node("Transpose", [tap], perm=[0, 2, 1]), g.integers([1, channels, rows, columns])])
        y = g.conv(y, head.projects[i])
        if not isinstance(head.resize_layers[i], nn.Identity):
            y = g.conv(y, head.resize_layers[i])
        layers.append(g.conv(y, getattr(head.scratch, f"layer{i + 1}_rn")))

    def residual(x, unit):
        return g.node("Add", [x, g.conv(g.node("Relu", [g.conv(g.node("Relu", [x]), unit.conv1)]), unit.conv2)])

    def fuse(x, side, block, size):
        if side is not None:
            x = g.node("Add", [x, residual(side, block.resConfUnit1)])
        return g.conv(g.resize(residual(x, block.resConfUnit2), size, "align_corners"), block.out_conv)

    s = head.scratch
    x = fuse(layers[3], None, s.refinenet4, (rows, columns))
    x = fuse(x, layers[2], s.refinenet3, (2 * rows, 2 * columns))
    x = fuse(x, layers[1], s.refinenet2, (4 * rows, 4 * columns))
    x = fuse(x, layers[0], s.refinenet1, (8 * rows, 8 * columns))
    x = g.resize(g.conv(x, s.output_conv1), (height, width), "align_corners")
    x = g.node("Relu", [g.conv(g.node("Relu", [g.conv(x, s.output_conv2[0])]), s.output_conv2[2])])
    g.output(g.node("Reshape", [x, g.integers([1, height, width])]), "depth", [1, height, width])
    return g.model()


def randomise(model, seed):
    """Weights of a size that keeps values alive through the network; nothing is learnt."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() > 1:
                fan = p[0].numel() if p.dim() != 3 else 1
                p.copy_(noise * (fan**-0.5 if fan > 1 else 0.3))
            else:
                p.copy_((1.0 if "norm" in name and name.endswith("weight") or "gamma" in name else 0.0) + 0.1 * noise)
        model.depth_head.scratch.output_conv2[2].bias.fill_(1.0)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--tiny", action="store_true")
    arguments.add_argument("--size", default="28x42", help="HxW, multiples of 14")
    arguments.add_argument("--weights", type=pathlib.Path, help="a state dict of Depth Anything V2 Small")
    arguments.add_argument("--fixture", type=pathlib.Path)
    given = arguments.parse_args()
    height, width = map(int, given.size.split("x"))
    if height % PATCH or width % PATCH:
        raise SystemExit(f"--size {given.size}: height and width must be multiples of {PATCH}")
    model = (
        DepthAnything(
            width=32, depth=2, heads=2, taps=(0, 0, 1, 1), features=16, outputs=(8, 12, 16, 24), trained_px=70
        )
        if given.tiny
        else DepthAnything()
    )
    if given.weights:
        model.load_state_dict(torch.load(given.weights, map_location="cpu", weights_only=True))
    else:
        randomise(model, 6)
    model.eval().requires_grad_(False)
    graph = graph_of(model, height, width)
    given.out.write_bytes(graph.SerializeToString(deterministic=True))
    image = torch.randn((1, 3, height, width), generator=torch.Generator().manual_seed(7))
    depth = model(image)
    # Where a deep network's own rounding exceeds 1e-5, the yardstick is how far PyTorch is from itself in 64 bits.
    exact = copy.deepcopy(model).double()(image.double()).numpy()
    found = onnx_graph.run(given.out, image.numpy())
    difference = float(np.abs(found - depth.numpy()).max())
    ours, theirs = (float(np.abs(x - exact).max()) for x in (found, depth.numpy()))
    print(f"{given.out}: {given.out.stat().st_size} bytes, depth {exact.min():.3f}..{exact.max():.3f}")
    print(f"onnxruntime differs from PyTorch by {difference:.1e}; from 64 bits: onnxruntime {ours:.1e}, PyTorch {theirs:.1e}")
    if difference > 1e-5 and ours > 2.0 * theirs:
        raise SystemExit("onnxruntime and PyTorch disagree")
    if given.fixture:
        tensor = lambda x: {"shape": list(x.shape), "data": [float(v) for v in np.asarray(x, np.float32).ravel()]}
        given.fixture.write_text(json.dumps({"inputs": [tensor(image)], "outputs": [tensor(depth)]}) + "\n")


if __name__ == "__main__":
    main()
