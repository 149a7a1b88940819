"""Scenes of contact as tools/bench/src/contact/peers.rs writes them, for the peers' scripts beside this one.

A line of JSON (counts, fabric in SI units, planes as point, outward normal and friction), then 64-bit floating point, little-endian:
places of the cloths' vertices at the start and in the pattern, triangles, pinned vertices, where those are in frames 0, 1, ..., triangles of
bodies, and where their vertices are in frames 0, 1, ... Metres, y up.
"""

import json
import math

import numpy as np


def read(path):
    with open(path, "rb") as file:
        scene = json.loads(file.readline())
        numbers = np.frombuffer(file.read(), dtype="<f8")
    at = 0

    def take(*shape):
        nonlocal at
        at += math.prod(shape)
        return numbers[at - math.prod(shape) : at].reshape(shape)

    frames = scene["frames"] + 1
    scene["start"], scene["flat"] = take(scene["vertices"], 3), take(scene["vertices"], 2)
    scene["faces"] = take(scene["triangles"], 3).astype(int)
    scene["pinned"] = take(scene["pins"]).astype(int)
    scene["pins_way"] = take(frames, scene["pins"], 3)
    scene["body_faces"] = take(scene["body_triangles"], 3).astype(int)
    scene["body_way"] = take(frames, scene["body_vertices"], 3)
    return scene
