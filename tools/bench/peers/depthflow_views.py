"""DepthFlow as a peer of `kinema bench parallax`: views of a picture with depth.

Files are raw: red, green, blue bytes; depth as 32-bit floats, 0 what stays and 1 the nearest.

Orders, one a line:
  views IMAGE DEPTH WIDTH HEIGHT QUALITY OUT X,Y X,Y ..   draws OUT0, OUT1, ..; answers the median seconds of a frame

X,Y is how far the nearest point moves against what stays, in pixels right and down. With rays made
parallel (isometric 1) and the deepest plane held (steady 0), DepthFlow looks a pixel up at its own place plus
offset x height x depth: the parallax of a camera that moves sideways, exactly.
"""
import sys
import time

import numpy as np
from attrs import define
from depthflow.scene import DepthScene


def bytes_of(path, width, height, channels):
    return np.fromfile(path, np.uint8).reshape(height, width, channels)


@define
class Views(DepthScene):
    """Draws one view a frame."""

    def update(self):
        # Here the frame before is complete, once the driver has drawn it.
        self.opengl.finish()
        PLAN["times"].append(time.perf_counter())
        if PLAN["frame"] > 0 and PLAN["out"]:
            save(self, PLAN["frame"] - 1)
            PLAN["times"][-1] = (PLAN["times"][-1], time.perf_counter())
        x, y = PLAN["shifts"][min(PLAN["frame"], len(PLAN["shifts"]) - 1)]
        PLAN["frame"] += 1
        state = self.state
        state.isometric, state.steady, state.focus, state.zoom, state.dolly = 1.0, 0.0, 0.0, 1.0, 0.0
        unit = 2.0 / (state.height * PLAN["height"])
        state.offset = (-x * unit, y * unit)


PLAN = {}


def save(scene, frame):
    if frame < len(PLAN["shifts"]):
        np.ascontiguousarray(scene.screenshot()[:, :, :3]).tofile(f"{PLAN['out']}{frame}")


def views(scene, words):
    image, depth, width, height, quality, out, *shifts = words
    width, height = int(width), int(height)
    picture = bytes_of(image, width, height, 3)
    inverse = np.fromfile(depth, np.float32).reshape(height, width)
    scene.input(image=np.ascontiguousarray(picture), depth=inverse)
    shifts = [tuple(map(float, shift.split(","))) for shift in shifts]
    PLAN.update(shifts=shifts, height=height, out=out, frame=0, times=[])
    # One frame more, so that the last one is seen complete.
    frames = len(shifts) + 1
    scene.main(width=width, height=height, fps=60, time=frames / 60, quality=float(quality), ssaa=1.0, subsample=1, freewheel=True)
    scene.opengl.finish()
    save(scene, PLAN["frame"] - 1)
    starts = [t[1] if isinstance(t, tuple) else t for t in PLAN["times"]]
    ends = [t[0] if isinstance(t, tuple) else t for t in PLAN["times"]]
    secs = sorted(end - start for start, end in zip(starts, ends[1:]))
    return repr(float(secs[len(secs) // 2]))


def main():
    scene = Views(backend="headless")
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        _, *words = line.split()
        print(f"KINEMA {views(scene, words)}", flush=True)


main()
