"""Pictures that weigh what photographs weigh: landscapes and towns with clouds, haze and grain, as WebP.

A picture is drawn from its number alone, and is the same as long as numpy's generator and the encoder are.
"""

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tourapp.media.files import MediaFile, Photograph, Suffix

# Pixels: what a phone shows in landscape, and what fits the top of a page on it.
WIDTH, HEIGHT = 1080, 720
SMALL_WIDTH, SMALL_HEIGHT = 480, 320

# WebP's scale from 0 to 100: the usual compromise for photographs.
QUALITY = 80

# WebP's effort from 0 to 6: half the time of the default 4 for some percent more bytes.
EFFORT = 2

# Standard deviation of the grain, in parts of white: a good phone's camera in daylight.
GRAIN = 0.018

# Doublings from the coarsest to the finest detail, and how much weaker each is than the one before.
OCTAVES = 8

# Of clouds, and of ground with grass and stone.
SOFT, ROUGH = 0.55, 0.68

# One window in four has a lamp behind it.
LIT_SHARE = 0.25

# The row of the horizon.
HORIZON = 430

Plane = NDArray[np.float32]
Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A time of day: colours are red, green and blue from 0 to 1, `sun` the row of the sun's middle."""

    zenith: Color
    horizon: Color
    glow: Color
    ground: Color
    wall: Color
    sun: int


# Noon, evening, a hazy morning, dusk.
LIGHTS = (
    Light(
        zenith=(0.24, 0.46, 0.78),
        horizon=(0.78, 0.88, 0.95),
        glow=(1, 0.98, 0.9),
        ground=(0.2, 0.33, 0.14),
        wall=(0.52, 0.4, 0.31),
        sun=110,
    ),
    Light(
        zenith=(0.3, 0.35, 0.62),
        horizon=(0.98, 0.74, 0.5),
        glow=(1, 0.85, 0.55),
        ground=(0.24, 0.22, 0.16),
        wall=(0.4, 0.26, 0.2),
        sun=330,
    ),
    Light(
        zenith=(0.46, 0.55, 0.68),
        horizon=(0.94, 0.86, 0.82),
        glow=(1, 0.93, 0.86),
        ground=(0.2, 0.27, 0.2),
        wall=(0.42, 0.38, 0.36),
        sun=260,
    ),
    Light(
        zenith=(0.09, 0.11, 0.27),
        horizon=(0.62, 0.36, 0.44),
        glow=(1, 0.7, 0.5),
        ground=(0.1, 0.1, 0.13),
        wall=(0.14, 0.12, 0.17),
        sun=400,
    ),
)


def photograph(number: int) -> Photograph:
    """Draw picture `number` in both sizes."""
    picture = _picture(number)
    small = picture.resize((SMALL_WIDTH, SMALL_HEIGHT), Image.Resampling.LANCZOS)
    return Photograph(full=_encoded(picture), small=_encoded(small))


def _encoded(picture: Image.Image) -> MediaFile:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=QUALITY, method=EFFORT)
    return MediaFile.of(stream.getvalue(), Suffix.WEBP)


def _picture(number: int) -> Image.Image:
    rng = np.random.default_rng(number)
    light = LIGHTS[number % len(LIGHTS)]
    paint = MOTIFS[number // len(LIGHTS) % len(MOTIFS)]
    canvas = _sky(rng, light)
    paint(rng, light, canvas)
    canvas += GRAIN * rng.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32)
    return Image.fromarray((np.clip(canvas, 0, 1) * 255).astype(np.uint8))


def _sky(rng: np.random.Generator, light: Light) -> Plane:
    rows, columns = _rows(), np.arange(WIDTH, dtype=np.float32)
    low = np.clip(rows / HORIZON, 0, 1)
    canvas = _color(light.zenith) + low[..., None] ** 1.4 * (_color(light.horizon) - _color(light.zenith))
    canvas = np.repeat(canvas, WIDTH, axis=1)
    distance = np.hypot(columns - rng.uniform(0.15, 0.85) * WIDTH, rows - light.sun)
    glow = 0.6 * np.exp(-distance / 160) + np.clip(30 - distance, 0, 1)
    clouds = np.clip(_cloth(rng, SOFT) * 1.6 + rng.uniform(-0.5, 0.1), 0, 0.75) * (1 - low)
    canvas += clouds[..., None] * (0.5 * _color(light.glow) + 0.5 * _color(light.horizon) - canvas)
    canvas += glow[..., None] * (_color(light.glow) - canvas)
    return canvas.astype(np.float32)


def _hills(rng: np.random.Generator, light: Light, canvas: Plane) -> None:
    """Paint ranges of hills, the nearer the darker and rougher."""
    cloth = _cloth(rng, ROUGH)
    for nearness, look in zip((0.15, 0.35, 0.6, 0.8, 1), itertools.cycle((1, -1)), strict=False):
        ridge = HORIZON - 60 + 250 * nearness - (60 + 120 * (1 - nearness)) * _ridge(rng)
        _cover(canvas, _rows() > ridge, _hazy(light, light.ground, cloth[::look, ::-look], nearness))


