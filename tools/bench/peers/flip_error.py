"""FLIP between pictures, by its authors' own evaluator, for `kinema bench parallax`.

Files are raw: red, green, blue bytes; masks as bytes.

Orders, one a line:
  flip REFERENCE TEST MASK WIDTH HEIGHT    answers FLIP over the mask and over the whole picture
"""
import sys

import numpy as np
from flip_evaluator import evaluate


def bytes_of(path, width, height, channels):
    return np.fromfile(path, np.uint8).reshape(height, width, channels)


def flip(words):
    reference, test, mask, width, height = words
    width, height = int(width), int(height)
    pictures = [bytes_of(path, width, height, 3).astype(np.float32) / 255 for path in (reference, test)]
    error = np.asarray(evaluate(pictures[0], pictures[1], "LDR", applyMagma=False, computeMeanError=False)[0])
    error = error.reshape(height, width, -1)[:, :, 0]
    over = bytes_of(mask, width, height, 1)[:, :, 0] > 0
    band = float(error[over].mean()) if over.any() else float("nan")
    return f"{band!r} {float(error.mean())!r}"


print("KINEMA ready", flush=True)
for line in sys.stdin:
    _, *words = line.split()
    print(f"KINEMA {flip(words)}", flush=True)
