"""Our session beside Locust's own and that of requests at httpbin, which others wrote to try clients at."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from typing import Any

import pytest

from tests.commands import ROOT
from tests.scenarios.patched.bins import BINS
from tests.scenarios.patched.calls import OF_REQUESTS
from tests.scenarios.patched.sites import HTTPBIN, differences, serving, told

# Where Locust's own differs from ours on purpose.
OF_LOCUST = {
    # Its URL leaves the parameters out, requests' does not.
    "get": {"url"},
    # It sends the text of the list, "['1', '2']".
    "form of many": {"asked.form", "asked.content-length"},
    # It takes no answer for a good one.
    "delay beyond the timeout": {"ok", "failed"},
}
# Where Locust's own raises out of the user's task, and neither ours nor that of requests does: it cannot
# read two lines of Content-Type, and decompresses the body that an answer to HEAD never has.
RAISED_BY_LOCUST = {"response headers", "head of gzip", "head of brotli"}
# Where requests differs from both besides OF_REQUESTS.
OF_REQUESTS_HERE = {
    # It asks again as before, as RFC 9110 has it; Locust's own makes any method but HEAD a GET.
    "PUT redirected by 301": {"asked.method"},
    "DELETE redirected by 301": {"asked.method"},
    # It makes some text of any bytes; the others say that they are none.
    **{name: {"text"} for name in ("bytes", "stream of bytes", "image/webp", "image by accept")},
    # It makes one value of several lines.
    "response headers": {"type", "x-a"},
}
# Where requests alone raises, as its ``ok`` does after a timeout.
RAISED_BY_REQUESTS = {"delay beyond the timeout"}


def locked(lock: str) -> set[str]:
    return set(
        re.findall(r"^(\S+)==", (ROOT / "requirements" / lock).read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_installing_httpbin_changes_nothing_that_the_lab_uses() -> None:
    assert "httpbin" in locked("httpbin.txt")
    assert locked("httpbin.txt") & locked("lab.txt") == set()


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    if find_spec("httpbin") is None:
        # Nox sets it, and installs httpbin: there it is a mistake.
        lacking = pytest.fail if "NOX_CURRENT_SESSION" in os.environ else pytest.skip
        lacking("httpbin is not installed: uv pip install --no-deps -r requirements/httpbin.txt")
    with serving(HTTPBIN) as sites:
        return told("bins", sites)


@pytest.mark.parametrize("name", BINS)
def test_httpbin_is_seen_as_with_locusts_own_session(outcomes: dict[str, Any], name: str) -> None:
    assert "raised" not in outcomes[name]["lean"]
    if name in RAISED_BY_LOCUST:
        assert "raised" in outcomes[name]["fast"]
    else:
        assert differences(outcomes[name], "fast").keys() == OF_LOCUST.get(name, set())


@pytest.mark.parametrize("name", BINS)
def test_httpbin_is_seen_as_with_requests_but_for_what_is_its_own(
    outcomes: dict[str, Any], name: str
) -> None:
    if name in RAISED_BY_REQUESTS:
        assert "raised" in outcomes[name]["requests"]
    else:
        own = OF_REQUESTS_HERE.get(name, set())
        assert own <= differences(outcomes[name], "requests").keys() <= own | OF_REQUESTS
