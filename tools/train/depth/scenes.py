"""Made-up places: interiors, table tops, streets, landscapes and heaps, as lists of solids, lamps and a camera.

Metres, y up, right-handed; the camera looks along -z before its rotation. What draws them: `raycast.py` (thousands of
pictures a minute, exact depth) and Kinema itself through `kinema_shots.py`.
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


@dataclasses.dataclass
class Scene:
    family: str
    solids: list
    camera: tuple
    """Position, yaw, pitch, roll in radians, focal length in picture widths."""
    sun: np.ndarray | None = None
    sun_colour: np.ndarray = None
    lamps: list = dataclasses.field(default_factory=list)
    sky: tuple = None
    fog_per_m: float = 0.0
    heights: tuple | None = None
    """Heights [n, n], cell in metres, texture index and repeat in metres of a landscape that repeats."""
    textures: list = dataclasses.field(default_factory=list)


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

    def add(self, kind, at, half, yaw=0.0, texture=None, repeat=None, origin=(0, 0, 0), turn=0.0, pitch=0.0, roll=0.0, **more):
        c, s = np.cos(turn), np.sin(turn)
        x, y, z = at
        centre = np.array([origin[0] + c * x + s * z, origin[1] + y, origin[2] - s * x + c * z], np.float32)
        texture = self.tex(textures.INDOOR) if texture is None else texture
        repeat = float(self.rng.uniform(0.2, 1.5)) if repeat is None else repeat
        self.solids.append(Solid(kind, centre, np.array(half, np.float32), rotation(yaw + turn, pitch, roll), texture, repeat, **more))

    def table(self, origin, turn, width=None, depth=None, height=None, items=4):
        rng = self.rng
        w, d, h = width or rng.uniform(0.35, 0.9), depth or rng.uniform(0.3, 0.6), height or rng.uniform(0.4, 0.78)
        top, leg = self.tex([textures.wood, textures.plain, textures.noise_texture]), self.tex([textures.wood, textures.plain])
        self.add("box", (0, h - 0.02, 0), (w, 0.02, d), texture=top, origin=origin, turn=turn)
        kind = "cylinder" if rng.random() < 0.4 else "box"
        for sx in (-1, 1):
            for sz in (-1, 1):
                self.add(kind, (sx * (w - 0.05), h / 2, sz * (d - 0.05)), (0.025, h / 2, 0.025), texture=leg, origin=origin, turn=turn)
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
                put("ellipsoid", (x + o[0], y + size * 1.6 + o[1], z + o[2]), rng.uniform(0.2, 0.6, 3) * size, texture=leaf, ragged=0.5)
        elif kind == 6:
            put("cylinder", (x, y + size, z), (size * 0.06, size, size * 0.06))
            put("cylinder", (x, y + size * 2.2, z), (size * 0.6, size * 0.4, size * 0.6), glow=rng.choice([0.0, 1.5]))
        else:
            put("box", (x, y + size * 0.8, z), (size, size * 0.7, 0.02), texture=self.tex([textures.poster]), repeat=2 * size, yaw=rng.uniform(-0.7, 0.7))

    def chair(self, origin, turn):
        rng, t = self.rng, self.tex([textures.wood, textures.plain, textures.noise_texture, textures.stripes])
        w, h = rng.uniform(0.2, 0.27), rng.uniform(0.4, 0.48)
        self.add("box", (0, h, 0), (w, 0.03, w), texture=t, origin=origin, turn=turn)
        self.add("box", (0, h + 0.28, -w), (w, 0.27, 0.025), texture=t, origin=origin, turn=turn)
        for sx in (-1, 1):
            for sz in (-1, 1):
                self.add("box", (sx * (w - 0.03), h / 2, sz * (w - 0.03)), (0.02, h / 2, 0.02), texture=t, origin=origin, turn=turn)

    def sofa(self, origin, turn):
        rng, t = self.rng, self.tex([textures.plain, textures.noise_texture, textures.stripes])
        w, d = rng.uniform(0.5, 1.1), rng.uniform(0.38, 0.48)
        self.add("box", (0, 0.22, 0), (w, 0.2, d), texture=t, origin=origin, turn=turn)
        self.add("box", (0, 0.55, -d), (w, 0.35, 0.12), texture=t, origin=origin, turn=turn)
        for sx in (-1, 1):
            self.add("box", (sx * w, 0.35, 0), (0.1, 0.3, d), texture=t, origin=origin, turn=turn)
        for _ in range(rng.integers(0, 4)):
            self.add("ellipsoid", (rng.uniform(-w, w) * 0.8, 0.55, -d * 0.5), (0.24, 0.2, 0.1), roll=rng.uniform(-1, 1), origin=origin, turn=turn)

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
        self.add("box", (0, 0.5, 0.15), (w * 1.03, 0.06, 0.85), texture=self.tex([textures.plain, textures.stripes, textures.noise_texture]), origin=origin, turn=turn)
        self.add("ellipsoid", (0, 0.55, -0.8), (w * 0.7, 0.1, 0.22), origin=origin, turn=turn)
        self.add("box", (0, 0.5, -1.0), (w, 0.5, 0.04), origin=origin, turn=turn)

    def tree(self, origin, size, ragged=0.6):
        rng = self.rng
        leaf, bark = self.tex([textures.leaves]), self.tex([textures.wood, textures.noise_texture])
        trunk = size * rng.uniform(0.15, 0.45)
        self.add("cylinder", (0, trunk, 0), (size * 0.04, trunk, size * 0.04), texture=bark, origin=origin)
        if rng.random() < 0.35:
            for i in range(4):
                self.add("ellipsoid", (0, trunk + size * 0.18 * (i + 1), 0), (size * 0.3 * (1 - i * 0.22), size * 0.16, size * 0.3 * (1 - i * 0.22)), texture=leaf, origin=origin, ragged=ragged)
            return
        for _ in range(rng.integers(2, 7)):
            o = rng.normal(0, size * 0.17, 3)
            self.add("ellipsoid", (o[0], 2 * trunk + size * 0.2 + o[1], o[2]), rng.uniform(0.15, 0.4, 3) * size, texture=leaf, repeat=rng.uniform(0.5, 3), origin=origin, ragged=ragged)

    def car(self, origin, turn):
        rng = self.rng
        paint, dark = self.tex([textures.plain]), self.tex([textures.plain])
        length, width, height = rng.uniform(1.7, 2.4), rng.uniform(0.8, 0.95), rng.uniform(0.3, 0.42)
        self.add("box", (0, 0.3 + height, 0), (width, height, length), texture=paint, repeat=4.0, origin=origin, turn=turn)
        self.add("box", (0, 0.3 + 2 * height + 0.27, rng.uniform(-0.4, 0.2)), (width * 0.88, 0.3, length * rng.uniform(0.4, 0.7)), texture=dark, origin=origin, turn=turn)
        for sx in (-1, 1):
            for sz in (-0.62, 0.62):
                self.add("cylinder", (sx * width * 0.92, 0.32, sz * length), (0.32, 0.12, 0.32), roll=np.pi / 2, texture=dark, origin=origin, turn=turn)

    def figure(self, origin, turn=0.0):
        """A far passer-by, of ellipsoids."""
        rng, cloth = self.rng, self.tex()
        h = rng.uniform(1.5, 1.9)
        for sx in (-1, 1):
            self.add("ellipsoid", (sx * 0.1, h * 0.24, rng.uniform(-0.15, 0.15)), (0.09, h * 0.26, 0.1), texture=cloth, origin=origin, turn=turn)
            self.add("ellipsoid", (sx * 0.25, h * 0.62, 0), (0.06, h * 0.2, 0.07), origin=origin, turn=turn)
        self.add("ellipsoid", (0, h * 0.65, 0), (0.2, h * 0.21, 0.14), origin=origin, turn=turn)
        self.add("ellipsoid", (0, h * 0.93, 0), (0.085, h * 0.07, 0.1), origin=origin, turn=turn)


def lamp_colour(rng):
    warm = rng.uniform(0.0, 1.0)
    return np.array([1.0, 1.0 - 0.3 * warm, 1.0 - 0.6 * warm], np.float32)


def interior(rng, bank):
    """A room seen from within, its furniture along the walls and about."""
    b = Builder(rng, bank)
    hx, hz = rng.uniform(1.4, 5.0), rng.uniform(1.5, 6.0)
    if rng.random() < 0.15:
        hx, hz = rng.uniform(0.8, 1.6), rng.uniform(5.0, 20.0)
    h = rng.uniform(2.2, 3.6)
    floor, wall, ceiling = b.tex([textures.wood, textures.bricks, textures.noise_texture, textures.plain, textures.stripes]), b.tex(textures.WALL), b.tex([textures.plain])
    t = 0.1
    b.add("box", (0, -t, 0), (hx, t, hz), texture=floor)
    if rng.random() < 0.95:
        b.add("box", (0, h + t, 0), (hx, t, hz), texture=ceiling)
    for sx, sz, half in ((-1, 0, (t, h / 2, hz)), (1, 0, (t, h / 2, hz)), (0, -1, (hx, h / 2, t)), (0, 1, (hx, h / 2, t))):
        own = wall if rng.random() < 0.8 else b.tex(textures.WALL)
        b.add("box", (sx * (hx + t), h / 2, sz * (hz + t)), half, texture=own, repeat=rng.uniform(0.6, 3.0))
        for _ in range(rng.integers(0, 4)):
            along, up = rng.uniform(-0.8, 0.8) * (hz if sx else hx), rng.uniform(1.2, 2.0)
            size, glow = rng.uniform(0.15, 0.7, 2), 0.0
            kind = [textures.poster]
            if rng.random() < 0.4:
                kind, glow, size = [textures.plain, textures.facade, textures.leaves], rng.uniform(0.5, 3.0), np.array([rng.uniform(0.3, 1.0), rng.uniform(0.4, 0.8)])
            at = (sx * hx, up, along) if sx else (along, up, sz * hz)
            b.add("box", at, (0.03, size[1], size[0]) if sx else (size[0], size[1], 0.03), texture=b.tex(kind), repeat=2 * size.max(), glow=glow)
        if rng.random() < 0.4:
            along = rng.uniform(-0.7, 0.7) * (hz if sx else hx)
            at = (sx * hx, 1.0, along) if sx else (along, 1.0, sz * hz)
            b.add("box", at, (0.04, 1.0, 0.42) if sx else (0.42, 1.0, 0.04), texture=b.tex([textures.wood, textures.plain]))
    pieces = [b.table, b.chair, b.chair, b.sofa, b.shelf, b.cupboard, b.cupboard, b.bed]
    for _ in range(rng.integers(4, 15)):
        if len(b.solids) > 110:
            break
        side = rng.integers(5)
        gap = 0.4
        x, z, turn = [(rng.uniform(-hx, hx) * 0.8, -hz + gap, 0.0), (-hx + gap, rng.uniform(-hz, hz) * 0.8, np.pi / 2), (hx - gap, rng.uniform(-hz, hz) * 0.8, -np.pi / 2),
                      (rng.uniform(-hx, hx) * 0.8, hz - gap, np.pi), (rng.uniform(-hx, hx) * 0.5, rng.uniform(-hz, hz) * 0.5, rng.uniform(0, 6.3))][side]
        pieces[rng.integers(len(pieces))](origin=(x, 0, z), turn=turn)
    for _ in range(rng.integers(0, 9)):
        b.thing((rng.uniform(-hx, hx) * 0.9, 0, rng.uniform(-hz, hz) * 0.9), size=rng.uniform(0.1, 0.5))
    yaw = rng.uniform(0, 2 * np.pi)
    back = rng.uniform(0.2, 0.9)
    position = np.array([np.clip(np.sin(yaw) * hx * back, -hx + 0.15, hx - 0.15), rng.uniform(0.7, 1.8), np.clip(np.cos(yaw) * hz * back, -hz + 0.15, hz - 0.15)])
    camera = (position, yaw + rng.normal(0, 0.25), rng.normal(-0.12, 0.14), rng.normal(0, 0.03), rng.uniform(0.55, 1.2))
    lamps = [(np.array([rng.uniform(-hx, hx) * 0.8, rng.uniform(1.4, h - 0.1), rng.uniform(-hz, hz) * 0.8]), lamp_colour(rng) * rng.uniform(0.5, 4.0)) for _ in range(rng.integers(1, 4))]
    return Scene("interior", b.solids, camera, lamps=lamps, sky=sky(rng))


def tabletop(rng, bank):
    """Things on a table from near, a room behind: cups, food, tools, pets' eye level."""
    b = Builder(rng, bank)
    far = rng.uniform(1.0, 5.0)
    b.add("box", (0, 1.0, -far), (6, 2.5, 0.1), texture=b.tex(textures.WALL), repeat=rng.uniform(0.5, 3))
    b.add("box", (0, -0.1, 0), (6, 0.1, 8), repeat=rng.uniform(0.5, 2))
    h = rng.uniform(0.4, 0.8)
    w, d = rng.uniform(0.4, 2.0), rng.uniform(0.3, 1.2)
    b.add("box", (0, h - 0.03, 0), (w, 0.03, d), texture=b.tex([textures.wood, textures.plain, textures.noise_texture, textures.stripes, textures.bricks]), repeat=rng.uniform(0.15, 1.0), yaw=rng.uniform(-0.5, 0.5))
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
    position = np.array([np.sin(yaw) * np.cos(pitch) * distance, h + 0.05 - np.sin(pitch) * distance, np.cos(yaw) * np.cos(pitch) * distance])
    camera = (position, yaw + rng.normal(0, 0.06), pitch + rng.normal(0, 0.06), rng.normal(0, 0.05), rng.uniform(0.8, 1.6))
    lamps = [(np.array([rng.normal(0, 1.5), rng.uniform(1.2, 2.8), rng.uniform(-1, 2)]), lamp_colour(rng) * rng.uniform(0.5, 3.0)) for _ in range(rng.integers(1, 3))]
    return Scene("interior", b.solids, camera, lamps=lamps, sky=sky(rng))


