"""Evaluates bodies with anny on PyTorch, one order per line on standard input.

    python anny_body.py THREADS

Expects `make_fixtures.py` beside it. Prints `KINEMA ready` when the model is loaded; for each line does one of

    samples COUNT SEED FILE       writes a fixture file of COUNT random bodies with all of their vertices
    forward DTYPE BATCH LOCALS FACES SEED
                                  evaluates BATCH random bodies at once, each with all phenotypes, all bones, LOCALS local
                                  changes and FACES facial actions; DTYPE is float64 (anny's default) or float32

and prints `KINEMA <seconds>`: of a forward call alone, without drawing its parameters. Warp, which anny
skins with, writes to standard output by itself; answers are told apart by their first word.
"""

import copy
import pathlib
import sys
import time

import make_fixtures
import numpy as np
import torch


def write_samples(model, count, seed, path):
    rng = np.random.default_rng(seed)
    samples = make_fixtures.draw(rng, model, count)
    pathlib.Path(path).write_bytes(make_fixtures.pack(rng, samples, model, 1, seed))


def forward(model, dtype, batch, locals_changed, faces_changed, seed):
    rng = np.random.default_rng(seed)
    samples = make_fixtures.draw(rng, model, batch, locals_changed, faces_changed)
    arguments = make_fixtures.arguments(samples, model, 0, batch, dtype)
    with torch.no_grad():
        start = time.perf_counter()
        vertices = model(**arguments)["vertices"]
        seconds = time.perf_counter() - start
    if not bool(torch.isfinite(vertices).all()):
        raise SystemExit("anny answered with vertices that are no numbers")
    return seconds


def main():
    torch.set_num_threads(int(sys.argv[1]))
    model = make_fixtures.load_model()
    models = {"float64": model, "float32": copy.deepcopy(model).to(torch.float32)}
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, *words = line.split()
        start = time.perf_counter()
        if order == "samples":
            write_samples(model, int(words[0]), int(words[1]), words[2])
            seconds = time.perf_counter() - start
        else:
            name, *numbers = words
            seconds = forward(models[name], getattr(torch, name), *map(int, numbers))
        print(f"KINEMA {seconds:.9f}", flush=True)


main()
