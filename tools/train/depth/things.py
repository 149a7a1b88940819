"""Solids, and what can be made of them: furniture, things on tables, trees, cars, figures.

Metres, y up, right-handed. What draws them: `raycast.py`, and Kinema itself through `glb.py`.
"""

import dataclasses

import numpy as np

import textures


@dataclasses.dataclass
class Solid:
    """A box, ellipsoid or upright cylinder; `half` are half sizes along its own axes, `turn` maps those to the world's."""

    kind: str
    centre: np.ndarray
    half: np.ndarray
    turn: np.ndarray
    texture: int
    repeat_m: float = 1.0
    inside: bool = False
    ragged: float = 0.0
    glow: float = 0.0


def rotation(yaw, pitch=0.0, roll=0.0):
    """Roll about z, then pitch about x, then yaw about y, all in the world's axes."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)


class Builder:
    """Collects solids in a frame that stands on the ground at a place and is turned about y."""

    def __init__(self, rng, bank):
        self.rng, self.bank, self.solids = rng, bank, []

    def tex(self, kinds=None):
        """A texture of one of these kinds from the bank."""
        choice = self.bank.of(kinds) if kinds else range(len(self.bank.pictures))
        return int(choice[self.rng.integers(len(choice))])

    def add(
        self,
        kind,
        at,
        half,
        yaw=0.0,
        texture=None,
        repeat=None,
        origin=(0, 0, 0),
        turn=0.0,
        pitch=0.0,
        roll=0.0,
        **more
    ):
        c, s = np.cos(turn), np.sin(turn)
        x, y, z = at
        centre = np.array([origin[0] + c * x + s * z, origin[1] + y, origin[2] - s * x + c * z], np.float32)
        texture = self.tex(textures.INDOOR) if texture is None else texture
        repeat = float(self.rng.uniform(0.2, 1.5)) if repeat is None else repeat
        self.solids.append(
            Solid(kind, centre, np.array(half, np.float32), rotation(yaw + turn, pitch, roll), texture, repeat, **more)
        )

    def table(self, origin, turn, width=None, depth=None, height=None, items=4):
        rng = self.rng
        w, d, h = width or rng.uniform(0.35, 0.9), depth or rng.uniform(0.3, 0.6), height or rng.uniform(0.4, 0.78)
        top, leg = self.tex([textures.wood, textures.plain, textures.noise_texture]), self.tex(
            [textures.wood, textures.plain]
        )
        self.add("box", (0, h - 0.02, 0), (w, 0.02, d), texture=top, origin=origin, turn=turn)
        kind = "cylinder" if rng.random() < 0.4 else "box"
        for sx in (-1, 1):
            for sz in (-1, 1):
                self.add(
                    kind,
                    (sx * (w - 0.05), h / 2, sz * (d - 0.05)),
                    (0.025, h / 2, 0.025),
                    texture=leg,
                    origin=origin,
                    turn=turn,
                )
        for _ in range(rng.integers(0, items + 1)):
            self.thing((rng.uniform(-w, w) * 0.85, h, rng.uniform(-d, d) * 0.85), origin, turn, rng.uniform(0.04, 0.2))

    def thing(self, at, origin=(0, 0, 0), turn=0.0, size=0.15):
        """Something that stands at a place: box, ball, pot, bottle, book, cup, plant, lamp."""
        rng, (x, y, z) = self.rng, at
        kind = rng.integers(8)
        half = rng.uniform(0.3, 1.0, 3) * size
        put = lambda k, c, h, **kw: self.add(k, c, h, origin=origin, turn=turn, **kw)
        if kind == 0:
            put("box", (x, y + half[1], z), half, yaw=rng.uniform(0, 6.3))
        elif kind == 1:
            put("ellipsoid", (x, y + half[1], z), half if rng.random() < 0.5 else (half[1],) * 3)
        elif kind == 2:
            put("cylinder", (x, y + half[1], z), (half[0] * 0.7, half[1], half[0] * 0.7))
        elif kind == 3:
            t = self.tex()
            put("cylinder", (x, y + size * 0.7, z), (size * 0.3, size * 0.7, size * 0.3), texture=t)
            put("cylinder", (x, y + size * 1.7, z), (size * 0.1, size * 0.35, size * 0.1), texture=t)
        elif kind == 4:
            for i in range(rng.integers(1, 6)):
                put("box", (x, y + 0.02 + i * 0.035, z), (0.12, 0.017, 0.09), yaw=rng.uniform(-0.4, 0.4))
        elif kind == 5:
            put("cylinder", (x, y + size * 0.4, z), (size * 0.4, size * 0.4, size * 0.4))
            leaf = self.tex([textures.leaves])
            for _ in range(rng.integers(3, 9)):
                o = rng.normal(0, size * 0.5, 3)
                put(
                    "ellipsoid",
                    (x + o[0], y + size * 1.6 + o[1], z + o[2]),
                    rng.uniform(0.2, 0.6, 3) * size,
                    texture=leaf,
                    ragged=0.5,
                )
        elif kind == 6:
            put("cylinder", (x, y + size, z), (size * 0.06, size, size * 0.06))
            put("cylinder", (x, y + size * 2.2, z), (size * 0.6, size * 0.4, size * 0.6), glow=rng.choice([0.0, 1.5]))
        else:
            put(
                "box",
                (x, y + size * 0.8, z),
                (size, size * 0.7, 0.02),
                texture=self.tex([textures.poster]),
                repeat=2 * size,
                yaw=rng.uniform(-0.7, 0.7),
            )

    def chair(self, origin, turn):
        rng, t = self.rng, self.tex([textures.wood, textures.plain, textures.noise_texture, textures.stripes])
        w, h = rng.uniform(0.2, 0.27), rng.uniform(0.4, 0.48)
        self.add("box", (0, h, 0), (w, 0.03, w), texture=t, origin=origin, turn=turn)
        self.add("box", (0, h + 0.28, -w), (w, 0.27, 0.025), texture=t, origin=origin, turn=turn)
        for sx in (-1, 1):
            for sz in (-1, 1):
                self.add(
                    "box",
                    (sx * (w - 0.03), h / 2, sz * (w - 0.03)),
                    (0.02, h / 2, 0.02),
                    texture=t,
                    origin=origin,
                    turn=turn,
                )

    def sofa(self, origin, turn):
        rng, t = self.rng, self.tex([textures.plain, textures.noise_texture, textures.stripes])
        w, d = rng.uniform(0.5, 1.1), rng.uniform(0.38, 0.48)
        self.add("box", (0, 0.22, 0), (w, 0.2, d), texture=t, origin=origin, turn=turn)
        self.add("box", (0, 0.55, -d), (w, 0.35, 0.12), texture=t, origin=origin, turn=turn)
        for sx in (-1, 1):
            self.add("box", (sx * w, 0.35, 0), (0.1, 0.3, d), texture=t, origin=origin, turn=turn)
        for _ in range(rng.integers(0, 4)):
            self.add(
                "ellipsoid",
                (rng.uniform(-w, w) * 0.8, 0.55, -d * 0.5),
                (0.24, 0.2, 0.1),
                roll=rng.uniform(-1, 1),
                origin=origin,
                turn=turn,
            )

    def shelf(self, origin, turn):
        rng, t = self.rng, self.tex([textures.wood, textures.plain])
        w, h, rows = rng.uniform(0.3, 0.8), rng.uniform(0.5, 1.1), int(rng.integers(2, 6))
        for sx in (-1, 1):
            self.add("box", (sx * w, h, 0), (0.02, h, 0.16), texture=t, origin=origin, turn=turn)
        self.add("box", (0, h, -0.15), (w, h, 0.01), texture=t, origin=origin, turn=turn)
        for r in range(rows + 1):
            self.add("box", (0, 2 * h * r / rows, 0), (w, 0.015, 0.16), texture=t, origin=origin, turn=turn)
            if r < rows and rng.random() < 0.8:
                x = -w + 0.05
                while x < w - 0.05 and len(self.solids) < 150:
                    bw, bh = rng.uniform(0.012, 0.05), rng.uniform(0.4, 0.9) * h / rows
                    self.add("box", (x + bw, 2 * h * r / rows + bh, 0), (bw, bh, 0.12), origin=origin, turn=turn)
                    x += 2 * bw + (rng.uniform(0.02, 0.3) if rng.random() < 0.3 else 0.0)

    def cupboard(self, origin, turn):
        rng = self.rng
        w, h, d = rng.uniform(0.25, 0.9), rng.uniform(0.3, 1.1), rng.uniform(0.15, 0.35)
        t = self.tex([textures.wood, textures.plain, textures.facade])
        self.add("box", (0, h, 0), (w, h, d), texture=t, origin=origin, turn=turn)
        if h < 0.6:
            for _ in range(rng.integers(0, 4)):
                self.thing((rng.uniform(-w, w) * 0.8, 2 * h, 0), origin, turn, rng.uniform(0.08, 0.25))

    def bed(self, origin, turn):
        rng = self.rng
        w = rng.uniform(0.45, 0.95)
        self.add("box", (0, 0.22, 0), (w, 0.22, 1.0), origin=origin, turn=turn)
        self.add(
            "box",
            (0, 0.5, 0.15),
            (w * 1.03, 0.06, 0.85),
            texture=self.tex([textures.plain, textures.stripes, textures.noise_texture]),
            origin=origin,
            turn=turn,
        )
        self.add("ellipsoid", (0, 0.55, -0.8), (w * 0.7, 0.1, 0.22), origin=origin, turn=turn)
        self.add("box", (0, 0.5, -1.0), (w, 0.5, 0.04), origin=origin, turn=turn)

    def tree(self, origin, size, ragged=0.6):
        rng = self.rng
        leaf, bark = self.tex([textures.leaves]), self.tex([textures.wood, textures.noise_texture])
        trunk = size * rng.uniform(0.15, 0.45)
        self.add("cylinder", (0, trunk, 0), (size * 0.04, trunk, size * 0.04), texture=bark, origin=origin)
        if rng.random() < 0.35:
            for i in range(4):
                self.add(
                    "ellipsoid",
                    (0, trunk + size * 0.18 * (i + 1), 0),
                    (size * 0.3 * (1 - i * 0.22), size * 0.16, size * 0.3 * (1 - i * 0.22)),
                    texture=leaf,
                    origin=origin,
                    ragged=ragged,
                )
            return
        for _ in range(rng.integers(2, 7)):
            o = rng.normal(0, size * 0.17, 3)
            self.add(
                "ellipsoid",
                (o[0], 2 * trunk + size * 0.2 + o[1], o[2]),
                rng.uniform(0.15, 0.4, 3) * size,
                texture=leaf,
                repeat=rng.uniform(0.5, 3),
                origin=origin,
                ragged=ragged,
            )

    def car(self, origin, turn):
        rng = self.rng
        paint, dark = self.tex([textures.plain]), self.tex([textures.plain])
        length, width, height = rng.uniform(1.7, 2.4), rng.uniform(0.8, 0.95), rng.uniform(0.3, 0.42)
        self.add(
            "box", (0, 0.3 + height, 0), (width, height, length), texture=paint, repeat=4.0, origin=origin, turn=turn
        )
        self.add(
            "box",
            (0, 0.3 + 2 * height + 0.27, rng.uniform(-0.4, 0.2)),
            (width * 0.88, 0.3, length * rng.uniform(0.4, 0.7)),
            texture=dark,
            origin=origin,
            turn=turn,
        )
        for sx in (-1, 1):
            for sz in (-0.62, 0.62):
                self.add(
                    "cylinder",
                    (sx * width * 0.92, 0.32, sz * length),
                    (0.32, 0.12, 0.32),
                    roll=np.pi / 2,
                    texture=dark,
                    origin=origin,
                    turn=turn,
                )

    def figure(self, origin, turn=0.0):
        """A far passer-by, of ellipsoids."""
        rng, cloth = self.rng, self.tex()
        h = rng.uniform(1.5, 1.9)
        for sx in (-1, 1):
            self.add(
                "ellipsoid",
                (sx * 0.1, h * 0.24, rng.uniform(-0.15, 0.15)),
                (0.09, h * 0.26, 0.1),
                texture=cloth,
                origin=origin,
                turn=turn,
            )
            self.add("ellipsoid", (sx * 0.25, h * 0.62, 0), (0.06, h * 0.2, 0.07), origin=origin, turn=turn)
        self.add("ellipsoid", (0, h * 0.65, 0), (0.2, h * 0.21, 0.14), origin=origin, turn=turn)
        self.add("ellipsoid", (0, h * 0.93, 0), (0.085, h * 0.07, 0.1), origin=origin, turn=turn)
