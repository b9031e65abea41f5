"""Changes a profile as the command line asks.  Another load is another case, and its name says so."""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import BaseModel

from lab.kernel.errors import UsageError
from lab.kernel.toml_file import checked
from profiles.capacity import enough_users
from profiles.profile import Profile
from profiles.profile_file import Hold, Rate, Users
from profiles.staging import measurable

_ORIGIN = "the command line"


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
    naming the option, the value seen and what is accepted, and for another height of one stage among
    several, which would be a load that nobody designed.
    """
    asked = {"users": users, "rate": _with_unit(rate, "/s"), "duration": _with_unit(duration, "s")}
    options = checked(_Options, _ORIGIN, asked, within="--")
    if len(profile.stages) > 1 and (options.users or options.rate):
        raise UsageError(
            f"{_ORIGIN}: {profile.name!r} has {len(profile.stages)} stages, and --users or --rate would "
            "change one of them.  Write a profile of your own, or choose one without stages."
        )
    # A profile's own rate asked for once more is no other load.
    usual = profile.users if options.rate in (None, profile.rate) else enough_users(options.rate)
    load = replace(
        profile,
        users=options.users or usual,
        rate=options.rate or profile.rate,
        recording=profile.recording if options.rate is None else None,
        pace=profile.pace if options.rate is None else None,
        hold=options.duration or profile.hold,
    )
    differences = [
        *([f"{_exact(load.rate)} /s"] if load.rate and load.rate != profile.rate else []),
        *([f"{load.users} users"] if load.users != usual else []),
        *([f"{_exact(load.hold)} s"] if load.hold != profile.hold else []),
    ]
    return measurable(replace(load, name=", ".join([profile.name, *differences])), _ORIGIN)


def _with_unit(text: str | None, suffix: str) -> str | None:
    """Return *text*, with *suffix* where it is a bare number."""
    return f"{text} {suffix}" if text and re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", text) else text


def _exact(value: float) -> str:
    # A name tells loads apart, so no digit is rounded away.
    return f"{value:.15g}"