def _sea(rng: np.random.Generator, light: Light, canvas: Plane) -> None:
    """Paint a coast, and the sky once more in the water below it."""
    cloth = _cloth(rng, ROUGH)
    for nearness in (0.2, 0.45):
        ridge = HORIZON + 10 - 130 * (1.1 - nearness) * np.clip(_ridge(rng) + nearness - 0.2, 0, 2)
        _cover(canvas, _rows() > ridge, _hazy(light, light.ground, cloth, nearness))
    depth = np.arange(HEIGHT - HORIZON, dtype=np.float32)
    waves = rng.standard_normal((len(depth), WIDTH // 12)).astype(np.float32)
    swell = np.asarray(Image.fromarray(waves).resize((WIDTH, len(depth)), Image.Resampling.BICUBIC))
    seen = np.clip(HORIZON - 1 - 1.2 * depth[:, None] + swell * (2 + depth[:, None] / 12), 0, HORIZON - 1)
    mirrored = canvas[seen.astype(int), np.arange(WIDTH)]
    canvas[HORIZON:] = mirrored * (0.85 - 0.25 * depth[:, None, None] / HEIGHT) + 0.03 * swell[..., None]


def _towers(rng: np.random.Generator, light: Light, canvas: Plane) -> None:
    """Paint rows of houses and towers with windows, some lit."""
    stains = 0.2 * _cloth(rng, ROUGH)
    for nearness in (0.2, 0.5, 1.0):
        wall = _hazy(light, light.wall, stains, nearness)
        left = -int(rng.integers(0, 60))
        while left < WIDTH:
            width = int(rng.integers(40, 90) * (0.6 + nearness))
            top = int(HORIZON + 180 * nearness - rng.gamma(3, 45) * (0.7 + 0.5 * nearness))
            house = np.s_[max(top, 20) : HEIGHT, max(left, 0) : left + width]
            canvas[house] = wall[house] * rng.uniform(0.8, 1.3) + rng.uniform(-0.02, 0.08)
            _windows(rng, light, canvas[house], nearness)
            left += width + int(rng.integers(-2, 8))


def _windows(rng: np.random.Generator, light: Light, wall: Plane, nearness: float) -> None:
    pitch = int(10 + 12 * nearness)
    size = pitch // 2
    for row in range(pitch, wall.shape[0] - pitch, pitch + size):
        for column in range(size, wall.shape[1] - size, pitch):
            color = light.glow if rng.random() < LIT_SHARE else light.zenith
            pane = wall[row : row + pitch - 2, column : column + size]
            pane += 0.6 * (_color(color) - pane)


MOTIFS: tuple[Callable[[np.random.Generator, Light, Plane], None], ...] = (_hills, _towers, _sea)


def _hazy(light: Light, color: Color, cloth: Plane, nearness: float) -> Plane:
    """Return this colour, mottled by `cloth`, through the haze of a nearness from 0 to 1."""
    haze = np.float32((1 - nearness) ** 0.8)
    own = (1 - haze) * _color(color)
    return cloth[..., None] * (nearness * own) + (own + 0.85 * haze * _color(light.horizon))


def _cover(canvas: Plane, where: NDArray[np.bool_], paint: Plane) -> None:
    np.copyto(canvas, paint, where=where[..., None])


def _cloth(rng: np.random.Generator, roughness: float) -> Plane:
    """Return fractal noise of the picture's size, about -1 to 1: the finer the weaker."""
    cloth = np.zeros((3, 4), dtype=np.float32)
    for octave in range(OCTAVES):
        size = (WIDTH, HEIGHT) if octave == OCTAVES - 1 else (cloth.shape[1] * 2, cloth.shape[0] * 2)
        cloth = np.array(Image.fromarray(cloth).resize(size, Image.Resampling.BICUBIC))
        cloth += (1 - roughness) * roughness**octave * rng.standard_normal(cloth.shape, dtype=np.float32)
    return cloth


def _ridge(rng: np.random.Generator) -> Plane:
    """Return the outline of a range of hills: one number a column, about -1 to 1."""
    columns = np.linspace(0, 1, WIDTH, dtype=np.float32)
    ridge = np.zeros_like(columns)
    for wave in range(1, 9):
        ridge += np.sin(2 * np.pi * (0.8 * wave * columns + rng.random())) / (1.5 * wave**1.3)
    return ridge


def _rows() -> Plane:
    return np.arange(HEIGHT, dtype=np.float32)[:, None]


def _color(color: Color) -> Plane:
    return np.array(color, dtype=np.float32)
