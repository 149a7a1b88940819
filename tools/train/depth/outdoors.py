"""Made-up streets and landscapes, and heaps of anything."""

import numpy as np

import textures
from scene import Scene, daylight, lamp_colour, sky
from things import Builder


def street(rng, bank):
    """Houses on both sides or one, pavements, cars, trees, posts, passers-by."""
    b = Builder(rng, bank)
    road, end = rng.uniform(3.0, 10.0), rng.uniform(25.0, 150.0)
    b.add(
        "box",
        (0, -0.5, -end / 2),
        (60, 0.5, end),
        texture=b.tex([textures.noise_texture, textures.plain, textures.bricks]),
        repeat=rng.uniform(1, 5),
    )
    for side in (-1, 1):
        walk = rng.uniform(0.8, 4.0)
        b.add(
            "box",
            (side * (road + walk), 0.06, -end / 2),
            (walk, 0.07, end),
            texture=b.tex([textures.bricks, textures.plain, textures.noise_texture]),
            repeat=rng.uniform(0.5, 2),
        )
        z = 12.0
        open_side = rng.random() < 0.2
        while z > -end and len(b.solids) < 90:
            w, h, d = (
                rng.uniform(3, 12),
                rng.uniform(2, 14) if rng.random() < 0.8 else rng.uniform(14, 40),
                rng.uniform(3, 9),
            )
            if not open_side or rng.random() < 0.15:
                x = side * (road + 2 * walk + d + rng.uniform(0, 1.0))
                b.add(
                    "box",
                    (x, h, z - w),
                    (d, h, w),
                    texture=b.tex([textures.facade, textures.facade, textures.bricks, textures.plain]),
                    repeat=rng.uniform(3, 12),
                )
                if rng.random() < 0.35:
                    b.add(
                        "box",
                        (x, 2 * h, z - w),
                        (d * 0.75, d * 0.75, w * 1.01),
                        roll=np.pi / 4,
                        texture=b.tex([textures.bricks, textures.plain]),
                    )
                elif rng.random() < 0.4:
                    b.add(
                        "box",
                        (side * (road + 2 * walk - 0.3), rng.uniform(2.4, 3.2), z - w),
                        (0.8, 0.05, w * rng.uniform(0.2, 0.8)),
                    )
            z -= 2 * w + (rng.uniform(0, 8) if rng.random() < 0.3 else 0.0)
        for _ in range(rng.integers(0, 7)):
            place = (side * (road + rng.uniform(0.2, 2 * walk)), 0.1, 4 - rng.random() ** 2 * end * 0.7)
            what = rng.integers(5)
            if what == 0:
                b.tree(place, rng.uniform(3, 8))
            elif what == 1:
                r = rng.uniform(0.04, 0.12)
                b.add(
                    "cylinder",
                    (0, 2.5, 0),
                    (r, rng.uniform(1.5, 3.5), r),
                    texture=b.tex([textures.plain]),
                    origin=place,
                )
                if rng.random() < 0.5:
                    b.add(
                        "box",
                        (0, rng.uniform(2, 3.5), 0),
                        (0.3, 0.3, 0.02),
                        texture=b.tex([textures.poster]),
                        repeat=0.6,
                        origin=place,
                    )
            elif what == 2:
                b.figure(place, rng.uniform(0, 6.3))
            elif what == 3:
                b.thing((0, 0, 0), place, 0.0, rng.uniform(0.3, 0.8))
            else:
                b.figure(place, rng.uniform(0, 6.3))
        for _ in range(rng.integers(0, 4)):
            b.car(
                (side * road * rng.uniform(0.4, 0.85), 0, 2 - rng.random() ** 1.5 * end * 0.5),
                rng.normal(0, 0.05) + (np.pi if rng.random() < 0.5 else 0),
            )
    if rng.random() < 0.5:
        b.add(
            "box",
            (0, rng.uniform(4, 15), -end),
            (60, 15, 3),
            texture=b.tex([textures.facade, textures.leaves, textures.bricks]),
            repeat=8.0,
        )
    x = rng.uniform(-1, 1) * road
    position = np.array([x, rng.uniform(1.0, 2.2) if rng.random() < 0.85 else rng.uniform(2.5, 8.0), rng.uniform(0, 4)])
    yaw = rng.normal(0, 0.3) if rng.random() < 0.75 else rng.uniform(-1.6, 1.6)
    scene = Scene(
        "street",
        b.solids,
        (position, yaw, rng.normal(0.0, 0.09), rng.normal(0, 0.025), rng.uniform(0.6, 1.4)),
        sky=sky(rng),
    )
    scene.fog_per_m = rng.choice([0.0, rng.uniform(0.0005, 0.01)])
    return daylight(rng, scene)


