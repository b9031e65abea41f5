"""What browsers report of their visits: web vitals."""

import enum
from http import HTTPStatus
from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.shapes import ShortText
from tourapp.api.variants import variant_of
from tourapp.site import Site
from tourapp.store.telemetry import Visit

# A day in milliseconds, the unit in which the web-vitals library reports all but CLS.
HIGHEST_VITAL = 86_400_000


class VitalName(enum.StrEnum):
    """The web vitals: https://web.dev/articles/vitals."""

    CLS = "CLS"
    FCP = "FCP"
    INP = "INP"
    LCP = "LCP"
    TTFB = "TTFB"


class Vital(msgspec.Struct, frozen=True):
    """One measurement, in milliseconds; CLS is a score."""

    name: VitalName
    value: Annotated[float, msgspec.Meta(ge=0, le=HIGHEST_VITAL)]


class Beacon(msgspec.Struct, frozen=True):
    """What a browser measured on one page."""

    page: Annotated[ShortText, msgspec.Meta(examples=["/tours/7"])]
    vitals: Annotated[tuple[Vital, ...], msgspec.Meta(min_length=1, max_length=10)]


class BeaconCalls:
    """The handler of beacons."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operation on beacons; a browser's sendBeacon labels text as text."""
        return (
            Operation(
                method="POST",
                path="/api/beacon",
                handler=self.beacon,
                answer=None,
                status=HTTPStatus.NO_CONTENT,
                media_types=("application/json", "text/plain"),
            ),
        )

    async def beacon(self, call: Call, body: Beacon) -> Answer:
        """Take what a browser measured on one page."""
        await self._site.telemetry.save_visit(
            Visit(
                received_at=self._site.clock(),
                release=self._site.settings.release,
                variant=variant_of(call.request),
                page=body.page.partition("?")[0],
                vitals=tuple(_in_base_units(vital) for vital in body.vitals),
            )
        )
        return Answer(None)


def _in_base_units(vital: Vital) -> tuple[str, float]:
    return vital.name.value, vital.value if vital.name is VitalName.CLS else vital.value / 1_000
