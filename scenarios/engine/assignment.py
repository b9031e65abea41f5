"""What a Locust process is told to do.  Shared by both sides, so it never imports Locust."""

from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from lab.engine.allowlist import Reach
from profiles.profile import Profile
from profiles.schedule import Schedule, Striped
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


class Client(enum.StrEnum):
    """What FastHttpUsers send their requests with."""

    LAUNCHLAB = "launchlab"
    GEVENTHTTPCLIENT = "geventhttpclient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """How a load is made, whatever the load is.

    *insecure* leaves certificates unverified, where a user's class does not say otherwise.  *processes* is
    how many Locust processes make each load together; None for as many as its profile takes.
    """

    client: Client = Client.LAUNCHLAB
    insecure: bool = False
    processes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One load trial, for one Locust process.

    *locustfile* holds the journey; *frames* is where the recorder appends what it saw;
    *reach* is all that the process may connect to; *place* says which of the trial's processes it is,
    and so which share of the profile's users and arrivals is its own.  *starts_at* is when all of them
    begin, in seconds since the epoch; None for a process that begins as soon as it can.  *generator* says
    how it is made.
    """

    locustfile: str
    url: str
    profile: Profile
    seed: int
    frames: str
    reach: Reach = field(default_factory=Reach)
    place: Place = field(default_factory=Place)
    starts_at: float | None = None
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
    def read(cls, path: Path) -> Self:
        """Read the file that holds what ``text`` returned."""
        content = json.loads(path.read_text(encoding="utf-8"))
        profile, reach = Profile.of(content["profile"]), Reach.of(content["reach"])
        place, made = Place(**content["place"]), content["generator"]
        generator = Generator(**{**made, "client": Client(made["client"])})
        known = {"profile": profile, "reach": reach, "place": place, "generator": generator}
        return cls(**{**content, **known})
