"""Prints the numbers that tests/support/flip.rs is compared with.

    cargo xtask peers flip
    ${XDG_CACHE_HOME:-$HOME/.cache}/kinema/peers/flip/bin/python tests/support/flip_fixture.py

The pictures are made of integers by the same formulas in flip.rs, so that no picture need be committed.
"""

import flip_evaluator
import numpy as np

WIDTH, HEIGHT = 96, 64
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]


def reference():
    """A colour gradient, a fine checker on its left half and a hard vertical edge at x = 72."""
    red = X * 255 // (WIDTH - 1)
    green = Y * 255 // (HEIGHT - 1)
    blue = np.where(((X // 2 + Y // 2) % 2 == 0) & (X < WIDTH // 2), 200, 60)
    blue = np.where(X >= 72, 240, blue)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def colour_shift(picture):
    """A square whose hue is off: red and blue exchanged."""
    changed = picture.copy()
    changed[16:40, 56:80] = picture[16:40, 56:80, ::-1]
    return changed


def edge_shift(picture):
    """Everything moved right by one pixel, the first column repeated."""
    return np.concatenate([picture[:, :1], picture[:, :-1]], axis=1)


def grain(picture):
    """A step of 24 up or down in every channel, from an integer hash of the place."""
    bit = ((X * 73 + Y * 151 + X * Y * 7) // 5) % 2
    step = np.where(bit == 0, -24, 24)[..., None]
    return np.clip(picture.astype(int) + step, 0, 255).astype(np.uint8)


def main():
    left = reference()
    for name, right in [("colour_shift", colour_shift(left)), ("edge_shift", edge_shift(left)), ("grain", grain(left))]:
        error, mean, parameters = flip_evaluator.evaluate(
            left.astype(np.float32) / 255.0, right.astype(np.float32) / 255.0, "LDR", applyMagma=False
        )
        error = np.asarray(error).reshape(HEIGHT, WIDTH)
        pixels = ", ".join(f"({x}, {y}, {error[y, x]:.6f})" for x, y in [(0, 0), (20, 30), (57, 17), (71, 40), (95, 63)])
        print(f"{name}: mean {mean:.6f} max {error.max():.6f} pixels [{pixels}] ppd {parameters['ppd']:.4f}")


main()
