"""Gives Locust's FastHttpUser our client, or leaves it its own with the check of idle connections mended."""

from __future__ import annotations

import select
from typing import Any

from gevent import monkey
from geventhttpclient.connectionpool import ConnectionPool
from locust import FastHttpUser
from locust.contrib import fasthttp

from scenarios.engine import pauses
from scenarios.engine.session import LeanSession

# gevent's own would switch greenlets within the time of a request.
_poll = monkey.get_original("select", "poll")


def adopt(*, insecure: bool | None = None) -> None:
    """Have every FastHttpUser that is made from now on use our client, under the API that it knows.

    So does whoever asks locust.contrib.fasthttp for its session, as pytest-locust's ``fastsession`` does.
    Certificates are verified unless *insecure*, or the user's own class says otherwise.
    """
    pauses.listen()
    fasthttp.FastHttpSession = LeanSession  # type: ignore[assignment, misc]  # FastHttpUser looks it up when it is made
    LeanSession.insecure = FastHttpUser.insecure = bool(insecure)


def adopted() -> bool:
    """Return whether FastHttpUsers use our client."""
    return fasthttp.FastHttpSession is LeanSession


def keep_geventhttpclient(*, insecure: bool | None = None) -> None:
    """Leave FastHttpUser its own client, which keeps connections alive at any file descriptor number.

    As it is, it asks select() whether a connection lives, which knows no descriptor above 1,023 and so
    takes every one for dead (geventhttpclient 2.6.1, connectionpool.py).  Certificates are as in ``adopt``.
    """
    pauses.listen()
    ConnectionPool._is_socket_alive = _lives  # type: ignore[assignment, method-assign]  # noqa: SLF001  # its only place
    FastHttpUser.insecure = bool(insecure)


def _lives(_pool: ConnectionPool, line: Any) -> bool:
    """Return whether the server still holds an idle connection and has sent nothing unasked."""
    look = _poll()
    try:
        look.register(line, select.POLLIN)
    except (TypeError, ValueError):  # none, or closed
        return False
    return not look.poll(0)
