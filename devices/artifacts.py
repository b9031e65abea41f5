"""The evidence of one visit, as the browser reported it.

Times are in seconds from the moment the document was asked for, sizes in bytes.  Nothing here is
judged: `devices.metrics` turns evidence into readings, `devices.soundness` into caveats.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from lab.kernel.errors import RecordError

# Format history.  1: the first.
FORMAT = 1


class Ending(enum.Enum):
    """How a visit ended early."""

    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a visit could not be completed, and during which step."""

    ending: Ending
    step: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """One entry of the browser's paint timing.

    *start* is when the frame was presented where the browser knows it, in steps of 4 ms;
    *painted* is when the page handed it over, in steps of 0.1 ms.
    """

    name: str
    start: float
    painted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the browser said about the page it ended on.

    *response_start* is Navigation Timing's, taken below the emulated line, so the line's delay is
    not in it.  *hidden_at* is when the page first became invisible, if it did.
    """

    url: str
    status: int | None
    response_start: float
    load_end: float
    activation_start: float
    hidden_at: float | None
    isolated: bool
    paints: tuple[Paint, ...]

    @property
    def first_content(self) -> Paint | None:
        """The first paint of text or an image, if there was one."""
        return next((paint for paint in self.paints if paint.name == "first-contentful-paint"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One request, redirects being requests of their own.

    *size* counts headers and body as received.  *document* marks the requests of the page itself.
    *answered* is when the response's headers were there, after the emulated line.
    """

    url: str
    kind: str
    document: bool
    started: float
    answered: float | None
    finished: float | None
    status: int | None
    size: int
    cached: bool
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A request that failed, and what the browser said of it."""

    url: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Speed of a fixed loop in the visited page, in turns per second: slowed down, and free."""

    rate: float
    slowed: float
    free: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the lab spent its own wall time on."""

    name: str
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """From when to when a journey was at the interaction *name*."""

    name: str
    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """All evidence of one visit to *url*, for *journey*.

    *document* and *transfers* are those of the page that the journey opens first; *walked* are the
    transfers of the walk that follows, and *worker_faults* the requests of service workers that failed.
    *settled* is whether the browser had come to rest before the visit, *quiet* whether the page
    had stopped fetching when it was read.  *command_line* is the browser's, complete, with the
    hosts that it could reach.  *dead* are hosts of the allow-list that led nowhere.
    """

    url: str
    browser: str
    command_line: str
    settled: bool
    quiet: bool
    failure: Failure | None
    document: Document | None
    transfers: tuple[Transfer, ...]
    console_errors: tuple[str, ...]
    throttle: Throttle | None
    steps: tuple[Step, ...]
    dead: tuple[str, ...] = ()
    journey: str = ""
    walked: tuple[Transfer, ...] = ()
    worker_faults: tuple[Fault, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    format: int
    visit: Artifacts


_ENVELOPE = TypeAdapter(_Envelope)


def to_json(artifacts: Artifacts) -> str:
    """Return *artifacts* as a JSON record."""
    return _ENVELOPE.dump_json(_Envelope(format=FORMAT, visit=artifacts), indent=1).decode()


def from_json(text: str) -> Artifacts:
    """Read what `to_json` wrote.  Raises RecordError when it is damaged or of a newer format."""
    try:
        envelope = _ENVELOPE.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"the record of a visit is damaged at {place}: {first['msg']}.") from None
    if envelope.format > FORMAT:
        raise RecordError(
            f"the record of a visit has format {envelope.format}; this launchlab reads up to {FORMAT}."
            "  Update it."
        )
    return envelope.visit
