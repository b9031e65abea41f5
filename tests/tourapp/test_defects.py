"""Releases and the defects they carry."""

from collections.abc import Callable

import pytest

from tests.tourapp.conftest import Visitor
from tourapp.registry.defect import Defect
from tourapp.registry.releases import Release


@pytest.mark.parametrize("release", [Release.V1_0, Release.V1_1])
def test_good_releases_have_no_defect(release: Release) -> None:
    assert release.defects == {}


def test_the_bad_release_has_a_slow_search_and_a_blocking_script() -> None:
    assert set(Release.V1_2.defects) == {Defect.SLOW_SEARCH, Defect.BLOCKING_SCRIPT}


def test_slow_search_pauses_every_search_and_nothing_else(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.SLOW_SEARCH) as visit:
        for path in ("/", "/tours/7", "/api/tours", "/api/tours/7", "/readyz"):
            assert visit.get(path).status_code == 200
        assert visit.pauses == []
        assert visit.get("/api/search?q=river").json()["tours"]
        assert "river" in visit.get("/?q=river").text
        assert visit.pauses == [0.4, 0.4]


def test_without_the_defect_a_search_does_not_pause(visit: Visitor) -> None:
    assert visit.get("/api/search?q=river").json()["tours"]
    assert visit.pauses == []


def test_blocking_script_stands_in_the_head_before_the_content(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.BLOCKING_SCRIPT) as visit:
        for path in ("/", "/tours/7"):
            head = visit.get(path).text.partition("</head>")[0]
            address = head.partition('<script src="/static/defects/blocking-script.js')[2].partition('"')[0]
            assert "performance.now()" in visit.get(f"/static/defects/blocking-script.js{address}").text
            assert 'data-seconds="0.4"' in head


def test_without_the_defect_no_page_names_the_script(visit: Visitor) -> None:
    assert "blocking" not in visit.get("/").text


def test_the_release_is_named_on_pages_and_in_every_response(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(release=Release.V1_2) as visit:
        assert "release 1.2" in visit.get("/").text
        assert visit.get("/readyz").json()["release"] == "1.2"
        for path in ("/", "/api/tours", "/nothing", "/static/style.css", "/pictures/1.svg"):
            assert visit.get(path).headers["x-release"] == "1.2"
