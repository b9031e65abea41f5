"""Finds the addresses of a host, once for all users: 10,000 of them start within seconds.

Lookups go through gevent's resolver, so that whoever fences the process in answers them.
"""

from __future__ import annotations

import _socket  # gevent replaces the names in socket; these are the system's own
import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import Any, TypeAlias

import gevent
from gevent import get_hub

from scenarios.client.errors import ConnectTimedOutError, UnresolvableError, exhausted

# Family and socket address, as connect takes them.
Address: TypeAlias = tuple[int, tuple[Any, ...]]

# How long an answer holds, in seconds.  Load balancers in the cloud publish their addresses for a minute
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html),
# so a soak follows them when they move.
HOLDS = 60.0


@dataclass(slots=True)
class _Known:
    """What a host's name means until *until*; *turn* counts who asked."""

    addresses: list[Address]
    until: float
    turn: int = 0

    def next(self) -> list[Address]:
        """Return all addresses, beginning with another one each time, as name servers rotate theirs.

        Only those of the first family take turns: the other may not be reachable from here at all.
        """
        family = self.addresses[0][0]
        first = [address for address in self.addresses if address[0] == family]
        rest = [address for address in self.addresses if address[0] != family]
        at = self.turn % len(first)
        self.turn += 1
        return first[at:] + first[:at] + rest


class Lookups:
    """Answers, and the questions that are still under way; failures are asked anew."""

    def __init__(self, holds: float = HOLDS) -> None:
        self._holds = holds
        self._known: dict[tuple[str, int], _Known] = {}
        self._asking: dict[tuple[str, int], Any] = {}  # greenlets, each with the answer or the error

    def addresses(self, host: str, port: int, until: float) -> list[Address]:
        """Return where to connect, in the order in which to try; an address is its own answer.

        Raises UnresolvableError, ConnectTimedOutError when nothing is known at *until*, OutOfFilesError,
        and what the process' fence raises.
        """
        known = self._known.get((host, port))
        if known is None or known.until <= time.perf_counter():
            known = _literally(host, port) or self._asked(host, port, until)
        return known.next()

    def _asked(self, host: str, port: int, until: float) -> _Known:
        asking = self._asking.get((host, port))
        if asking is None or asking.dead:
            # A greenlet of its own, so that a user who is stopped or out of time takes nobody's answer along.
            asking = self._asking[host, port] = gevent.spawn(self._ask, host, port)
        asking.join(max(0.0, until - time.perf_counter()))
        if not asking.dead:
            raise ConnectTimedOutError(
                f"the name {host!r} was not looked up in time.  Ask the name server, or write the address."
            )
        answer = asking.value
        if isinstance(answer, _Known):
            return answer
        raise _worded(answer, host)

    def _ask(self, host: str, port: int) -> _Known | BaseException:
        try:
            answers = get_hub().resolver.getaddrinfo(host, port, 0, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            known = self._known[host, port] = _Known(_distinct(answers), time.perf_counter() + self._holds)
        except Exception as error:  # noqa: BLE001 - raised again in everyone who asked
            return error
        finally:
            del self._asking[host, port]
        return known


def _literally(host: str, port: int) -> _Known | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    try:
        answers = _socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror as error:  # a zone that this machine does not have
        raise _worded(error, host) from error
    return _Known(_distinct(answers), until=0.0)


def _distinct(answers: list[Any]) -> list[Address]:
    return list(dict.fromkeys((answer[0], answer[4]) for answer in answers))


def _worded(error: BaseException, host: str) -> BaseException:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        worded: BaseException = UnresolvableError(
            f"the name {host!r} has no address: {error}.  Check how it is written, or write the address."
        )
    else:
        # One and the same error for all who asked, so each begins with a trace of its own.
        worded = error.with_traceback(None)
        if isinstance(error, OSError):
            worded = exhausted(error, f"looking {host!r} up") or worded
    return worded
