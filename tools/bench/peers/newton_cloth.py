"""Runs cloth cases with Newton on the processor, one order per line on standard input.

    python newton_cloth.py

Prints `KINEMA ready`; for each line does one of

    case METHOD NAME CELLS   runs the case NAME of plugins/cloth/src/solver/accuracy/cases.rs; METHOD is xpbd or vbd
    sheet METHOD SIDE        builds a sheet of SIDE x SIDE particles with self-contact, two corners pinned
    frame                    steps the sheet by 1/60 s

and prints `KINEMA <number>`: the quantity of the case (`nan` where it blew up), the number of particles, the seconds of the frame.

Ten substeps of ten iterations in 1/60 s, as Newton's own examples of cloth have it, otherwise its defaults. Springs of XPBD carry
the stiffness of the weave along the strip, half of it at borders; hinges carry the bending: `D = ke h` in VBD, whose energy is
`ke l angle^2 / 2`, and `D = ke h^2` in XPBD, whose gradients are those of the angle times twice a triangle's area. What is to come to rest is
slowed by hand, a tenth of its speed each frame, because neither solver damps a whole motion. The sheet weighs 0.1 kg a particle,
as in Newton's examples; XPBD does not survive the weight of real fabric.
"""

import math
import sys
import time

import newton
import numpy as np
import warp as wp

wp.config.quiet = True
wp.init()
wp.set_device("cpu")

G, DENSITY = 9.81, 0.2
FPS, SUBSTEPS, ITERATIONS = 60, 10, 10


class Run:
    def __init__(self, method, builder, self_contact=0.0):
        if method == "vbd":
            builder.color(include_bending=True)
        self.model = builder.finalize()
        self.model.set_gravity((0.0, 0.0, -G))
        if method == "xpbd":
            if not self_contact:
                self.model.particle_grid, self.model.particle_max_radius = None, 0.0
            self.solver = newton.solvers.SolverXPBD(self.model, iterations=ITERATIONS)
        else:
            contact = {}
            if self_contact:
                contact = {"particle_self_contact_margin": self_contact, "particle_self_contact_gap": 0.75 * self_contact}
            self.solver = newton.solvers.SolverVBD(
                self.model, iterations=ITERATIONS, particle_enable_self_contact=self_contact > 0, **contact
            )
        self.now, self.next, self.control = self.model.state(), self.model.state(), self.model.control()
        self.contacts = newton.CollisionPipeline(self.model).contacts()

    def frame(self):
        for _ in range(SUBSTEPS):
            self.now.clear_forces()
            self.solver.step(self.now, self.next, self.control, self.contacts, 1 / FPS / SUBSTEPS)
            self.now, self.next = self.next, self.now

    def places(self):
        return self.now.particle_q.numpy()

    def slow(self, keep):
        self.now.particle_qd.numpy()[:] *= keep


def strip(method, length, cells, clamp, stretch, bend, shape, pins_end=False):
    """A strip of two cells across; vertex (i, j) has index j * columns + i. `shape` puts it into space."""
    cell = length / cells
    columns = cells + clamp
    builder = newton.ModelBuilder()
    springs = {"add_springs": True, "spring_ke": stretch, "spring_kd": 0.0} if method == "xpbd" else {}
    builder.add_cloth_grid(
        pos=wp.vec3(0, 0, 0), rot=wp.quat_identity(), vel=wp.vec3(0, 0, 0), dim_x=columns - 1, dim_y=2, cell_x=cell, cell_y=cell,
        mass=1.0, tri_ke=0.5 * stretch, tri_ka=0.0, tri_kd=0.0, edge_kd=0.0, particle_radius=0.0,
        edge_ke=bend / cell if method == "vbd" else bend / cell**2, **springs,
    )
    masses = np.zeros(3 * columns)
    for corners in np.asarray(builder.tri_indices).reshape(-1, 3):
        masses[corners] += 0.5 * cell * cell * DENSITY / 3
    rest = np.array([list(p) for p in builder.particle_q])
    for i, (x, y, _) in enumerate(rest):
        s = x - (clamp - 1) * cell
        builder.particle_q[i] = wp.vec3(*shape(s, y))
        is_pinned = i % columns < clamp or (pins_end and i % columns == columns - 1)
        builder.particle_mass[i] = 0.0 if is_pinned else float(masses[i])
        if is_pinned:
            builder.particle_flags[i] = 0
    if method == "xpbd":
        ends = np.asarray(builder.spring_indices).reshape(-1, 2)
        for k, (a, b) in enumerate(ends):
            across, along = abs(rest[a][1] - rest[b][1]), abs(rest[a][0] - rest[b][0])
            if across > 1e-6 and along > 1e-6:
                builder.spring_stiffness[k] = 0.02 * stretch
            elif across < 1e-6 and not 1e-6 < rest[a][1] < 2 * cell - 1e-6:
                builder.spring_stiffness[k] = 0.5 * stretch
    return Run(method, builder), np.array([j * columns + columns - 1 for j in range(3)]), columns


