"""The truth server: what it does on purpose, and that what it writes down is so; on real sockets."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.kernel.errors import UsageError
from lab.kernel.histogram import index_of
from scenarios.truth.behaviour import Behaviour, drawn
from scenarios.truth.ledger import Ledger, Stamps, Truth
from scenarios.truth.server import Conduct, Server, Stall

# Much longer than an answer takes on a machine swamped with work.
PATIENCE = 60.0
# For how long two threads of one process may keep each other from running: seconds.
SHARED = 0.1


class Client:
    """One connection, as plain as it gets."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._rest = b""

    def send(self, target: str, method: str = "GET", more: str = "") -> None:
        self.line.sendall(f"{method} {target} HTTP/1.1\r\nHost: truth\r\n{more}\r\n".encode())

    def head(self) -> str:
        while b"\r\n\r\n" not in self._rest:
            part = self.line.recv(65_536)
            assert part, "closed before the answer"
            self._rest += part
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head.decode()

    def answer(self) -> tuple[int, bytes]:
        """Read one answer: its status and its body."""
        head = self.head()
        length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
        while len(self._rest) < length:
            self._rest += self.line.recv(65_536)
        body, self._rest = self._rest[:length], self._rest[length:]
        return int(head.split()[1]), body

    def ask(self, target: str, method: str = "GET") -> tuple[int, bytes]:
        self.send(target, method)
        return self.answer()

    def ended(self) -> bool:
        return self.line.recv(1) == b""


