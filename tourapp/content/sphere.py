"""Places on a sphere: how far apart they are, and which boxes hold a circle.  Pure.

Distances are compared as squared chords, the straight lines through the Earth between two places: they grow
with the distance, and cost a database nothing but sums and products.
"""

import math

# The mean radius of the Earth in metres (IUGG), and with it the length of a degree of latitude.
EARTH_RADIUS = 6_371_008.8
DEGREE = math.radians(1) * EARTH_RADIUS

# Degrees from the meridian to the date line, and from the equator to a pole.
DATE_LINE = 180.0
POLE = 90.0


def vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """Return the place as a point of the unit sphere."""
    north, east = math.radians(latitude), math.radians(longitude)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


def squared_chord(distance: float) -> float:
    """Return the squared chord of a distance along the surface, in units of the radius: (2 sin(d/2r))^2."""
    return 4 * math.sin(distance / (2 * EARTH_RADIUS)) ** 2


def metres(squared: float) -> float:
    """Return the distance along the surface that has this squared chord."""
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(squared) / 2))


def boxes(latitude: float, longitude: float, radius: float) -> list[tuple[float, float, float, float]]:
    """Return boxes (south, north, west, east) that hold a circle, two across the date line."""
    height = radius / DEGREE
    south, north = latitude - height, latitude + height
    # A circle round a pole holds all longitudes.
    if north >= POLE or south <= -POLE:
        return [(south, north, -DATE_LINE, DATE_LINE)]
    # Where a meridian touches the circle, by the sine rule of the right-angled spherical triangle.
    width = math.degrees(math.asin(math.sin(math.radians(height)) / math.cos(math.radians(latitude))))
    west, east = longitude - width, longitude + width
    if west < -DATE_LINE:
        return [(south, north, -DATE_LINE, east), (south, north, west + 2 * DATE_LINE, DATE_LINE)]
    if east > DATE_LINE:
        return [(south, north, west, DATE_LINE), (south, north, -DATE_LINE, east - 2 * DATE_LINE)]
    return [(south, north, west, east)]
