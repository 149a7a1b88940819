"""Random textures: what surfaces of the made-up scenes are painted with.

Every function takes a `numpy.random.Generator` and gives [size, size, 3] float32, sRGB-encoded, 0..1, that repeats at
its edges. Real photographs are full of texture that has no depth of its own; a network that has not seen much of it
takes every line for an edge in space.
"""

import numpy as np


def fractal(rng, size, slope, stretch=1.0):
    """Noise with power spectrum f^-slope, [size, size], mean 0, deviation 1, repeating. `stretch` > 1 draws it out along y."""
    fy = np.fft.fftfreq(size)[:, None] * stretch
    fx = np.fft.rfftfreq(size)[None, :]
    radius = np.sqrt(fx * fx + fy * fy)
    radius[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * radius ** (-slope / 2)
    spectrum[0, 0] = 0.0
    noise = np.fft.irfft2(spectrum, (size, size))
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


def colour(rng, vivid=None):
    """A colour as things have them: mostly dull, sometimes vivid, sometimes grey."""
    vivid = rng.random() ** 2 if vivid is None else vivid
    value = rng.uniform(0.05, 1.0)
    tint = rng.random(3)
    tint = tint / tint.max()
    return ((1.0 - vivid) * value + vivid * value * tint).astype(np.float32)


def ramp(rng, noise):
    """Colours a noise of deviation 1 by a ramp through two to four colours that belong together."""
    stops = rng.integers(2, 5)
    base, spread = colour(rng), rng.uniform(0.05, 0.5)
    colours = np.clip(base + rng.normal(0.0, spread, (stops, 1)) + rng.normal(0.0, spread * 0.3, (stops, 3)), 0.0, 1.0)
    at = np.clip(noise * 0.25 + 0.5, 0.0, 1.0)
    places = np.linspace(0.0, 1.0, stops)
    return np.stack([np.interp(at, places, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def noise_texture(rng, size):
    return ramp(rng, fractal(rng, size, rng.uniform(0.6, 3.2), rng.choice([1.0, 1.0, 1.0, 4.0, 12.0])))


def grain(rng, picture):
    """Dirt and wear over a pattern."""
    size = picture.shape[0]
    worn = fractal(rng, size, 2.2)[..., None] * rng.uniform(0.0, 0.1) + fractal(rng, size, 0.5)[
        ..., None
    ] * rng.uniform(0.0, 0.06)
    return np.clip(picture + worn, 0.0, 1.0)


def coordinates(size):
    return np.meshgrid(np.arange(size, dtype=np.float32) / size, np.arange(size, dtype=np.float32) / size)


def bricks(rng, size):
    """Bricks, tiles or planks: rows shifted against each other, a colour for each, joints between."""
    x, y = coordinates(size)
    rows, columns = int(rng.integers(2, 20)), int(rng.integers(1, 12))
    row = np.floor(y * rows)
    shift = (
        rng.choice([0.0, 0.5, 0.5]) * (row % 2)
        if rng.random() < 0.8
        else rng.random(rows).astype(np.float32)[row.astype(int)]
    )
    along = x * columns + shift
    column = np.floor(along) % columns
    fy, fx = y * rows - row, along - np.floor(along)
    joint = rng.uniform(0.01, 0.12)
    edge = (fy < joint) | (fx < joint * columns / rows)
    base = colour(rng)
    each = np.clip(
        base + rng.normal(0.0, rng.uniform(0.0, 0.12), (rows, columns, 1)) + rng.normal(0.0, 0.03, (rows, columns, 3)),
        0,
        1,
    )
    picture = each[row.astype(int), column.astype(int)].astype(np.float32)
    picture = np.where(edge[..., None], colour(rng), picture)
    return grain(rng, picture)


def stripes(rng, size):
    """Stripes, checks and plaids."""
    x, y = coordinates(size)
    n = int(rng.integers(2, 24))
    kind = rng.integers(3)
    a = (np.sin(2 * np.pi * n * x) > rng.uniform(-0.8, 0.8)).astype(np.float32)
    b = (np.sin(2 * np.pi * n * y) > rng.uniform(-0.8, 0.8)).astype(np.float32)
    mix = [a, np.abs(a - b), 0.5 * (a + b)][kind][..., None]
    return grain(rng, mix * colour(rng) + (1 - mix) * colour(rng))


def wood(rng, size):
    """Grain along y, in planks or not."""
    x, _ = coordinates(size)
    planks = int(rng.integers(1, 8))
    plank = np.floor(x * planks).astype(int)
    rings = fractal(rng, size, 2.0, rng.uniform(6.0, 20.0))
    tone = np.array([rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.4)], np.float32)
    each = rng.normal(0.0, 0.06, planks).astype(np.float32)[plank][..., None]
    gap = (x * planks - plank < 0.04)[..., None] * (planks > 1)
    picture = tone * (1.0 + 0.25 * rings[..., None] * rng.uniform(0.2, 1.0)) + each
    return np.clip(np.where(gap, tone * 0.3, picture), 0, 1).astype(np.float32)


def facade(rng, size):
    """A wall with rows of windows, some lit, some with a sill."""
    picture = (
        grain(rng, np.broadcast_to(colour(rng), (size, size, 3)).copy()) if rng.random() < 0.5 else bricks(rng, size)
    )
    picture = picture.copy()
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    height, width = size / rows, size / columns
    wy, wx = rng.uniform(0.3, 0.75), rng.uniform(0.3, 0.75)
    frame, glass = colour(rng), colour(rng) * 0.5
    for r in range(rows):
        for c in range(columns):
            top, left = int((r + (1 - wy) / 2) * height), int((c + (1 - wx) / 2) * width)
            bottom, right = int(top + wy * height), int(left + wx * width)
            picture[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2] = frame
            lit = colour(rng) if rng.random() < 0.2 else glass * rng.uniform(0.5, 1.6)
            fade = np.linspace(rng.uniform(0.6, 1.4), rng.uniform(0.6, 1.4), max(bottom - top, 1))[:, None, None]
            picture[top:bottom, left:right] = np.clip(lit * fade, 0, 1)
            picture[top:bottom, (left + right) // 2 : (left + right) // 2 + 1] = frame
    return picture


def poster(rng, size):
    """A flat picture with things in it: rectangles, discs, gradients, lines of writing."""
    x, y = coordinates(size)
    picture = (x[..., None] * colour(rng) + (1 - x[..., None]) * colour(rng)) * 0.5 + (
        y[..., None] * colour(rng) + (1 - y[..., None]) * colour(rng)
    ) * 0.5
    for _ in range(rng.integers(1, 14)):
        cx, cy, rx, ry = rng.random(), rng.random(), rng.uniform(0.03, 0.3), rng.uniform(0.03, 0.3)
        inside = (
            ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
            if rng.random() < 0.5
            else (np.abs(x - cx) < rx) & (np.abs(y - cy) < ry)
        )
        shade = colour(rng) * (1.0 + rng.uniform(-1, 1) * (x - cx)[..., None] / rx * 0.5)
        picture = np.where(inside[..., None], shade, picture)
    if rng.random() < 0.4:
        lines = (np.floor(y * rng.integers(10, 40)) % 2 == 0) & (fractal(rng, size, 1.0, 0.2) > 0.2)
        picture = np.where((lines & (x > 0.1) & (x < 0.9))[..., None], colour(rng), picture)
    return np.clip(picture, 0, 1).astype(np.float32)


def spots(rng, size):
    """Leaves, gravel, terrazzo: cells of one colour each around random points."""
    count = int(rng.integers(20, 160))
    points = rng.random((count, 2)).astype(np.float32)
    small = 128
    x, y = coordinates(small)
    best, owner = np.full((small, small), 9.0, np.float32), np.zeros((small, small), int)
    wobble = fractal(rng, small, 2.0) * 0.01
    for i, (px, py) in enumerate(points):
        dx, dy = np.abs(x + wobble - px), np.abs(y - py)
        d = np.minimum(dx, 1 - dx) ** 2 + np.minimum(dy, 1 - dy) ** 2
        near = d < best
        best[near], owner[near] = d[near], i
    base, spread = colour(rng), rng.uniform(0.02, 0.25)
    each = np.clip(base + rng.normal(0, spread, (count, 1)) + rng.normal(0, spread * 0.3, (count, 3)), 0, 1)
    shade = 1.0 - rng.uniform(0, 0.8) * np.sqrt(best) / np.sqrt(best).max()
    picture = (each[owner] * shade[..., None]).astype(np.float32)
    return picture.repeat(size // small, 0).repeat(size // small, 1)


def plain(rng, size):
    return grain(rng, np.broadcast_to(colour(rng), (size, size, 3)).copy())


def leaves(rng, size):
    """Foliage and grass: green to brown, rough, dark between."""
    tone = np.array([rng.uniform(0.15, 0.5), rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.2)], np.float32)
    if rng.random() < 0.25:
        tone = np.array([rng.uniform(0.5, 0.8), rng.uniform(0.3, 0.6), rng.uniform(0.1, 0.3)], np.float32)
    rough = fractal(rng, size, rng.uniform(0.6, 1.6), rng.choice([1.0, 1.0, 3.0]))[..., None]
    patch = fractal(rng, size, 2.5)[..., None]
    return np.clip(tone * (1 + 0.45 * rough + 0.2 * patch) + 0.04 * patch * np.array([1, 0, -0.5]), 0, 1).astype(
        np.float32
    )


INDOOR = [plain, plain, noise_texture, bricks, stripes, wood, wood, poster, spots]
WALL = [plain, plain, plain, plain, noise_texture, bricks, wood, stripes]
OUTDOOR = [noise_texture, bricks, facade, leaves, spots, plain, wood]
EVERY = INDOOR + OUTDOOR


def make(rng, kinds, size=256):
    """One texture of one of `kinds`."""
    return np.clip(kinds[rng.integers(len(kinds))](rng, size), 0.0, 1.0).astype(np.float32)
