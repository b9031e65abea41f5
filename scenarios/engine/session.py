"""Our client under the API of Locust's FastHttpSession, so that locustfiles need not change.

Where it differs, it is on purpose: decompressing a body is no part of the response time, requests reach the
recorder without an event where nobody else listens, and what a server does wrong is an error of its own type.
"""

from __future__ import annotations

import codecs
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, ClassVar, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import gevent
import gevent.ssl
from geventhttpclient.client import HTTPClientPool
from locust.contrib.fasthttp import FastHttpSession, LocustBadStatusCode, LocustUserAgent
from locust.user import User

from scenarios.client import heads
from scenarios.client.agent import Agent, Manners, Request
from scenarios.client.answer import Answer
from scenarios.client.bodies import encoded
from scenarios.client.cookies import Jar
from scenarios.client.credentials import basic
from scenarios.client.pool import Pool
from scenarios.client.target import Origin, Target, parse
from scenarios.engine.arrivals import Start
from scenarios.engine.bookkeeping import Audience
from scenarios.engine.pauses import Pauses
from scenarios.engine.recorder import Recorder
from scenarios.engine.responses import Exchange, LeanResponse

_now = time.perf_counter
_SOUND = LocustUserAgent.valid_response_codes
_JSON = "application/json"
_ABSOLUTE = re.compile(r"(?:https?|http\+unix)://", re.IGNORECASE)
_ALWAYS = heads.fields({"User-Agent": "launchlab", "Accept-Encoding": "gzip, deflate, br"})


class Desk(NamedTuple):
    """Where requests are reported: the recorder, and whoever else listens."""

    recorder: Recorder
    audience: Audience


class Gift(NamedTuple):
    """Headers that may be secret: for requests to the origin *home*, whoever sends them, and for no other."""

    headers: Mapping[str, str]
    home: Origin


class Timed(Protocol):
    """A user who knows when its requests were meant to start."""

    def begins(self, now: float) -> Start | None:
        """Return when the request that begins *now* was meant to; None for now."""

    def ends(self, moment: float) -> None:
        """Take the end of the request, whose last byte came at that *moment*."""


