"""Random shots of people in made-up places, drawn by Kinema with exact depth, as shards like those of make_scenes.py.

    python tools/train/depth/kinema_shots.py --out DIR --shots 0..60 [--kinema "cargo kinema"]

One start of the renderer serves many frames: the camera stands elsewhere in each. A shard is DIR/kinema_NNN.npz and has
a further array `person`, bool [n, h, w]: where people are, so that training can put them in front of other places.
"""

import argparse
import pathlib
import shlex
import shutil
import subprocess
import time

import numpy as np
import OpenEXR
from PIL import Image

import glb
import indoors
import outdoors
import raycast

WIDTH, HEIGHT = 288, 216
HAIR = ["Bald", "Buzz", "Crop", "Crop", "SidePart", "Bob", "Bob", "Long", "Wavy", "Curly", "Ponytail", "Bun"]
GESTURES = ["Wave", "Nod", "Shrug", "Point", "Clap", "ArmsCrossed", "HandsOnHips", "Think"]


def ron(values):
    return "(" + ", ".join(f"{float(v):.4f}" for v in values) + ")"


def human(rng, name, place, facing, frames):
    """A person of random looks who stands at a place; `facing` in degrees about y, 0 looks along +z."""
    mix = rng.dirichlet([0.6, 0.6, 0.6])
    suit = rng.random(3) ** 1.5 * rng.uniform(0.05, 0.9)
    gestures = ""
    if rng.random() < 0.7:
        gestures = f"gestures: [(kind: {rng.choice(GESTURES)}, start_secs: -1, duration_secs: {2 + frames / 24:.2f})]"
    acts = "acts: [Sit(start_secs: -4)]" if rng.random() < 0.15 else ""
    age = rng.uniform(0.3, 0.95)
    return (
        f'(id: "{name}", position: {ron(place)}, rotation_deg: (0, {facing:.2f}, 0), part: Human(phenotype: (gender: {rng.random():.3f}, age: {age:.3f}, muscle: {rng.uniform(0.3, 0.7):.3f}, '
        f"weight: {rng.uniform(0.25, 0.8):.3f}, height: {rng.uniform(0.3, 0.7):.3f}, african: {mix[0]:.3f}, asian: {mix[1]:.3f}, caucasian: {mix[2]:.3f}), "
        f"suit: (colour: {ron(suit)}, roughness: {rng.uniform(0.4, 0.9):.2f}), skin: (tone: {rng.random() ** 1.5:.3f}), "
        f"hair: (style: {rng.choice(HAIR)}, melanin: (eumelanin: {rng.uniform(0.1, 4):.2f}, pheomelanin: {rng.uniform(0, 1.2):.2f})), "
        f"smile: {rng.choice([0.0, rng.random()]):.2f}, head: (yaw_deg: {rng.normal(0, 18):.1f}, pitch_deg: {rng.normal(0, 8):.1f}), "
        f'pose: {{"upperarm01.L": ({rng.normal(0, 10):.1f}, {rng.normal(0, 10):.1f}, {rng.normal(0, 15):.1f}), "upperarm01.R": ({rng.normal(0, 10):.1f}, {rng.normal(0, 10):.1f}, {rng.normal(0, 15):.1f})}}, '
        f"motion: ({', '.join(filter(None, [acts, gestures]))})))"
    )


def aimed(position, target, rng):
    """Pitch, yaw, roll in degrees of a camera at `position` that looks near `target`."""
    d = np.asarray(target) - position
    yaw = np.degrees(np.arctan2(-d[0], -d[2])) + rng.normal(0, 5)
    pitch = np.degrees(np.arctan2(d[1], np.hypot(d[0], d[2]))) + rng.normal(0, 3)
    return np.array([pitch, yaw, rng.normal(0, 2)])