def landscape(rng, bank):
    """Hills or plains to the horizon, trees, rocks, a hut, water."""
    b = Builder(rng, bank)
    n = 256
    rough = rng.uniform(2.6, 4.2)
    relief = textures.fractal(rng, n, rough)
    cell = rng.choice([0.5, 1.0, 2.0, 6.0])
    amplitude = cell * n * rng.uniform(0.002, 0.05)
    heights = relief * amplitude
    cut = rng.random()
    if cut < 0.3:
        heights = np.maximum(heights, np.quantile(heights, rng.uniform(0.1, 0.6)))
    elif cut < 0.5:
        heights = np.abs(heights) * rng.choice([-1.0, 1.0])
    heights = heights.astype(np.float32)

    def ground(x, z):
        i, j = int(np.floor(z / cell)) % n, int(np.floor(x / cell)) % n
        return float(heights[i, j])

    x, z = rng.uniform(0, n * cell, 2)
    eye = rng.uniform(0.6, 2.0) if rng.random() < 0.75 else rng.uniform(2, 25)
    yaw = rng.uniform(0, 2 * np.pi)
    forward = np.array([-np.sin(yaw), -np.cos(yaw)])
    position = np.array([x, ground(x, z) + eye + cell * 0.1, z])
    for _ in range(rng.integers(0, 22)):
        away = 2.0 + rng.random() ** 2 * 80.0
        aside = rng.normal(0, 0.35) * away
        px, pz = x + forward[0] * away - forward[1] * aside, z + forward[1] * away + forward[0] * aside
        place = (px, ground(px, pz) - 0.1, pz)
        what = rng.integers(6)
        if len(b.solids) > 80:
            break
        if what <= 2:
            b.tree(place, rng.uniform(1.5, 9))
        elif what == 3:
            b.add(
                "ellipsoid",
                (0, 0, 0),
                rng.uniform(0.2, 1.5, 3),
                texture=b.tex([textures.noise_texture, textures.spots, textures.leaves]),
                origin=place,
                ragged=rng.choice([0.0, 0.4]),
                yaw=rng.uniform(0, 6),
            )
        elif what == 4 and away > 8:
            h = rng.uniform(1, 3)
            t = b.tex([textures.facade, textures.bricks, textures.plain])
            turn = rng.uniform(0, 6.3)
            b.add(
                "box",
                (0, h, 0),
                (rng.uniform(2, 5), h, rng.uniform(2, 4)),
                texture=t,
                repeat=4.0,
                origin=place,
                turn=turn,
            )
        elif what == 5 and away > 4:
            (b.figure if rng.random() < 0.6 else b.car)(place, rng.uniform(0, 6.3))
    if rng.random() < 0.15:
        for i in range(12):
            away, aside = 3.0 + 2.5 * i, rng.choice([-3.0, 3.0])
            px, pz = x + forward[0] * away - forward[1] * aside, z + forward[1] * away + forward[0] * aside
            b.add("box", (0, 0.5, 0), (0.05, 0.6, 0.05), origin=(px, ground(px, pz), pz))
    pitch = rng.normal(-0.03, 0.1) if eye < 3 else rng.normal(-0.2, 0.12)
    scene = Scene(
        "landscape", b.solids, (position, yaw, pitch, rng.normal(0, 0.03), rng.uniform(0.6, 1.5)), sky=sky(rng)
    )
    kinds = [textures.leaves, textures.leaves, textures.noise_texture, textures.spots]
    scene.heights = (heights, float(cell), b.tex(kinds), float(cell * np.exp(rng.uniform(np.log(0.6), np.log(20.0)))))
    scene.fog_per_m = rng.choice([0.0, 1.0, 1.0]) * rng.uniform(0.0005, 0.012) / max(cell, 0.7)
    return daylight(rng, scene)


def heap(rng, bank):
    """Anything anywhere, so that edges and sizes alone must tell: what no family teaches."""
    b = Builder(rng, bank)
    far = rng.uniform(4, 20)
    b.add(
        "box",
        (0, 0, -far),
        (40, 40, 0.1),
        texture=b.tex(),
        repeat=rng.uniform(1, 8),
        yaw=rng.normal(0, 0.3),
        pitch=rng.normal(0, 0.3),
    )
    if rng.random() < 0.6:
        b.add(
            "box",
            (0, -rng.uniform(0.8, 2.5), 0),
            (40, 0.1, 40),
            texture=b.tex(),
            repeat=rng.uniform(0.5, 4),
            pitch=rng.normal(0, 0.05),
        )
    focal = rng.uniform(0.6, 1.4)
    for _ in range(rng.integers(4, 30)):
        z = np.exp(rng.uniform(np.log(0.6), np.log(far)))
        at = (rng.uniform(-0.6, 0.6) * z / focal, rng.uniform(-0.5, 0.5) * z / focal, -z)
        half = np.exp(rng.normal(np.log(0.12), 0.6, 3)) * z * rng.uniform(0.3, 1.2)
        b.add(
            ["box", "ellipsoid", "cylinder"][rng.integers(3)],
            at,
            half,
            yaw=rng.uniform(0, 6.3),
            pitch=rng.normal(0, 0.7),
            roll=rng.normal(0, 0.7),
            texture=b.tex(),
            repeat=float(half.max() * rng.uniform(0.3, 2)),
            ragged=rng.choice([0.0, 0.0, 0.0, 0.6]),
        )
    scene = Scene("heap", b.solids, (np.zeros(3), 0.0, 0.0, 0.0, focal), sky=sky(rng))
    if rng.random() < 0.5:
        scene.lamps = [(rng.normal(0, 2, 3), lamp_colour(rng) * rng.uniform(1, 5))]
        return scene
    return daylight(rng, scene)
