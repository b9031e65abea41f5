"""How a fault is described: what is wrong, how strongly, and what a lab should find."""

import enum
from dataclasses import dataclass


class Unit(enum.StrEnum):
    """What the strength of a defect counts; ON is that of a defect that is there or not."""

    ON = "on"
    SECONDS = "seconds"
    BYTES = "bytes"
    RATIO = "ratio"
    USERS = "users"
    CONNECTIONS = "connections"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Scale:
    """The strengths that a defect can have: from `lowest` to `highest`, both included."""

    unit: Unit
    lowest: float
    highest: float


ON = Scale(Unit.ON, 1, 1)
SHARE = Scale(Unit.RATIO, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a defect does.

    `strength` is what it has unless somebody says otherwise, on its `scale`; `finding` is what a lab should
    see, and `metric` where.
    """

    does: str
    finding: str
    metric: str
    strength: float = 1
    scale: Scale = ON
