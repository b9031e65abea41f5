"""Sends requests as a browser would: over connections that live on, with cookies, following redirects.

One agent belongs to one user.  It never imports Locust; ``scenarios.engine.session`` puts it under Locust's
API.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scenarios.client import heads
from scenarios.client.answer import Answer
from scenarios.client.bodies import Body
from scenarios.client.connection import Connection
from scenarios.client.cookies import Jar
from scenarios.client.credentials import basic
from scenarios.client.dialling import dial
from scenarios.client.errors import (
    ConnectionEndedError,
    GeneratorExhaustedError,
    LeavesSubjectError,
    TooManyRedirectsError,
    UnsendableBodyError,
)
from scenarios.client.heads import Fields
from scenarios.client.pool import Pool
from scenarios.client.target import Target, joined, shown
from scenarios.client.traffic import Traffic

# RFC 9110, section 9.2.2.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
# RFC 9110, section 8.6: who means content says so, even when there is none.
_CARRYING = frozenset({"POST", "PUT", "PATCH"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# RFC 9110, section 15.4: what these redirect becomes a GET without a body.
_SEE_OTHER = frozenset({301, 302, 303})
_OF_THE_BODY = ("content-length", "content-type", "content-encoding", "transfer-encoding")
_OF_THE_ORIGIN = ("authorization", "cookie")
# Another try comes to the same; ValueError is what was never sent.
_HOPELESS = (GeneratorExhaustedError, ValueError)
_ENDED = (ConnectionEndedError, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How an agent behaves; times in seconds.

    *tls* makes, or returns, the context of secured lines.  *stays* refuses redirects to another origin;
    *private* are lower-case names of headers that go to the first request's origin only.
    """

    connection_timeout: float
    network_timeout: float
    max_redirects: int
    max_retries: int
    tls: Callable[[], ssl.SSLContext]
    proxy: Target | None = None
    stays: bool = False
    private: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Request:
    """A request as it is to be sent; *redirects* are followed.

    None for *max_redirects* and *max_retries* is what the agent does otherwise.
    """

    method: str
    target: Target
    fields: Fields = field(default_factory=dict)
    body: Body | None = None
    redirects: bool = True
    max_redirects: int | None = None
    max_retries: int | None = None


