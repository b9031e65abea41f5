"""What a load generator reports beside what the truth server wrote down of the same seconds.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lab.kernel.model import Caveat
from scenarios.truth.ledger import Truth

# A generator whose own part is within this is believed; the same as where a trial convicts its generator.
ALLOWED = 0.005
ALLOWED_SHARE = 0.05
# Connections a user that a load may need: one, and a few that were lost.
CONNECTIONS_ALLOWED = 1.02
# A server that needs its processor for a larger share of a second is late itself.
BUSY_ALLOWED = 0.8

PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Percentiles in seconds, None where there is no evidence for one, and requests per second."""

    p50: float | None
    p95: float | None
    p99: float | None
    rate: float

    def percentiles(self) -> dict[str, float | None]:
        """Return the percentiles by name."""
        return {"p50": self.p50, "p95": self.p95, "p99": self.p99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a generator says of itself; *caveats* are its own doubts, of which plain Locust has none."""

    name: str
    figures: Figures
    caveats: tuple[Caveat, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it believes its own figures."""
        return not any(caveat.fatal for caveat in self.caveats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One generator, held to the truth: *served* is the server's account of its steady seconds."""

    users: int
    reported: Reported
    served: Figures
    connections: int
    busiest: float

    def differences(self) -> dict[str, float]:
        """Return by how many seconds each percentile is more than the server's own."""
        told, true = self.reported.figures.percentiles(), self.served.percentiles()
        return {
            name: said - known
            for name, said in told.items()
            if said is not None and (known := true[name]) is not None
        }

    @property
    def agrees(self) -> bool:
        """Whether every percentile is there, and within what is allowed of the server's own."""
        true, differences = self.served.percentiles(), self.differences()
        return len(differences) == len(PERCENTILES) and all(
            abs(difference) <= max(ALLOWED, ALLOWED_SHARE * (true[name] or 0.0))
            for name, difference in differences.items()
        )

    @property
    def keeps_connections(self) -> bool:
        """Whether its users kept the connections that they opened."""
        return self.connections <= CONNECTIONS_ALLOWED * self.users


def steady(truth: Truth, length: int) -> Truth:
    """Return the last *length* whole seconds in which something was answered.

    They are cut from the end, since generators take unlike times to begin; the last one is not whole.
    """
    answered = [second.second for second in truth.seconds if second.answers]
    last = max(answered, default=0) - 1
    return truth.within(last - length + 1, last)


def compare(reported: Reported, truth: Truth, *, users: int, seconds: int) -> Comparison:
    """Hold a generator with *users* to the account of a server that only it asked, over *seconds*."""
    window = steady(truth, seconds)
    service = window.service()
    quantiles = {name: service.quantile(share) for name, share in PERCENTILES.items()}
    return Comparison(
        users=users,
        reported=reported,
        served=Figures(**quantiles, rate=service.size / seconds),
        connections=truth.opened,
        busiest=window.busiest,
    )
