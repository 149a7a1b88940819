"""Made-up rooms and table tops."""

import numpy as np

import textures
from scene import Scene, lamp_colour, sky
from things import Builder


def interior(rng, bank):
    """A room seen from within, its furniture along the walls and about."""
    b = Builder(rng, bank)
    hx, hz = rng.uniform(1.4, 5.0), rng.uniform(1.5, 6.0)
    if rng.random() < 0.15:
        hx, hz = rng.uniform(0.8, 1.6), rng.uniform(5.0, 20.0)
    h = rng.uniform(2.2, 3.6)
    floor, wall, ceiling = (
        b.tex([textures.wood, textures.bricks, textures.noise_texture, textures.plain, textures.stripes]),
        b.tex(textures.WALL),
        b.tex([textures.plain]),
    )
    t = 0.1
    b.add("box", (0, -t, 0), (hx, t, hz), texture=floor)
    if rng.random() < 0.95:
        b.add("box", (0, h + t, 0), (hx, t, hz), texture=ceiling)
    for sx, sz, half in (
        (-1, 0, (t, h / 2, hz)),
        (1, 0, (t, h / 2, hz)),
        (0, -1, (hx, h / 2, t)),
        (0, 1, (hx, h / 2, t)),
    ):
        own = wall if rng.random() < 0.8 else b.tex(textures.WALL)
        b.add("box", (sx * (hx + t), h / 2, sz * (hz + t)), half, texture=own, repeat=rng.uniform(0.6, 3.0))
        for _ in range(rng.integers(0, 4)):
            along, up = rng.uniform(-0.8, 0.8) * (hz if sx else hx), rng.uniform(1.2, 2.0)
            size, glow = rng.uniform(0.15, 0.7, 2), 0.0
            kind = [textures.poster]
            if rng.random() < 0.4:
                kind, glow, size = (
                    [textures.plain, textures.facade, textures.leaves],
                    rng.uniform(0.5, 3.0),
                    np.array([rng.uniform(0.3, 1.0), rng.uniform(0.4, 0.8)]),
                )
            at = (sx * hx, up, along) if sx else (along, up, sz * hz)
            b.add(
                "box",
                at,
                (0.03, size[1], size[0]) if sx else (size[0], size[1], 0.03),
                texture=b.tex(kind),
                repeat=2 * size.max(),
                glow=glow,
            )
        if rng.random() < 0.4:
            along = rng.uniform(-0.7, 0.7) * (hz if sx else hx)
            at = (sx * hx, 1.0, along) if sx else (along, 1.0, sz * hz)
            b.add(
                "box",
                at,
                (0.04, 1.0, 0.42) if sx else (0.42, 1.0, 0.04),
                texture=b.tex([textures.wood, textures.plain]),
            )
    pieces = [b.table, b.chair, b.chair, b.sofa, b.shelf, b.cupboard, b.cupboard, b.bed]
    for _ in range(rng.integers(4, 15)):
        if len(b.solids) > 110:
            break
        side = rng.integers(5)
        gap = 0.4
        x, z, turn = [
            (rng.uniform(-hx, hx) * 0.8, -hz + gap, 0.0),
            (-hx + gap, rng.uniform(-hz, hz) * 0.8, np.pi / 2),
            (hx - gap, rng.uniform(-hz, hz) * 0.8, -np.pi / 2),
            (rng.uniform(-hx, hx) * 0.8, hz - gap, np.pi),
            (rng.uniform(-hx, hx) * 0.5, rng.uniform(-hz, hz) * 0.5, rng.uniform(0, 6.3)),
        ][side]
        pieces[rng.integers(len(pieces))](origin=(x, 0, z), turn=turn)
    for _ in range(rng.integers(0, 9)):
        b.thing((rng.uniform(-hx, hx) * 0.9, 0, rng.uniform(-hz, hz) * 0.9), size=rng.uniform(0.1, 0.5))
    yaw = rng.uniform(0, 2 * np.pi)
    back = rng.uniform(0.2, 0.9)
    position = np.array(
        [
            np.clip(np.sin(yaw) * hx * back, -hx + 0.15, hx - 0.15),
            rng.uniform(0.7, 1.8),
            np.clip(np.cos(yaw) * hz * back, -hz + 0.15, hz - 0.15),
        ]
    )
    camera = (position, yaw + rng.normal(0, 0.25), rng.normal(-0.12, 0.14), rng.normal(0, 0.03), rng.uniform(0.55, 1.2))
    lamps = [
        (
            np.array([rng.uniform(-hx, hx) * 0.8, rng.uniform(1.4, h - 0.1), rng.uniform(-hz, hz) * 0.8]),
            lamp_colour(rng) * rng.uniform(0.5, 4.0),
        )
        for _ in range(rng.integers(1, 4))
    ]
    return Scene("interior", b.solids, camera, lamps=lamps, sky=sky(rng))


