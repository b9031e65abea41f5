"""What walkers do on the pages: they sign in, keep their place, and write what they thought."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, Route, expect

from tests.commands import until
from tests.tourapp.phones import SMALL, a_browser, a_phone
from tests.tourapp.servers import Tours, served
from tourapp.content.reviews import HOSTILE, HOSTILE_EVERY

pytestmark = pytest.mark.end_to_end

HOSTILE_REVIEW = "</script><img src=x onerror=\"document.title='taken over'\"> good walk"


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tours]:
    """Serve for all scenes; each that writes has a walker of its own."""
    with served(tmp_path_factory.mktemp("served")) as tours:
        yield tours


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser, tours: Tours) -> Iterator[BrowserContext]:
    with a_phone(browser, tours.address) as phone:
        yield phone


def walker(number: int) -> str:
    return f"walker-{number:04}@example.org"


def sign_in(page: Page, number: int, way_back: str) -> None:
    page.goto(f"/login?next={way_back}")
    page.fill("#email", walker(number))
    page.fill("#password", f"tour-{number:04}")
    page.click("text=Sign in >> visible=true >> nth=-1")
    page.wait_for_url(lambda url: "/login" not in url)


def stop_of(tours: Tours, number: int) -> int:
    """Return at which stop of the first tour a walker is."""
    return int(tours.mark_of(walker(number), 1).json()["stop"])


def test_a_hostile_review_is_sent_and_shown_as_text(phone: BrowserContext) -> None:
    page = phone.new_page()
    sign_in(page, 1, "/tours/20")
    page.check("input[name=rating][value='4']", force=True)
    page.fill("#review-text", HOSTILE_REVIEW)
    page.click("text=Send")
    shown = page.locator(".reviews .text").first
    expect(shown).to_have_text(HOSTILE_REVIEW)
    page.click("[data-reviews-more]")
    expect(page.locator("[data-reviews-more]")).to_be_hidden()
    page.reload()
    expect(shown).to_have_text(HOSTILE_REVIEW)
    assert "Walk & Listen" in page.title()
    assert page.locator(".reviews img").count() == 0


def test_no_review_that_is_there_from_the_start_does_anything(phone: BrowserContext) -> None:
    page = phone.new_page()
    dialogs: list[str] = []

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    page.set_viewport_size(SMALL)
    for number, text in enumerate(HOSTILE):
        page.goto(f"/tours/{HOSTILE_EVERY * (len(HOSTILE) + number)}")
        shown = page.locator(".reviews .text").first
        assert " ".join((shown.text_content() or "").split()) == " ".join(text.split())
        assert page.evaluate("document.documentElement.scrollWidth") == SMALL["width"]
    assert not dialogs


def test_a_wrong_password_is_told_and_the_token_never_touches_the_disk(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/login")
    page.fill("#email", walker(2))
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[data-login-trouble]")).to_contain_text("wrong")
    sign_in(page, 2, "/tours/1")
    assert page.evaluate("Object.values(localStorage)") == [walker(2)]
    assert page.evaluate("document.cookie") == ""


def test_a_sign_out_that_was_refused_is_told_as_such(phone: BrowserContext) -> None:
    page = sign_out_that_answers(phone, 429)
    expect(page.locator("[data-sign-out-trouble]")).to_contain_text("still signed in")
    expect(page.locator("[data-signed-in]")).to_be_visible()
    assert page.evaluate("Object.values(localStorage)") == [walker(6)]


def test_who_is_not_signed_in_any_more_is_signed_out(phone: BrowserContext) -> None:
    page = sign_out_that_answers(phone, 401)
    expect(page.locator("[data-signed-in]")).to_be_hidden()
    assert page.evaluate("Object.values(localStorage)") == []


def sign_out_that_answers(phone: BrowserContext, status: int) -> Page:
    """Sign in, then out against a server that answers with this status."""
    page = phone.new_page()
    sign_in(page, 6, "/tours/1")
    page.goto("/login")
    phone.route("**/api/logout", lambda route: route.fulfill(status=status))
    page.click("[data-sign-out]")
    return page


def test_a_place_saved_without_a_connection_is_sent_once_when_it_is_back(
    phone: BrowserContext, tours: Tours
) -> None:
    batches: list[int] = []

    def note(answer: Response) -> None:
        if answer.url.endswith("/api/sync"):
            batches.append(answer.status)

    phone.on("response", note)
    page = phone.new_page()
    sign_in(page, 3, "/tours/1/play")
    page.wait_for_load_state("networkidle")
    phone.set_offline(True)
    page.click("[data-player-on]")
    expect(page.locator("[data-player-word]")).to_contain_text("will be sent")
    assert stop_of(tours, 3) == 0
    phone.set_offline(False)
    until(lambda: stop_of(tours, 3) == 2, "the mark arrives")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert batches == [200]
    assert tours.mark_of(walker(3), 1).headers["etag"] == '"1"'
    expect(page.locator("[data-player-name]")).to_contain_text("2. ")


def test_the_player_goes_on_where_the_account_was(phone: BrowserContext, tours: Tours) -> None:
    page = phone.new_page()
    sign_in(page, 4, "/tours/1/play")
    page.click("[data-player-on]")
    expect(page.locator("[data-player-word]")).to_have_text("Your place is saved.")
    tours.mark(walker(4), 1, stop=3, seconds=30)
    page.evaluate("localStorage.removeItem('mark 1')")
    page.reload()
    expect(page.locator("[data-player-name]")).to_contain_text("3. ")
    assert heard(page) >= 30
    page.click("[data-player-on]")
    assert heard(page) < 30


def test_at_the_end_of_a_story_the_walker_is_told_where_to_go(phone: BrowserContext, tours: Tours) -> None:
    held: list[Route] = []
    page = phone.new_page()
    sign_in(page, 7, "/tours/1/play")
    page.wait_for_load_state("networkidle")
    phone.route(
        "**/api/progress/1",
        lambda route: held.append(route) if route.request.method == "PUT" else route.continue_(),
    )
    with page.expect_request(lambda request: request.method == "PUT"):
        page.evaluate(TO_THE_END)
    expect(page.locator("[data-player-name]")).to_contain_text("2. ")
    held[0].continue_()
    until(lambda: stop_of(tours, 7) == 1, "the place is saved")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-player-word]")).to_contain_text("Walk on to ")


TO_THE_END = """async () => {
    const audio = document.querySelector("audio");
    await audio.play();
    audio.currentTime = audio.duration - 0.2;
}"""


def heard(page: Page) -> float:
    """Listen, and return at how many seconds the story begins."""
    return float(
        page.evaluate("""async () => {
            const audio = document.querySelector("audio");
            await audio.play();
            return audio.currentTime;
        }""")
    )


def test_a_walker_with_two_phones_is_where_the_last_one_was(
    browser: Browser, phone: BrowserContext, tours: Tours
) -> None:
    page = phone.new_page()
    sign_in(page, 5, "/tours/1/play")
    page.wait_for_load_state("networkidle")
    with a_phone(browser, tours.address) as other_phone:
        other = other_phone.new_page()
        sign_in(other, 5, "/tours/1/play")
        other.click("[data-player-on]")
        until(lambda: stop_of(tours, 5) == 2, "the place is saved")
        other.click("[data-player-on]")
        until(lambda: stop_of(tours, 5) == 3, "the place is saved")
    # This phone knows nothing of the other, and its walker has only now gone on.
    page.click("[data-player-on]")
    until(lambda: stop_of(tours, 5) == 2, "the place is saved")
    assert tours.mark_of(walker(5), 1).headers["etag"] == '"3"'
