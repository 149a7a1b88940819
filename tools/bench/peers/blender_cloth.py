"""Runs cloth cases with Blender, one order per line on standard input.

    blender -b --factory-startup -noaudio -P blender_cloth.py

Prints `KINEMA ready`; for each line does one of

    case NAME CELLS QUALITY  runs the case NAME of plugins/cloth/src/solver/accuracy/cases.rs
    sheet SIDE QUALITY       builds a sheet of SIDE x SIDE particles with self-collision, two corners pinned
    frame                    steps the sheet by 1/60 s

and prints `KINEMA <number>`: the quantity of the case (`nan` where it blew up), the number of particles, the seconds of the frame.

Cases are of quads. A spring of Blender's has the stiffness `tension / mean length of all springs`; the setting is chosen so that
a strip of three rows has the stiffness asked for. Masses are per vertex and all alike. Its bending is no rigidity in N m, so cases of bending are
left out. What is to come to rest has air damping, swings have none. The sheet is the preset Cotton.
"""

import math
import sys
import time

import bpy
import numpy as np

G, DENSITY, FPS = 9.81, 0.2, 60
# Gravity enters its cloth as a thousandth, so its unit of time is this.
TIME_SECS = math.sqrt(1e-3)


class Run:
    def __init__(self, positions, quads, pins, frames, change):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.scene.frame_start, self.scene.frame_end, self.scene.render.fps = 1, frames + 1, FPS
        self.scene.gravity = (0, 0, -G)
        mesh = bpy.data.meshes.new("cloth")
        mesh.from_pydata([tuple(map(float, p)) for p in positions], [], quads)
        self.thing = bpy.data.objects.new("cloth", mesh)
        self.scene.collection.objects.link(self.thing)
        group = self.thing.vertex_groups.new(name="pin")
        group.add([int(i) for i in pins], 1.0, "REPLACE")
        cloth = self.thing.modifiers.new("cloth", "CLOTH")
        cloth.settings.vertex_group_mass = "pin"
        cloth.collision_settings.use_collision = False
        cloth.collision_settings.use_self_collision = False
        # Else a frame lasts one of its units.
        cloth.settings.time_scale = 1 / FPS / TIME_SECS
        change(cloth, mesh)
        cloth.point_cache.frame_start, cloth.point_cache.frame_end = 1, frames + 1
        self.at = 1
        self.scene.frame_set(1)

    def frame(self):
        self.at += 1
        self.scene.frame_set(self.at)

    def places(self):
        made = self.thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        flat = np.empty(len(made.vertices) * 3)
        made.vertices.foreach_get("co", flat)
        return flat.reshape(-1, 3)


def grid(columns, rows):
    return [
        (j * columns + i, j * columns + i + 1, (j + 1) * columns + i + 1, (j + 1) * columns + i)
        for j in range(rows - 1)
        for i in range(columns - 1)
    ]


def strip(length, cells, quality, stretch, shape, damping_per_sec, pins_end=False, frames=400):
    columns, cell = cells + 1, length / cells
    at = [(i * cell, j * cell) for j in range(3) for i in range(columns)]
    pins = [k for k in range(3 * columns) if k % columns == 0 or (pins_end and k % columns == cells)]
    # Springs: along, across, and two diagonals in each quad.
    along, across, diagonal = 3 * cells, 2 * columns, 4 * cells
    mean = cell * (along + across + math.sqrt(2) * diagonal) / (along + across + diagonal)

    def change(cloth, mesh):
        s = cloth.settings
        s.quality, s.mass = quality, DENSITY * length * 2 * cell / (3 * columns)
        # A hundredth of it is a force per speed on each vertex.
        s.air_damping = 100 * damping_per_sec * s.mass * TIME_SECS
        s.tension_stiffness = s.compression_stiffness = stretch * TIME_SECS**2 * 2 / 3 * mean
        s.shear_stiffness = 0.02 * s.tension_stiffness
        s.bending_stiffness = 0.0
        s.tension_damping = s.compression_damping = s.shear_damping = s.bending_damping = 0.0

    run = Run([shape(s, y) for s, y in at], grid(columns, 3), pins, frames, change)
    return run, [j * columns + cells for j in range(3)], columns


def rest(run, quantity, frames=300):
    for _ in range(frames):
        run.frame()
    value = quantity(run.places())
    # Nothing here is a metre large.
    return value if math.isfinite(value) and 0 < value < 1 else math.nan


def stiff(length):
    return DENSITY * G * length / 5e-4


def hanging_strip(cells, quality):
    run, tip, _ = strip(0.3, cells, quality, 1000.0, lambda s, y: (y, 0.0, -s), 10.0)
    return rest(run, lambda q: -q[tip, 2].mean() - 0.3)


def catenary(cells, quality):
    length, span = 0.4, 0.25
    depth = math.sqrt(0.25 * length**2 - 0.25 * span**2)
    shape = lambda s, y: (s / length * span, y, -depth * (1 - abs(2 * s / length - 1)))
    run, _, columns = strip(length, cells, quality, stiff(length), shape, 10.0, pins_end=True)
    middle = [row * columns + cells // 2 for row in range(3)]
    return rest(run, lambda q: -q[middle, 2].mean())


def pendulum(cells, quality):
    length, amplitude = 0.3, 0.004
    j0 = lambda x: sum((-0.25 * x * x) ** k / math.factorial(k) ** 2 for k in range(30))
    shape = lambda s, y: (amplitude * j0(2.4048255577 * math.sqrt(max(0.0, 1 - s / length))), y, -s)
    run, tip, _ = strip(length, cells, quality, stiff(length), shape, 0.0)
    crossings, before = [], run.places()[tip, 0].mean()
    for frame in range(1, 6 * FPS):
        run.frame()
        now = run.places()[tip, 0].mean()
        if not math.isfinite(now) or abs(now) > 1:
            return math.nan
        if now * before < 0:
            crossings.append((frame - now / (now - before)) / FPS)
        before = now
    return (crossings[6] - crossings[0]) / 3 if len(crossings) > 6 else math.nan


CASES = {"hanging_strip": hanging_strip, "catenary": catenary, "pendulum": pendulum}


def sheet(side, quality):
    at = [(i / (side - 1) - 0.5, j / (side - 1) - 0.5, 1.0) for j in range(side) for i in range(side)]
    pins = [k for k, (x, y, _) in enumerate(at) if y > 0.499 and abs(x) > 0.499]

    def change(cloth, mesh):
        cloth.settings.quality, cloth.settings.mass, cloth.settings.air_damping = quality, 0.3, 1.0
        cloth.collision_settings.use_self_collision = True
        cloth.collision_settings.self_distance_min = 0.005

    return Run(at, grid(side, side), pins, 240, change)


def main():
    run = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, *words = line.split()
        if order == "case":
            answer = CASES[words[0]](int(words[1]), int(words[2]))
        elif order == "sheet":
            run = sheet(int(words[0]), int(words[1]))
            answer = len(run.places())
        else:
            start = time.perf_counter()
            run.frame()
            answer = time.perf_counter() - start
        print(f"KINEMA {float(answer)!r}", flush=True)


main()
