"""Writes the solids of a scene as a glTF binary with textures, for Kinema to draw."""

import io
import json
import struct

import numpy as np
from PIL import Image

SIDE = 256


def box_mesh():
    """Unit box: vertices, normals, triangles; each face has its own corners."""
    points, normals, faces = [], [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            n = np.zeros(3)
            n[axis] = sign
            a, b = np.roll([1.0, 0.0, 0.0], axis + 1), np.roll([1.0, 0.0, 0.0], axis + 2)
            base = len(points)
            points += [n - a - b, n + a - b, n + a + b, n - a + b]
            normals += [n] * 4
            order = [0, 1, 2, 0, 2, 3] if sign > 0 else [0, 2, 1, 0, 3, 2]
            faces += [base + i for i in order]
    return np.array(points), np.array(normals), np.array(faces)


def lathe_mesh(kind, around=18, along=10):
    """Unit ball or upright cylinder with caps."""
    if kind == "ellipsoid":
        angles = np.linspace(-np.pi / 2, np.pi / 2, along)
        rings = [(np.cos(a), np.sin(a), np.cos(a), np.sin(a)) for a in angles]
    else:
        rings = [(0, -1, 0, -1), (1, -1, 0, -1), (1, -1, 1, 0), (1, 1, 1, 0), (1, 1, 0, 1), (0, 1, 0, 1)]
    points, normals, faces = [], [], []
    for radius, y, nr, ny in rings:
        for i in range(around + 1):
            c, s = np.cos(2 * np.pi * i / around), np.sin(2 * np.pi * i / around)
            points.append((radius * c, y, radius * s))
            normals.append((nr * c, ny, nr * s))
    row = around + 1
    for r in range(len(rings) - 1):
        for i in range(around):
            a, b, c, d = r * row + i, r * row + i + 1, (r + 1) * row + i, (r + 1) * row + i + 1
            faces += [a, c, b, b, c, d]
    return np.array(points, float), np.array(normals, float), np.array(faces)


MESHES = {"box": box_mesh(), "ellipsoid": lathe_mesh("ellipsoid"), "cylinder": lathe_mesh("cylinder")}


def solid_mesh(solid):
    """World positions, normals, texture coordinates in repeats, triangles."""
    points, normals, faces = MESHES[solid.kind]
    local = points * solid.half
    n = normals / solid.half
    n = n / np.linalg.norm(n, axis=1, keepdims=True)
    axis = np.abs(n).argmax(1)
    u = np.where(axis == 0, local[:, 2], local[:, 0]) / solid.repeat_m
    v = np.where(axis == 1, local[:, 2], -local[:, 1]) / solid.repeat_m
    return local @ solid.turn.T + solid.centre, n @ solid.turn.T, np.stack([u, v], 1), faces


def write(path, solids, bank, rng):
    """One mesh with a primitive for each texture."""
    blob, views, accessors, primitives, materials, images = bytearray(), [], [], [], [], []

    def view(data, target=None):
        while len(blob) % 4:
            blob.append(0)
        views.append(
            {"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)} | ({"target": target} if target else {})
        )
        blob.extend(data)
        return len(views) - 1

    def accessor(array, kind):
        array = np.ascontiguousarray(array, np.uint32 if kind == "SCALAR" else np.float32)
        entry = {
            "bufferView": view(array.tobytes(), 34963 if kind == "SCALAR" else 34962),
            "componentType": 5125 if kind == "SCALAR" else 5126,
            "count": len(array),
            "type": kind,
        }
        if kind == "VEC3":
            entry |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        accessors.append(entry)
        return len(accessors) - 1

    by_texture = {}
    for solid in solids:
        by_texture.setdefault((solid.texture, solid.glow > 0), []).append(solid)
    for (texture, glow), group in by_texture.items():
        points, normals, uvs, faces, base = [], [], [], [], 0
        for solid in group:
            p, n, t, f = solid_mesh(solid)
            points.append(p), normals.append(n), uvs.append(t), faces.append(f + base)
            base += len(p)
        picture = (np.clip(bank.pictures[texture], 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)
        png = io.BytesIO()
        Image.fromarray(picture).resize((SIDE, SIDE)).save(png, "PNG")
        images.append({"bufferView": view(png.getvalue()), "mimeType": "image/png"})
        material = {
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": len(images) - 1},
                "metallicFactor": 0.0,
                "roughnessFactor": float(rng.uniform(0.25, 1.0)),
            }
        }
        if glow:
            material |= {"emissiveTexture": {"index": len(images) - 1}, "emissiveFactor": [1.0, 1.0, 1.0]}
        materials.append(material)
        attributes = {
            "POSITION": accessor(np.concatenate(points), "VEC3"),
            "NORMAL": accessor(np.concatenate(normals), "VEC3"),
            "TEXCOORD_0": accessor(np.concatenate(uvs), "VEC2"),
        }
        primitives.append(
            {
                "attributes": attributes,
                "indices": accessor(np.concatenate(faces), "SCALAR"),
                "material": len(materials) - 1,
            }
        )
    document = {
        "asset": {"version": "2.0", "generator": "kinema tools/train/depth"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "set"}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "images": images,
        "samplers": [{"wrapS": 10497, "wrapT": 10497, "magFilter": 9729, "minFilter": 9987}],
        "textures": [{"source": i, "sampler": 0} for i in range(len(images))],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    blob += b"\0" * (-len(blob) % 4)
    with open(path, "wb") as file:
        file.write(struct.pack("<III", 0x46546C67, 2, 28 + len(text) + len(blob)))
        file.write(struct.pack("<II", len(text), 0x4E4F534A) + text)
        file.write(struct.pack("<II", len(blob), 0x004E4942) + bytes(blob))
