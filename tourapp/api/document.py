"""Serves the API's own document, and the numbers of all workers."""

from collections.abc import Sequence

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from tourapp.api.dispatch import PRIVATE, PUBLIC
from tourapp.api.openapi import document
from tourapp.api.operation import Call, Operation
from tourapp.site import Site


class DocumentCalls:
    """The handlers of what is said about the app."""

    def __init__(self, site: Site, operations: Sequence[Operation]) -> None:
        self._site = site
        described = document((*operations, *self.operations()), site.settings.release)
        self._document = msgspec.json.encode(described)

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations on what is said about the app."""
        return (
            Operation(
                method="GET",
                path="/openapi.json",
                handler=self.openapi,
                answer=None,
                public=True,
                sends=("application/json",),
            ),
            Operation(
                method="GET", path="/metrics", handler=self.metrics, answer=None, sends=("text/plain",)
            ),
        )

    async def openapi(self, call: Call) -> Response:
        """Describe the API, in the form that it has here."""
        return self._site.delivery.deliver(
            call.request, self._document, "application/json", headers=PUBLIC, revisits=True
        )

    async def metrics(self, call: Call) -> Response:
        """Tell the numbers of all workers, in Prometheus' text format."""
        return self._site.delivery.deliver(
            call.request, self._site.metrics.exposition(), CONTENT_TYPE_LATEST, headers=PRIVATE
        )
