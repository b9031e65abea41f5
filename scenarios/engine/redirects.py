"""A request that stays where it was sent: a redirect to another origin is a failure."""

from __future__ import annotations

from geventhttpclient.useragent import ConnectionError as HTTPConnectionError
from locust.contrib.fasthttp import FastRequest


class LeavesSubjectError(HTTPConnectionError):
    """The subject sent a user elsewhere; nothing was sent there."""


class StayingRequest(FastRequest):
    """A request that follows no redirect to another origin."""

    def redirect(self, code: int, location: str) -> None:
        """Follow a redirect within the origin.  Raises LeavesSubjectError for another one."""
        before = self.url_split
        target = before.redirect(location)
        if (target.scheme, target.host, target.port) != (before.scheme, before.host, before.port):
            raise LeavesSubjectError(self.url, f"redirect to {target.scheme}://{target.host}:{target.port}")
        super().redirect(code, location)
