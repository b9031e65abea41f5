"""What a journey may do on a phone is done with a real browser, and what cannot be done breaks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devices import soundness
from devices.artifacts import Artifacts
from devices.browser.launcher import Browser
from devices.browser.visits import Visit
from devices.catalogue import network_of, phone_of
from devices.chromium import Chromium
from devices.journey import PageJourney, Walk
from devices.screen import Screen, part, role
from tests.devices.builders import Onlooker
from tests.devices.pwa import Fault, Pwa, serving

pytestmark = pytest.mark.end_to_end

# Enough for any of these walks, on a busy machine too.
_DEADLINE = 30.0


@pytest.fixture(scope="module")
def phone(browser: Chromium) -> Iterator[Browser]:
    with Browser(browser) as phone:
        yield phone


def walk(
    phone: Browser, site: Pwa, path: str, walk: Walk, deadline: float = _DEADLINE
) -> tuple[str, Artifacts]:
    """Walk a journey of the test's own; return what was said of a step that broke it, and the evidence."""
    visit = Visit(
        subject=site.url,
        journey=PageJourney(name="own", path=path, walk=walk),
        phone=phone_of("pixel-7"),
        network=network_of("4g"),
        deadline=deadline,
    )
    seen = phone.visit(visit, Onlooker()).artifacts
    broken = (caveat.advice for caveat in soundness.caveats_of(seen) if caveat.code == "visit-broken")
    return next(broken, ""), seen


def test_a_finger_moves_the_page_as_far_as_it_is_told_and_no_further(phone: Browser) -> None:
    lines: list[str] = []

    def down_and_up(screen: Screen) -> None:
        screen.scroll(700)
        screen.scroll(-300)
        lines.append(screen.read("#at"))

    with serving() as site:
        complaint, _ = walk(phone, site, "/ruler", down_and_up)

    assert complaint == ""
    assert float(lines[0]) == pytest.approx(400, abs=2)


def test_a_page_that_does_not_move_breaks_a_journey_that_scrolls(phone: Browser) -> None:
    with serving(Fault.SHORT_LIST) as site:
        complaint, _ = walk(phone, site, "/", lambda screen: screen.scroll(300))

    assert "at step 1 (scroll +300 px): the page stays where it is" in complaint


def test_a_line_that_is_mended_is_as_slow_as_before(phone: Browser) -> None:
    def away_and_back(screen: Screen) -> None:
        screen.go_offline()
        screen.go_online()
        screen.open("/ruler")

    # A service worker would fetch in the page's stead, and its line is not emulated.
    with serving(Fault.NO_WORKER) as site:
        complaint, seen = walk(phone, site, "/", away_and_back)

    assert complaint == ""
    (opened,) = (transfer for transfer in seen.walked if transfer.document)
    assert opened.answered is not None
    assert opened.answered - opened.started >= 0.085


def test_a_page_that_is_not_there_breaks_a_journey_that_opens_it(phone: Browser) -> None:
    with serving() as site:
        complaint, _ = walk(phone, site, "/", lambda screen: screen.open("/nowhere"))

    assert "at step 1 (open /nowhere): it answered with status 404" in complaint


def test_what_says_something_else_breaks_a_journey_that_looks_for_words(phone: Browser) -> None:
    def look(screen: Screen) -> None:
        screen.tap(role("button", "Download this tour"))
        screen.see(part("tour-title"), text="The new harbour", within=0.5)

    with serving() as site:
        complaint, _ = walk(phone, site, "/tours/1", look)

    assert "with 'The new harbour'): it says 'The old harbour'" in complaint


def test_what_is_hidden_is_not_seen(phone: Browser) -> None:
    with serving() as site:
        complaint, _ = walk(phone, site, "/tours/1", lambda it: it.see(part("download-done"), within=0.5))

    assert "it is not visible" in complaint


def test_without_a_line_neither_the_page_nor_its_cache_answers(phone: Browser) -> None:
    def come_back_offline(screen: Screen) -> None:
        # The browser has just fetched this page, and may keep it for an hour.
        screen.go_offline()
        screen.open("/ruler")

    with serving(Fault.NO_WORKER) as site:
        complaint, _ = walk(phone, site, "/ruler", come_back_offline)

    assert "at step 2 (open /ruler): net::ERR_INTERNET_DISCONNECTED" in complaint


def test_without_a_line_a_service_worker_reaches_nothing(phone: Browser) -> None:
    def leave_while_offline(screen: Screen) -> None:
        # The page says that it was kept, so its worker is in charge.
        screen.tap(part("download"))
        screen.see(part("download-done"))
        screen.go_offline()
        screen.open("/ruler")

    with serving() as site:
        complaint, _ = walk(phone, site, "/tours/1", leave_while_offline)

    assert "at step 4 (open /ruler): net::ERR_" in complaint
    assert "/ruler" not in site.asked


def test_a_journey_cannot_outlive_its_browser(phone: Browser) -> None:
    def wait_for_ever(screen: Screen) -> None:
        screen.see("#never", within=600)

    with serving() as site:
        _, seen = walk(phone, site, "/", wait_for_ever, deadline=5.0)

    assert [caveat.code for caveat in soundness.caveats_of(seen)][:1] == ["visit-timed-out"]