@contextmanager
def serving(conduct: Conduct | None = None) -> Iterator[int]:
    """Run a server in a thread of this process; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, conduct or Conduct())
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.stop()
            thread.join()


def truth_of(port: int) -> Truth:
    asking = Client(port)
    with asking.line:
        return Truth.read(asking.ask("/truth")[1])


@pytest.mark.parametrize("share", [0.0, 0.02, 0.005, 0.25, 1.0])
def test_a_share_is_exact_over_a_thousand_requests_and_the_seed_says_which(share: float) -> None:
    once, again, otherwise = (list(itertools.islice(drawn(share, seed), 1_000)) for seed in ("a", "a", "b"))
    assert sum(once) == round(share * 1_000)
    assert once == again
    assert (once == otherwise) is (share in (0.0, 1.0))


def test_a_query_says_what_becomes_of_a_request() -> None:
    told = Behaviour.asked_by("/tours?delay=20ms&slow=2%25&slow_delay=1s&errors=0.5%25&size=1kB")
    assert told == Behaviour(delay=0.02, slow=0.02, slow_delay=1.0, errors=0.005, size=1_000)
    assert Behaviour.asked_by("/tours") == Behaviour()


@pytest.mark.parametrize("query", ["delays=1ms", "delay=20", "delay=-1ms", "slow=200%25", "errors=often"])
def test_a_query_that_is_not_understood_is_refused_by_name(query: str) -> None:
    with pytest.raises(UsageError, match=query.partition("=")[0]):
        Behaviour.asked_by(f"/?{query}")


def test_the_account_comes_back_as_it_was_written() -> None:
    ledger = Ledger(Stamps.KERNEL, now=100.2, needed=1.0)
    ledger.opened, ledger.asked = 2, 3
    ledger.take("/", 200, service=1_500, unread=20)
    ledger.take("/", 500, service=70_000, unread=0)
    ledger.roll(101.2, needed=1.25)
    ledger.take("/slow", 200, service=1_000_000, unread=3)
    ledger.stalled(99.0, 101.0)
    truth = ledger.truth(101.9, needed=1.3)
    assert Truth.read(truth.text()) == truth
    assert [(each.second, each.answers, each.opened) for each in truth.seconds] == [(100, 2, 2), (101, 1, 0)]
    assert truth.busiest == pytest.approx(0.25)
    assert truth.service("/", 200).indices.tolist() == [index_of(1_500)]
    assert truth.service(status=200).size == 2
    assert truth.within(101, 101).service().size == 1


def test_each_second_of_the_clock_has_its_own_counts() -> None:
    ledger = Ledger(Stamps.LOOP, now=100.0, needed=0.0)
    for moment in (100.1, 100.9, 101.0, 103.5):
        ledger.roll(moment, needed=0.0)
        ledger.take("/", 200, service=10, unread=0)
    counted = {each.second: each.answers for each in ledger.truth(104.0, needed=0.0).seconds}
    assert counted == {100: 2, 101: 1, 103: 1}


def test_a_stall_is_due_at_each_multiple_of_its_period() -> None:
    stall = Stall(length=2.0, every=30.0)
    assert stall.due(59.9) == (60.0, 62.0)
    assert stall.due(60.0) == stall.due(61.9) == (60.0, 62.0)
    assert stall.due(62.0) == (90.0, 92.0)


def test_requests_and_connections_are_counted_exactly_and_who_asks_for_the_truth_is_not() -> None:
    with serving() as port:
        clients = [Client(port) for _ in range(5)]
        for _ in range(20):
            for each in clients:
                each.send("/a")
            assert [each.answer()[0] for each in clients] == [200] * 5
        assert clients[0].ask("/b?errors=100%25")[0] == 500
        truth = truth_of(port)
        again = truth_of(port)
        for each in clients:
            each.line.close()
    assert (truth.opened, truth.asked, truth.answers, truth.refused) == (5, 101, 101, 0)
    assert (again.opened, again.asked) == (5, 101)
    assert (truth.service("/a", 200).size, truth.service("/b", 500).size) == (100, 1)


def test_a_delay_is_kept_and_written_down_as_the_client_sees_it() -> None:
    waited = []
    with serving(Conduct(paths={"/agreed": Behaviour(delay=0.03)})) as port:
        asking = Client(port)
        with asking.line:
            for target in ("/x?delay=20ms", "/agreed"):
                for _ in range(5):
                    began = time.perf_counter()
                    asking.ask(target)
                    waited.append(time.perf_counter() - began)
        truth = truth_of(port)
    written = [low / 1e6 for path in ("/x", "/agreed") for low, _, _ in truth.service(path).buckets()]
    assert min(written) >= 0.02
    # Both share this process: who writes and who reads may wait for the other before looking at the clock.
    assert max(written) <= max(waited) + SHARED


def test_bytes_that_the_server_leaves_lying_count_as_its_own_time() -> None:
    stall = Stall(length=0.4, every=1.0)
    with serving(Conduct(stall=stall)) as port:
        asking = Client(port)
        with asking.line:
            asking.ask("/")
            # Sent in the midst of a stall: the server sleeps, and only the kernel knows.
            begin, _ = stall.due(time.time() + stall.length)
            time.sleep(max(0.0, begin + 0.1 - time.time()))
            before = time.time()
            asking.send("/held")
            sent = time.time()
            asking.answer()
        truth = truth_of(port)
    if truth.stamps is Stamps.LOOP:
        pytest.skip("this system does not stamp what TCP receives")
    (begun, ended) = next(each for each in truth.stalls if each[1] > sent)
    if not begun < before < sent < ended:
        pytest.skip("this machine was too busy to send in time")
    ((low, width, _),) = truth.service("/held").buckets()
    assert (low + width) / 1e6 >= ended - sent
    assert max(lay + width for lay, width, _ in truth.unread().buckets()) / 1e6 >= ended - sent


def test_nothing_is_answered_while_it_stalls() -> None:
    stall = Stall(length=0.3, every=1.0)
    answered = []
    with serving(Conduct(stall=stall)) as port:
        asking = Client(port)
        with asking.line:
            end = time.time() + 1.5
            while time.time() < end:
                asking.ask("/")
                answered.append(time.time())
        stalls = truth_of(port).stalls
    assert stalls
    for begun, ended in stalls:
        assert begun % 1.0 < 0.3
        # The one answer that was sent just before may be read within.
        assert sum(begun < moment < ended for moment in answered) <= 1


def test_an_idle_connection_is_closed_and_one_that_waits_is_not() -> None:
    with serving(Conduct(idle=0.2)) as port:
        idle, waiting = Client(port), Client(port)
        with idle.line, waiting.line:
            waiting.send("/?delay=500ms")
            assert idle.ended()
            assert waiting.answer()[0] == 200
            assert waiting.ended()


def test_what_is_no_http_is_refused_counted_and_closed() -> None:
    with serving() as port:
        for content in (b"hello\r\n\r\n", b"GET /?delay=soon HTTP/1.1\r\nHost: x\r\n\r\n"):
            asking = Client(port)
            with asking.line:
                asking.line.sendall(content)
                assert asking.answer()[0] == 400
                assert asking.ended()
        truth = truth_of(port)
    assert (truth.refused, truth.asked) == (2, 0)


def test_a_client_that_says_close_is_closed_on_and_head_has_no_body() -> None:
    with serving() as port:
        asking = Client(port)
        with asking.line:
            asking.send("/", method="HEAD")
            assert "Content-Length: 64" in asking.head()
            asking.send("/", more="Connection: close\r\n")
            assert asking.answer()[0] == 200
            assert asking.ended()


def test_a_body_larger_than_the_kernel_takes_at_once_arrives_whole() -> None:
    with serving() as port:
        asking = Client(port)
        with asking.line:
            status, body = asking.ask("/?size=20MB")
    assert (status, len(body)) == (200, 20_000_000)


def test_a_client_that_leaves_before_its_answer_was_asked_and_is_not_answered() -> None:
    with serving() as port:
        leaving, staying = Client(port), Client(port)
        leaving.send("/?delay=300ms")
        leaving.line.shutdown(socket.SHUT_RDWR)
        leaving.line.close()
        with staying.line:
            staying.ask("/?delay=400ms")
        truth = truth_of(port)
    assert (truth.asked, truth.answers) == (2, 1)
