"""Whether the app lives, and whether it can serve."""

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.content.seed import CONTENT_VERSION
from tourapp.site import Site


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    healthy: bool


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """The databases answer too; what is being served."""

    ready: bool
    release: str
    defects: tuple[str, ...]
    content_version: int
    tours: int
    cities: int
    stops: int


class HealthCalls:
    """The handlers of the health checks."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the health checks."""
        return (
            Operation(method="GET", path="/readyz", handler=self.readyz, answer=Readiness),
            Operation(method="GET", path="/healthz", handler=self.healthz, answer=Health),
        )

    async def readyz(self, _call: Call) -> Answer:
        """Say that both databases answer, and what is being served."""
        await self._site.logbook.check()
        counts = self._site.catalogue.counts()
        return Answer(
            Readiness(
                ready=True,
                release=self._site.settings.release,
                defects=tuple(sorted(self._site.settings.defects)),
                content_version=CONTENT_VERSION,
                tours=counts.tours,
                cities=counts.cities,
                stops=counts.stops,
            )
        )

    async def healthz(self, _call: Call) -> Answer:
        """Say that the process answers; it asks nothing of the databases."""
        return Answer(Health(healthy=True))
