"""Measures a depth network on held-out shards, and looks at photographs.

    python tools/train/depth/evaluate.py --data DIR --weights RUN/checkpoint.pt [--json FILE]
    python tools/train/depth/evaluate.py --weights RUN/checkpoint.pt --photos a.png b.jpg --sheet sheet.png

Protocol of Ranftl et al. 2020: scale and shift of the predicted inverse depth are fitted to the true one by least
squares, per picture, over pixels nearer than 80 m; AbsRel = mean |d - d*| / d*, delta1 = share with max(d/d*, d*/d) <
1.25. The baselines are fitted the same way: one constant, and a ramp that is nearest at the lower edge.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from PIL import Image

import data
import net
import train

FAR_M = 80.0


def load(weights):
    model = net.DepthNet()
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True)["average"])
    return model.eval()


def predict(model, picture, short=192):
    """Relative inverse depth of an RGB uint8 picture, at the network's size."""
    height, width = picture.shape[:2]
    scale = short / min(height, width)
    size = [max(round(side * scale / 32), 1) * 32 for side in (width, height)]
    resized = np.array(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR), np.float32)
    x = (torch.from_numpy(resized).permute(2, 0, 1)[None] - train.MEAN) / train.STD
    with torch.no_grad():
        return model(x)[0, 0].numpy()


def aligned(prediction, inverse, used):
    """Scale and shift by least squares; metres."""
    columns = np.stack([prediction[used], np.ones(used.sum())], 1).astype(np.float64)
    solution, *_ = np.linalg.lstsq(columns, inverse[used].astype(np.float64), rcond=None)
    return 1.0 / np.maximum(columns @ solution, 1.0 / FAR_M)


def scores(prediction, inverse):
    used = inverse > 1.0 / FAR_M
    truth = 1.0 / inverse[used].astype(np.float64)
    depth = aligned(prediction, inverse, used)
    return np.mean(np.abs(depth - truth) / truth), np.mean(np.maximum(depth / truth, truth / depth) < 1.25)


def resize(values, shape):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(shape[::-1], Image.Resampling.BILINEAR))


def measure(model, folder, short=192):
    store = data.Store(folder, held_out=True)
    results = {}
    for picture, inverse, family in zip(store.pictures, store.inverses, store.families):
        inverse = inverse.astype(np.float32)
        if (inverse > 1.0 / FAR_M).mean() < 0.1:
            continue
        ramp = np.broadcast_to(np.linspace(0, 1, inverse.shape[0], dtype=np.float32)[:, None], inverse.shape)
        guesses = {
            "network": resize(predict(model, picture, short), inverse.shape),
            "constant": np.zeros_like(inverse),
            "ramp": ramp,
        }
        for name, guess in guesses.items():
            results.setdefault(family, {}).setdefault(name, []).append(scores(guess, inverse))
    table = {
        family: {
            name: dict(zip(("absrel", "delta1"), map(float, np.mean(values, 0)))) | {"pictures": len(values)}
            for name, values in names.items()
        }
        for family, names in sorted(results.items())
    }
    everything = {
        name: [row for names in results.values() for row in names[name]] for name in ("network", "constant", "ramp")
    }
    table["all"] = {
        name: dict(zip(("absrel", "delta1"), map(float, np.mean(values, 0)))) | {"pictures": len(values)}
        for name, values in everything.items()
    }
    return table


def sheet(model, photos, path, short=192):
    """Photographs above their depth, near is white."""
    tiles = []
    for photo in photos:
        picture = np.asarray(Image.open(photo).convert("RGB"))
        prediction = predict(model, picture, short)
        low, high = np.quantile(prediction, [0.01, 0.99])
        grey = (np.clip((prediction - low) / (high - low + 1e-9), 0, 1) * 255).astype(np.uint8)
        pair = [Image.fromarray(picture).resize((256, 192)), Image.fromarray(grey).convert("RGB").resize((256, 192))]
        tiles.append(np.concatenate([np.asarray(image) for image in pair]))
    while len(tiles) % 4:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.concatenate(tiles[i : i + 4], 1) for i in range(0, len(tiles), 4)]
    Image.fromarray(np.concatenate(rows)).save(path)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--weights", type=pathlib.Path, required=True)
    arguments.add_argument("--data", type=pathlib.Path)
    arguments.add_argument("--json", type=pathlib.Path, help="where to write the table")
    arguments.add_argument("--short", type=int, default=192, help="shorter side of the network's input, pixels")
    arguments.add_argument("--photos", nargs="*", default=[])
    arguments.add_argument("--sheet", type=pathlib.Path)
    given = arguments.parse_args()
    torch.set_num_threads(1)
    model = load(given.weights)
    if given.data:
        table = measure(model, given.data, given.short)
        for family, names in table.items():
            print(
                f"{family:10} {names['network']['pictures']:4} pictures  "
                + "  ".join(f"{name}: AbsRel {v['absrel']:.3f} delta1 {v['delta1']:.3f}" for name, v in names.items())
            )
        if given.json:
            given.json.write_text(json.dumps(table, indent=1) + "\n")
    if given.photos:
        sheet(model, given.photos, given.sheet, given.short)


if __name__ == "__main__":
    main()
