"""Follows the Locust processes of a trial: reads their frames as they come, and sees what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.engine.process import Child
from lab.engine.runner import Progress, Watch
from lab.kernel.errors import UsageError
from lab.kernel.model import Caveat
from lab.kernel.record import writing
from lab.kernel.units import Unit, show
from profiles.profile import Profile
from scenarios.collector import Collector
from scenarios.common_start import CommonStart
from scenarios.engine import rate_cap
from scenarios.engine.assignment import CAPPED, REFUSED, TOO_LATE
from scenarios.engine.frames import Frame, Kind
from scenarios.framefiles import Gathering, Tail
from scenarios.merging import RollUp, span_of

# How often the frames of a running trial are looked at.
_POLL = 0.1
# So many seconds behind the others, a worker tells of nothing any more.
_SILENT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process of a trial: what people call it, the child, and where its frames come."""

    name: str
    child: Child
    frames: Path


class Follower:
    """Follows *workers*, who make the load of *profile*; roll-ups are appended to the file *rollups*.

    *see* is told of each second of the whole load.  *clock* is that of the common start.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        profile: Profile,
        rollups: Path,
        see: Callable[[Frame], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._workers = workers
        self._see = see
        self._profile = profile
        self._rollups = rollups
        self._tails = [Tail(worker.frames) for worker in workers]
        self._gathering = Gathering(len(workers))
        self._roll_up = RollUp(span_of(profile.duration))
        self._start = CommonStart([worker.frames.parent for worker in workers], clock)
        self.collector = Collector(profile)

    def follow(self, deadline: float, watch: Watch) -> tuple[Caveat, ...]:
        """Read frames until all workers have ended, or one of them badly; return what went wrong.

        Raises UsageError where a worker's users cannot do what is asked of them.
        """
        ends = self._clock() + deadline
        hung: tuple[Caveat, ...] = ()
        while self._under_way() and not watch.stopping() and not hung:
            self._start.look()
            for frame in self._seconds():
                watch.progress(_progress(frame, self._profile))
            hung = self._hung(deadline if self._clock() > ends else None)
            if running := self._running():
                running[0].child.wait(_POLL)
        statuses = [worker.child.status for worker in self._workers]
        # All of them before any is waited for: the others would go on meanwhile.
        for worker in self._workers:
            worker.child.let_go()
        self._finish()
        if watch.stopping():
            return (Caveat(code="interrupted", advice="stopped by the user.", fatal=True),)
        return hung or tuple(self._deaths(statuses))

    def _under_way(self) -> bool:
        """Return whether any worker runs, and none has ended badly."""
        statuses = [worker.child.status for worker in self._workers]
        return None in statuses and not any(statuses)

    def _running(self) -> Sequence[Worker]:
        return [worker for worker in self._workers if worker.child.running]

    def _seconds(self) -> Iterator[Frame]:
        """Yield the seconds that are complete by now, as a whole."""
        for tail in self._tails:
            for part in tail.frames():
                if (parts := self._gathering.add(part)) is not None:
                    whole = self.collector.add(parts)
                    self._see(whole)
                    # What came while users were stopped is no second of the load.
                    if not whole.closing:
                        self._keep(self._roll_up.add(whole))
                        yield whole

    def _finish(self) -> None:
        for _ in self._seconds():
            pass
        self._keep(self._roll_up.rest())

    def _keep(self, rolled: Frame | None) -> None:
        if rolled is not None:
            with writing(self._rollups), self._rollups.open("a", encoding="utf-8") as file:
                file.write(rolled.line())

    def _hung(self, deadline: float | None) -> tuple[Caveat, ...]:
        """Return the caveat of workers that are not ready, of a load over its *deadline*, or of silence."""
        running = self._running()
        if overdue := [self._workers[index] for index in self._start.overdue()]:
            patience = f"{self._start.patience:.0f} s"
            advice = "\n".join(
                f"{worker.name} was not ready within {patience}, and all were stopped.\n{worker.child.tail()}"
                for worker in overdue
            )
        elif deadline is not None and running:
            slow = running[0]
            advice = f"{slow.name} did not end within {deadline:.0f} s and was stopped.\n{slow.child.tail()}"
        elif self._gathering.incomplete > _SILENT:
            silent = self._workers[self._gathering.missing]
            advice = (
                f"{silent.name} told of nothing for {_SILENT} s while others did, and all were stopped.\n"
                f"{silent.child.tail()}"
            )
        else:
            return ()
        return (Caveat(code="generator-hung", advice=advice, fatal=True),)

    def _deaths(self, statuses: Sequence[int | None]) -> Iterator[Caveat]:
        """Yield a caveat for each worker that ended badly by itself; the others were stopped for it."""
        ended = list(zip(self._workers, statuses, strict=True))
        capped = [worker for worker, status in ended if status == CAPPED]
        if capped:
            # One is enough, where several went beyond their parts at once.
            yield rate_cap.caveat_of(capped[0].frames.parent)
            return
        for worker, status in ended:
            if status == REFUSED:
                raise UsageError(worker.child.tail().rpartition("\n")[2])
            if status == TOO_LATE:
                told = worker.child.tail().rpartition("\n")[2]
                advice = f"{worker.name} was {told}; use fewer processes, or a machine with less to do."
                yield Caveat(code="worker-late", advice=advice, fatal=True)
            elif status:
                advice = f"{worker.name} ended with status {status}.  Its last lines:\n{worker.child.tail()}"
                yield Caveat(code="generator-died", advice=advice, fatal=True)


def _progress(frame: Frame, profile: Profile) -> Progress:
    answered = [histogram for _, _, histogram in frame.histograms(Kind.RESPONSE)]
    answers, failures = frame.size(Kind.RESPONSE), frame.size(Kind.FAILED)
    spent = sum(histogram.mean() * histogram.size for histogram in answered)
    mean = f"mean {show(spent / answers, Unit.SECOND)}" if answers else "no answers"
    stage = profile.span_at(frame.second).stage
    planned = f" of {stage.rate:g}/s planned" if stage.rate else ""
    queued = f", {frame.arrivals.queued} wait for a free user" if frame.arrivals.queued else ""
    return Progress(
        share=min(1.0, (frame.second + 1) / profile.duration),
        line=f"{frame.users} users{queued}, {answers}/s{planned}, {mean}, {failures} failed",
    )
