"""Real implementations of our interfaces, for tests: scripted instead of measured."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab.engine.plan import Order, Turn
from lab.engine.runner import Progress, Watch
from lab.kernel.model import Case, Trial
from tests.builders import a_trial


@dataclass
class ScriptedDriver:
    """Makes the trials that *script* says, and remembers its orders."""

    script: Callable[[Order], Trial] = field(default=lambda order: a_trial(order.index, case=order.case))
    orders: list[Order] = field(default_factory=list)

    def trial(self, order: Order, watch: Watch) -> Trial:
        self.orders.append(order)
        watch.progress(Progress(share=1.0, line="done"))
        return self.script(order)

    def duration(self, _case: Case) -> float:
        return 1.0


@dataclass
class ScriptedObserver:
    """Watches a session; asks to stop once *stop_after* trials have ended."""

    stop_after: int | None = None
    begun: list[Turn] = field(default_factory=list)
    ended: list[Turn] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        pass

    def begins(self, turn: Turn) -> None:
        self.begun.append(turn)

    def ends(self, turn: Turn, trial: Trial) -> None:
        self.ended.append(turn)

    def stopping(self) -> bool:
        return self.stop_after is not None and len(self.ended) >= self.stop_after


@dataclass
class ScriptedClock:
    """A clock that a test owns, in seconds."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class ScriptedResolver:
    """Knows the names that a test gives it; *meanings* may change between two questions."""

    meanings: dict[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if not self.meanings.get(name):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.meanings[name]


def releases_of(turns: Sequence[Turn]) -> list[str]:
    return [turn.release for turn in turns]
