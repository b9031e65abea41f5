"""The picture of a tour: a small landscape drawn from its number, the same one every time."""

from random import Random

WIDTH = 320
HEIGHT = 180


def landscape(tour_id: int) -> str:
    """Return the picture as an SVG document of about one kilobyte."""
    rng = Random(tour_id)  # noqa: S311 - a picture, not a secret
    hue = int(rng.random() * 360)
    sun_x, sun_y, radius = (
        40 + int(rng.random() * 240),
        30 + int(rng.random() * 50),
        14 + int(rng.random() * 14),
    )
    hills = "".join(
        f'<path fill="hsl({(hue + 120) % 360} 35% {50 - 14 * depth}%)" d="{_ridge(rng, 90 + 28 * depth)}"/>'
        for depth in range(3)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="hsl({hue} 60% 82%)"/>'
        f'<circle cx="{sun_x}" cy="{sun_y}" r="{radius}" fill="hsl(45 95% 72%)"/>'
        f"{hills}</svg>"
    )


def _ridge(rng: Random, height: int) -> str:
    points = " ".join(f"L{x} {height - int(rng.random() * 40)}" for x in range(0, WIDTH + 1, 32))
    return f"M0 {HEIGHT} {points} L{WIDTH} {HEIGHT}Z"
