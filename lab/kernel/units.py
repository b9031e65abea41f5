"""Units: parsed where numbers enter, formatted where they leave, base units in between.

Seconds, bytes (decimal: 1 MB is 1,000,000 bytes), ratios, counts, and these per second.
"""

from __future__ import annotations

import enum
import math
import re


class Unit(enum.Enum):
    """The base unit of a metric."""

    SECOND = "s"
    BYTE = "B"
    RATIO = "ratio"
    PER_SECOND = "/s"
    BYTE_PER_SECOND = "B/s"
    RATIO_PER_SECOND = "ratio/s"
    COUNT = "count"
    SCORE = "points"


_FACTORS = {
    Unit.SECOND: {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "days": 86400.0},
    Unit.BYTE: {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9},
    Unit.RATIO: {"%": 0.01, "": 1.0},
    Unit.PER_SECOND: {"/s": 1.0},
    # Lines are sold in bits: 1 kbit is 1,000 bits.
    Unit.BYTE_PER_SECOND: {"kbit/s": 125.0, "Mbit/s": 125e3},
    Unit.RATIO_PER_SECOND: {"%/h": 0.01 / 3600},
    Unit.COUNT: {"": 1.0},
    Unit.SCORE: {"": 1.0},
}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"


def suffixes(unit: Unit) -> tuple[str, ...]:
    """Return the suffixes in which a quantity of *unit* may be written; "" stands for none."""
    return tuple(_FACTORS[unit])


def examples(unit: Unit) -> list[str]:
    """Return how one of *unit* may be written, suffix by suffix: ``1 ms``, ``1 s``."""
    return [f"1 {suffix}".strip() for suffix in suffixes(unit)]


def pattern(unit: Unit) -> str:
    """Return the regular expression of what ``parse`` reads as *unit*."""
    return rf"^\s*{_NUMBER}\s*({'|'.join(suffixes(unit))})\s*$"


def parse(text: str, unit: Unit) -> float:
    """Read a quantity such as ``"200 ms"``, ``"10 MB"`` or ``"99.95 %"`` into *unit*.

    Raises ValueError, naming the accepted units, for anything else.
    """
    match = re.fullmatch(rf"\s*({_NUMBER})\s*([a-zA-Z/%]*)\s*", text)
    factors = _FACTORS[unit]
    if match is None or match[2] not in factors:
        accepted = ", ".join(map(repr, examples(unit)))
        raise ValueError(f"{text!r} is not a quantity here; write it like {accepted}")
    return float(match[1]) * factors[match[2]]


def scale_for(value: float, unit: Unit) -> tuple[float, str]:
    """Return the factor and suffix in which *value* reads best.  Shared by values of one line."""
    size = abs(value)
    match unit:
        case Unit.SECOND:
            steps = [(1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (math.inf, 1.0, "s")]
        case Unit.BYTE:
            steps = [(1e3, 1.0, "B"), (1e6, 1e3, "kB"), (math.inf, 1e6, "MB")]
        case Unit.RATIO:
            return 0.01, "%"
        case Unit.PER_SECOND:
            return 1.0, "/s"
        case Unit.BYTE_PER_SECOND:
            return 125.0, "kbit/s"
        case Unit.RATIO_PER_SECOND:
            return 0.01 / 3600, "%/h"
        case Unit.COUNT | Unit.SCORE:
            return 1.0, ""
    return next((factor, suffix) for bound, factor, suffix in steps if size < bound)


def number(value: float) -> str:
    """Write a number with three significant digits, and no exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:  # noqa: PLR2004  (three digits stand before the point)
        return f"{value:,.0f}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(value: float, unit: Unit) -> str:
    """Write *value* for a reader: ``12.3 ms``, ``1.25 MB``, ``0.2 %``."""
    factor, suffix = scale_for(value, unit)
    return f"{number(value / factor)} {suffix}".strip()


def show_range(low: float, high: float, unit: Unit) -> str:
    """Write two values with one suffix: ``8 to 14 ms``, or ``8 ms`` where they read alike."""
    factor, suffix = scale_for(max(abs(low), abs(high)), unit)
    ends = dict.fromkeys((number(low / factor), number(high / factor)))
    return f"{' to '.join(ends)} {suffix}".strip()