def rest(run, quantity, secs=4.0):
    """The quantity when what moves has come to rest."""
    for _ in range(round(secs * FPS)):
        run.frame()
        run.slow(0.9)
    value = quantity(run.places())
    # Nothing here is a metre large.
    return value if math.isfinite(value) and 0 < value < 1 else math.nan


def stiff(length):
    return DENSITY * G * length / 5e-4


def hanging_strip(method, cells):
    run, tip, _ = strip(method, 0.3, cells, 1, 1000.0, 0.0, lambda s, y: (y, 0.0, -s))
    return rest(run, lambda q: -q[tip, 2].mean() - 0.3)


def catenary(method, cells):
    length, span = 0.4, 0.25
    depth = math.sqrt(0.25 * length**2 - 0.25 * span**2)
    shape = lambda s, y: (s / length * span, y, -depth * (1 - abs(2 * s / length - 1)))
    run, _, columns = strip(method, length, cells, 1, stiff(length), 0.0, shape, pins_end=True)
    middle = np.array([row * columns + cells // 2 for row in range(3)])
    return rest(run, lambda q: -q[middle, 2].mean())


def clamped(method, cells, length, bend):
    run, tip, _ = strip(method, length, cells, 2, stiff(length), bend, lambda s, y: (s, y, 0.0))
    return rest(run, lambda q: -q[tip, 2].mean())


def small_cantilever(method, cells):
    return clamped(method, cells, 0.2, DENSITY * G * 0.2**3 / 0.08)


def elastica(method, cells, gamma):
    return clamped(method, cells, 0.2, DENSITY * G * 0.2**3 / gamma) / 0.2


def pendulum(method, cells):
    length, amplitude = 0.3, 0.004
    j0 = lambda x: sum((-0.25 * x * x) ** k / math.factorial(k) ** 2 for k in range(30))
    shape = lambda s, y: (amplitude * j0(2.4048255577 * math.sqrt(max(0.0, 1 - s / length))), y, -s)
    run, tip, _ = strip(method, length, cells, 1, stiff(length), 0.0, shape)
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


CASES = {
    "hanging_strip": hanging_strip,
    "catenary": catenary,
    "small_cantilever": small_cantilever,
    "elastica_10_drop": lambda method, cells: elastica(method, cells, 10),
    "elastica_100_drop": lambda method, cells: elastica(method, cells, 100),
    "pendulum": pendulum,
}


def sheet(method, side):
    cell = 1.0 / (side - 1)
    builder = newton.ModelBuilder()
    springs = {"add_springs": True, "spring_ke": 3e3, "spring_kd": 0.0} if method == "xpbd" else {}
    builder.add_cloth_grid(
        pos=wp.vec3(-0.5, -0.5, 1.2), rot=wp.quat_identity(), vel=wp.vec3(0, 0, 0), dim_x=side - 1, dim_y=side - 1, cell_x=cell,
        cell_y=cell, mass=0.1, tri_ke=3e3, tri_ka=3e3, tri_kd=0.0, edge_ke=0.1, edge_kd=0.0, particle_radius=0.4 * cell, **springs,
    )
    for i in range(side * side):
        x, y, _ = builder.particle_q[i]
        if y > 0.499 and abs(x) > 0.499:
            builder.particle_mass[i], builder.particle_flags[i] = 0.0, 0
    return Run(method, builder, self_contact=0.4 * cell)


def main():
    run = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, *words = line.split()
        if order == "case":
            answer = CASES[words[1]](words[0], int(words[2]))
        elif order == "sheet":
            run = sheet(words[0], int(words[1]))
            # Its kernels are compiled by the first frame.
            run.frame()
            answer = len(run.places())
        else:
            start = time.perf_counter()
            run.frame()
            run.places()
            answer = time.perf_counter() - start
        print(f"KINEMA {float(answer)!r}", flush=True)


main()