def write_shot(folder, seed, frames):
    """A shot and its set; gives the name and from which part on they are people."""
    rng = np.random.default_rng([seed, 21])
    bank = raycast.Bank(rng, 30)
    family = ["interior", "street", "interior", "street", "open"][seed % 5]
    solids = []
    if family == "interior":
        scene = indoors.interior(rng, bank)
        solids = [s for s in scene.solids if not s.ragged]
    elif family == "street":
        scene = outdoors.street(rng, bank)
        solids = [s for s in scene.solids if s.kind != "ellipsoid" or s.ragged]
    name = f"depth_{seed:03}"
    middle = (
        np.array([0.0, 0.0, 0.0]) if family != "street" else np.array([rng.uniform(-2, 2), 0.0, -rng.uniform(2, 8)])
    )
    parts, lights = [], []
    if family == "interior":
        lights.append(
            f'(id: "room", part: Environment(source: Uniform(color: {ron(rng.uniform(0.75, 1, 3))}, nits: {rng.uniform(15, 80):.1f})))'
        )
        for i, (at, colour) in enumerate(scene.lamps):
            lights.append(
                f'(id: "lamp{i}", position: {ron(at)}, part: PointLight(power_lm: {rng.uniform(800, 4000):.0f}, temperature_k: {rng.uniform(2700, 6500):.0f}, shadows: {"true" if i == 0 else "false"}, range_m: 20))'
            )
        ev = rng.uniform(6.0, 7.6)
    else:
        elevation = rng.uniform(8, 60)
        lights.append(
            f'(id: "sky", part: Environment(source: Sky(turbidity: {rng.uniform(2, 7):.2f}, sun_elevation_deg: {elevation:.1f}, sun_azimuth_deg: {rng.uniform(-180, 180):.1f})))'
        )
        if rng.random() < 0.75:
            lights.append('(id: "sun", part: Sun(shadow_distance_m: 25, shadow_cascades: 1, shadow_map_px: 1024))')
        ev = 12.3 + np.log2(np.sin(np.radians(elevation)) + 0.15) + rng.normal(0.6, 0.5)
    parts += lights
    if family == "open":
        pattern = rng.choice(["Concrete", "Plain", "Checker(square_m: 0.7)"])
        parts.append(f'(id: "ground", part: Ground(base_color: {ron(rng.uniform(0.05, 0.5, 3))}, pattern: {pattern}))')
    else:
        glb.write(folder / f"{name}.glb", solids, bank, rng)
        parts.append(f'(id: "set", part: Rigid(shape: Mesh(file: "{name}.glb", collider: Exact), body: Fixed))')
    first_person = len(parts) + 2
    people, spread = [], 0.9 if family == "interior" else 1.8
    for i in range(rng.integers(2, 4)):
        place, facing = middle + np.array([rng.normal(0, spread), 0.0, rng.normal(0, spread)]), rng.uniform(-180, 180)
        people.append((place, facing))
        parts.append(human(rng, f"p{i}", place, facing, frames))
    if family != "interior" and rng.random() < 0.6:
        parts.append(
            f'(id: "crowd", position: {ron(middle - np.array([0, 0, 4]))}, part: Crowd(count: {rng.integers(3, 12)}, area_m: (9, 9), seed: {seed + 1}, detail: Medium))'
        )
    positions, rotations = [], []
    for frame in range(frames):
        place, facing = people[rng.integers(len(people))]
        target = place + np.array([0, rng.choice([1.6, 1.5, 1.5, 1.3, 1.0]), 0])
        distance = np.exp(rng.uniform(np.log(0.55), np.log(2.2 if family == "interior" else 6.0)))
        # Photographs of people show faces more often than backs.
        angle = np.radians(facing + rng.normal(0, 35)) if rng.random() < 0.75 else rng.uniform(0, 2 * np.pi)
        position = target + np.array(
            [np.sin(angle) * distance, rng.normal(0.0, 0.12) * distance, np.cos(angle) * distance]
        )
        position[1] = max(position[1], 0.25)
        positions.append(position)
        rotations.append(aimed(position, target, rng))
    track = (
        lambda what, values: f'(target: "camera/{what}", keys: ['
        + ", ".join(f"(frame: {i}, value: {ron(v)}, curve: Step)" for i, v in enumerate(values))
        + "])"
    )
    text = (
        f'Shot(schema: 1, name: "{name}", seed: {seed}, timeline: (rate: "24/1", frames: {frames}), output: (width: {WIDTH}, height: {HEIGHT}),\n'
        f"look: (exposure_ev100: {ev:.2f}, tone_mapping: AgX, anti_aliasing: Fxaa, contrast: {rng.uniform(0.95, 1.25):.2f}, saturation: {rng.uniform(0.9, 1.2):.2f}),\n"
        f'parts: [(id: "camera", part: Camera(focal_length_mm: {rng.uniform(24, 48):.1f})),\n'
        + ",\n".join(parts)
        + f"],\ntracks: [{track('position', positions)}, {track('rotation_deg', rotations)}])\n"
    )
    (folder / f"{name}.shot.ron").write_text(text)
    return name, family, first_person


def draw(kinema, folder, seed, frames):
    """Renders one shot and gives picture, inverse depth, person mask and family of its usable frames."""
    name, family, first_person = write_shot(folder, seed, frames)
    out = folder / name
    command = [
        *kinema,
        "render",
        str(folder / f"{name}.shot.ron"),
        "--out",
        str(out),
        "--format",
        "png,exr",
        "--aov",
        "depth,id",
        "--quiet",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    pictures, inverses, persons = [], [], []
    for frame in range(frames):
        channels = OpenEXR.File(str(out / "exr" / f"{name}.{frame:04}.exr")).channels()
        depth, ids = channels["Z"].pixels, channels["id"].pixels
        person = ids >= first_person
        if not ((depth < 0.25).mean() < 0.01 and person.mean() > 0.01 and np.isfinite(depth).mean() > 0.2):
            continue
        pictures.append(np.asarray(Image.open(out / "frames" / f"{name}.{frame:04}.png").convert("RGB")))
        inverses.append((1.0 / depth).astype(np.float16))
        persons.append(person)
    shutil.rmtree(out)
    return pictures, inverses, persons, ["person"] * len(pictures)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--shots", required=True, help="A..B, B not included; from 900 on they are held out")
    arguments.add_argument("--frames", type=int, default=20)
    arguments.add_argument("--kinema", default="cargo kinema")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    first, end = map(int, given.shots.split(".."))
    for seed in range(first, end):
        path = given.out / f"kinema_{seed:03}.npz"
        if path.exists():
            continue
        start = time.time()
        picture, inverse, person, family = draw(shlex.split(given.kinema), given.out, seed, given.frames)
        if not picture:
            print(f"{path}: no usable frame", flush=True)
            continue
        np.savez(
            path, picture=np.stack(picture), inverse=np.stack(inverse), person=np.stack(person), family=np.array(family)
        )
        print(f"{path}: {len(picture)} pictures in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
