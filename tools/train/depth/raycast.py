"""Draws scenes with numpy: a picture and its exact depth, a few a second on one core.

Depth is along the view axis, metres, infinite in the sky. Light is Lambert's, from sun and sky or from lamps, with
shadows at half resolution, haze, and a share of darkness in creases. It need not be right to teach; it must be varied.
"""

import numpy as np

import textures
import things

SIZE = 256
LEVELS = 8
NEAR_M = 0.05


class Bank:
    """Textures in linear light with their mip levels, in one flat array."""

    def __init__(self, rng, count):
        kinds = list(dict.fromkeys(textures.EVERY + textures.WALL))
        self.kinds = [kinds[i % len(kinds)] for i in range(count)]
        self.pictures = []
        flat = []
        for kind in self.kinds:
            level = textures.make(rng, [kind], SIZE) ** 2.2
            self.pictures.append(level)
            for _ in range(LEVELS):
                flat.append(level.reshape(-1, 3))
                level = level.reshape(level.shape[0] // 2, 2, -1, 2, 3).mean((1, 3))
        self.offsets = np.cumsum([0] + [(SIZE >> i) ** 2 for i in range(LEVELS)])
        self.flat = np.concatenate(flat).astype(np.float32)
        self.noise = np.stack([textures.fractal(rng, SIZE, slope) for slope in (1.2, 2.0, 2.8)])

    def of(self, kinds):
        return [i for i, kind in enumerate(self.kinds) if kind in kinds]

    def sample(self, texture, u, v, texels):
        """Bilinear in the level whose texel is as large as the pixel's footprint, `texels`."""
        level = np.clip(np.log2(np.maximum(texels, 1e-6)), 0, LEVELS - 1).astype(np.int32)
        size = SIZE >> level
        x, y = u * size - 0.5, v * size - 0.5
        x0, y0 = np.floor(x), np.floor(y)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        x0, y0 = x0.astype(np.int64), y0.astype(np.int64)
        base = texture * self.offsets[-1] + self.offsets[level]
        mask = size - 1
        at = lambda i, j: self.flat[base + (j & mask) * size + (i & mask)]
        top = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx
        return top * (1 - fy) + (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy


def dot(a, b):
    """Sum over the last axis, of 2 or 3; numpy's own is ten times slower on so short an axis."""
    total = a[..., 0] * b[..., 0]
    for i in range(1, a.shape[-1]):
        total = total + a[..., i] * b[..., i]
    return total


def over(pick, a):
    """np.maximum or np.minimum over the last axis."""
    result = a[..., 0]
    for i in range(1, a.shape[-1]):
        result = pick(result, a[..., i])
    return result


def unit(a):
    return a / (np.sqrt(dot(a, a))[..., None] + 1e-9)


def blur(picture, radius):
    """Box blur of the first two axes, repeated edges."""
    if radius < 1:
        return picture
    for axis in (0, 1):
        pad = [(0, 0)] * picture.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(picture, pad, mode="edge"), axis=axis, dtype=np.float64)
        n = picture.shape[axis]
        upper, lower = np.take(total, range(2 * radius + 1, n + 2 * radius + 1), axis), np.take(total, range(n), axis)
        picture = ((upper - lower) / (2 * radius + 1)).astype(np.float32)
    return picture


def distances(solid, origin, rays, noise=None):
    """Ray parameter of the first hit from outside, infinite without one. `rays` is [n, 3]."""
    o = solid.turn.T @ (origin - solid.centre) if origin.ndim == 1 else (origin - solid.centre) @ solid.turn
    d = rays @ solid.turn
    h = solid.half
    with np.errstate(divide="ignore", invalid="ignore"):
        if solid.kind == "box":
            inverse = 1.0 / np.where(np.abs(d) < 1e-9, 1e-9, d)
            a, b = (-h - o) * inverse, (h - o) * inverse
            near, far = over(np.maximum, np.minimum(a, b)), over(np.minimum, np.maximum(a, b))
            t = np.where((far > near) & (near > NEAR_M), near, np.inf)
        else:
            os, ds = o / h, d / h
            if solid.kind == "cylinder":
                os2, ds2 = os[..., [0, 2]], ds[..., [0, 2]]
            else:
                os2, ds2 = os, ds
            qa, qb, qc = dot(ds2, ds2), dot(os2, ds2), dot(os2, os2) - 1.0
            disc = qb * qb - qa * qc
            root = np.sqrt(np.maximum(disc, 0.0))
            near, far = (-qb - root) / qa, (-qb + root) / qa
            if solid.kind == "cylinder":
                inverse = 1.0 / np.where(np.abs(ds[..., 1]) < 1e-9, 1e-9, ds[..., 1])
                a, b = (-1 - os[..., 1]) * inverse, (1 - os[..., 1]) * inverse
                near, far = np.maximum(near, np.minimum(a, b)), np.minimum(far, np.maximum(a, b))
            t = np.where((disc > 0) & (far > near) & (near > NEAR_M), near, np.inf)
            if solid.ragged and noise is not None:
                hit = np.isfinite(t)
                p = os + ds * np.where(hit, t, 0.0)[:, None]
                facing = np.abs(dot(p, ds)) / (np.sqrt(dot(ds, ds)) + 1e-9)
                i = ((p[:, 0] * 0.37 + p[:, 2] * 0.29) * SIZE).astype(np.int64) & (SIZE - 1)
                j = ((p[:, 1] * 0.41 + p[:, 2] * 0.17 + solid.centre[0]) * SIZE).astype(np.int64) & (SIZE - 1)
                t = np.where(noise[j, i] * solid.ragged > facing * 1.6 - 0.35, np.inf, t)
    return t.astype(np.float32)


def window(solid, position, turn, focal, width, height):
    """Pixels that the solid can cover: rows and columns, or none."""
    local = turn.T @ (solid.centre - position)
    radius = float(np.linalg.norm(solid.half))
    depth = -local[2]
    if depth + radius < NEAR_M:
        return None
    if depth - radius < 0.1:
        return slice(0, height), slice(0, width)
    reach = radius / (depth - radius) * focal * width
    x, y = local[0] / depth * focal * width + width / 2, -local[1] / depth * focal * width + height / 2
    # The sphere's picture is wider off the axis than its angle alone.
    reach *= 1.0 + (abs(local[0]) + abs(local[1])) / depth
    x0, x1, y0, y1 = (
        int(max(x - reach, 0)),
        int(min(x + reach + 2, width)),
        int(max(y - reach, 0)),
        int(min(y + reach + 2, height)),
    )
    return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None


def march(heights, cell, position, rays):
    """Ray parameter at which each ray meets the repeating landscape."""
    n = heights.shape[0]

    def ground(p):
        x, z = p[:, 0] / cell, p[:, 2] / cell
        x0, z0 = np.floor(x), np.floor(z)
        fx, fz = x - x0, z - z0
        x0, z0 = x0.astype(np.int64) & (n - 1), z0.astype(np.int64) & (n - 1)
        x1, z1 = (x0 + 1) & (n - 1), (z0 + 1) & (n - 1)
        return (heights[z0, x0] * (1 - fx) + heights[z0, x1] * fx) * (1 - fz) + (
            heights[z1, x0] * (1 - fx) + heights[z1, x1] * fx
        ) * fz

    result = np.full(len(rays), np.inf, np.float32)
    alive, t = np.arange(len(rays)), 0.1
    before = np.zeros(len(rays), np.float32)
    top = float(heights.max())
    while t < 600 * cell and len(alive):
        step = max(0.035 * t, 0.12)
        t += step
        p = position + rays[alive] * t
        below = p[:, 1] < ground(p)
        result[alive[below]], before[alive[below]] = t, t - step
        alive = alive[~below & ~((p[:, 1] > top) & (rays[alive, 1] > 0))]
    hit = np.nonzero(np.isfinite(result))[0]
    upper, lower = result[hit], before[hit]
    for _ in range(7):
        middle = 0.5 * (lower + upper)
        p = position + rays[hit] * middle[:, None]
        below = p[:, 1] < ground(p)
        upper, lower = np.where(below, middle, upper), np.where(below, lower, middle)
    result[hit] = upper
    return result, ground


def sky_colour(scene, bank, rays):
    zenith, low, cloud, cover = scene.sky
    toward_sky = unit(rays)
    up = np.clip(toward_sky[:, 1:2], 0.0, 1.0)
    colour = low + (zenith - low) * np.sqrt(up)
    above = np.maximum(toward_sky[:, 1], 0.03)
    i, j = [((toward_sky[:, k] / above * 20.0).astype(np.int64)) & (SIZE - 1) for k in (0, 2)]
    clouds = np.clip((bank.noise[1][j, i] + 2.0 * cover - 1.0) * 0.8, 0.0, 1.0)[:, None] * np.clip(up * 5, 0, 1)
    colour = colour + (cloud - colour) * clouds * cover
    if scene.sun is not None:
        toward = np.clip(toward_sky @ scene.sun, 0, 1)[:, None]
        colour = colour + scene.sun_colour * (0.3 * toward**8 + 4.0 * toward**800)
    return colour.astype(np.float32)


def render(scene, bank, rng, width, height):
    """Linear picture [h, w, 3] before exposure, depth [h, w] in metres, and the rays' camera (focal in widths)."""
    position, yaw, pitch, roll, focal = scene.camera
    position = np.asarray(position, np.float32)
    turn = things.rotation(yaw, pitch, roll)
    x, y = np.meshgrid(
        (np.arange(width) + 0.5 - width / 2) / (focal * width), (height / 2 - np.arange(height) - 0.5) / (focal * width)
    )
    rays = (np.stack([x, y, -np.ones_like(x)], -1).astype(np.float32) @ turn.T).astype(np.float32)
    depth = np.full((height, width), np.inf, np.float32)
    owner = np.full((height, width), -1, np.int32)
    ground = None
    if scene.heights is not None:
        t, ground = march(scene.heights[0], scene.heights[1], position, rays.reshape(-1, 3))
        depth = t.reshape(height, width)
        owner[np.isfinite(depth)] = -2
    for k, solid in enumerate(scene.solids):
        part = window(solid, position, turn, focal, width, height)
        if part is None:
            continue
        shape = depth[part].shape
        t = distances(solid, position, rays[part].reshape(-1, 3), bank.noise[0]).reshape(shape)
        nearer = t < depth[part]
        depth[part] = np.where(nearer, t, depth[part])
        owner[part] = np.where(nearer, k, owner[part])

    flat_rays, flat_depth, flat_owner = rays.reshape(-1, 3), depth.reshape(-1), owner.reshape(-1)
    albedo, normal = np.zeros((width * height, 3), np.float32), np.zeros((width * height, 3), np.float32)
    glow = np.zeros(width * height, np.float32)
    points = position + flat_rays * np.where(np.isfinite(flat_depth), flat_depth, 0.0)[:, None]
    pixel = flat_depth / (focal * width)
    for k in np.unique(flat_owner):
        if k == -1:
            continue
        at = np.nonzero(flat_owner == k)[0]
        p = points[at]
        if k == -2:
            e = scene.heights[1] * 0.5
            ex, ez = np.array([e, 0, 0], np.float32), np.array([0, 0, e], np.float32)
            n = np.stack([ground(p - ex) - ground(p + ex), np.full(len(p), 2 * e), ground(p - ez) - ground(p + ez)], -1)
            texture, repeat, u, v = scene.heights[2], scene.heights[3], p[:, 0], p[:, 2]
        else:
            solid = scene.solids[k]
            local = (p - solid.centre) @ solid.turn
            scaled = local / solid.half
            if solid.kind == "box":
                n = np.where(np.abs(scaled) >= over(np.maximum, np.abs(scaled))[:, None] - 1e-4, np.sign(scaled), 0.0)
            elif solid.kind == "cylinder":
                cap = np.abs(scaled[:, 1:2]) > 0.9995
                n = np.where(cap, np.array([0, 1, 0]) * np.sign(scaled), scaled / solid.half * np.array([1, 0, 1]))
            else:
                n = scaled / solid.half
            size = np.abs(n)
            axis = np.where(
                (size[:, 0] >= size[:, 1]) & (size[:, 0] >= size[:, 2]), 0, np.where(size[:, 1] >= size[:, 2], 1, 2)
            )
            u = np.where(axis == 0, local[:, 2], local[:, 0])
            v = np.where(axis == 1, local[:, 2], -local[:, 1])
            n = n @ solid.turn.T
            texture, repeat, glow[at] = solid.texture, solid.repeat_m, solid.glow
        n = unit(n)
        slant = np.abs(dot(n, unit(flat_rays[at])))
        albedo[at] = bank.sample(
            texture, u / repeat, v / repeat, pixel[at] / repeat * SIZE / np.sqrt(np.maximum(slant, 0.1))
        )
        normal[at] = n

    solid_pixels = np.isfinite(flat_depth)
    light = np.zeros_like(albedo)
    zenith, low = scene.sky[0], scene.sky[1]
    up = normal[:, 1:2] * 0.5 + 0.5
    outdoors = scene.sun is not None
    if outdoors:
        light += (zenith * 0.6 + low * 0.4) * up * 0.7 + 0.15 * low * (1 - up)
    else:
        light += lamp_ambient(scene) * (0.6 + 0.4 * up)
    sources = (
        [(scene.sun, None, scene.sun_colour)]
        if outdoors
        else [(None, np.asarray(at, np.float32), colour) for at, colour in scene.lamps]
    )
    for number, (direction, place, colour) in enumerate(sources):
        if direction is not None:
            toward, fall = direction[None, :], 1.0
        else:
            away = place - points
            square = dot(away, away)[:, None]
            toward, fall = away / np.sqrt(square + 1e-9), 1.0 / (0.3 + square)
        facing = np.clip(dot(normal, toward)[:, None], 0.0, 1.0)
        lit = 1.0
        if number == 0 and colour.max() > 0:
            lit = shadow(scene, points, toward, direction, place, (height, width), solid_pixels, bank)
        light += facing * fall * colour * lit
    colour = albedo * light
    gloss = rng.random() ** 3 * 0.3
    if gloss > 0.02:
        view = unit(flat_rays)
        against = dot(view, normal)[:, None]
        mirrored = view - 2 * against * normal
        fresnel = (1 - np.clip(-against, 0, 1)) ** 4
        colour = colour + gloss * fresnel * (low + (zenith - low) * np.clip(mirrored[:, 1:2], 0, 1)) * (
            1.0 if outdoors else 0.4
        )
    crease = rng.uniform(0.0, 1.5)
    inverse = np.where(solid_pixels, 1.0 / np.maximum(flat_depth, 1e-3), 0.0).reshape(height, width).astype(np.float32)
    near = blur(blur(inverse, 4), 4) / (inverse + 1e-6) - 1.0
    colour *= np.exp(-crease * np.clip(near, 0.0, 0.7)).reshape(-1, 1)
    colour = colour + albedo * glow[:, None]
    sky = sky_colour(scene, bank, flat_rays) * (1.0 if outdoors else 3.0)
    if scene.fog_per_m > 0:
        through = np.exp(-scene.fog_per_m * np.where(solid_pixels, flat_depth, 0.0))[:, None]
        colour = colour * through + low * (1 - through)
    colour = np.where(solid_pixels[:, None], colour, sky)
    return colour.reshape(height, width, 3).astype(np.float32), depth


def lamp_ambient(scene):
    return sum((colour for _, colour in scene.lamps), np.full(3, 0.1, np.float32)) * 0.12


def shadow(scene, points, toward, direction, place, shape, solid_pixels, bank):
    """1 where the light arrives; computed for every fourth pixel and blurred, so that edges are soft."""
    height, width = shape
    grid = points.reshape(height, width, 3)[::2, ::2].reshape(-1, 3)
    valid = solid_pixels.reshape(height, width)[::2, ::2].reshape(-1)
    start, lit = grid[valid], np.ones(valid.sum(), np.float32)
    rays = np.broadcast_to(direction, start.shape) if direction is not None else place - start
    limit = np.inf if direction is not None else 0.98
    start = start + unit(rays) * 0.03
    squares = dot(rays, rays)
    for solid in scene.solids:
        if solid.glow or (direction is None and solid.half.max() > 1.4):
            continue
        # Only rays that pass the solid's bounding sphere.
        away = solid.centre - start
        along = dot(away, rays) / squares
        closest = away - rays * np.maximum(along, 0.0)[:, None]
        near = np.nonzero((dot(closest, closest) < (solid.half @ solid.half)) & (lit > 0))[0]
        if len(near):
            t = distances(solid, start[near], rays[near], bank.noise[0])
            lit[near] = np.where(t < limit, 0.0, lit[near])
    full = np.ones(len(valid), np.float32)
    full[valid] = lit
    small = full.reshape((height + 1) // 2, (width + 1) // 2)
    return blur(small.repeat(2, 0).repeat(2, 1)[:height, :width], 1).reshape(-1, 1)


def develop(rng, linear):
    """Exposure and a camera's curve: linear light to sRGB, uint8."""
    level = np.exp(np.log(linear.mean(-1) + 1e-4).mean())
    exposed = linear * (np.exp(rng.normal(np.log(0.2), 0.45)) / level)
    shoulder = rng.uniform(0.0, 0.6)
    exposed = exposed / (1.0 + shoulder * exposed)
    return (np.clip(exposed, 0.0, 1.0) ** (1 / 2.2) * 255.0 + 0.5).astype(np.uint8)
