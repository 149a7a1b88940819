"""Runs scenes of contact with Blender's cloth, one order per line on standard input.

    blender -b --factory-startup -noaudio -P blender_contact.py

Prints `KINEMA ready`; for each line does one of

    scene PATH    reads a scene, as tools/bench/src/contact/peers.rs writes it
    frame PATH    steps it by one frame; writes positions, cloth then body, 64-bit floating point, three for each vertex

and prints `KINEMA <number>`: vertices, seconds of the frame.

Quality 15 in 1/60 s and five rounds of collisions, with which it has far fewer intersections than with its default of two; distances are the
thickness of the cloth. Springs have the stiffness of the weave (its setting is `stiffness * mean length of all springs`). Its force of
bending is `setting * length / 10` a radian on the corners off an edge, of which the rigidity gives the setting. Damping is to stiffness as in its preset
Cotton; its default, for vertices of 0.3 kg, throws light ones about. Pins and bodies of triangles move by a cache before the modifiers of
cloth and collision; planes are 2 m large.
"""

import math
import os
import struct
import sys
import tempfile
import time

import bpy
import numpy as np
from mathutils import Vector

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contact_scene  # noqa: E402

# Gravity enters its cloth as a thousandth, so its unit of time is this; a frame lasts one, unless told otherwise.
TIME_SECS = math.sqrt(1e-3)


class Run:
    def __init__(self, scene):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene, self.dir, self.at = bpy.context.scene, tempfile.TemporaryDirectory(), 1
        self.scene.frame_start, self.scene.frame_end = 1, scene["frames"] + 1
        self.scene.gravity = (0, -9.81, 0)
        for plane in scene["planes"]:
            self.plane(*plane)
        self.body = None
        if scene["body_vertices"]:
            self.body = self.thing("body", scene["body_way"][0], scene["body_faces"])
            self.moved(self.body, scene["body_way"])
            self.solid(self.body, scene["friction"])
        self.cloth = self.thing("cloth", scene["start"], scene["faces"])
        if scene["pins"]:
            way = np.repeat(scene["start"][None], scene["frames"] + 1, axis=0)
            way[:, scene["pinned"]] = scene["pins_way"]
            self.moved(self.cloth, way)
        self.dressed(scene)
        self.scene.frame_set(1)

    def thing(self, name, positions, faces):
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata([tuple(map(float, p)) for p in positions], [], [tuple(map(int, f)) for f in faces])
        thing = bpy.data.objects.new(name, mesh)
        self.scene.collection.objects.link(thing)
        return thing

    def moved(self, thing, way):
        path = os.path.join(self.dir.name, thing.name + ".pc2")
        with open(path, "wb") as file:
            file.write(struct.pack("<12siiffi", b"POINTCACHE2\0", 1, way.shape[1], 1.0, 1.0, way.shape[0]))
            file.write(np.ascontiguousarray(way, dtype="<f4").tobytes())
        cache = thing.modifiers.new("way", "MESH_CACHE")
        cache.cache_format, cache.filepath, cache.frame_start = "PC2", path, 1.0

    def solid(self, thing, friction):
        thing.modifiers.new("solid", "COLLISION")
        thing.collision.thickness_outer, thing.collision.thickness_inner = 0.001, 0.2
        # In hundredths.
        thing.collision.cloth_friction = 100 * friction

    def plane(self, x, y, z, nx, ny, nz, friction):
        turn = Vector((nx, ny, nz)).to_track_quat("Z", "Y").to_matrix()
        # In squares, because it finds contacts by boxes along the axes.
        side = range(-8, 9)
        corners = [Vector((x, y, z)) + turn @ Vector((a / 8, b / 8, 0)) for b in side for a in side]
        faces = [(v, v + 1, v + 18, v + 17) for v in range(16 * 17) if v % 17 < 16]
        self.solid(self.thing("plane", corners, faces), friction)

    def dressed(self, scene):
        corners = scene["start"][scene["faces"]]
        ends = np.concatenate([corners[:, k] - corners[:, k - 1] for k in range(3)])
        mean = np.linalg.norm(ends, axis=1).mean()
        area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
        cloth = self.cloth.modifiers.new("cloth", "CLOTH")
        s, c = cloth.settings, cloth.collision_settings
        if scene["pins"]:
            self.cloth.vertex_groups.new(name="pin").add([int(i) for i in scene["pinned"]], 1.0, "REPLACE")
            s.vertex_group_mass = "pin"
        s.time_scale = scene["frame_secs"] / TIME_SECS
        s.quality, s.air_damping = round(900 * scene["frame_secs"]), 0.0
        s.mass = scene["area_density_kg_m2"] * area / len(scene["start"])
        s.tension_stiffness = s.compression_stiffness = scene["stretch_n_m"] * TIME_SECS**2 * mean
        s.shear_stiffness = scene["shear_n_m"] * TIME_SECS**2 * mean
        s.tension_damping = s.compression_damping = s.tension_stiffness / 3
        s.shear_damping = s.shear_stiffness / 3
        s.bending_stiffness = s.bending_damping = 10 * scene["bend_n_m"] * TIME_SECS**2 / mean**2
        c.use_collision = bool(scene["planes"]) or scene["body_vertices"] > 0
        c.use_self_collision, c.collision_quality = True, 5
        c.distance_min = c.self_distance_min = scene["thickness_m"]
        c.friction = c.self_friction = 100 * scene["friction"]
        cloth.point_cache.frame_start, cloth.point_cache.frame_end = 1, scene["frames"] + 1

    def frame(self):
        self.at += 1
        self.scene.frame_set(self.at)

    def places(self):
        graph = bpy.context.evaluated_depsgraph_get()
        made = []
        for thing in [self.cloth] + ([self.body] if self.body else []):
            mesh = thing.evaluated_get(graph).data
            flat = np.empty(len(mesh.vertices) * 3)
            mesh.vertices.foreach_get("co", flat)
            made.append(flat)
        return np.concatenate(made)


def main():
    run = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, path = line.split()
        if order == "scene":
            run = Run(contact_scene.read(path))
            answer = len(run.places()) // 3
        else:
            start = time.perf_counter()
            run.frame()
            answer = time.perf_counter() - start
            run.places().astype("<f8").tofile(path)
        print(f"KINEMA {float(answer)!r}", flush=True)


main()
