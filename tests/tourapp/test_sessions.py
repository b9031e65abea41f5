"""Staying in and logging out: tokens, refresh tokens, cookies and ended sessions."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.content.people import seeded_email
from tourapp.identity.accounts import ACCOUNTS, seeded_password
from tourapp.identity.endings import LOOK_UP_EVERY, Endings
from tourapp.settings import Settings
from tourapp.store.logbook import Logbook
from tourapp.store.sessions import FORGOTTEN_AT_ONCE, GRACE, IDLE_LIFETIME, TOKEN_LIFETIME, Sessions

SAME_SITE = {"sec-fetch-site": "same-origin"}


def logged_in(visit: Visitor, number: int = 1, **options: bool) -> httpx.Response:
    """Log in; return the whole answer."""
    email = seeded_email(number)
    answer = visit.ask(
        "POST", "/api/login", json={"email": email, "password": seeded_password(email), **options}
    )
    assert answer.status_code == 200
    return answer


def refreshed(visit: Visitor, token: str) -> httpx.Response:
    return visit.ask("POST", "/api/refresh", json={"refresh_token": token})


def refreshed_by_cookie(visit: Visitor, token: str, headers: Mapping[str, str] = SAME_SITE) -> httpx.Response:
    return visit.ask("POST", "/api/refresh", headers={"cookie": f"session={token}", **headers})


def cookie_of(answer: httpx.Response) -> str:
    """Return the refresh token that the answer puts into the cookie."""
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "session"
    return str(rest.partition(";")[0])


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['token']}"}


def is_let_in(visit: Visitor, headers: Mapping[str, str]) -> bool:
    status = visit.get("/api/progress/7", headers=headers).status_code
    assert status in {200, 401}
    return status == 200


def test_a_refresh_token_is_traded_for_the_next(visit: Visitor) -> None:
    first = logged_in(visit).json()
    assert first["expires_in"] == TOKEN_LIFETIME
    visit.now += TOKEN_LIFETIME
    second = refreshed(visit, first["refresh_token"])
    assert second.json()["account"] == first["account"]
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert is_let_in(visit, bearer(second))
    visit.now += TOKEN_LIFETIME
    assert refreshed(visit, second.json()["refresh_token"]).status_code == 200


def test_a_token_that_has_expired_is_told_so_with_the_way_to_a_new_one(visit: Visitor) -> None:
    walker = bearer(logged_in(visit))
    visit.now += TOKEN_LIFETIME
    refused = visit.get("/api/progress/7", headers=walker)
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert "has expired" in error_of(refused)
    assert "/api/refresh" in error_of(refused)
    forged = visit.get("/api/progress/7", headers={"authorization": walker["authorization"] + "x"})
    assert "log in" in error_of(forged)
    assert "expired" not in error_of(forged)


def test_two_tabs_that_refresh_at_once_end_up_with_the_same_token(visit: Visitor) -> None:
    request = {
        "method": "POST",
        "url": "/api/refresh",
        "json": {"refresh_token": logged_in(visit).json()["refresh_token"]},
    }
    one, two = visit.ask_together(request, request)
    assert one.status_code == two.status_code == 200
    assert one.json()["refresh_token"] == two.json()["refresh_token"]
    visit.now += TOKEN_LIFETIME
    assert refreshed(visit, two.json()["refresh_token"]).status_code == 200


def test_an_answer_that_was_lost_can_be_asked_for_again_within_the_grace(visit: Visitor) -> None:
    first = logged_in(visit).json()["refresh_token"]
    lost = refreshed(visit, first)
    visit.now += GRACE
    assert refreshed(visit, first).json()["refresh_token"] == lost.json()["refresh_token"]


def test_a_spent_token_that_comes_back_ends_the_session(visit: Visitor) -> None:
    first = logged_in(visit)
    second = refreshed(visit, first.json()["refresh_token"])
    visit.now += GRACE + 1
    assert refreshed(visit, first.json()["refresh_token"]).status_code == 401
    for answer in (first, second):
        assert not is_let_in(visit, bearer(answer))
        assert refreshed(visit, answer.json()["refresh_token"]).status_code == 401


def test_a_token_from_before_the_last_one_has_no_grace(visit: Visitor) -> None:
    first = logged_in(visit).json()["refresh_token"]
    second = refreshed(visit, first).json()["refresh_token"]
    third = refreshed(visit, second).json()["refresh_token"]
    assert refreshed(visit, first).status_code == 401
    assert refreshed(visit, third).status_code == 401


def test_a_session_that_nobody_used_for_a_month_is_over(visit: Visitor) -> None:
    token = logged_in(visit).json()["refresh_token"]
    visit.now += IDLE_LIFETIME
    assert refreshed(visit, token).status_code == 401


@pytest.mark.parametrize("token", ["x", ".", "a.b.c", "é.\U0001f600", "x" * 200])
def test_a_token_that_is_none_is_refused(visit: Visitor, token: str) -> None:
    answer = refreshed(visit, token)
    assert (answer.status_code, "log in again" in error_of(answer)) == (401, True)


@pytest.mark.parametrize("body", ['{"refresh_token": ""}', '{"refresh_token": 1}', "[]", '"x"', "x" * 201])
def test_a_malformed_refresh_is_refused(visit: Visitor, body: str) -> None:
    assert visit.ask("POST", "/api/refresh", content=body, headers=LABEL).status_code == 400


def test_a_refresh_of_nobody_is_refused(visit: Visitor) -> None:
    for body in (b"", b"{}"):
        answer = visit.ask("POST", "/api/refresh", content=body, headers=LABEL)
        assert (answer.status_code, "cookie: true" in error_of(answer)) == (401, True)


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(visit: Visitor) -> None:
    answer = logged_in(visit, cookie=True)
    assert answer.json()["refresh_token"] is None
    rules = set(answer.headers["set-cookie"].split("; ")[1:])
    assert rules == {f"Max-Age={IDLE_LIFETIME}", "HttpOnly", "Secure", "SameSite=Strict", "Path=/api"}
    assert "set-cookie" not in logged_in(visit).headers


@pytest.mark.parametrize(
    "headers",
    [
        SAME_SITE,
        {"sec-fetch-site": "none"},
        {"origin": "https://tours.test"},
        {"origin": "http://tours.test"},
    ],
)
def test_a_page_of_this_site_refreshes_by_cookie(visit: Visitor, headers: dict[str, str]) -> None:
    first = cookie_of(logged_in(visit, cookie=True))
    answer = refreshed_by_cookie(visit, first, headers)
    assert (answer.status_code, answer.json()["refresh_token"]) == (200, None)
    assert cookie_of(answer) != first
    assert is_let_in(visit, bearer(answer))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://tours.test"},
        {"origin": "http://tours.test.evil.test"},
        {"origin": "null"},
        {"origin": ""},
    ],
)
def test_another_site_does_not(visit: Visitor, headers: dict[str, str]) -> None:
    token = cookie_of(logged_in(visit, cookie=True))
    answer = refreshed_by_cookie(visit, token, headers)
    assert (answer.status_code, "this site" in error_of(answer)) == (403, True)
    assert refreshed_by_cookie(visit, token).status_code == 200


def test_a_cookie_that_is_over_is_taken_away(visit: Visitor) -> None:
    answer = refreshed_by_cookie(visit, "over.over")
    assert answer.status_code == 401
    assert answer.headers["set-cookie"].startswith("session=; Max-Age=0;")


def test_a_logout_ends_the_session_and_no_other(visit: Visitor) -> None:
    phone, laptop = logged_in(visit), logged_in(visit, cookie=True)
    cookie = {"cookie": f"session={cookie_of(laptop)}"}
    answer = visit.ask("POST", "/api/logout", headers=bearer(laptop) | cookie)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["set-cookie"].startswith("session=; Max-Age=0;")
    assert not is_let_in(visit, bearer(laptop))
    assert refreshed_by_cookie(visit, cookie_of(laptop)).status_code == 401
    assert visit.ask("POST", "/api/logout", headers=bearer(laptop)).status_code == 401
    assert is_let_in(visit, bearer(phone))


def test_a_logout_reaches_other_processes_within_a_second(settings: Settings) -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(Visitor(settings)) for _ in range(2))
        walker = bearer(logged_in(one))
        assert is_let_in(two, walker)
        one.ask("POST", "/api/logout", headers=walker)
        two.now += LOOK_UP_EVERY
        assert not is_let_in(two, walker)


def test_a_session_that_was_ended_stays_so_over_a_restart(settings: Settings) -> None:
    with Visitor(settings) as first:
        walker = bearer(logged_in(first))
        first.ask("POST", "/api/logout", headers=walker)
    with Visitor(settings) as second:
        second.now += TOKEN_LIFETIME - 1
        assert not is_let_in(second, walker)


def test_ended_sessions_are_forgotten_with_their_last_token(settings: Settings) -> None:
    async def scene() -> None:
        now = 1_000_000.0
        logbook = Logbook(settings.logbook)
        sessions = Sessions(logbook, lambda: now)
        endings = Endings(sessions, lambda: now)
        for number in range(3):
            await sessions.start(str(number), "anna", b"")
            await sessions.end(str(number))
        found = await asyncio.gather(*(endings.include(name) for name in ("0", "1", "none")))
        assert found == [True, True, False]
        assert len(endings) == 3
        now += TOKEN_LIFETIME + 1
        assert not await endings.include("0")
        assert len(endings) == 0
        await sessions.start("new", "anna", b"")
        kept = await logbook.read(lambda reader: reader.execute("SELECT session_id FROM sessions").fetchall())
        assert kept == [("new",)]
        await logbook.close()

    asyncio.run(scene())


def test_a_login_forgets_only_so_many_old_sessions(settings: Settings) -> None:
    async def scene() -> None:
        logbook = Logbook(settings.logbook)
        now = 0.0
        sessions = Sessions(logbook, lambda: now)
        await asyncio.gather(
            *(sessions.start(f"old{number}", "anna", b"") for number in range(FORGOTTEN_AT_ONCE + 1))
        )
        now = IDLE_LIFETIME + 1.0
        for name, left in (("new", 2), ("newer", 2)):
            await sessions.start(name, "anna", b"")
            left_over = await logbook.read(
                lambda reader: reader.execute("SELECT count(*) FROM sessions").fetchone()
            )
            assert left_over == (left,)
        await logbook.close()

    asyncio.run(scene())


def test_demo_tokens_are_good_only_when_the_app_was_started_with_them(settings: Settings) -> None:
    def demo(email: str) -> dict[str, str]:
        return {"authorization": f"Bearer demo.{email}"}

    with Visitor(settings) as plain:
        assert not is_let_in(plain, demo(seeded_email(1)))
    with Visitor(replace(settings, demo_tokens=True)) as visit:
        answer = visit.get("/api/progress/7", headers=demo(seeded_email(ACCOUNTS)))
        assert answer.json()["account"] == "walker-100000@example.org"
        for stranger in ("", "eve@example.org", "walker-1@example.org", "walker-100001@example.org", "."):
            assert not is_let_in(visit, demo(stranger))
        assert is_let_in(visit, bearer(logged_in(visit)))
        assert visit.ask("POST", "/api/logout", headers=demo(seeded_email(1))).status_code == 204


def test_a_walker_can_log_in_again_and_again(visit: Visitor) -> None:
    assert visit.log_in(10_000).keys() == visit.log_in(10_000).keys() == {"authorization"}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer .", "Bearer a.b", "Bearer é.ü", "Basic YTpi", "Bearer ....."]
)
def test_progress_needs_a_genuine_token(visit: Visitor, header: str) -> None:
    answer = visit.get("/api/progress/7", headers={"authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "/api/login" in error_of(answer)


def test_a_token_ends(visit: Visitor) -> None:
    walker = visit.log_in()
    visit.now += TOKEN_LIFETIME - 1
    assert visit.get("/api/progress/7", headers=walker).status_code == 200
    visit.now += 1
    assert visit.get("/api/progress/7", headers=walker).status_code == 401


def test_a_token_with_another_signature_is_refused(visit: Visitor) -> None:
    own, other = (visit.log_in(number)["authorization"] for number in (1, 2))
    forged = f"{own.partition('.')[0]}.{other.partition('.')[2]}"
    assert visit.get("/api/progress/7", headers={"authorization": forged}).status_code == 401
