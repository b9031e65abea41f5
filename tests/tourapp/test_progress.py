"""How far a walker has come: versions, conflicts, and whose it is."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.settings import Settings
from tourapp.store.logbook import Logbook
from tourapp.store.progress import Mark, Progress, Saving

FIRST = {"stop": 1, "seconds": 4.0}
SECOND = {"stop": 3, "seconds": 12.5}


def saved(
    visit: Visitor,
    walker: Mapping[str, str],
    mark: Mapping[str, object],
    if_match: str | None = None,
    tour_id: int = 7,
) -> httpx.Response:
    headers = dict(walker) if if_match is None else {**walker, "if-match": if_match}
    return visit.ask("PUT", f"/api/progress/{tour_id}", headers=headers, json=mark)


def test_each_change_has_a_version_to_save_over(visit: Visitor) -> None:
    walker = visit.log_in()
    nothing = visit.get("/api/progress/7", headers=walker)
    assert (nothing.headers["etag"], nothing.json()["stop"]) == ('"0"', 0)
    first = saved(visit, walker, FIRST, nothing.headers["etag"])
    second = saved(visit, walker, SECOND, first.headers["etag"])
    assert (first.headers["etag"], second.headers["etag"]) == ('"1"', '"2"')
    now = visit.get("/api/progress/7", headers=walker)
    assert now.headers["etag"] == '"2"'
    assert now.json() == second.json() == {"tour_id": 7, "account": "walker-0001@example.org", **SECOND}
    assert now.headers["cache-control"] == second.headers["cache-control"] == "no-store"


def test_a_first_mark_needs_no_version(visit: Visitor) -> None:
    walker = visit.log_in()
    assert saved(visit, walker, FIRST).headers["etag"] == '"1"'
    assert saved(visit, walker, FIRST, tour_id=8).headers["etag"] == '"1"'


def test_a_mark_that_is_there_is_not_overwritten_unseen(visit: Visitor) -> None:
    walker = visit.log_in()
    saved(visit, walker, FIRST)
    refused = saved(visit, walker, SECOND)
    assert (refused.status_code, refused.headers["etag"]) == (409, '"1"')
    assert "If-Match" in error_of(refused)
    assert refused.json()["current"] == visit.get("/api/progress/7", headers=walker).json()
    assert refused.json()["current"]["stop"] == FIRST["stop"]


@pytest.mark.parametrize(
    "tag", ['"0"', '"2"', '"01"', 'W/"1"', '"x"', '""', '"0", W/"1"', '"99999999999999999999"']
)
def test_a_stale_version_is_refused_with_what_is_stored(visit: Visitor, tag: str) -> None:
    walker = visit.log_in()
    saved(visit, walker, FIRST)
    refused = saved(visit, walker, SECOND, tag)
    assert (refused.status_code, refused.headers["etag"]) == (412, '"1"')
    assert (refused.json()["current"]["stop"], "new ETag" in error_of(refused)) == (1, True)


@pytest.mark.parametrize("tags", ["*", ' "1" ', '"0", "1"', '"x","1"'])
def test_a_star_or_any_of_several_versions_will_do(visit: Visitor, tags: str) -> None:
    walker = visit.log_in()
    saved(visit, walker, FIRST)
    assert saved(visit, walker, SECOND, tags).headers["etag"] == '"2"'


def test_a_star_saves_a_first_mark_too(visit: Visitor) -> None:
    assert saved(visit, visit.log_in(), FIRST, "*").headers["etag"] == '"1"'


@pytest.mark.parametrize("tags", ["1", "", '"1', '"1",', "**", "é", '"' + "1" * 200 + '"'])
def test_a_header_that_holds_no_tags_is_malformed(visit: Visitor, tags: str) -> None:
    walker = visit.log_in()
    refused = visit.ask(
        "PUT",
        "/api/progress/7",
        headers={**walker, "if-match": tags.encode("latin-1")},
        json=FIRST,
    )
    assert (refused.status_code, "if-match" in error_of(refused)) == (400, True)


def test_of_two_phones_that_save_over_the_same_version_one_wins(settings: Settings) -> None:
    async def scene() -> list[Saving]:
        one, two = Logbook(settings.logbook), Logbook(settings.logbook)
        outcomes = await asyncio.gather(
            *(
                Progress(logbook).save("anna", 7, Mark(stop=stop, seconds=0, recorded_at=0), {0})
                for stop, logbook in enumerate((one, two) * 5)
            )
        )
        stored = await Progress(one).stored("anna", 7)
        assert {each.stored for each in outcomes} == {stored}
        await one.close()
        await two.close()
        return outcomes

    assert sum(each.saved for each in asyncio.run(scene())) == 1


def test_nobody_reads_or_writes_the_progress_of_another(visit: Visitor) -> None:
    anna, bob = visit.log_in(1), visit.log_in(2)
    saved(visit, anna, FIRST)
    assert visit.get("/api/progress/7", headers=bob).json()["stop"] == 0
    body = {**SECOND, "account": "walker-0001@example.org", "tour_id": 8}
    assert saved(visit, bob, body).json()["account"] == "walker-0002@example.org"
    assert visit.get("/api/progress/7", headers=anna).json()["stop"] == FIRST["stop"]
    assert visit.get("/api/progress/8", headers=anna).headers["etag"] == '"0"'


def test_progress_needs_a_walker(visit: Visitor) -> None:
    assert visit.get("/api/progress/7").status_code == 401
    assert visit.ask("PUT", "/api/progress/7", json=FIRST).status_code == 401
    # Who is not let in does not learn which tours exist.
    assert visit.get("/api/progress/2001").status_code == 401


def test_progress_and_tokens_survive_a_restart(settings: Settings) -> None:
    with Visitor(settings) as first:
        walker = first.log_in()
        first.ask("PUT", "/api/progress/7", headers=walker, json={"stop": 2, "seconds": 1})
    with Visitor(settings) as second:
        assert second.get("/api/progress/7", headers=walker).json()["stop"] == 2


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"stop": true, "seconds": 1}',
        '{"stop": 1.5, "seconds": 1}',
        '{"stop": -1, "seconds": 1}',
        '{"stop": 100, "seconds": 1}',
        '{"stop": 1, "seconds": "1"}',
        '{"stop": 1, "seconds": NaN}',
        '{"stop": 1, "seconds": 1e999}',
        '{"stop": 1, "seconds": -0.1}',
        '{"stop": 1, "seconds": ' + "9" * 400 + "}",
    ],
)
def test_implausible_progress_is_refused(visit: Visitor, body: str) -> None:
    answer = visit.ask("PUT", "/api/progress/7", headers=visit.log_in() | LABEL, content=body)
    assert answer.status_code == 400
    told = error_of(answer)
    assert any(name in told for name in ("stop", "seconds", "must be JSON"))


def test_progress_on_an_unknown_tour_is_not_found(visit: Visitor) -> None:
    assert visit.get("/api/progress/2001", headers=visit.log_in()).status_code == 404