class LeanSession(FastHttpSession):
    """What a user's ``self.client`` is: FastHttpSession's methods over our own connections.

    *desk* is set once for the process; without one, requests are told by Locust's event as ever.
    *insecure* holds where a session is told nothing; *traced*, here or on the user's class, sends a
    traceparent with each request, whose answer knows its ``trace_id``.
    """

    desk: ClassVar[Desk | None] = None
    insecure: ClassVar[bool] = False
    traced: ClassVar[bool] = False
    # What every session sends to the subject.
    gift: ClassVar[Gift | None] = None

    def __init__(  # noqa: PLR0913  # FastHttpSession's
        self,
        base_url: str | None,
        request_event: Any,
        user: User | None,
        insecure: bool | None = None,  # noqa: FBT001
        client_pool: HTTPClientPool | None = None,
        ssl_context_factory: Callable[[], ssl.SSLContext] | None = None,
        *,
        network_timeout: float = 60.0,
        connection_timeout: float = 60.0,
        max_redirects: int = 30,
        max_retries: int = 0,
        concurrency: int = 10,
        headers: Mapping[str, str] | None = None,
        proxy_host: str | None = None,
        proxy_port: int | None = None,
    ) -> None:
        # Not the parent's: it would make a client of geventhttpclient.
        self.base_url, self.auth_header = _without_userinfo(base_url)
        # Whom the credentials of the base URL are for; those that a user sets later are for all.
        self._authorized = parse(self.base_url).origin if self.base_url and self.auth_header else None
        self.request_event = request_event
        self.user = user
        self.request_name: str | None = None
        self.cookiejar = Jar()
        self._traced: bool = getattr(user, "traced", self.traced)
        self._timed: Timed = user if hasattr(user, "begins") else Pauses(user)  # type: ignore[assignment]
        # One for all users who need no other: there are ten thousand of them.
        self._usual = {**_ALWAYS, **heads.fields(headers)} if headers else _ALWAYS
        given = heads.fields(self.gift.headers) if self.gift else {}
        self._at_home = {**self._usual, **given} if given else self._usual
        self._home = self.gift.home if self.gift else None
        self.agent = self.client = Agent(  # type: ignore[assignment]  # of geventhttpclient there
            _manners(
                connection_timeout=connection_timeout,
                network_timeout=network_timeout,
                max_redirects=max_redirects,
                max_retries=max_retries,
                tls=_contexts(ssl_context_factory, self.insecure if insecure is None else insecure),
                proxy=parse(f"http://{proxy_host}:{proxy_port}") if proxy_host else None,
                stays=getattr(user, "stays", False),
                private=frozenset(given),
            ),
            self.cookiejar,
            Pool(concurrency) if client_pool is None else _shared(client_pool),
        )

    def request(  # type: ignore[override]  # noqa: PLR0913, PLR0917  # FastHttpSession's, with what it hides in **kwargs
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Any = None,
        catch_response: bool = False,  # noqa: FBT001, FBT002
        stream: bool = False,  # noqa: FBT001, FBT002
        headers: Mapping[str, Any] | None = None,
        auth: tuple[str | bytes, str | bytes] | None = None,
        json: Any = None,
        allow_redirects: bool = True,  # noqa: FBT001, FBT002
        context: Mapping[str, Any] | None = None,
        params: Any = None,
        files: Any = None,
        max_retries: int | None = None,
        max_redirects: int | None = None,
    ) -> LeanResponse:
        """Send a request; see FastHttpSession.request, whose parameters these are."""
        whole_url = url if self.base_url is None or _ABSOLUTE.match(url) else self.base_url + url
        target = parse(whole_url, params)
        has_body = data is not None or json is not None or files is not None
        exchange = Exchange(
            Request(
                method=method.upper(),
                target=target,
                fields=self._fields(target, headers, auth, json=None if data else json),
                body=encoded(data, json, files) if has_body else None,
                redirects=allow_redirects,
                max_redirects=max_redirects,
                max_retries=max_retries,
            ),
            name or self.request_name or url,
            whole_url,
        )
        if self._traced:
            exchange.trace()
        self._begin(exchange, context)
        answer, error = self._exchange(exchange, stream=stream)
        response = LeanResponse(exchange, answer, error, self._report)
        if answer is not None:
            if stream:
                response.expect_content()
            else:
                response.keep_content()
        if catch_response:
            response._catch_response = True  # noqa: SLF001  # Locust's name for it
            return response
        self._report(response, response.error)
        return response

    def iter_lines(self, url: str, method: str = "GET", **options: Any) -> Iterator[str]:  # type: ignore[override]
        """Yield the lines of a streamed answer as they come; bytes that are no UTF-8 are replaced."""
        response = self.request(method, url, stream=True, **options)
        response.raise_for_status()  # type: ignore[no-untyped-call]
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        for piece in response:
            *lines, rest = (rest + decoder.decode(piece)).split("\n")
            yield from lines
        rest += decoder.decode(b"", final=True)
        if rest:
            yield rest

    def _fields(
        self,
        target: Target,
        headers: Mapping[str, Any] | None,
        auth: tuple[str | bytes, str | bytes] | None,
        *,
        json: Any,
    ) -> heads.Fields:
        """Return what is sent besides what the connection needs; what the caller gives wins."""
        usual = self._at_home if target.origin == self._home else self._usual
        if (
            headers is None
            and auth is None
            and json is None
            and self.auth_header is None
            and target.userinfo is None
        ):
            return usual
        sent = dict(usual)
        if json is not None:
            sent["content-type"] = ("Content-Type", _JSON)
            sent["accept"] = ("Accept", _JSON)
        if headers:
            for name, value in headers.items():
                sent[name.lower()] = (name, value)
        if auth:
            sent["authorization"] = ("Authorization", basic(*auth))
        elif target.userinfo is not None:
            sent["authorization"] = ("Authorization", basic(*target.userinfo))
        elif self.auth_header is not None and self._authorized in {None, target.origin}:
            sent["authorization"] = ("Authorization", self.auth_header)
        return sent

    def _begin(self, exchange: Exchange, context: Mapping[str, Any] | None) -> None:
        if self.desk is None or self.desk.audience.others_listen():
            told = self.user.context() if self.user is not None else {}
            exchange.context = {**told, **(context or {})}
        exchange.began = now = _now()
        start = self._timed.begins(now)
        if start is not None:
            exchange.late = max(0.0, now - start.due)
            exchange.lag = max(0.0, now - start.ready)

    def _exchange(self, exchange: Exchange, *, stream: bool) -> tuple[Answer | None, BaseException | None]:
        """Send the request; return the answer and what is wrong with it."""
        answer: Answer | None = None
        try:
            answer = self.agent.send(exchange.request, exchange.traffic)
            exchange.ended = _now() if stream else answer.drain()
        except OSError as error:
            exchange.ended = _now()
            return answer, error
        except gevent.GreenletExit:
            # Its user was stopped.
            if self.desk is not None and exchange.traffic.sent:
                self.desk.recorder.abandon()
            raise
        except BaseException as error:
            # Such as a gevent.Timeout of the journey's own: an answer that did not come in time.
            exchange.ended = _now()
            self._report(LeanResponse(exchange, None, error, self._report), error)
            raise
        finally:
            self._timed.ends(exchange.ended or _now())
        if answer.status not in _SOUND:
            return answer, LocustBadStatusCode(exchange.request.target.url, code=answer.status)
        return answer, None

    def _report(self, response: LeanResponse, error: BaseException | None) -> None:
        exchange, desk, changed = response.exchange, self.desk, response.meta_as_changed
        if desk is None:
            self.request_event.fire(**{**response.request_meta, "exception": error})
            response.reported()
            return
        name, method, began = exchange.name, exchange.request.method, exchange.began
        length = exchange.length
        if changed is not None:
            name, method = changed["name"], changed["request_type"]
            # Its end stays: a second that has not been cannot be told of.
            began = exchange.ended - changed["response_time"] / 1000
            length = changed["response_length"]
        desk.recorder.take(
            f"{method} {name}",
            began,
            exchange.ended,
            late=exchange.late,
            lag=exchange.lag,
            failure=error,
            length=length,
            traffic=exchange.traffic,
        )
        if desk.audience.others_listen():
            desk.audience.tell(**{**response.request_meta, "exception": error})
        response.reported()


