"""What a Locust process is told to do.  Shared by both sides, so it never imports Locust.  Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from lab.engine.allowlist import Reach
from profiles.profile import Profile
from profiles.schedule import Schedule, Striped
from scenarios.engine.generator import Client, Generator
from scenarios.engine.rows import Place

# The environment variable in which headers come: they may be secret, so they are no part of the file.
HEADERS = "LAUNCHLAB_HEADERS"
# Set in a process whose requests are recorded already.
RECORDED = "LAUNCHLAB_RECORDED"
# Exit status of a process whose users cannot do what is asked of them; its last line says why.  It is
# that of a usage error in sysexits.h, and none of Locust's.
REFUSED = 64
# Exit status of a process that was not ready when the others began: sysexits.h's temporary failure.
TOO_LATE = 75
# Exit status of a process that asked more than the subject may be given, and left a notice that says how
# much: sysexits.h's denied permission.
CAPPED = 77


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One load trial, for one Locust process.

    *locustfile* holds the journey; *frames* is where the recorder appends what it saw;
    *reach* is all that the process may connect to; *place* says which of the trial's processes it is,
    and so which share of the profile's users and arrivals is its own.  *generator* says how it is made.
    """

    locustfile: str
    url: str
    profile: Profile
    seed: int
    frames: str
    reach: Reach = field(default_factory=Reach)
    place: Place = field(default_factory=Place)
    generator: Generator = field(default_factory=Generator)

    @property
    def schedule(self) -> Schedule | None:
        """When the arrivals of this process are due; None for a closed load."""
        whole = self.profile.schedule
        return None if whole is None else Striped(whole, self.place.index, self.place.count)

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the assignment whose ``text`` this is."""
        content = json.loads(text)
        profile, reach = Profile.of(content["profile"]), Reach.of(content["reach"])
        place, made = Place(**content["place"]), content["generator"]
        generator = Generator(**{**made, "client": Client(made["client"])})
        known = {"profile": profile, "reach": reach, "place": place, "generator": generator}
        return cls(**{**content, **known})