class Agent:
    """Exchanges requests for answers, with the connections of *pool* and the cookies of *jar*."""

    __slots__ = ("_jar", "_manners", "_pool")

    def __init__(self, manners: Manners, jar: Jar, pool: Pool) -> None:
        self._manners = manners
        self._jar = jar
        self._pool = pool

    def send(self, request: Request, traffic: Traffic) -> Answer:
        """Return the answer to *request*, after its redirects, its body unread; *traffic* tells what it took.

        Raises an ExchangeError, or the system's error of a connection that was refused or broke.
        """
        start = request.target
        most = self._manners.max_redirects if request.max_redirects is None else request.max_redirects
        history: tuple[Answer, ...] = ()
        while True:
            answer = self._exchange(request, traffic)
            if history:
                answer.history = history
            location = answer.header(b"location") if answer.status in _REDIRECTS else None
            if not (location and most and request.redirects):
                return answer
            answer.drain()
            history = (*history, answer)
            if traffic.redirects >= most:
                raise TooManyRedirectsError(
                    f"{start.url} redirects more than {most} times, at last to "
                    f"{location!r}.  Look for a loop, or allow more max_redirects."
                )
            traffic.redirects += 1
            request = self._redirected(request, answer.status, location)

    @property
    def clientpool(self) -> Pool:
        """The connections, under the name by which locustfiles close them."""
        return self._pool

    def close(self) -> None:
        """Close the connections that are idle."""
        self._pool.close()

    def _exchange(self, request: Request, traffic: Traffic) -> Answer:
        left = self._manners.max_retries if request.max_retries is None else request.max_retries
        while True:
            try:
                return self._once(request, traffic)
            except OSError as error:
                if left <= 0 or isinstance(error, _HOPELESS) or not _repeatable(request):
                    raise
                left -= 1
                traffic.retries += 1

    def _once(self, request: Request, traffic: Traffic) -> Answer:
        connection = self._lent(request.target, traffic)
        try:
            self._ask(connection, request, traffic)
        except BaseException as error:
            untouched = connection.used and not connection.reading.begun
            connection.reading.alive = False
            self._pool.take_back(connection)
            # A server may end a connection while it is idle, at the moment at which it is used again.
            if not (untouched and isinstance(error, _ENDED) and _repeatable(request)):
                raise
            connection = self._again(request, traffic)
        traffic.status = connection.reading.status
        answer = Answer(request.target, connection, self._pool, traffic)
        cookies = answer.all_of(b"set-cookie")
        if cookies:
            self._jar.take(request.target, cookies)
        return answer

    def _again(self, request: Request, traffic: Traffic) -> Connection:
        traffic.retries += 1
        connection = self._lent(request.target, traffic, fresh=True)
        try:
            self._ask(connection, request, traffic)
        except BaseException:
            connection.reading.alive = False
            self._pool.take_back(connection)
            raise
        return connection

    def _lent(self, target: Target, traffic: Traffic, *, fresh: bool = False) -> Connection:
        def connect() -> Connection:
            manners = self._manners
            line = dial(target, timeout=manners.connection_timeout, tls=manners.tls, proxy=manners.proxy)
            traffic.connects += 1
            traffic.connect += line.connect
            traffic.tls += line.tls
            return Connection(line, target, manners.network_timeout)

        return self._pool.lend(target.origin, connect, fresh=fresh)

    def _ask(self, connection: Connection, request: Request, traffic: Traffic) -> None:
        target, sent, body = request.target, request.fields, request.body
        cookie = self._jar.header_for(target)
        extra: Fields = {}
        if cookie is not None and "cookie" not in sent:
            extra["cookie"] = ("Cookie", cookie)
        chunked = False
        if body is not None:
            chunked = _announce(body, sent, extra)
        elif request.method in _CARRYING and "content-length" not in sent:
            extra["content-length"] = ("Content-Length", "0")
        where = target.request_target
        if connection.absolute:
            where = b"http://%b%b" % (target.host_header, where)
            proxy = self._manners.proxy
            if proxy is not None and proxy.userinfo is not None:
                extra["proxy-authorization"] = ("Proxy-Authorization", basic(*proxy.userinfo))
        head = heads.written(request.method, where, target.host_header, sent, extra)
        content = b"" if body is None else body.content
        connection.ask(
            head,
            (content,) if chunked and isinstance(content, bytes) else content,
            traffic,
            bodiless=request.method == "HEAD",
            chunked=chunked,
        )

    def _redirected(self, request: Request, status: int, location: str) -> Request:
        before, target = request.target, joined(request.target, location)
        sent = {name: entry for name, entry in request.fields.items() if name not in {"host", "cookie"}}
        if target.origin != before.origin:
            if self._manners.stays:
                raise LeavesSubjectError(f"{before.url} redirects to {target.scheme}://{shown(target)}")
            for name in (*_OF_THE_ORIGIN, *self._manners.private):
                sent.pop(name, None)
        method, body = request.method, request.body
        if status in _SEE_OTHER:
            method, body = "HEAD" if method == "HEAD" else "GET", None
            for name in _OF_THE_BODY:
                sent.pop(name, None)
        elif not _replayable(request):
            raise UnsendableBodyError(
                f"{before.url} redirects a body that was sent already and cannot be read again.  Send bytes, "
                "or a file that can be rewound."
            )
        return replace(request, method=method, target=target, fields=sent, body=body)


def _announce(body: Body, sent: Fields, extra: Fields) -> bool:
    """Say in *extra* what comes after the head; return whether it comes in chunks."""
    if body.content_type is not None and "content-type" not in sent:
        extra["content-type"] = ("Content-Type", body.content_type)
    if "transfer-encoding" in sent:
        return True
    if "content-length" in sent:
        return False
    if body.length is None:
        extra["transfer-encoding"] = ("Transfer-Encoding", "chunked")
        return True
    extra["content-length"] = ("Content-Length", str(body.length))
    return False


def _replayable(request: Request) -> bool:
    return request.body is None or request.body.replayable


def _repeatable(request: Request) -> bool:
    return request.method in _IDEMPOTENT and _replayable(request)
