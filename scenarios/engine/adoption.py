"""Gives our client to every FastHttpUser, before any locustfile is loaded."""

from __future__ import annotations

from locust.contrib import fasthttp

from scenarios.engine.session import LeanSession


def adopt(*, insecure: bool = False) -> None:
    """Make FastHttpUsers that are made from now on use our client, and verify TLS unless *insecure*.

    A class that says itself whether it verifies keeps its word.
    """
    fasthttp.FastHttpSession = LeanSession  # type: ignore[assignment, misc]
    fasthttp.FastHttpUser.insecure = insecure


def adopted() -> bool:
    """Return whether FastHttpUsers use our client."""
    return fasthttp.FastHttpSession is LeanSession
