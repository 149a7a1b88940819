"""What happens to a made-up picture before the network sees it: people pasted in, crops, lenses, cameras, files.

Real photographs differ from drawn ones in blur, noise, colour and compression before they differ in content. None of
these may move a depth edge, so all but the crop leave the depth alone.
"""

import io

import numpy as np
from PIL import Image, ImageFilter


def paste_person(rng, place, inverse, person, person_inverse, mask):
    """Puts the people of one picture into another, where their feet or their size say they stand; all same size."""
    height, width = mask.shape
    scale = np.exp(rng.normal(0.0, 0.25))
    size = (max(int(width * scale), 16), max(int(height * scale), 16))
    flip = rng.random() < 0.5
    turn = (lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) if flip else (lambda image: image)
    rows, columns = np.nonzero(mask)
    shift_x = int(rng.uniform(-0.4, 0.4) * width + (width - size[0]) / 2)
    cut = rows.max() >= height - 3
    # Someone cut by the lower edge must stay cut by it.
    shift_y = height - size[1] + (int(rng.uniform(0, 0.25) * height) if cut else int(rng.uniform(-0.15, 0.15) * height))

    def moved(image, mode):
        canvas = Image.new(image.mode, (width, height))
        canvas.paste(turn(image).resize(size, mode), (shift_x, shift_y))
        return np.asarray(canvas)

    alpha = moved(Image.fromarray((mask * 255).astype(np.uint8)), Image.Resampling.BILINEAR) / 255.0
    colour = moved(Image.fromarray(person), Image.Resampling.BILINEAR)
    depth = moved(Image.fromarray((person_inverse * mask).astype(np.float32)), Image.Resampling.NEAREST)
    inside = (alpha > 0.5) & (depth > 0)
    if inside.sum() < 0.004 * mask.size:
        return place, inverse
    lowest = np.nonzero(inside.any(1))[0].max()
    if lowest < height - 4 and not cut:
        feet = inside[max(lowest - 2, 0) : lowest + 1].nonzero()
        at = (feet[0] + max(lowest - 2, 0), feet[1])
        factor = np.median(inverse[at]) / np.median(depth[at])
    else:
        factor = np.quantile(inverse[inside] / depth[inside], 0.97) * rng.uniform(1.05, 3.0)
    if not (np.isfinite(factor) and factor > 0):
        return place, inverse
    depth = depth * factor
    seen = inside & (depth > inverse)
    soft = (
        np.asarray(Image.fromarray((seen * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7)))[..., None]
        / 255.0
    )
    # Light of the place: half way to its mean.
    gain = np.clip((place.mean() + 20.0) / (colour[inside].mean() + 20.0), 0.4, 2.0) ** rng.uniform(0.2, 0.9)
    painted = np.clip(colour * gain, 0, 255)
    return (place * (1 - soft) + painted * soft).astype(np.uint8), np.where(seen, depth, inverse)


def crop(rng, picture, inverse, height, width):
    """A random part, resized to height x width; the depth is sampled at half that size, at pixel centres."""
    full_h, full_w = inverse.shape
    aspect = width / height * np.exp(rng.normal(0, 0.1))
    largest_h = min(full_h, full_w / aspect)
    h = largest_h * rng.uniform(0.65, 1.0)
    w = h * aspect
    x, y = rng.uniform(0, full_w - w), rng.uniform(0, full_h - h)
    image = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
    rows = np.clip((y + (np.arange(height // 2) + 0.5) * h / (height // 2)).astype(int), 0, full_h - 1)
    columns = np.clip((x + (np.arange(width // 2) + 0.5) * w / (width // 2)).astype(int), 0, full_w - 1)
    target = inverse[np.ix_(rows, columns)]
    if rng.random() < 0.5:
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), target[:, ::-1]
    return image, target


def defocus(rng, image, target):
    """A lens that is sharp at one distance."""
    at = np.quantile(target, rng.uniform(0.3, 0.98))
    spread = np.quantile(target, 0.98) - np.quantile(target, 0.02) + 1e-6
    full = np.asarray(Image.fromarray(target.astype(np.float32)).resize(image.size, Image.Resampling.BILINEAR))
    amount = np.clip(np.abs(full - at) / spread, 0, 1)[..., None] * rng.uniform(0.5, 1.0)
    strength = rng.uniform(1.0, 5.0)
    levels = [np.asarray(image, np.float32)] + [
        np.asarray(image.filter(ImageFilter.GaussianBlur(strength * k / 2)), np.float32) for k in (1, 2)
    ]
    place = amount * 2
    low = np.clip(1 - place, 0, 1)
    high = np.clip(place - 1, 0, 1)
    mixed = levels[0] * low + levels[1] * (1 - low - high) + levels[2] * high
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def camera(rng, image):
    """Colour, light, blur, noise and compression."""
    x = np.asarray(image, np.float32) / 255.0
    height, width, _ = x.shape
    if rng.random() < 0.25:
        coarse = rng.normal(0, rng.uniform(0.1, 0.5), (int(rng.integers(2, 6)), int(rng.integers(2, 6)))).astype(
            np.float32
        )
        shade = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
        x = x * np.exp(shade)[..., None]
    x = np.clip(x * np.exp(rng.normal(0, 0.12, 3)), 0, 1) ** np.exp(rng.normal(0, 0.25))
    x = (x - x.mean()) * np.exp(rng.normal(0, 0.2)) + x.mean() + rng.normal(0, 0.06)
    grey = x.mean(-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.12 else np.clip(rng.normal(0.9, 0.3), 0, 1.6)
    x = grey + (x - grey) * saturation
    if rng.random() < 0.25:
        gy, gx = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        x = x * (1 - rng.uniform(0, 0.5) * (gx * gx + gy * gy) / 2)[..., None]
    image = Image.fromarray((np.clip(x, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    elif rng.random() < 0.2:
        image = image.filter(ImageFilter.UnsharpMask(rng.uniform(0.5, 2.0), int(rng.integers(50, 200)), 0))
    x = np.asarray(image, np.float32)
    if rng.random() < 0.6:
        x = x + rng.normal(0, rng.uniform(0.5, 9.0), x.shape if rng.random() < 0.6 else (*x.shape[:2], 1))
    image = Image.fromarray(np.clip(x, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(25, 96)))
        image = Image.open(file).convert("RGB")
    return np.asarray(image)
