"""Cells: what the recorder keeps of one endpoint until its second is over.  Never imports Locust.

Requests only append to lists here.  Counting happens for many values at once, which takes a third of
the time that it takes one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from lab.kernel.histogram import index_of, indices_of
from scenarios.client.traffic import Traffic
from scenarios.engine.answers import kind_of
from scenarios.engine.fence import refusal_in
from scenarios.engine.frames import Failure, Kind, Tally

# Classes of failure that are told apart at one endpoint; a journey that puts an id into each reason
# would fill the memory of a long run.
MOST_CLASSES = 20
OTHER_FAILURES = "failures of other classes"
# Below so many values numpy takes longer to begin than a loop takes (measured).
_FEW = 150
# The indices of all values below, in microseconds, so that most need not be computed; 1 MB.
_QUICK = 1 << 17
_NUMBERS = list(range(index_of(_QUICK)))
_INDICES = [_NUMBERS[index] for index in indices_of(np.arange(_QUICK)).tolist()]
# Long enough to recognise a failure, too short to carry a page.
_EXAMPLE_LENGTH = 200
# Query strings, long opaque words, the user of an address and what is called a secret may be secrets; what is
# told of a failure must not hold them.
_SECRETS = re.compile(
    r"\?\S*|\b[A-Za-z0-9_\-.=+/]{40,}|(?<=://)[^/\s@]+(?=@)|(?<=\bbearer )\S+|(?<=\bbasic )\S+"
    r"|(?:password|passwd|secret|token|api[_-]?key|session(?:[_-]?id)?)[\"']?\s*[=:]\s*[\"']?[^\s\"',;&]+",
    re.IGNORECASE,
)
# What Locust's two clients raise for an answer whose status they do not like.
_BAD_STATUS = {"LocustBadStatusCode", "HTTPError"}


class Account:
    """What has to be entered into Locust's own statistics of one endpoint: every request by itself.

    *spent* is in milliseconds, as Locust counts; *ended* is on the clock of perf_counter.
    """

    __slots__ = ("ended", "failed", "length", "spent")

    def __init__(self) -> None:
        self.spent: list[float] = []
        self.ended: list[float] = []
        self.failed: list[tuple[float, BaseException]] = []
        self.length = 0


class Cell:
    """One endpoint: what was measured since it was last counted, and what was counted this second.

    The lists are of seconds.
    """

    __slots__ = (
        "account",
        "body",
        "classes",
        "connect",
        "connects",
        "counts",
        "failed",
        "first_byte",
        "lag",
        "received",
        "redirects",
        "response",
        "retries",
        "sent",
        "service",
        "statuses",
        "tls",
    )

    def __init__(self) -> None:
        self.response: list[float] = []
        self.service: list[float] = []
        self.lag: list[float] = []
        self.failed: list[float] = []
        self.connect: list[float] = []
        self.tls: list[float] = []
        self.first_byte: list[float] = []
        self.body: list[float] = []
        self.counts: dict[Kind, dict[int, int]] = {}
        self.classes = Classes()
        self.account = Account()
        self.clear()

    def clear(self) -> None:
        """Forget the second that is over; what was not counted yet belongs to the next."""
        self.counts = {}
        self.statuses: dict[int, int] = {}
        self.connects = self.retries = self.redirects = self.sent = self.received = 0

    def add_steps(self, traffic: Traffic) -> None:
        """Remember how long each step of a correct answer's exchange took."""
        self.first_byte.append(traffic.first_byte)
        self.body.append(traffic.body)
        if traffic.connects:
            self.connect.append(traffic.connect)
            if traffic.tls:
                self.tls.append(traffic.tls)

    def count(self) -> None:
        """Count what was measured."""
        for kind in Kind:
            measured: list[float] = getattr(self, kind.value)
            if measured:
                _add(measured, self.counts.setdefault(kind, {}))
                measured.clear()

    @property
    def tally(self) -> Tally:
        """What the exchanges of this second cost."""
        return Tally(
            connects=self.connects,
            retries=self.retries,
            redirects=self.redirects,
            sent=self.sent,
            received=self.received,
        )


def _add(measured: list[float], counts: dict[int, int]) -> None:
    # To the nearest microsecond: what was given as 147 ms must not become 146.999.
    if len(measured) < _FEW:
        for seconds in measured:
            value = int(seconds * 1e6 + 0.5)
            index = _INDICES[value] if value < _QUICK else index_of(value)
            counts[index] = counts.get(index, 0) + 1
        return
    microseconds = (np.array(measured) * 1e6 + 0.5).astype(np.int64)
    indices, times = np.unique(indices_of(microseconds), return_counts=True)
    for index, count in zip(indices.tolist(), times.tolist(), strict=True):
        counts[index] = counts.get(index, 0) + count


class Classes:
    """The classes of failure at one endpoint: an example of each, and how often this second."""

    def __init__(self) -> None:
        self._examples: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def add(self, error: BaseException, status: int = 0) -> None:
        """Count *error*, that of an answer of *status* where there was one."""
        cause = refusal_in(error)
        kind = _SECRETS.sub("…", kind_of(cause))
        what = f"status {status}" if status and type(cause).__name__ in _BAD_STATUS else kind
        self.add_named(what, cause)

    def add_named(self, what: str, error: BaseException) -> None:
        """Count *error* as one of the class *what*."""
        if what not in self._examples:
            if len(self._examples) >= MOST_CLASSES:
                what = OTHER_FAILURES
            self._examples.setdefault(what, _SECRETS.sub("…", str(error))[:_EXAMPLE_LENGTH])
        self._counts[what] = self._counts.get(what, 0) + 1

    def failures(self, endpoint: str) -> Iterable[Failure]:
        """Return those of this second, and forget their counts."""
        counts, self._counts = self._counts, {}
        return [
            Failure(endpoint=endpoint, what=what, count=count, example=self._examples[what])
            for what, count in counts.items()
        ]


def counts_of(cells: Mapping[str, Cell]) -> dict[tuple[str, Kind], dict[int, int]]:
    """Return what was counted this second, as a frame has it."""
    return {
        (endpoint, kind): counts for endpoint, cell in cells.items() for kind, counts in cell.counts.items()
    }
