"""Reads shards and makes batches."""

import pathlib

import numpy as np

import augment

HELD_OUT = 900


class Store:
    """All pictures of the shards below `HELD_OUT`, or from it on; `refresh` picks up shards written meanwhile."""

    def __init__(self, folder, held_out=False):
        self.folder, self.held_out, self.seen = pathlib.Path(folder), held_out, set()
        self.pictures, self.inverses, self.persons, self.families, self.kinema = [], [], [], [], []
        self.refresh()

    def refresh(self):
        for path in sorted(self.folder.glob("*_[0-9][0-9][0-9].npz")):
            if path.name in self.seen or (int(path.stem[-3:]) >= HELD_OUT) != self.held_out:
                continue
            self.seen.add(path.name)
            with np.load(path) as shard:
                count = len(shard["picture"])
                self.pictures.extend(shard["picture"])
                self.inverses.extend(shard["inverse"])
                self.persons.extend(shard["person"] if "person" in shard else [None] * count)
                self.families.extend(str(f) for f in shard["family"])
        self.people = [i for i, mask in enumerate(self.persons) if mask is not None]
        self.places = [i for i, mask in enumerate(self.persons) if mask is None]

    def sample(self, rng, height, width):
        """One augmented picture [height, width, 3] uint8 and its inverse depth at half size, float32."""
        draw = rng.random()
        if self.people and draw < 0.15:
            i = self.people[rng.integers(len(self.people))]
        else:
            i = self.places[rng.integers(len(self.places))]
        picture, inverse = self.pictures[i], self.inverses[i].astype(np.float32)
        if self.people and 0.15 <= draw < 0.42:
            p = self.people[rng.integers(len(self.people))]
            picture, inverse = augment.paste_person(
                rng, picture, inverse, self.pictures[p], self.inverses[p].astype(np.float32), self.persons[p]
            )
        image, target = augment.crop(rng, picture, inverse, height, width)
        if rng.random() < 0.3:
            image = augment.defocus(rng, image, target)
        return augment.camera(rng, image), target
