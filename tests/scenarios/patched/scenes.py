"""What is tested of a session in a process of its own, because Locust patches the interpreter on import."""

from __future__ import annotations

import gc
import io
import re
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from geventhttpclient.client import HTTPClientPool
from locust import FastHttpUser
from locust.contrib import fasthttp
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook
from locust.exception import LocustError, ResponseError
from locust.user.task import DefaultTaskSet

from scenarios.client.errors import AnswerTimedOutError, UnresolvableError
from scenarios.engine import adoption
from scenarios.engine.bookkeeping import Audience
from scenarios.engine.flight import UNDER_WAY
from scenarios.engine.frames import Frame, Kind
from scenarios.engine.pauses import Pauses
from scenarios.engine.recorder import Recorder
from scenarios.engine.session import Desk, LeanSession

Session = FastHttpSession

# Of an event, what two sessions can have in common.
_TOLD = ("request_type", "name", "url", "response_length", "context")
# Past what select() knows, with room for the files of the process itself.
_MANY = 1_500


def a_session(kind: type[Session], site: str, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return a session of *kind*, and the events that it fires."""
    event, told = EventHook(), []

    def hear(**request: Any) -> None:
        told.append(request)

    event.add_listener(hear)
    return kind(base_url=site, request_event=event, user=None, **options), told


def same(site: str, script: Callable[[Session], object]) -> list[dict[str, Any]]:
    """Have *script* done with Locust's session and with ours; return the events that both fire."""
    heard = []
    for kind in (FastHttpSession, LeanSession):
        # As a user has it; with one only, an unread stream keeps Locust's own waiting for ever.
        session, told = a_session(kind, site, concurrency=10)
        try:
            script(session)
            raised = None
        except Exception as error:  # noqa: BLE001 - compared
            raised = type(error), str(error)
        heard.append(
            (
                raised,
                [
                    {
                        **{key: event[key] for key in _TOLD},
                        "exception": (type(event["exception"]), str(event["exception"])),
                        "keys": sorted(event),
                        "status": event["response"].status_code,
                    }
                    for event in told
                ],
            )
        )
    assert heard[0] == heard[1], heard
    return heard[1][1]


def scene_a_request_is_told_as_locust_tells_it(site: str) -> None:
    def script(session: Session) -> None:
        session.get("/status/200")
        session.get("/status/404", context={"a": 1})
        session.post("/status/500", data="a", name="named")
        session.get("/packed/gzip")
        session.get("/redirect/302?to=/status/200")
        session.head("/status/200")
        with session.rename_request("renamed"):
            session.get("/status/200")
            session.get("/status/200", name="own")
        session.get("/lines/3", stream=True)
        session.get("/status/200", stream=True)

    assert len(same(site, script)) == 10


def in_a_block(act: Callable[[Any], object], path: str = "/status/200") -> Callable[[Session], object]:
    def script(session: Session) -> None:
        with session.get(path, catch_response=True) as response:
            act(response)

    return script


def scene_a_block_decides_what_is_a_success(site: str) -> None:
    def no_response_error(_response: Any) -> None:
        raise ResponseError("wrong")

    def no_key(_response: Any) -> None:
        raise KeyError("a")

    def success_and_no_key(response: Any) -> None:
        response.success()
        no_key(response)

    acts: list[Callable[[Any], object]] = [
        lambda response: response.success(),
        lambda response: response.failure("wrong"),
        lambda response: response.failure(ValueError("wrong")),
        lambda response: response.failure(""),
        lambda response: (response.failure("wrong"), response.success()),
        success_and_no_key,
        no_response_error,
        no_key,
        lambda _response: None,
    ]
    for act in acts:
        for path in ("/status/200", "/status/500"):
            same(site, in_a_block(act, path))


def scene_what_is_told_may_be_changed_in_the_block(site: str) -> None:
    def change(response: Any) -> None:
        response.request_meta["name"] = "changed"
        response.request_meta["context"] = {"b": 2}
        response.request_meta["response_length"] = 7
        response.request_meta["request_type"] = "TOUR"

    (event,) = same(site, in_a_block(change))
    assert (event["name"], event["context"], event["response_length"]) == ("changed", {"b": 2}, 7)
    session, told = a_session(LeanSession, site)
    with session.get("/anything", catch_response=True) as response:
        response.request_meta["response_time"] = 1234.5
    assert told[0]["response_time"] == 1234.5


def scene_without_catch_response_a_block_decides_nothing(site: str) -> None:
    for kind in (FastHttpSession, LeanSession):
        session, told = a_session(kind, site)
        with session.get("/status/200") as response:
            try:
                response.failure("wrong")
            except LocustError:
                pass
            else:
                raise AssertionError
        assert [event["exception"] for event in told] == [None]


def a_user(site: str, **attributes: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return a user with our client."""
    before = fasthttp.FastHttpSession, FastHttpUser.insecure
    adoption.adopt()
    try:
        environment = Environment(host=site)
        told: list[dict[str, Any]] = []

        def hear(**request: Any) -> None:
            told.append(request)

        environment.events.request.add_listener(hear)
        kind = type("Visitor", (FastHttpUser,), {"host": site, "abstract": True, **attributes})
        return kind(environment), told
    finally:
        fasthttp.FastHttpSession, FastHttpUser.insecure = before  # type: ignore[misc]  # as it was


def scene_every_fast_user_is_given_our_client(site: str) -> None:
    user, told = a_user(site, default_headers={"X-A": "1"}, context=lambda _user: {"who": "me"})
    assert type(user.client) is LeanSession
    asked = user.client.get("/anything", context={"what": "this"}).json()
    assert ["x-a", "1"] in asked["headers"]
    assert told[0]["context"] == {"who": "me", "what": "this"}


def scene_certificates_are_verified_unless_somebody_says_otherwise() -> None:
    before = fasthttp.FastHttpSession, FastHttpUser.insecure, LeanSession.insecure

    class Careless(FastHttpUser):
        abstract = True
        insecure = True

    class Silent(FastHttpUser):
        abstract = True

    try:
        for asked, silent in ((None, False), (False, False), (True, True)):
            adoption.adopt(insecure=asked)
            assert (Silent.insecure, Careless.insecure, LeanSession.insecure) == (silent, True, silent)
            assert fasthttp.FastHttpSession is LeanSession
    finally:
        fasthttp.FastHttpSession, FastHttpUser.insecure, LeanSession.insecure = before  # type: ignore[misc]  # as it was


def scene_rest_reads_json_and_fails_what_is_none(site: str) -> None:
    user, told = a_user(site)
    with user.rest("POST", "/anything", json={"a": 1}) as response:
        assert response.js["body"] == '{"a": 1}'
    with user.rest("GET", "/broken-json"):
        pass
    with user.rest_("GET", "/anything") as response:
        assert re.search(r"\?_=\d+$", response.js["target"])
    with user.rest("GET", "/anything") as response:
        assert response.js["method"] == "POST", "not posted"
    with user.rest("GET", "/anything") as response:
        response.js["absent"]
    said = [str(event["exception"]) for event in told]
    assert said[0] == said[2] == "None"
    assert said[1].startswith("Could not parse response as JSON")
    assert said[3] == "not posted"
    assert said[4].startswith("KeyError: 'absent' at ")
    assert told[2]["name"] == "/anything?_=..."


def scene_a_stream_comes_in_pieces_and_is_never_cut_short(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    whole = "".join(f"line {number} für Zürich\n" for number in range(300)).encode()
    response = session.get("/lines/300", stream=True)
    assert not response.isclosed()
    assert b"".join(response.iter_content(chunk_size=7, decode_content=False)) == whole
    assert response.isclosed()
    response = session.get("/lines/300", stream=True)
    assert response.read(10) + response.read(1) == whole[:11]
    assert response.content == whole[11:]
    assert session.get("/lines/300", stream=True).content == whole
    response = session.get("/lines/300")
    assert b"".join(response.iter_content(decode_content=False)) == whole == response.content


def scene_a_packed_stream_is_unpacked_as_requests_does_and_locust_does_not(site: str) -> None:
    for coding in ("gzip", "deflate", "br"):
        session, _ = a_session(LeanSession, site)
        pieces = session.get(f"/packed/{coding}", stream=True).iter_content(decode_content=False)
        assert b"".join(pieces).decode() == "a tour of Zürich, " * 200


def scene_lines_come_whole_whatever_the_packets(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    lines = list(session.iter_lines("/lines/300"))
    assert lines == [f"line {number} für Zürich" for number in range(300)]


def scene_what_does_not_answer_is_an_error_with_status_0(site: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}"
    for url, expected in (
        (f"{site}/slow", AnswerTimedOutError),
        (nobody, ConnectionRefusedError),
        ("http://nobody.invalid/", UnresolvableError),
    ):
        session, told = a_session(LeanSession, site, network_timeout=0.3)
        response = session.get(url)
        assert (response.status_code, response.content, response.text, response.headers) == (
            0,
            None,
            None,
            None,
        )
        assert type(response.error) is type(told[0]["exception"]) is expected, response.error
        assert not response.ok
        assert told[0]["response_length"] == 0
        with session.get(url, catch_response=True) as response:
            response.success()
        assert told[1]["exception"] is None


def scene_what_a_content_type_says_wrongly_never_keeps_the_text_back(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    for wrong in ("type=text/plain&type=text/plain;charset=utf-8", "type=text/plain;charset=nonsense"):
        assert session.get(f"/typed?{wrong}").text == "Zürich"


def scene_a_redirect_is_in_the_history(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    response = session.get("/redirect/302?to=/redirect/307")
    assert [each.status_code for each in response.history] == [302, 307]
    assert response.url == f"{site}/anything"
    assert session.get("/redirect/302", allow_redirects=False).headers["location"] == "/anything"


def scene_credentials_in_a_url_are_sent(site: str) -> None:
    _, _, place = site.partition("//")
    for session, path in (
        (a_session(LeanSession, f"http://demo:zebra@{place}")[0], "/secret"),
        (a_session(LeanSession, site)[0], f"http://demo:%7Aebra@{place}/secret"),
    ):
        assert session.get(path).text == "welcome"
    assert a_session(LeanSession, f"http://demo:wrong@{place}")[0].get("/secret", auth=("demo", "zebra")).ok
    elsewhere = a_session(LeanSession, "http://demo:zebra@127.0.0.2:9")[0].get(f"{site}/secret")
    assert elsewhere.status_code == 401


def scene_users_may_share_a_pool_of_geventhttpclient(site: str) -> None:
    shared = HTTPClientPool(concurrency=2)
    sessions = [a_session(LeanSession, site, client_pool=shared)[0] for _ in range(6)]
    responses: list[Any] = []
    greenlets = [gevent.spawn(lambda each=each: responses.append(each.get("/anything"))) for each in sessions]
    gevent.joinall(greenlets, timeout=30, raise_error=True)
    assert [response.status_code for response in responses] == [200] * 6
    assert sum(response.exchange.traffic.connects for response in responses) == 2


def scene_a_traced_request_tells_its_trace(site: str) -> None:
    user, _ = a_user(site, traced=True)
    seen = set()
    for _ in range(100):
        response = user.client.get("/anything")
        (parent,) = (value for name, value in response.json()["headers"] if name == "traceparent")
        version, trace, span, flags = parent.split("-")
        assert (version, flags, len(trace), len(span)) == ("00", "01", 32, 16)
        assert response.trace_id == trace
        assert int(trace, 16)
        assert int(span, 16)
        seen.add(trace)
    assert len(seen) == 100
    own = f"00-{'a' * 32}-{'b' * 16}-00"
    response = user.client.get("/anything", headers={"traceparent": own})
    assert ["traceparent", own] in response.json()["headers"]
    untraced = a_session(LeanSession, site)[0].get("/anything")
    assert untraced.trace_id is None
    assert "traceparent" not in untraced.text


def scene_idle_connections_can_be_closed_as_locusts_documentation_says(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    session.get("/anything")
    session.client.clientpool.close()
    assert session.get("/anything").exchange.traffic.connects == 1


@contextmanager
def many_files() -> Iterator[None]:
    """Allow as many file descriptors as there may be, and take those that select() knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    taken = [socket.socket() for _ in range(1_100)]
    try:
        yield
    finally:
        for each in taken:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def scene_many_sessions_keep_their_connections(other: str) -> None:
    with many_files():
        sessions = [a_session(LeanSession, other)[0] for _ in range(_MANY)]
        traffics = []
        for _ in range(4):
            greenlets = [gevent.spawn(each.get, "/status/200") for each in sessions]
            gevent.joinall(greenlets, timeout=100, raise_error=True)
            traffics += [greenlet.value.exchange.traffic for greenlet in greenlets]
            # Longer than a connection is trusted, so that it is looked at.
            gevent.sleep(0.1)
        assert {traffic.status for traffic in traffics} == {200}
        assert sum(traffic.connects for traffic in traffics) == _MANY, [
            sum(traffic.connects for traffic in traffics[start : start + _MANY])
            for start in range(0, len(traffics), _MANY)
        ]
        assert sum(traffic.retries for traffic in traffics) == 0
        for session in sessions:
            session.agent.close()


def scene_geventhttpclient_keeps_its_connections_too_once_its_check_is_mended(site: str) -> None:
    opened: list[Any] = []

    def count(event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            opened.append(details)

    # It stays until the process ends.
    sys.addaudithook(count)
    with many_files():
        adoption.keep_geventhttpclient()
        session, _ = a_session(FastHttpSession, site)
        for _ in range(5):
            assert session.get("/status/200").status_code == 200
        # gevent tries more than once to connect one socket.
        assert len({id(line) for line, _ in opened}) == 1
    assert FastHttpUser.insecure is False
    gc.collect()


class AnswersToAnyName:
    """A client as those of other protocols may be, for which every name is a call to the subject."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked of another protocol's client")


def hold_up(seconds: float) -> None:
    """Keep the hub from everybody else."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def pause(user: Any, seconds: float) -> None:
    """Have *user* pause as between two tasks."""
    user.wait_time = lambda: seconds
    DefaultTaskSet(user).wait()


def scene_a_plain_user_is_timed_from_the_end_of_its_pause(site: str) -> None:
    user, _ = a_user(site)
    (pauses,) = [each for each in vars(user).values() if isinstance(each, Pauses)]
    assert pauses.begins(time.perf_counter()) is None
    gevent.spawn(hold_up, 0.3)
    began = time.perf_counter()
    pause(user, 0.05)
    woken = time.perf_counter()
    # What the user does before it asks is its own affair.
    hold_up(0.2)
    now = time.perf_counter()
    start = pauses.begins(now)
    assert start is not None
    assert 0.2 <= now - start.due <= woken - began - 0.05
    assert pauses.begins(now) is None


def scene_each_of_a_users_requests_that_go_side_by_side_is_under_way_by_itself(site: str) -> None:
    user, _ = a_user(site)
    before = len(list(UNDER_WAY.since()))
    both = [gevent.spawn(user.client.get, "/slow") for _ in range(2)]
    gevent.sleep(0.1)
    assert len(list(UNDER_WAY.since())) == before + 2
    both[0].kill()
    assert len(list(UNDER_WAY.since())) == before + 1
    both[1].kill()
    assert len(list(UNDER_WAY.since())) == before


def scene_a_client_of_another_protocol_is_asked_nothing_by_a_pause(site: str) -> None:
    user, _ = a_user(site)
    user.client = AnswersToAnyName()
    pause(user, 0.01)


def scene_a_journeys_own_timeout_is_a_failed_request(site: str) -> None:
    session, told = a_session(LeanSession, site)
    for _ in range(2):
        try:
            with gevent.Timeout(0.2):
                session.get("/slow")
        except gevent.Timeout:
            continue
    assert [type(event["exception"]) for event in told] == [gevent.Timeout, gevent.Timeout]


def scene_a_changed_time_moves_the_start_and_not_the_end(site: str) -> None:
    session, _ = a_session(LeanSession, site)
    output = io.StringIO()
    recorder = Recorder(output)
    LeanSession.desk = Desk(recorder, Audience(Environment()))
    try:
        with session.get("/status/200", catch_response=True) as response:
            response.request_meta["response_time"] = 60_000.0
        recorder.end()
        recorder.close()
    finally:
        LeanSession.desk = None
    (frame,) = [Frame.parse(line) for line in output.getvalue().splitlines()]
    ((_, _, histogram),) = frame.histograms(Kind.SERVICE)
    assert histogram.mean() == pytest.approx(60.0, rel=0.001)