def tabletop(rng, bank):
    """Things on a table from near, a room behind: cups, food, tools, pets' eye level."""
    b = Builder(rng, bank)
    far = rng.uniform(1.0, 5.0)
    b.add("box", (0, 1.0, -far), (6, 2.5, 0.1), texture=b.tex(textures.WALL), repeat=rng.uniform(0.5, 3))
    b.add("box", (0, -0.1, 0), (6, 0.1, 8), repeat=rng.uniform(0.5, 2))
    h = rng.uniform(0.4, 0.8)
    w, d = rng.uniform(0.4, 2.0), rng.uniform(0.3, 1.2)
    b.add(
        "box",
        (0, h - 0.03, 0),
        (w, 0.03, d),
        texture=b.tex([textures.wood, textures.plain, textures.noise_texture, textures.stripes, textures.bricks]),
        repeat=rng.uniform(0.15, 1.0),
        yaw=rng.uniform(-0.5, 0.5),
    )
    for _ in range(rng.integers(1, 9)):
        b.thing((rng.normal(0, w * 0.3), h, rng.normal(0, d * 0.4)), size=rng.uniform(0.03, 0.16))
    if rng.random() < 0.4:
        x, z, r = rng.normal(0, 0.05), rng.normal(0, 0.05), rng.uniform(0.06, 0.14)
        white = b.tex([textures.plain])
        b.add("cylinder", (x, h + 0.005, z), (r, 0.006, r), texture=white)
        b.add("cylinder", (x, h + 0.05, z), (r * 0.55, 0.045, r * 0.55), texture=white)
        b.add("cylinder", (x, h + 0.0955, z), (r * 0.48, 0.001, r * 0.48))
    for _ in range(rng.integers(0, 5)):
        b.thing((rng.normal(0, 1.2), 0, -rng.uniform(0.3, 1) * far), size=rng.uniform(0.1, 0.6))
    distance, pitch = rng.uniform(0.25, 1.1), -abs(rng.normal(0.35, 0.3))
    yaw = rng.normal(0, 0.3)
    position = np.array(
        [
            np.sin(yaw) * np.cos(pitch) * distance,
            h + 0.05 - np.sin(pitch) * distance,
            np.cos(yaw) * np.cos(pitch) * distance,
        ]
    )
    camera = (
        position,
        yaw + rng.normal(0, 0.06),
        pitch + rng.normal(0, 0.06),
        rng.normal(0, 0.05),
        rng.uniform(0.8, 1.6),
    )
    lamps = [
        (
            np.array([rng.normal(0, 1.5), rng.uniform(1.2, 2.8), rng.uniform(-1, 2)]),
            lamp_colour(rng) * rng.uniform(0.5, 3.0),
        )
        for _ in range(rng.integers(1, 3))
    ]
    return Scene("interior", b.solids, camera, lamps=lamps, sky=sky(rng))
