"""A place with its light and the camera that looks at it.

Metres, y up, right-handed; the camera looks along -z before its rotation.
"""

import dataclasses

import numpy as np


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


def sky(rng):
    """Zenith, horizon and cloud colour, share of clouds."""
    if rng.random() < 0.3:
        grey = rng.uniform(0.5, 0.95)
        return (
            np.full(3, grey * rng.uniform(0.8, 1.0), np.float32),
            np.full(3, grey, np.float32),
            np.full(3, grey * rng.uniform(0.8, 1.1), np.float32),
            rng.uniform(0, 1),
        )
    blue = np.array([rng.uniform(0.1, 0.4), rng.uniform(0.3, 0.55), rng.uniform(0.6, 0.95)], np.float32)
    low = np.array([rng.uniform(0.6, 0.95), rng.uniform(0.6, 0.9), rng.uniform(0.5, 0.98)], np.float32)
    return (blue, low, np.full(3, rng.uniform(0.7, 1.0), np.float32), rng.uniform(0.0, 1.0))


def daylight(rng, scene):
    elevation, azimuth = rng.uniform(0.1, 1.35), rng.uniform(0, 2 * np.pi)
    scene.sun = np.array(
        [np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)], np.float32
    )
    warm = np.clip(1.0 - elevation, 0, 1)
    strength = 0.0 if rng.random() < 0.25 else rng.uniform(0.5, 1.4)
    scene.sun_colour = strength * np.array([1.0, 1.0 - 0.25 * warm, 1.0 - 0.5 * warm], np.float32)
    return scene


def lamp_colour(rng):
    warm = rng.uniform(0.0, 1.0)
    return np.array([1.0, 1.0 - 0.3 * warm, 1.0 - 0.6 * warm], np.float32)
