"""Measures what a mask of people does for depth that a network guessed: `kinema depth` on the held-out pictures with
people in them, once as it is and once without the pack `person_mask`.

    python tools/train/depth/people.py --data DATA --kinema target/debug/kinema

Protocol of evaluate.py: scale and shift of inverse depth are fitted to the true one per picture. "Beside" is within 8
pixels of the true silhouette; "wrong side" are pixels within 4 of it whose depth is nearer to that of the other side 10 to 16
pixels away than to that of their own, where both differ by a tenth at least, in truth as in the guess.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image

FAR_M = 80.0
PACK = "person_mask"


def cache_without_people(folder):
    """A cache folder with all packs but one."""
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    packs = list((home / "kinema" / "packs").iterdir())
    if not any(pack.name.startswith(PACK + "-") for pack in packs):
        raise SystemExit(f"the pack {PACK} is not installed: cargo xtask setup")
    into = folder / "kinema" / "packs"
    into.mkdir(parents=True)
    for pack in packs:
        if not pack.name.startswith((PACK + "-", ".")):
            (into / pack.name).symlink_to(pack)
    return folder


def guessed(kinema, picture, folder, cache_home):
    """Relative inverse depth, 0.1 to 1: the farthest is ten times as far as the nearest, as Kinema takes it."""
    Image.fromarray(picture).save(folder / "picture.png")
    environment = os.environ | ({"XDG_CACHE_HOME": str(cache_home)} if cache_home else {})
    command = [kinema, "depth", folder / "picture.png", "--out", folder / "depth.png", "--force"]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return 0.1 + 0.9 * np.asarray(Image.open(folder / "depth.png"), np.float64) / 65535.0


def near(mask, radius):
    """Within a disc of this radius of a true pixel."""
    height, width = mask.shape
    padded = np.pad(mask, radius)
    found = np.zeros_like(mask)
    for dy in range(-radius, radius + 1):
        reach = int((radius * radius - dy * dy) ** 0.5)
        sums = np.pad(np.cumsum(padded[radius + dy :][:height], 1, dtype=np.int32), ((0, 0), (1, 0)))
        found |= sums[:, radius + reach + 1 :][:, :width] > sums[:, radius - reach :][:, :width]
    return found


def mean_around(values, where, radius=16):
    """Mean of the values in a square around each pixel, and of how many."""
    def sums(of):
        total = np.pad(np.pad(of.astype(np.float64), radius).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        side = 2 * radius + 1
        return total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]

    count = sums(where)
    return sums(np.where(where, values, 0)) / np.maximum(count, 1e-9), count


def differ(a, b):
    return np.abs(a - b) > 0.1 * np.maximum(a, b)


def wrong_side(guess, inverse, person):
    """How many pixels at the silhouette are on the wrong side, and of how many."""
    beside = [person & ~near(~person, 9) & near(~person, 16), ~person & ~near(person, 9) & near(person, 16)]
    (inner, inner_count), (outer, outer_count) = (mean_around(guess, ring) for ring in beside)
    (inner_true, _), (outer_true, _) = (mean_around(inverse, ring) for ring in beside)
    known = (inner_count > 8) & (outer_count > 8) & differ(inner, outer) & differ(inner_true, outer_true)
    known &= (inner > outer) == (inner_true > outer_true)
    known &= (person & near(~person, 4)) | (~person & near(person, 4))
    own, other = np.where(person, inner, outer), np.where(person, outer, inner)
    return (known & (np.abs(guess - other) < np.abs(guess - own))).sum(), known.sum()


def scores(guess, inverse, person):
    used = inverse > 1.0 / FAR_M
    columns = np.stack([guess[used], np.ones(used.sum())], 1)
    scale, shift = np.linalg.lstsq(columns, inverse[used].astype(np.float64), rcond=None)[0]
    depth, truth = 1.0 / np.maximum(scale * guess + shift, 1.0 / FAR_M), 1.0 / np.maximum(inverse, 1e-6)
    off, ratio = np.abs(depth - truth) / truth, np.maximum(depth / truth, truth / depth)
    beside = used & near(person, 8) & near(~person, 8)
    return [off[used].mean(), (ratio[used] < 1.25).mean(), off[beside].mean(), (ratio[beside] < 1.25).mean()]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=pathlib.Path, required=True, help="of kinema_shots.py, shards from 900 on")
    arguments.add_argument("--kinema", type=pathlib.Path, required=True, help="the program")
    given = arguments.parse_args()
    rows, sides = {True: [], False: []}, {True: np.zeros(2), False: np.zeros(2)}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        caches = {True: None, False: cache_without_people(folder / "cache")}
        for shard in sorted(given.data.glob("kinema_9*.npz")):
            held = np.load(shard)
            for picture, inverse, person in zip(held["picture"], held["inverse"].astype(np.float32), held["person"]):
                if person.sum() < 50 or (inverse > 1.0 / FAR_M).mean() < 0.1:
                    continue
                for with_people, cache in caches.items():
                    guess = guessed(given.kinema, picture, folder, cache)
                    rows[with_people].append(scores(guess, inverse, person))
                    sides[with_people] += wrong_side(guess, inverse, person)
    for with_people in (False, True):
        absrel, delta1, beside, beside_delta1 = np.mean(rows[with_people], 0)
        wrong, known = sides[with_people]
        print(
            f"{'with' if with_people else 'without'} the mask, {len(rows[with_people])} pictures: AbsRel {absrel:.4f} "
            f"delta1 {delta1:.4f}; beside people AbsRel {beside:.4f} delta1 {beside_delta1:.4f}, "
            f"wrong side {wrong / known:.4f}"
        )
    better = np.mean([after[2] < before[2] for before, after in zip(rows[False], rows[True])])
    print(f"beside people the mask is better in {better:.2f} of the pictures")


if __name__ == "__main__":
    main()
