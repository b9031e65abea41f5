"""A reading over runs to static SVG: one dot per run, the levels as bars, a rule where the level changed.

Runs stand side by side, whenever they were made.  What a rule means is written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reports.charts import COLOURS, CONFIG, INK, LIMIT, drawn, text_mark
from reports.model import Timeline

_HEIGHT = 300
# Room above and below the dots, as a share of their spread: for lines of labels, and for signs of decisions.
_AIR_ABOVE, _AIR_BELOW = 0.30, 0.12
_LINES = 3
_DOTS = 24


def svg(timeline: Timeline, width: int) -> str:
    """Return *timeline* as an SVG element, drawn for *width* pixels.  Its ids start with its anchor."""
    specification = _specification(timeline, width)
    return drawn(specification, f"{timeline.anchor}-{width}", timeline.title, timeline.description)


def _specification(timeline: Timeline, width: int) -> dict[str, Any]:
    low, high = _ends(timeline.values)
    count = len(timeline.values)
    horizontal = {"domain": [0.5, count + 0.5], "nice": False, "zero": False}
    vertical = {"domain": [low, high], "nice": False, "zero": False}
    ticks = _ticks(count, width // 60)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": _HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "scale": horizontal,
                "axis": {
                    "title": timeline.across,
                    "values": ticks,
                    "grid": False,
                    "format": "d",
                },
            },
            "y": {
                "field": "y",
                "type": "quantitative",
                "scale": vertical,
                "axis": {"title": timeline.suffix or None, "format": ",~r", "tickCount": 5},
            },
        },
        "layer": [*_layers(timeline, low, high)],
        "config": CONFIG,
    }


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the vertical axis; it need not begin at 0, since changes are what it shows."""
    least, most = min(values), max(values)
    spread = (most - least) or abs(most) or 1.0
    return least - _AIR_BELOW * spread, most + _AIR_ABOVE * spread


def _ticks(count: int, room: int) -> list[int]:
    steps = (base * 10**power for power in range(6) for base in (1, 2, 5))
    step = next(step for step in steps if count / step <= room)
    return sorted({1, *range(step, count + 1, step)} if step > 1 else set(range(1, count + 1)))


def _layers(timeline: Timeline, low: float, high: float) -> Iterator[dict[str, Any]]:
    for edge in timeline.edges:
        yield _rule({"x": edge - 0.5, "y": low, "y2": high}, color=INK, strokeDash=[2, 4], opacity=0.5)
    for number, change in enumerate(timeline.changes):
        band = {"x": change.first - 0.5, "x2": change.last + 0.5, "y": low, "y2": high}
        yield _shape("rect", band, color=LIMIT, opacity=0.12)
        yield _rule({"x": change.at - 0.5, "y": low, "y2": high}, color=LIMIT, strokeDash=[6, 3])
        turned = change.at > len(timeline.values) * 2 / 3
        look = {"align": "right" if turned else "left", "dx": -6 if turned else 6, "color": LIMIT}
        # Neighbouring labels stand on lines of their own.
        line = high - (0.04 + 0.06 * (number % _LINES)) * (high - low)
        yield text_mark(change.label, change.at - 0.5, line, **look)
    for level in timeline.levels:
        bar = {"x": level.first - 0.4, "x2": level.last + 0.4, "y": level.value}
        yield _rule(bar, color=INK, strokeWidth=2)
    yield {
        "data": {"values": [{"x": at, "y": value} for at, value in enumerate(timeline.values, start=1)]},
        "mark": {
            "type": "point",
            "shape": "circle",
            "filled": True,
            "fill": COLOURS[0],
            "size": _DOTS,
            "opacity": 0.8,
        },
    }
    for at in timeline.decided:
        place = {"x": at, "y": low}
        mark = {
            "type": "point",
            "shape": "triangle-up",
            "filled": True,
            "fill": INK,
            "size": 70,
            "yOffset": -6,
        }
        yield {"data": {"values": [place]}, "mark": mark}


def _rule(place: dict[str, float], **look: Any) -> dict[str, Any]:
    return _shape("rule", place, **look)


def _shape(kind: str, place: dict[str, float], **look: Any) -> dict[str, Any]:
    return {
        "data": {"values": [place]},
        "mark": {"type": kind} | look,
        "encoding": {name: {"field": name} for name in ("x2", "y2") if name in place},
    }
