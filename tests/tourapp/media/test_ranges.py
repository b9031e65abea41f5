"""Which bytes of a file a request asks for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tourapp.media.ranges import ByteRange, Extent, asked_range, content_range, still_valid

# Other work on the machine is no fault of the code.
unhurried = settings(deadline=None)

sizes = st.integers(0, 10**12)
places = st.integers(0, 10**30)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # The examples of RFC 9110 section 14.1.2, for a file of 10,000 bytes.
        ("bytes=0-499", ByteRange(0, 500)),
        ("bytes=500-999", ByteRange(500, 1000)),
        ("bytes=-500", ByteRange(9500, 10_000)),
        ("bytes=9500-", ByteRange(9500, 10_000)),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=9999-9999", ByteRange(9999, 10_000)),
        ("bytes=0-", ByteRange(0, 10_000)),
        ("bytes=9000-99999", ByteRange(9000, 10_000)),
        ("bytes=-99999", ByteRange(0, 10_000)),
        ("BYTES= 5-7 ", ByteRange(5, 8)),
        ("bytes=007-009", ByteRange(7, 10)),
        ("bytes=10000-", Extent.UNSATISFIABLE),
        ("bytes=10000-20000", Extent.UNSATISFIABLE),
        ("bytes=-0", Extent.UNSATISFIABLE),
        (f"bytes={'9' * 5000}-", Extent.UNSATISFIABLE),
        (f"bytes=5-{'9' * 5000}", ByteRange(5, 10_000)),
        (f"bytes={'0' * 5000}5-6", ByteRange(5, 7)),
    ],
)
def test_one_range_is_understood(header: str, expected: ByteRange | Extent) -> None:
    assert asked_range(header, 10_000) == expected


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=--5", "bytes=5-6-7", "5-6"),
        *("bytes=9-5", "items=0-5", "bytes =0-5", "bytes=0-1,5-6", "bytes=0-1,", "bytes=+1-2", "bytes=0x1-2"),
        *("bytes=\u0661-\u0662", "bytes=1_0-2_0", "bytes=0-5\n", "bytes=1.5-2"),
    ],
)
def test_what_is_malformed_unknown_or_more_than_one_range_gets_the_whole_file(header: str | None) -> None:
    assert asked_range(header, 10_000) is Extent.FULL


@unhurried
@given(places, places, sizes)
def test_a_range_gives_the_bytes_that_a_slice_would_give(first: int, last: int, size: int) -> None:
    found = asked_range(f"bytes={first}-{last}", size)
    if last < first and max(first, last) < 10**18:
        assert found is Extent.FULL
    elif first >= size:
        assert found in (Extent.UNSATISFIABLE, Extent.FULL)
    else:
        assert found == ByteRange(first, min(last + 1, size))


@unhurried
@given(st.integers(1, 10**30), sizes)
def test_a_suffix_gives_the_end_of_the_file(length: int, size: int) -> None:
    found = asked_range(f"bytes=-{length}", size)
    # The end of an empty file is the whole of it: Content-Range cannot tell of no bytes.
    assert found == (ByteRange(max(size - length, 0), size) if size else Extent.FULL)


@unhurried
@given(st.text(), sizes)
def test_no_header_breaks_the_server_or_asks_beyond_the_file(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        found = asked_range(text, size)
        assert isinstance(found, Extent) or 0 <= found.start < found.stop <= size


def test_the_answer_tells_which_bytes_it_holds() -> None:
    assert content_range(ByteRange(0, 500), 10_000) == "bytes 0-499/10000"
    assert content_range(Extent.UNSATISFIABLE, 10_000) == "bytes */10000"
    assert content_range(Extent.FULL, 10_000) is None


@pytest.mark.parametrize(
    ("if_range", "valid"),
    [
        (None, True),
        ('"abc"', True),
        (' "abc" ', True),
        ('"xyz"', False),
        ('W/"abc"', False),
        ("abc", False),
        ("", False),
        ("Tue, 15 Nov 1994 08:12:31 GMT", False),
    ],
)
def test_a_range_holds_only_for_the_file_that_the_client_has(if_range: str | None, valid: bool) -> None:  # noqa: FBT001 - a table
    assert still_valid(if_range, etag='"abc"') is valid


def test_a_weak_tag_never_holds_and_nothing_does_without_a_tag() -> None:
    assert not still_valid('W/"abc"', etag='W/"abc"')
    assert not still_valid('"abc"', etag=None)
