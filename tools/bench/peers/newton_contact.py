"""Runs scenes of contact with Newton on the processor, one order per line on standard input.

    python newton_contact.py METHOD

METHOD is vbd or xpbd. Prints `KINEMA ready`; for each line does one of

    scene PATH    reads a scene, as tools/bench/src/contact/peers.rs writes it
    frame PATH    steps it by one frame; writes positions, cloth then body, 64-bit floating point, three for each vertex

and prints `KINEMA <number>`: vertices, seconds of the frame.

Twenty substeps of ten iterations in 1/60 s. The distance of self-contact is the thickness of the cloth; stiffness and damping of
contact and the sizes of its lists are those of Newton's own example of a twisted sheet. Membrane and hinges have the constants of the fabric (`D = ke h` in VBD,
`D = ke h^2` in XPBD, h the side of a square of two triangles). Bodies of triangles are particles without mass that are moved by hand, so that its
self-contact keeps cloth off them; it sees no velocity of theirs, so they drag nothing along. XPBD has no contact of triangles, only of particles, here
balls as thick as the cloth.
"""

import math
import os
import sys
import time

import newton
import numpy as np
import warp as wp

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contact_scene  # noqa: E402

wp.config.quiet = True
wp.init()
wp.set_device("cpu")

SUBSTEPS_PER_SEC, ITERATIONS = 1200, 10


class Run:
    def __init__(self, scene, method):
        self.way, self.at = scene["pins_way"], 0
        self.substeps = round(SUBSTEPS_PER_SEC * scene["frame_secs"])
        self.substep_secs = scene["frame_secs"] / self.substeps
        builder = newton.ModelBuilder()
        flat = np.column_stack([scene["flat"], np.zeros(len(scene["flat"]))])
        corners = flat[scene["faces"]]
        areas = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        cell = math.sqrt(2 * areas.mean())
        mu = scene["stretch_n_m"] / (2 * (1 + scene["poisson"]))
        lame = scene["stretch_n_m"] * scene["poisson"] / (1 - scene["poisson"] ** 2)
        still = {
            "pos": wp.vec3(0, 0, 0), "rot": wp.quat_identity(), "scale": 1.0, "vel": wp.vec3(0, 0, 0), "particle_radius": scene["thickness_m"] / 2,
        }
        hinge = scene["bend_n_m"] / cell if method == "vbd" else scene["bend_n_m"] / cell**2
        springs = {"add_springs": True, "spring_ke": scene["stretch_n_m"], "spring_kd": 0.0} if method == "xpbd" else {}
        builder.add_cloth_mesh(
            vertices=[wp.vec3(*p) for p in flat], indices=scene["faces"].flatten().tolist(), density=scene["area_density_kg_m2"],
            tri_ke=mu, tri_ka=lame, tri_kd=0.0, edge_ke=hinge, edge_kd=0.0, **still, **springs,
        )
        for i, p in enumerate(scene["start"]):
            builder.particle_q[i] = wp.vec3(*p)
        self.moved = scene["pinned"]
        if scene["body_vertices"]:
            builder.add_cloth_mesh(
                vertices=[wp.vec3(*p) for p in scene["body_way"][0]], indices=scene["body_faces"].flatten().tolist(), density=0.0,
                tri_ke=0.0, tri_ka=0.0, tri_kd=0.0, edge_ke=0.0, edge_kd=0.0, **still,
            )
            self.moved = np.concatenate([self.moved, scene["vertices"] + np.arange(scene["body_vertices"])])
            self.way = np.concatenate([self.way, scene["body_way"]], axis=1)
        for i in self.moved:
            builder.particle_mass[i], builder.particle_flags[i] = 0.0, 0
        for x, y, z, nx, ny, nz, friction in (map(float, plane) for plane in scene["planes"]):
            solid = newton.ModelBuilder.ShapeConfig(ke=1e4, kd=1e0, mu=friction)
            builder.add_shape_plane((nx, ny, nz, -(x * nx + y * ny + z * nz)), width=0.0, length=0.0, cfg=solid)
        if method == "vbd":
            builder.color(include_bending=True)
        self.model = builder.finalize()
        self.model.set_gravity((0.0, -9.81, 0.0))
        self.model.soft_contact_ke, self.model.soft_contact_kd, self.model.soft_contact_mu = 1e3, 1e-1, scene["friction"]
        if method == "vbd":
            self.solver = newton.solvers.SolverVBD(
                self.model, iterations=ITERATIONS, particle_enable_self_contact=True, particle_self_contact_margin=scene["thickness_m"],
                particle_self_contact_gap=0.75 * scene["thickness_m"], particle_vertex_contact_buffer_size=64,
                particle_edge_contact_buffer_size=128,
            )
        else:
            self.solver = newton.solvers.SolverXPBD(self.model, iterations=ITERATIONS)
        self.now, self.next, self.control = self.model.state(), self.model.state(), self.model.control()
        self.pipeline = newton.CollisionPipeline(self.model, soft_contact_gap=0.005)
        self.contacts = self.pipeline.contacts()
        self.graphs = []

    def frame(self):
        if isinstance(self.solver, newton.solvers.SolverVBD):
            self.solver.rebuild_bvh(self.now)
        for substep in range(self.substeps):
            share = (substep + 1) / self.substeps
            if len(self.moved):
                at = (1 - share) * self.way[self.at] + share * self.way[self.at + 1]
                for state in (self.now, self.next):
                    state.particle_q.numpy()[self.moved] = at
            if len(self.graphs) < 2 and self.at > 0:
                # Launching its many small kernels one by one costs more than they do.
                with wp.ScopedCapture() as capture:
                    self.substep()
                self.graphs.append(capture.graph)
            if self.at > 0:
                wp.capture_launch(self.graphs[substep % 2])
            else:
                self.substep()
            self.now, self.next = self.next, self.now
        self.at += 1

    def substep(self):
        self.now.clear_forces()
        self.pipeline.collide(self.now, self.contacts)
        self.solver.step(self.now, self.next, self.control, self.contacts, self.substep_secs)

    def places(self):
        return self.now.particle_q.numpy()


def main():
    run = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, path = line.split()
        if order == "scene":
            run = Run(contact_scene.read(path), sys.argv[1])
            answer = len(run.places())
        else:
            start = time.perf_counter()
            run.frame()
            answer = time.perf_counter() - start
            run.places().astype("<f8").tofile(path)
        print(f"KINEMA {float(answer)!r}", flush=True)


main()
