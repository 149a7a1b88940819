"""Renders a glTF scene with Blender, one picture per line on standard input.

    blender -b --factory-startup -P blender_render.py -- SCENE.glb ENGINE SAMPLES OUT_DIR

ENGINE is BLENDER_EEVEE or CYCLES. Prints `KINEMA ready` when the scene is loaded; for each line NAME renders OUT_DIR/NAME.png
and prints `KINEMA <seconds>`. Everything not named here stays at Blender's factory settings: soft shadows on, ambient
occlusion, bloom, depth of field and motion blur off.
"""

import json
import math
import pathlib
import struct
import sys
import time

import bpy
import numpy

# Blender 3.4's glTF importer says numpy.bool, which NumPy 1.24 took away.
numpy.bool = bool

# Lumens per watt, with which the importer turns photometric units into Blender's radiometric ones.
LUMENS_PER_WATT = 683.0


def view_of(scene_path):
    """What Kinema says about the picture in the extras of the first scene."""
    data = pathlib.Path(scene_path).read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])["scenes"][0]["extras"]["kinema"]


def load(scene_path, view):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=scene_path)
    scene = bpy.context.scene
    scene.camera = next(thing for thing in scene.objects if thing.type == "CAMERA")
    scene.camera.data.clip_end = 1000.0

    world = bpy.data.worlds.new("environment")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background["Color"].default_value = (*(nits / LUMENS_PER_WATT for nits in view["environment_nits"]), 1.0)
    scene.world = world

    # The photographic exposure of Kinema, 1 / (1.2 * 2^EV100), on radiance in watts.
    scene.view_settings.exposure = math.log2(LUMENS_PER_WATT / 1.2) - view["exposure_ev100"]
    return scene


def configure(scene, view, engine, samples):
    render = scene.render
    render.engine = engine
    render.resolution_x, render.resolution_y, render.resolution_percentage = view["width_px"], view["height_px"], 100
    render.image_settings.file_format = "PNG"
    if engine == "CYCLES":
        scene.cycles.device = "CPU"
        scene.cycles.samples = samples
        scene.cycles.use_adaptive_sampling = False
        scene.cycles.use_denoising = False
    else:
        scene.eevee.taa_render_samples = samples


def main():
    scene_path, engine, samples, out_dir = sys.argv[sys.argv.index("--") + 1 :]
    view = view_of(scene_path)
    scene = load(scene_path, view)
    configure(scene, view, engine, int(samples))
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        scene.render.filepath = str(pathlib.Path(out_dir) / f"{line.strip()}.png")
        start = time.perf_counter()
        bpy.ops.render.render(write_still=True)
        print(f"KINEMA {time.perf_counter() - start:.6f}", flush=True)


main()