def sky(rng):
    """Zenith, horizon and cloud colour, share of clouds."""
    if rng.random() < 0.3:
        grey = rng.uniform(0.5, 0.95)
        return (np.full(3, grey * rng.uniform(0.8, 1.0), np.float32), np.full(3, grey, np.float32), np.full(3, grey * rng.uniform(0.8, 1.1), np.float32), rng.uniform(0, 1))
    blue = np.array([rng.uniform(0.1, 0.4), rng.uniform(0.3, 0.55), rng.uniform(0.6, 0.95)], np.float32)
    low = np.array([rng.uniform(0.6, 0.95), rng.uniform(0.6, 0.9), rng.uniform(0.5, 0.98)], np.float32)
    return (blue, low, np.full(3, rng.uniform(0.7, 1.0), np.float32), rng.uniform(0.0, 1.0))


def daylight(rng, scene):
    elevation, azimuth = rng.uniform(0.1, 1.35), rng.uniform(0, 2 * np.pi)
    scene.sun = np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)], np.float32)
    warm = np.clip(1.0 - elevation, 0, 1)
    strength = 0.0 if rng.random() < 0.25 else rng.uniform(0.5, 1.4)
    scene.sun_colour = strength * np.array([1.0, 1.0 - 0.25 * warm, 1.0 - 0.5 * warm], np.float32)
    return scene


