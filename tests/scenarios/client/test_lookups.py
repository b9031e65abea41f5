"""Names are looked up once for many users, and anew when an answer is old or was none."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import gevent.event
import pytest

from scenarios.client.errors import ConnectTimedOutError, OutOfFilesError, UnresolvableError
from scenarios.client.lookups import Address, Lookups

AMPLE = 20.0


class Names:
    """A resolver that answers when it is let, with addresses or with an error."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: list[str] | Exception = ["192.0.2.1", "192.0.2.2"]
        self.let = gevent.event.Event()
        self.let.set()

    def getaddrinfo(self, host: str, port: int, *_kind: int) -> list[Any]:
        self.asked.append(host)
        self.let.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in self.answer]
        return [
            (family, 1, 6, "", (address, port)) for family, address in zip(families, self.answer, strict=True)
        ]


@pytest.fixture
def names() -> Iterator[Names]:
    hub = gevent.get_hub()
    before, hub.resolver = hub.resolver, Names()
    yield hub.resolver
    hub.resolver = before


def soon() -> float:
    return time.perf_counter() + AMPLE


def hosts(addresses: list[Address]) -> list[str]:
    return [place[0] for _, place in addresses]


def caught(ask: Callable[[], object]) -> Exception | None:
    try:
        ask()
    except OSError as error:
        return error
    return None


def test_an_address_is_its_own_answer(names: Names) -> None:
    lookups = Lookups()
    assert lookups.addresses("192.0.2.9", 80, soon()) == [(socket.AF_INET, ("192.0.2.9", 80))]
    assert lookups.addresses("::1", 80, soon()) == [(socket.AF_INET6, ("::1", 80, 0, 0))]
    assert names.asked == []


def test_many_who_ask_at_once_ask_once(names: Names) -> None:
    names.let.clear()
    lookups = Lookups()
    asking = [gevent.spawn(lookups.addresses, "shop.example", 80, soon()) for _ in range(1_000)]
    gevent.sleep(0)
    names.let.set()
    gevent.joinall(asking, raise_error=True)
    assert names.asked == ["shop.example"]
    assert {len(asked.value) for asked in asking} == {2}


def test_an_answer_holds_for_a_while_and_users_take_turns(names: Names) -> None:
    lookups = Lookups()
    first = [hosts(lookups.addresses("shop.example", 80, soon()))[0] for _ in range(4)]
    assert first == ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"]
    assert names.asked == ["shop.example"]
    lookups.addresses("shop.example", 81, soon())
    assert len(names.asked) == 2


def test_an_answer_that_is_old_is_asked_anew(names: Names) -> None:
    lookups = Lookups(holds=0.0)
    for number in range(3):
        names.answer = [f"192.0.2.{number}"]
        assert hosts(lookups.addresses("shop.example", 80, soon())) == names.answer
    assert len(names.asked) == 3


def test_only_the_preferred_family_takes_turns(names: Names) -> None:
    names.answer = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    lookups = Lookups()
    last = [hosts(lookups.addresses("shop.example", 80, soon()))[-1] for _ in range(3)]
    assert last == ["2001:db8::1"] * 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UnresolvableError),
        (UnicodeError("label too long"), UnresolvableError),
        (OSError(errno.EMFILE, "Too many open files"), OutOfFilesError),
    ],
)
def test_everyone_who_asked_hears_why_there_is_no_answer(names: Names, fault: Exception, error: type) -> None:
    names.answer = fault
    lookups = Lookups()
    asking = [gevent.spawn(caught, lambda: lookups.addresses("shop.example", 80, soon())) for _ in range(3)]
    gevent.joinall(asking)
    assert [type(asked.value) for asked in asking] == [error] * 3
    assert all("'shop.example'" in str(asked.value) for asked in asking)
    assert len(names.asked) == 1
    names.answer = ["192.0.2.1"]
    assert hosts(lookups.addresses("shop.example", 80, soon())) == ["192.0.2.1"]


class NotAllowedError(OSError):
    """As the fence of the Locust process refuses."""


def test_a_refusal_of_the_fence_stays_what_it_is(names: Names) -> None:
    names.answer = NotAllowedError("shop.example is not on the allow-list")
    with pytest.raises(NotAllowedError, match="allow-list"):
        Lookups().addresses("shop.example", 80, soon())


def test_a_lookup_that_takes_too_long_is_late_for_who_has_no_time_and_answers_the_others(
    names: Names,
) -> None:
    names.let.clear()
    lookups = Lookups()
    patient = gevent.spawn(lookups.addresses, "shop.example", 80, soon())
    with pytest.raises(ConnectTimedOutError, match=r"'shop\.example' was not looked up in time"):
        lookups.addresses("shop.example", 80, time.perf_counter() + 0.05)
    names.let.set()
    assert len(patient.get(timeout=AMPLE)) == 2
    assert len(names.asked) == 1


def test_a_user_who_is_stopped_takes_nobody_s_answer_along(names: Names) -> None:
    names.let.clear()
    lookups = Lookups()
    first = gevent.spawn(lookups.addresses, "shop.example", 80, soon())
    second = gevent.spawn(lookups.addresses, "shop.example", 80, soon())
    gevent.sleep(0)
    first.kill()
    names.let.set()
    assert len(second.get(timeout=AMPLE)) == 2
