"""Files that are not what they seem: each is a run or a ForeignFileError that names file and field."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.interop import foreign
from lab.interop.assembly import Identity, run_of
from lab.interop.foreign import ForeignFile
from lab.interop.formats import READERS, recognised
from lab.interop.tool import Tool
from lab.kernel import record
from lab.kernel.errors import ExitCode, ForeignFileError
from tests.interop.files import FIXTURES, WRITTEN, content, told

NAMES = sorted(path.name for path in FIXTURES.glob("*.json"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "second",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "http://[",
            "1e999",
            "\ud800",
        ]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def taken_over(raw: bytes, tool: Tool | None = None) -> None:
    """Take a file over as a run and write it down, or raise."""
    file = ForeignFile.of("hostile.json", raw, WRITTEN)
    tool = tool or recognised(file)
    account = READERS[tool](file)
    identity = Identity(run="run-1", session="session-1", subject="subject")
    run = run_of({"hostile.json": account}, tool, identity, release="1.0")
    assert run.trials
    assert all(math.isfinite(value) for trial in run.trials for value in trial.readings.values())
    # JSON of records has no NaN, and no lone surrogates that a file could not hold.
    for trial in run.trials:
        record.text_of(trial).encode()
        assert trial.case.slug


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in *body*, itself included."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return *body* with *value* at *path*."""
    if not path:
        return value
    copied = copy.deepcopy(body)
    at = copied
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copied


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200), tool=st.sampled_from(Tool))
def test_bytes_are_a_run_or_a_typed_error(raw: bytes, tool: Tool) -> None:
    with pytest.raises(ForeignFileError):
        taken_over(raw, tool)


@settings(max_examples=150, deadline=None)
@given(body=JSON, tool=st.sampled_from(Tool))
def test_any_json_is_a_run_or_a_typed_error(body: Any, tool: Tool) -> None:
    with pytest.raises(ForeignFileError):
        taken_over(json.dumps(body).encode(), tool)


BODIES = {name: content(name) for name in NAMES}
PLACES = {name: places(body) for name, body in BODIES.items()}


@settings(max_examples=600, deadline=None)
@given(choice=st.data())
def test_a_file_with_one_thing_changed_is_a_run_or_a_typed_error(choice: st.DataObject) -> None:
    name = choice.draw(st.sampled_from(NAMES))
    path = choice.draw(st.sampled_from(PLACES[name]))
    value = choice.draw(JSON)
    try:
        taken_over(json.dumps(changed(BODIES[name], path, value)).encode())
    except ForeignFileError:
        # The cases below look at what it says.
        return


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"metrics": {"a": {"values": {"x": NaN}}}}', "NaN is no number"),
        (b'{"metrics": {"a": {"values": {"x": -Infinity}}}}', "-Infinity is no number"),
        (b'{"metrics": {"a": {"values": {"x": 1e999}}}}', r"metrics\.a\.values\.x is inf; accepted: "),
        (
            b'{"metrics": {"a": {"values": {"x": "1"}}}}',
            r"metrics\.a\.values\.x is '1'; accepted: a valid number",
        ),
        (b'{"metrics": {}, "metrics": {}}', "'metrics' comes twice"),
        (b'{"metrics": {}}', "metrics is {}"),
        (b'{"benchmarks": [], "version": "1.0"}', "benchmarks hold 0 processes"),
        (b'{"machine_info": {}, "benchmarks": [{}]}', r"benchmarks\.0\.name is missing"),
        (b"[]", "holds no request"),
        (b'{"format": 1, "kind": "dossier"}', "'launchlab baseline import' takes it"),
        (b"{}", "of no tool that is known here.  Accepted: JSON of pyperf"),
    ],
)
def test_a_fault_is_told_with_its_file_and_field(raw: bytes, fault: str) -> None:
    with pytest.raises(ForeignFileError, match=fault) as told:
        taken_over(raw)
    assert str(told.value).startswith("hostile.json")
    assert told.value.exit_code is ExitCode.USAGE


def test_a_file_may_be_of_another_encoding_as_shells_write_it() -> None:
    taken_over(json.dumps(content("k6-export.json")).encode("utf-16"))
    taken_over(b"\xef\xbb\xbf" + json.dumps(content("k6-export.json")).encode())


def test_a_file_that_is_too_large_is_refused_before_it_is_taken_apart() -> None:
    with pytest.raises(ForeignFileError, match="larger than 64,000,000 bytes"):
        ForeignFile.of("hostile.json", b" " * (foreign.MOST + 1), WRITTEN)


def test_a_file_of_more_trials_than_a_plan_may_ask_for_is_refused() -> None:
    body = content("pyperf-1.json")
    body["benchmarks"][0]["runs"] *= 250
    with pytest.raises(ForeignFileError, match="1255 processes with values; accepted: 1 to 1000"):
        told(body)


def test_more_failures_than_requests_are_refused() -> None:
    body = content("locust-1.json")
    body[0]["num_failures"] = body[0]["num_requests"] + 1
    with pytest.raises(ForeignFileError, match="num_failures of 'GET /'"):
        told(body)


def test_an_endpoint_twice_is_refused() -> None:
    body = content("locust-1.json")
    with pytest.raises(ForeignFileError, match="twice"):
        told([*body, body[0]])