def street(rng, bank):
    """Houses on both sides or one, pavements, cars, trees, posts, passers-by."""
    b = Builder(rng, bank)
    road, end = rng.uniform(3.0, 10.0), rng.uniform(25.0, 150.0)
    b.add("box", (0, -0.5, -end / 2), (60, 0.5, end), texture=b.tex([textures.noise_texture, textures.plain, textures.bricks]), repeat=rng.uniform(1, 5))
    for side in (-1, 1):
        walk = rng.uniform(0.8, 4.0)
        b.add("box", (side * (road + walk), 0.06, -end / 2), (walk, 0.07, end), texture=b.tex([textures.bricks, textures.plain, textures.noise_texture]), repeat=rng.uniform(0.5, 2))
        z = 12.0
        open_side = rng.random() < 0.2
        while z > -end and len(b.solids) < 90:
            w, h, d = rng.uniform(3, 12), rng.uniform(2, 14) if rng.random() < 0.8 else rng.uniform(14, 40), rng.uniform(3, 9)
            if not open_side or rng.random() < 0.15:
                x = side * (road + 2 * walk + d + rng.uniform(0, 1.0))
                b.add("box", (x, h, z - w), (d, h, w), texture=b.tex([textures.facade, textures.facade, textures.bricks, textures.plain]), repeat=rng.uniform(3, 12))
                if rng.random() < 0.35:
                    b.add("box", (x, 2 * h, z - w), (d * 0.75, d * 0.75, w * 1.01), roll=np.pi / 4, texture=b.tex([textures.bricks, textures.plain]))
                elif rng.random() < 0.4:
                    b.add("box", (side * (road + 2 * walk - 0.3), rng.uniform(2.4, 3.2), z - w), (0.8, 0.05, w * rng.uniform(0.2, 0.8)))
            z -= 2 * w + (rng.uniform(0, 8) if rng.random() < 0.3 else 0.0)
        for _ in range(rng.integers(0, 7)):
            place = (side * (road + rng.uniform(0.2, 2 * walk)), 0.1, 4 - rng.random() ** 2 * end * 0.7)
            what = rng.integers(5)
            if what == 0:
                b.tree(place, rng.uniform(3, 8))
            elif what == 1:
                r = rng.uniform(0.04, 0.12)
                b.add("cylinder", (0, 2.5, 0), (r, rng.uniform(1.5, 3.5), r), texture=b.tex([textures.plain]), origin=place)
                if rng.random() < 0.5:
                    b.add("box", (0, rng.uniform(2, 3.5), 0), (0.3, 0.3, 0.02), texture=b.tex([textures.poster]), repeat=0.6, origin=place)
            elif what == 2:
                b.figure(place, rng.uniform(0, 6.3))
            elif what == 3:
                b.thing((0, 0, 0), place, 0.0, rng.uniform(0.3, 0.8))
            else:
                b.figure(place, rng.uniform(0, 6.3))
        for _ in range(rng.integers(0, 4)):
            b.car((side * road * rng.uniform(0.4, 0.85), 0, 2 - rng.random() ** 1.5 * end * 0.5), rng.normal(0, 0.05) + (np.pi if rng.random() < 0.5 else 0))
    if rng.random() < 0.5:
        b.add("box", (0, rng.uniform(4, 15), -end), (60, 15, 3), texture=b.tex([textures.facade, textures.leaves, textures.bricks]), repeat=8.0)
    x = rng.uniform(-1, 1) * road
    position = np.array([x, rng.uniform(1.0, 2.2) if rng.random() < 0.85 else rng.uniform(2.5, 8.0), rng.uniform(0, 4)])
    yaw = rng.normal(0, 0.3) if rng.random() < 0.75 else rng.uniform(-1.6, 1.6)
    scene = Scene("street", b.solids, (position, yaw, rng.normal(0.0, 0.09), rng.normal(0, 0.025), rng.uniform(0.6, 1.4)), sky=sky(rng))
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
            b.add("ellipsoid", (0, 0, 0), rng.uniform(0.2, 1.5, 3), texture=b.tex([textures.noise_texture, textures.spots, textures.leaves]), origin=place, ragged=rng.choice([0.0, 0.4]), yaw=rng.uniform(0, 6))
        elif what == 4 and away > 8:
            h = rng.uniform(1, 3)
            t = b.tex([textures.facade, textures.bricks, textures.plain])
            turn = rng.uniform(0, 6.3)
            b.add("box", (0, h, 0), (rng.uniform(2, 5), h, rng.uniform(2, 4)), texture=t, repeat=4.0, origin=place, turn=turn)
        elif what == 5 and away > 4:
            (b.figure if rng.random() < 0.6 else b.car)(place, rng.uniform(0, 6.3))
    if rng.random() < 0.15:
        for i in range(12):
            away, aside = 3.0 + 2.5 * i, rng.choice([-3.0, 3.0])
            px, pz = x + forward[0] * away - forward[1] * aside, z + forward[1] * away + forward[0] * aside
            b.add("box", (0, 0.5, 0), (0.05, 0.6, 0.05), origin=(px, ground(px, pz), pz))
    pitch = rng.normal(-0.03, 0.1) if eye < 3 else rng.normal(-0.2, 0.12)
    scene = Scene("landscape", b.solids, (position, yaw, pitch, rng.normal(0, 0.03), rng.uniform(0.6, 1.5)), sky=sky(rng))
    kinds = [textures.leaves, textures.leaves, textures.noise_texture, textures.spots]
    scene.heights = (heights, float(cell), b.tex(kinds), float(cell * np.exp(rng.uniform(np.log(0.6), np.log(20.0)))))
    scene.fog_per_m = rng.choice([0.0, 1.0, 1.0]) * rng.uniform(0.0005, 0.012) / max(cell, 0.7)
    return daylight(rng, scene)


