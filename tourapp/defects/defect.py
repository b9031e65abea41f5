"""The defects that can be switched on: what each does, how strongly, and what a lab should find."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Defect(enum.StrEnum):
    """One deliberate fault of the subject."""

    SLOW_SEARCH = "slow-search"
    BLOCKING_SCRIPT = "blocking-script"


# Which defects are at work, each with its strength; empty in a sound app.
Defects = Mapping[Defect, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a defect does.

    `strength` is what it has unless somebody says otherwise, in `unit`, between `lowest` and `highest`;
    `finding` is what a lab should see, and `metric` where.
    """

    does: str
    strength: float
    unit: str
    lowest: float
    highest: float
    finding: str
    metric: str


FAULTS: Mapping[Defect, Fault] = {
    Defect.SLOW_SEARCH: Fault(
        does="every search takes longer",
        strength=0.4,
        unit="seconds",
        lowest=0.0,
        highest=60.0,
        finding="search is slower, and nothing else is",
        metric="response time of GET /api/search",
    ),
    Defect.BLOCKING_SCRIPT: Fault(
        does="a script in the head keeps the browser from rendering",
        strength=0.4,
        unit="seconds",
        lowest=0.0,
        highest=10.0,
        finding="the first paint comes later by as much",
        metric="first contentful paint",
    ),
}


class UnknownStrengthError(ValueError):
    """A defect was asked for with a strength that it cannot have."""


def defect_of(text: str) -> tuple[Defect, float]:
    """Read ``NAME`` or ``NAME=strength``.

    Raises ValueError with the accepted names, and UnknownStrengthError with the accepted strengths.
    """
    name, given, strength = text.partition("=")
    if name not in set(Defect):
        raise ValueError(f"there is no defect {name!r}; there are {', '.join(Defect)}")
    defect = Defect(name)
    fault = FAULTS[defect]
    if not given:
        return defect, fault.strength
    try:
        number = float(strength)
    except ValueError:
        number = float("nan")
    if not fault.lowest <= number <= fault.highest:
        raise UnknownStrengthError(
            f"the strength of {name} must be {fault.unit} from {fault.lowest:g} to {fault.highest:g}, "
            f"not {strength!r}"
        )
    return defect, number
