"""Runs rigid-body cases with MuJoCo, one order per line on standard input.

    python mujoco_rigid.py

Prints `KINEMA ready`; for each line does one of

    case NAME HZ    runs the case NAME of plugins/physics/src/reference/cases.rs with steps of 1/HZ s
    heap COUNT HZ   builds COUNT boxes that fall into a heap
    steps COUNT     steps the heap

and prints `KINEMA <number>`: the quantity of the case, the number of bodies, the seconds of a step.

Everything not set here stays at MuJoCo's defaults, among them the Euler integrator. Friction cones are elliptic, as Coulomb's
are. MuJoCo has no coefficient of restitution; where a case needs one, contacts are springs whose damping ratio gives it and
whose half period is eight steps.
"""

import math
import sys
import time

import mujoco
import numpy as np

G = 9.81


def model(hz, bodies, gravity=(0, -G, 0), friction=0.5, defaults="", options=""):
    x, y, z = gravity
    return mujoco.MjModel.from_xml_string(
        f"""<mujoco><option timestep="{1 / hz!r}" gravity="{x} {y} {z}" cone="elliptic" {options}/><size memory="400M"/>
        <default><geom density="1000" friction="{friction} 0 0" condim="3" {defaults}/></default>
        <worldbody>{bodies}</worldbody></mujoco>"""
    )


def plane(angle=0.0):
    # A plane's normal is z: turned to y, then down the slope towards +x.
    return f'<geom type="plane" size="0 0 1" zaxis="{math.sin(angle)!r} {math.cos(angle)!r} 0"/>'


def restitution(hz, e):
    omega = math.pi * hz / 8
    zeta = -math.log(e) / math.hypot(math.pi, math.log(e)) if e < 1 else 0.0
    return f'solref="{-omega * omega!r} {-2 * zeta * omega!r}" solimp="0.99 0.99 0.001"'


class Run:
    def __init__(self, made, hz):
        self.model, self.hz = made, hz
        self.data = mujoco.MjData(made)
        mujoco.mj_forward(made, self.data)

    def step(self):
        mujoco.mj_step(self.model, self.data)

    def until(self, secs):
        for _ in range(round(secs * self.hz - self.data.time * self.hz)):
            self.step()

    def interval(self, count, patience, signal):
        times, before = [], signal()
        while self.data.time < patience:
            self.step()
            now = signal()
            if (before < 0) != (now < 0):
                times.append(self.data.time - now / (now - before) / self.hz)
            before = now
            if len(times) > count:
                return (times[count] - times[0]) / count
        return math.inf


def incline(hz, angle):
    start = (0.1 * math.sin(angle), 0.1 * math.cos(angle))
    box = f'<body pos="{start[0]!r} {start[1]!r} 0" euler="0 0 {-math.degrees(angle)!r}"><freejoint/>'
    run = Run(model(hz, plane(angle) + box + '<geom type="box" size="0.2 0.1 0.2"/></body>', friction=0.3), hz)
    run.until(1.0)
    moved = run.data.qpos[:2] - np.array(start)
    return moved @ np.array([math.cos(angle), -math.sin(angle)])


def pendulum(hz):
    made = model(hz, '<body><joint type="hinge" axis="0 0 1"/><geom type="sphere" size="0.05" pos="0 -1 0"/></body>')
    run = Run(made, hz)
    run.data.qpos[0] = math.pi / 3
    mujoco.mj_forward(made, run.data)
    return 2 * run.interval(8, 30, lambda: run.data.qpos[0])


def flip(hz):
    made = model(hz, '<body><freejoint/><geom type="box" size="0.2 0.1 0.05"/></body>', gravity=(0, 0, 0))
    run = Run(made, hz)
    run.data.qvel[3:6] = [0.05, 5.0, 0.5]
    return run.interval(4, 60, lambda: run.data.qvel[4])


def tower(hz):
    bricks = "".join(
        f'<body pos="0 {0.1 + 0.2 * i!r} 0" euler="0 {90 * (i % 2)} 0"><freejoint/>'
        '<geom type="box" size="0.2 0.1 0.1"/></body>'
        for i in range(20)
    )
    run = Run(model(hz, plane() + bricks), hz)
    start = run.data.xpos.copy()
    run.until(5.0)
    return np.linalg.norm(run.data.xpos - start, axis=1).max()


def cradle(hz):
    balls = "".join(
        f'<body pos="{0.105 * i!r} 0 0"><joint type="hinge" axis="0 0 1"/>'
        '<geom type="sphere" size="0.05" pos="0 -1 0" density="7800"/></body>'
        for i in range(5)
    )
    made = model(hz, balls, friction=0, defaults=restitution(hz, 1.0))
    run = Run(made, hz)
    run.data.qpos[0] = -0.3
    mujoco.mj_forward(made, run.data)
    top = 0.0
    while run.data.time < 1.4:
        run.step()
        top = max(top, 1 - math.cos(run.data.qpos[4]))
    return top


def ball(hz):
    sphere = '<body pos="0 2.1 0"><freejoint/><geom type="sphere" size="0.1"/></body>'
    return Run(model(hz, plane() + sphere, defaults=restitution(hz, 0.8)), hz)


def fall(hz):
    run = ball(hz)
    run.until(0.6)
    return 2.1 - run.data.qpos[1]


def bounce(hz):
    run = ball(hz)
    while run.data.qvel[1] <= 0 and run.data.time < 2:
        run.step()
    top = 0.0
    while run.data.qvel[1] > 0:
        run.step()
        top = max(top, run.data.qpos[1])
    return top - 0.1


STEEP = math.atan(0.3)
CASES = {
    "incline_slide": lambda hz: incline(hz, math.radians(30)),
    "incline_hold": lambda hz: incline(hz, STEEP - math.radians(1)),
    "incline_slip": lambda hz: incline(hz, STEEP + math.radians(1)),
    "pendulum_period": pendulum,
    "dzhanibekov_flip": flip,
    "tower_20": tower,
    "cradle": cradle,
    "free_fall": fall,
    "bounce": bounce,
}


def heap(count, hz):
    boxes = "".join(
        f'<body pos="{i % 10 * 0.25 - 1.1!r} {0.2 + i // 100 * 0.25!r} {i // 10 % 10 * 0.25 - 1.1!r}"'
        f' euler="0 {i * 37 % 90} 0"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body>'
        for i in range(count)
    )
    # Newton's method, the default, takes ten times as long for so many contacts.
    return Run(model(hz, plane() + boxes, options='solver="CG"'), hz)


def main():
    world = None
    print("KINEMA ready", flush=True)
    for line in sys.stdin:
        order, *words = line.split()
        if order == "case":
            answer = CASES[words[0]](int(words[1]))
        elif order == "heap":
            world = heap(int(words[0]), int(words[1]))
            answer = world.model.nbody - 1
        else:
            start = time.perf_counter()
            for _ in range(int(words[0])):
                world.step()
            answer = (time.perf_counter() - start) / int(words[0])
        print(f"KINEMA {float(answer)!r}", flush=True)


main()
