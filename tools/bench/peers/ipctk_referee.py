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
        broad = ipctk.LBVH()
        broad.build(vertices, self.edges, self.faces, 0.0)
        pairs = 0
        # Those that share a vertex are left out already.
        for candidate in broad.detect_edge_face_candidates():
            edge, face = self.edges[candidate.edge_id], self.faces[candidate.face_id]
            if min(edge.min(), face.min()) < self.cloth:
                pairs += ipctk.is_edge_intersecting_triangle(*vertices[edge], *vertices[face])
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
