"""Which of two variants a client sees, what differs between them, and what it is told of that."""

import enum
import hashlib
from collections.abc import Mapping
from typing import Annotated

import msgspec
from starlette.requests import Request

from tourapp.api.operation import Answer, Call, Operation
from tourapp.store.catalogue import SearchOrder

# What an answer that differs between the variants depends on, for caches.
VARY = "x-variant, x-client-id, authorization"


class Variant(enum.StrEnum):
    """The app as it is, and the app as it might become."""

    A = "a"
    B = "b"


class VariantHeaders(msgspec.Struct, frozen=True):
    """What decides on the variant, on every call of the API."""

    variant: Annotated[Variant | None, msgspec.Meta(description="ask for this variant")] = msgspec.field(
        default=None, name="X-Variant"
    )
    client: Annotated[str | None, msgspec.Meta(description="tells clients apart that are not signed in")] = (
        msgspec.field(default=None, name="X-Client-Id")
    )


class Flags(msgspec.Struct, frozen=True):
    """What differs between the variants."""

    search_order: SearchOrder


class FlagReport(msgspec.Struct, frozen=True):
    """The variant that this client sees, and what that means."""

    variant: Variant
    flags: Flags


FLAGS: Mapping[Variant, Flags] = {
    Variant.A: Flags(search_order=SearchOrder.RELEVANCE),
    Variant.B: Flags(search_order=SearchOrder.POPULARITY),
}


def drawn(name: str) -> Variant:
    """Return the variant of an account or client: the same each time, and each of them for half of all."""
    if not name:
        return Variant.A
    return Variant.B if hashlib.blake2b(name.encode(), digest_size=1).digest()[0] & 1 else Variant.A


def variant_of(request: Request) -> Variant:
    """Return the variant of this request, as it was decided on when it came in."""
    variant: Variant = request.scope["variant"]
    return variant


class FlagCalls:
    """The handler of the flags."""

    def operations(self) -> tuple[Operation, ...]:
        """Return the operation on flags."""
        return (Operation(method="GET", path="/api/flags", handler=self.flags, answer=FlagReport),)

    async def flags(self, call: Call) -> Answer:
        """Tell which variant this client sees, and what is switched on in it."""
        variant = variant_of(call.request)
        return Answer(FlagReport(variant, FLAGS[variant]), {"vary": VARY})
