"""Reading answers: where each ends, however its bytes are cut, and what is no answer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.client.errors import ConnectionEndedError, ExchangeError, MalformedAnswerError
from scenarios.client.reading import MOST_HEAD, Reading

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes, head_only: bool = False, ends: bool = False) -> Reading:
    """Return the reading of *pieces*; *head_only* answers HEAD, *ends*: so does the connection."""
    reading = Reading()
    reading.begin(bodiless=head_only)
    for piece in pieces:
        reading.feed(memoryview(piece))
    if ends:
        reading.end()
    return reading


def body(reading: Reading) -> bytes:
    assert reading.complete
    return b"".join(reading.chunks)


def test_a_body_of_a_length_ends_there_and_the_connection_lives_on() -> None:
    reading = read(OK)
    assert (reading.status, body(reading), reading.reusable) == (200, b"hello", True)
    assert reading.headers == [(b"Content-Length", b"5")]


def test_chunks_have_extensions_and_trailers_which_are_no_headers() -> None:
    reading = read(CHUNKED + b'2;a=b;c="d"\r\nhe\r\n3\r\nllo\r\n0\r\nX-Digest: 1\r\n\r\n')
    assert (body(reading), reading.reusable) == (b"hello", True)
    assert reading.headers == [(b"Transfer-Encoding", b"chunked")]


def test_a_header_may_be_empty_and_come_more_than_once() -> None:
    reading = read(
        b"HTTP/1.1 200 OK\r\nX-Empty:\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    )
    assert reading.headers[:3] == [(b"X-Empty", b""), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body_whatever_their_head_says(status: int) -> None:
    reading = read(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status)
    assert (body(reading), reading.reusable) == (b"", True)
    reading = read(b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
    assert (body(reading), reading.reusable) == (b"", True)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        CHUNKED,
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_an_answer_to_head_has_no_body_whatever_its_head_says(head: bytes) -> None:
    reading = read(head, head_only=True)
    assert (body(reading), reading.reusable) == (b"", True)


def test_an_answer_to_head_that_has_a_body_nevertheless_ends_the_connection() -> None:
    reading = read(OK, head_only=True)
    assert (body(reading), reading.reusable) == (b"", False)
    assert not read(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", head_only=True).reusable
    assert not read(b"HTTP/1.0 200 OK\r\n\r\n", head_only=True).reusable


def test_after_an_answer_to_head_the_next_one_is_read_as_ever() -> None:
    reading = read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", head_only=True)
    reading.begin(bodiless=False)
    reading.feed(memoryview(OK))
    assert (body(reading), reading.reusable) == (b"hello", True)


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n"]
)
def test_interim_answers_are_passed_over_with_their_headers(interim: bytes) -> None:
    reading = read(interim, interim + OK)
    assert (reading.status, body(reading), reading.reusable) == (200, b"hello", True)
    assert reading.headers == [(b"Content-Length", b"5")]


def test_an_answer_to_head_may_follow_an_interim_one() -> None:
    reading = read(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head_only=True)
    assert (reading.status, body(reading), reading.reusable) == (200, b"", True)


def test_a_switch_of_protocols_is_an_answer_and_the_end_of_http() -> None:
    reading = read(b"HTTP/1.1 101 Switching\r\nUpgrade: tour\r\nConnection: upgrade\r\n\r\nnot HTTP")
    assert (reading.status, body(reading), reading.reusable) == (101, b"", False)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
)
def test_a_body_of_no_length_ends_with_the_connection(head: bytes) -> None:
    reading = read(head + b"he", b"llo")
    assert not reading.complete
    reading.end()
    assert (body(reading), reading.reusable) == (b"hello", False)


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
        (b"HTTP/1.0 200 OK\r\n", False),
    ],
)
def test_a_connection_lives_on_as_the_answer_says(head: bytes, *, reusable: bool) -> None:
    reading = read(head + b"Content-Length: 5\r\n\r\nhello")
    assert (body(reading), reading.reusable) == (b"hello", reusable)


@pytest.mark.parametrize("surplus", [OK, b"x", b"HTTP/1.1 408 Request Timeout\r\n\r\n", b"\r\nx"])
def test_what_nobody_asked_for_ends_the_connection_and_spoils_no_answer(surplus: bytes) -> None:
    for pieces in ((OK + surplus,), (OK, surplus)):
        reading = read(*pieces)
        assert (reading.status, body(reading), reading.reusable) == (200, b"hello", False)


def test_a_connection_that_ends_after_the_answer_carries_no_other() -> None:
    assert not read(OK, ends=True).reusable


@pytest.mark.parametrize("cut", [0, 4, 20, len(OK) - 6, len(OK) - 5, len(OK) - 1])
def test_an_answer_that_is_cut_off_is_none(cut: int) -> None:
    with pytest.raises(ConnectionEndedError):
        read(OK[:cut], ends=True)


def test_a_cut_off_answer_says_where() -> None:
    with pytest.raises(ConnectionEndedError, match="without an answer"):
        read(ends=True)
    with pytest.raises(ConnectionEndedError, match="within the head"):
        read(OK[:9], ends=True)
    with pytest.raises(ConnectionEndedError, match="within the body of a 200, after 4 bytes"):
        read(OK[:-1], ends=True)
    with pytest.raises(ConnectionEndedError, match="after 2 bytes"):
        read(CHUNKED + b"2\r\nhe\r\n", ends=True)
    with pytest.raises(ConnectionEndedError, match="after 5 bytes"):
        read(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhello", ends=True)


@pytest.mark.parametrize(
    "answer",
    [
        b"hello",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/3.7 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 -20 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: folded\r\n over lines\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: nul \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"hello",
        CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello0\r\n\r\n",
        CHUNKED + b"6\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"4\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"5\nhello\n0\n\n",
        CHUNKED + b"ffffffffffffffffff\r\nhello",
        b"HTTP/1.1 150 Odd\r\nContent-Length: 3\r\n\r\nabc" + OK,
        b"HTTP/1.1 199 Odd\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 101,
        b"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\nabc" + OK,
    ],
)
def test_what_is_no_answer_is_malformed_however_it_is_cut(answer: bytes) -> None:
    with pytest.raises(MalformedAnswerError, match=r"^the answer is not HTTP/1\.1: "):
        read(answer)
    with pytest.raises(MalformedAnswerError):
        read(*(bytes([byte]) for byte in answer))


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * MOST_HEAD,
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 2 * MOST_HEAD,
    ],
)
def test_a_head_has_an_end(endless: bytes) -> None:
    with pytest.raises(MalformedAnswerError, match="the head of the answer is over"):
        read(*(endless[at : at + 65_536] for at in range(0, len(endless), 65_536)))


@pytest.mark.parametrize("start", [b"0\r\n", b"5;x="])
def test_trailers_and_extensions_have_an_end_too(start: bytes) -> None:
    with pytest.raises(MalformedAnswerError, match="without a byte of its body"):
        read(CHUNKED + start, *[b"X-More: 1\r\n" * 1_000 if start[0] == 48 else b"x" * 10_000] * 30)


def test_a_long_body_is_no_endless_one() -> None:
    size = 4 * MOST_HEAD
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    assert len(body(read(head, *[b"x" * 1_024] * (size // 1_024)))) == size


ANSWERS = {
    "length": OK,
    "chunked": CHUNKED + b"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-Digest: 1\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + OK,
    "empty headers": b"HTTP/1.1 200 OK\r\nX-Empty:\r\nY: \r\nContent-Length: 5\r\nZ:a\r\n\r\nhello",
    "no length": b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello",
    "surplus": OK + b"and more",
    "two": OK + OK,
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: /a\r\nSet-Cookie: a=1\r\nContent-Length: 5\r\n\r\nhello",
}


def told(reading: Reading) -> tuple[object, ...]:
    return (
        reading.status,
        reading.headers,
        b"".join(reading.chunks),
        reading.headed,
        reading.complete,
        reading.reusable,
    )


@pytest.mark.parametrize("kind", ANSWERS)
@given(cuts=st.sets(st.integers(min_value=0, max_value=200)))
def test_however_the_bytes_are_cut_the_answer_is_the_same(kind: str, cuts: set[int]) -> None:
    answer = ANSWERS[kind]
    edges = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    pieces = [answer[start:end] for start, end in itertools.pairwise(edges)]
    assert told(read(*pieces)) == told(read(answer))


@given(
    cut=st.integers(min_value=0), flips=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=3)
)
def test_a_damaged_answer_is_refused_or_framed_as_its_own_head_says(
    cut: int, flips: list[tuple[int, int]]
) -> None:
    answer = bytearray(ANSWERS["chunked"])
    for at, byte in flips:
        answer[at % len(answer)] = byte
    damaged = bytes(answer)
    outcomes = []
    for pieces in ((damaged,), (damaged[: cut % len(damaged)], damaged[cut % len(damaged) :])):
        try:
            outcomes.append(told(read(*pieces, ends=True)))
        except ExchangeError as error:
            outcomes.append((type(error),))
    assert outcomes[0] == outcomes[1]
