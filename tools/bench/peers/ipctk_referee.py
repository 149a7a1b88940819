"""Counts intersections with the IPC Toolkit, one order per line on standard input.

    python ipctk_referee.py

Prints `KINEMA ready`; for each line does one of

    mesh PATH CLOTH    reads triangles; the first CLOTH vertices are cloth, the others bodies, which are not compared with each other
    frame PATH         reads positions; counts pairs of an edge and a triangle that meet

and prints `KINEMA <number>`. PATH is a file of little-endian numbers: 32-bit unsigned, three for each triangle, or 64-bit floating point, three for each vertex.

`ipctk.has_intersections` decides (exact predicates, no shared vertices); where it says yes, the pairs with cloth in them are counted with
`ipctk.is_edge_intersecting_triangle`.
"""

import sys

import ipctk
import numpy as np


class Scene:
    def __init__(self, path, cloth):
        self.faces = np.fromfile(path, dtype="<u4").reshape(-1, 3).astype(np.int32)
        self.edges = ipctk.edges(self.faces)
        self.cloth = cloth
        self.mesh = None

    def meshed(self, vertices):
        if self.mesh is None:
            # A filter written in Python (`can_collide`) is asked by threads that wait for the interpreter for ever: bodies are left out in `count`.
            self.mesh = ipctk.CollisionMesh(vertices, self.edges, self.faces)
        return self.mesh

    def count(self, path):
        vertices = np.asfortranarray(np.fromfile(path, dtype="<f8").reshape(-1, 3))
        if not ipctk.has_intersections(self.meshed(vertices), vertices):
            return 0
        corners = vertices[self.faces]
        low, high = corners.min(axis=1), corners.max(axis=1)
        cloth_low, cloth_high = vertices[: self.cloth].min(axis=0), vertices[: self.cloth].max(axis=0)
        pairs = 0
        for edge in self.edges:
            a, b = vertices[edge[0]], vertices[edge[1]]
            if (np.minimum(a, b) > cloth_high).any() or (np.maximum(a, b) < cloth_low).any():
                continue
            near = ((np.minimum(a, b) <= high) & (np.maximum(a, b) >= low)).all(axis=1)
            for index in np.flatnonzero(near):
                face = self.faces[index]
                bodies = edge.min() >= self.cloth and face.min() >= self.cloth
                if not bodies and not np.isin(edge, face).any():
                    pairs += ipctk.is_edge_intersecting_triangle(a, b, *vertices[face])
        return pairs


def main():
    scene = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, *words = line.split()
        if order == "mesh":
            scene = Scene(words[0], int(words[1]))
            print(f"KINEMA {len(scene.faces)}", flush=True)
        elif order == "frame":
            print(f"KINEMA {scene.count(words[0])}", flush=True)
        else:
            sys.exit(f"unknown order {order}")


main()
