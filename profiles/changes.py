"""Changes a profile as the command line asks.  Another load is another case, and its name says so."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from pydantic import BaseModel

from lab.kernel.toml_file import checked
from profiles.loader import Hold, Rate, Users, measurable
from profiles.profile import MOST_USERS, Profile

_ORIGIN = "the command line"
# Answers within a second leave a user free for every arrival; fewer than ten users would make a
# single slow answer hold up the next.
_SECONDS_OF_ARRIVALS = 1.0
_FEWEST_USERS = 10


class _Options(BaseModel):
    """The options, under their names and with the limits of a profile file."""

    users: Users | None = None
    rate: Rate | None = None
    duration: Hold | None = None


def changed(
    profile: Profile, *, users: int | None = None, rate: str | None = None, duration: str | None = None
) -> Profile:
    """Return *profile* with what is given; its ramp and warm-up stay.

    Another *rate* (``50`` or ``50 /s``) makes the load open and, without *users*, chooses how many
    there may be; *duration* (``30``, ``30 s``, ``2 min``) is the steady window.  Raises UsageError
    naming the option, the value seen and what is accepted.
    """
    asked = {"users": users, "rate": _with_unit(rate, "/s"), "duration": _with_unit(duration, "s")}
    options = checked(_Options, _ORIGIN, asked, within="--")
    # A profile's own rate asked for once more is no other load.
    usual = profile.users if options.rate in (None, profile.rate) else enough_users(options.rate)
    load = replace(
        profile,
        users=options.users or usual,
        rate=options.rate or profile.rate,
        hold=options.duration or profile.hold,
    )
    differences = [
        *([f"{_exact(load.rate)} /s"] if load.rate and load.rate != profile.rate else []),
        *([f"{load.users} users"] if load.users != usual else []),
        *([f"{_exact(load.hold)} s"] if load.hold != profile.hold else []),
    ]
    return measurable(replace(load, name=", ".join([profile.name, *differences])), _ORIGIN)


def enough_users(rate: float) -> int:
    """Return how many users take *rate* arrivals a second from a subject that answers within a second."""
    return min(MOST_USERS, max(_FEWEST_USERS, math.ceil(rate * _SECONDS_OF_ARRIVALS)))


def _with_unit(text: str | None, suffix: str) -> str | None:
    """Return *text*, with *suffix* where it is a bare number."""
    return f"{text} {suffix}" if text and re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", text) else text


def _exact(value: float) -> str:
    # A name tells loads apart, so no digit is rounded away.
    return f"{value:.15g}"
