"""Writes shards of made-up pictures with exact depth.

    python tools/train/depth/make_scenes.py --out DIR --shards 0..30

A shard is DIR/scenes_NNN.npz: `picture` uint8 [n, 216, 288, 3] sRGB, `inverse` float16 [n, 216, 288] 1/m, 0 in the
sky, `family` [n] names. Its number is its seed: nothing of one shard (textures, places) occurs in another, so shards
from 900 on are held out by never being named in training.
"""

import argparse
import pathlib
import time

import numpy as np

import indoors
import outdoors
import raycast

WIDTH, HEIGHT = 288, 216
FAMILIES = {
    "interior": (indoors.interior, 0.3),
    "tabletop": (indoors.tabletop, 0.14),
    "street": (outdoors.street, 0.22),
    "landscape": (outdoors.landscape, 0.24),
    "heap": (outdoors.heap, 0.1),
}
"""What draws a scene, and how large its share is."""


def usable(depth):
    """Nothing touches the lens and there is depth to learn: not one plane seen head on, not only sky."""
    near = np.isfinite(depth)
    if near.mean() < 0.15 or (depth < 0.12).mean() > 0.02:
        return False
    inverse = 1.0 / depth
    low, high = np.quantile(inverse, [0.02, 0.98])
    return high > 1.15 * low


def shard(seed, count):
    rng = np.random.default_rng([seed, 20])
    bank = raycast.Bank(rng, 75)
    pictures, inverses, families = [], [], []
    draws, shares = zip(*FAMILIES.values())
    while len(pictures) < count:
        scene = draws[rng.choice(len(draws), p=shares)](rng, bank)
        linear, depth = raycast.render(scene, bank, rng, WIDTH, HEIGHT)
        if not usable(depth):
            continue
        pictures.append(raycast.develop(rng, linear))
        inverses.append((1.0 / depth).astype(np.float16))
        families.append(scene.family)
    return np.stack(pictures), np.stack(inverses), np.array(families)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--shards", required=True, help="A..B, B not included")
    arguments.add_argument("--count", type=int, default=120, help="pictures in a shard")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    first, end = map(int, given.shards.split(".."))
    for seed in range(first, end):
        path = given.out / f"scenes_{seed:03}.npz"
        if path.exists():
            continue
        start = time.time()
        picture, inverse, family = shard(seed, given.count)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, picture=picture, inverse=inverse, family=family)
        partial.rename(path)
        print(f"{path}: {len(picture)} pictures in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
