"""The mark of the app: a place on a map that sounds, drawn as SVG and by Pillow from the same measures."""

import io

from PIL import Image, ImageDraw

# The drawing is a square of this size, in its own units.
SIDE = 96

GROUND = "#0b5f5b"
MARK = "#fff8ec"
CORNER = 22

# The pin: a disc, and a triangle that touches it from below.
CENTRE = (48, 41)
RADIUS = 19
TIP = (48, 76)
SHOULDERS = ((31.5, 50.5), (64.5, 50.5))

# Three bars of sound inside the disc: left edge, top, right edge, bottom.
BARS = ((38, 36, 42, 46), (46, 30, 50, 52), (54, 36, 58, 46))

# Drawn so many times larger and scaled down, which smooths the edges.
OVERSAMPLING = 4


def drawing(*, maskable: bool) -> str:
    """Return the icon as SVG; a maskable one fills its square, since the phone cuts it into its own shape."""
    corner = 0 if maskable else CORNER
    (x, y), (left, right) = CENTRE, SHOULDERS
    triangle = " ".join(f"{point[0]},{point[1]}" for point in (left, TIP, right))
    bars = "".join(
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" rx="2" fill="{GROUND}"/>'
        for left, top, right, bottom in BARS
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
        f'<rect width="{SIDE}" height="{SIDE}" rx="{corner}" fill="{GROUND}"/>'
        f'<polygon points="{triangle}" fill="{MARK}"/><circle cx="{x}" cy="{y}" r="{RADIUS}" fill="{MARK}"/>'
        f"{bars}</svg>"
    )


def picture(size: int) -> bytes:
    """Return the icon as a PNG of this many pixels a side, with round corners."""
    large = size * OVERSAMPLING
    scale = large / SIDE
    image = Image.new("RGBA", (large, large))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, large - 1, large - 1), CORNER * scale, fill=GROUND)
    draw.polygon([(x * scale, y * scale) for x, y in (SHOULDERS[0], TIP, SHOULDERS[1])], fill=MARK)
    draw.circle([value * scale for value in CENTRE], RADIUS * scale, fill=MARK)
    for bar in BARS:
        draw.rounded_rectangle([value * scale for value in bar], 2 * scale, fill=GROUND)
    png = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(png, "PNG", optimize=True)
    return png.getvalue()
