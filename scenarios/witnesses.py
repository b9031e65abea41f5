"""Who else knows of a load than its generator: the subject's own count, and a probe beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from lab.kernel.model import Caveat
from lab.kernel.record import write_text
from scenarios.engine.frames import Frame
from scenarios.integrity.balance import balance_of
from scenarios.integrity.bias import Bias, bias_of
from scenarios.integrity.lateness import lateness_of
from scenarios.integrity.probed import Probed
from scenarios.integrity.served import Sending, Served, Tallied
from scenarios.integrity.steadiness import courses_of
from scenarios.probing import ANSWERS, Prober
from scenarios.window import Window

# What they and the generator said, also where nothing is wrong.
REPORT = "integrity.json"


class Witnesses:
    """Heard before, during and after a load: enter the context before it begins, leave it when it is over.

    *served* and *prober* are None where there is nobody to ask.
    """

    def __init__(self, folder: Path, served: Served | None, prober: Prober | None) -> None:
        self._folder = folder
        self._served = served
        self._prober = prober
        self._sending = Sending()
        self._before: int | None = None
        self._counted: int | None = None
        self._probed: list[Probed] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._served is not None:
            self._before = self._served.count()
        if self._prober is not None:
            self._stack.enter_context(self._prober)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()
        if self._prober is not None:
            self._probed = list(self._prober.answers())
        if self._served is not None and self._before is not None:
            self._counted = self._served.count()

    def see(self, frame: Frame) -> None:
        """Learn of a finished second of the whole load."""
        self._sending.add(frame)
        if self._prober is not None:
            self._prober.see(frame)

    def report(self, window: Window) -> tuple[Caveat, ...]:
        """Write down what all of them say of the load whose steady seconds are in *window*.

        Return what speaks against it.  Raises UnwritableError.
        """
        tallied, bias = self._tallied(), self._bias(window)
        write_text(self._folder / REPORT, json.dumps(dict(_facts(window, tallied, bias)), indent=1))
        return (*(tallied.caveats() if tallied else ()), *(bias.caveats() if bias else ()))

    def left(self) -> tuple[str, ...]:
        """Return what they left in the folder."""
        return (REPORT, ANSWERS) if self._probed else (REPORT,)

    def _tallied(self) -> Tallied | None:
        if self._before is None or self._counted is None:
            return None
        return Tallied(sent=self._sending.sent(len(self._probed)), served=self._counted - self._before)

    def _bias(self, window: Window) -> Bias | None:
        if self._prober is None or self._prober.endpoint is None:
            return None
        return bias_of(window, self._prober.endpoint, self._probed)


def _facts(window: Window, tallied: Tallied | None, bias: Bias | None) -> Iterator[tuple[str, Any]]:
    lateness, balance = lateness_of(window), balance_of(window)
    yield (
        "lateness",
        {
            "allowed": lateness.allowed,
            "share": lateness.share,
            "in_streaks": lateness.in_streaks,
            "late": [[spell.worker, spell.begins, spell.ends, spell.lag] for spell in lateness.late],
        },
    )
    yield "signals", _without_books(window.signals.told())
    yield "littles_law", balance and {**asdict(balance), "holds": balance.holds}
    yield (
        "steadiness",
        {
            name: {"trend": course.trend and asdict(course.trend), "note": course.note}
            for name, course in courses_of(window).items()
        },
    )
    yield "served", tallied and {**asdict(tallied), "equal": tallied.equal}
    yield "bias", bias and asdict(bias)


def _without_books(told: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in told.items() if name not in {"ended", "in_flight"}}