def _without_userinfo(base_url: str | None) -> tuple[str | None, str | None]:
    """Return a base URL without name and password, and the Authorization header that these make."""
    parts = urlsplit(base_url or "")
    credentials, at, place = parts.netloc.rpartition("@")
    if not at:
        return base_url, None
    name, _, password = credentials.partition(":")
    return parts._replace(netloc=place).geturl(), basic(unquote(name), unquote(password))


@lru_cache(maxsize=2)
def _context(*, insecure: bool) -> ssl.SSLContext:
    """Return the context that all lines of the process share: reading the authorities takes milliseconds."""
    if insecure:
        return gevent.ssl._create_unverified_context()  # type: ignore[no-any-return]  # noqa: SLF001
    return gevent.ssl.create_default_context()  # type: ignore[no-any-return]


def _contexts(factory: Callable[[], ssl.SSLContext] | None, insecure: bool) -> Callable[[], ssl.SSLContext]:  # noqa: FBT001
    if factory is not None:
        return lru_cache(maxsize=1)(factory)
    return _INSECURE if insecure else _SECURE


_SECURE, _INSECURE = partial(_context, insecure=False), partial(_context, insecure=True)

# Users of one class have the same manners, and share them.
_manners = lru_cache(maxsize=64)(Manners)


_SHARED: WeakKeyDictionary[HTTPClientPool, Pool] = WeakKeyDictionary()


def _shared(pool: HTTPClientPool) -> Pool:
    """Return our pool that stands for one of geventhttpclient's, which several users share."""
    if pool not in _SHARED:
        _SHARED[pool] = Pool(pool.client_args.get("concurrency", 1))
    return _SHARED[pool]