def heap(rng, bank):
    """Anything anywhere, so that edges and sizes alone must tell: what no family teaches."""
    b = Builder(rng, bank)
    far = rng.uniform(4, 20)
    b.add("box", (0, 0, -far), (40, 40, 0.1), texture=b.tex(), repeat=rng.uniform(1, 8), yaw=rng.normal(0, 0.3), pitch=rng.normal(0, 0.3))
    if rng.random() < 0.6:
        b.add("box", (0, -rng.uniform(0.8, 2.5), 0), (40, 0.1, 40), texture=b.tex(), repeat=rng.uniform(0.5, 4), pitch=rng.normal(0, 0.05))
    focal = rng.uniform(0.6, 1.4)
    for _ in range(rng.integers(4, 30)):
        z = np.exp(rng.uniform(np.log(0.6), np.log(far)))
        at = (rng.uniform(-0.6, 0.6) * z / focal, rng.uniform(-0.5, 0.5) * z / focal, -z)
        half = np.exp(rng.normal(np.log(0.12), 0.6, 3)) * z * rng.uniform(0.3, 1.2)
        b.add(["box", "ellipsoid", "cylinder"][rng.integers(3)], at, half, yaw=rng.uniform(0, 6.3), pitch=rng.normal(0, 0.7), roll=rng.normal(0, 0.7), texture=b.tex(), repeat=float(half.max() * rng.uniform(0.3, 2)),
              ragged=rng.choice([0.0, 0.0, 0.0, 0.6]))
    scene = Scene("heap", b.solids, (np.zeros(3), 0.0, 0.0, 0.0, focal), sky=sky(rng))
    if rng.random() < 0.5:
        scene.lamps = [(rng.normal(0, 2, 3), lamp_colour(rng) * rng.uniform(1, 5))]
        return scene
    return daylight(rng, scene)


FAMILIES = {"interior": interior, "tabletop": tabletop, "street": street, "landscape": landscape, "heap": heap}
