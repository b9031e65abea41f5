"""How often somebody may ask."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.identity.accounts import GUESS_BURST, GUESS_RATE
from tourapp.identity.admission import REQUEST_BURST, REQUEST_RATE
from tourapp.identity.throttle import Throttle, TooSoonError
from tourapp.settings import Settings


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        # About now, where a float has microseconds left.
        self.now = 1.8e9

    def __call__(self) -> float:
        return self.now


def granted(throttle: Throttle, key: str, *, turns: int) -> int:
    """Ask so many times; return how often it was granted."""
    count = 0
    for _ in range(turns):
        try:
            throttle.take(key)
        except TooSoonError:
            continue
        count += 1
    return count


def test_a_burst_is_granted_and_then_the_rate() -> None:
    watch = Watch()
    throttle = Throttle(rate=20.0, burst=60, clock=watch)
    assert granted(throttle, "anna", turns=100) == 60
    watch.now += 1.0
    assert granted(throttle, "anna", turns=100) == 20
    assert granted(throttle, "berta", turns=100) == 60


def test_who_asked_too_often_hears_how_long_to_wait() -> None:
    watch = Watch()
    throttle = Throttle(rate=0.5, burst=1, clock=watch)
    throttle.take("anna")
    watch.now += 0.5
    with pytest.raises(TooSoonError) as refused:
        throttle.take("anna")
    assert refused.value.wait == pytest.approx(1.5)
    watch.now += 1.5
    throttle.take("anna")


def test_a_turn_that_is_given_back_can_be_taken_again() -> None:
    throttle = Throttle(rate=1.0, burst=1, clock=Watch())
    for _ in range(3):
        throttle.take("anna")
        throttle.give_back("anna")


def test_a_clock_that_is_set_back_takes_no_turns_away() -> None:
    watch = Watch()
    throttle = Throttle(rate=1.0, burst=2, clock=watch)
    throttle.take("anna")
    watch.now -= 3_600
    throttle.take("anna")
    watch.now += 1
    throttle.take("anna")


def test_only_keys_of_the_last_seconds_are_remembered() -> None:
    watch = Watch()
    throttle = Throttle(rate=20.0, burst=60, clock=watch)
    for number in range(100_000):
        watch.now += 0.001
        throttle.take(f"walker-{number}")
    # A single request is made up for after a twentieth of a second.
    assert len(throttle) <= 51


def test_an_account_that_asks_too_often_is_asked_to_wait(settings: Settings) -> None:
    with Visitor(replace(settings, demo_tokens=True)) as visit:
        anna, berta = ({"authorization": f"Bearer demo.walker-000{number}@example.org"} for number in (1, 2))
        asked = [visit.get("/api/progress/7", headers=anna) for _ in range(REQUEST_BURST + 1)]
        assert {each.status_code for each in asked[:-1]} == {200}
        assert (asked[-1].status_code, asked[-1].headers["retry-after"]) == (429, "1")
        assert "1 s" in error_of(asked[-1])
        assert visit.get("/api/progress/7", headers=berta).status_code == 200
        assert visit.get("/api/tours/7", headers=anna).status_code == 200
        visit.now += 1 / REQUEST_RATE
        assert visit.get("/api/progress/7", headers=anna).status_code == 200


@pytest.fixture
def guess(visit: Visitor) -> Callable[[str, str], int]:
    """Log in with an address and a password; return the status."""

    def ask(email: str, password: str) -> int:
        answer = visit.ask("POST", "/api/login", json={"email": email, "password": password})
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) == 1 / GUESS_RATE
        return answer.status_code

    return ask


def test_who_guesses_passwords_has_to_wait(visit: Visitor, guess: Callable[[str, str], int]) -> None:
    anna = "walker-0001@example.org"
    assert {guess(anna, "wrong") for _ in range(GUESS_BURST)} == {401}
    assert guess(anna, "wrong") == guess(f" {anna.upper()} ", "wrong") == 429
    assert guess(anna, "tour-0001") == 429
    assert guess("walker-0002@example.org", "tour-0002") == 200
    visit.now += 1 / GUESS_RATE
    assert guess(anna, "tour-0001") == 200


def test_an_unknown_address_is_no_different(guess: Callable[[str, str], int]) -> None:
    assert {guess("eve@example.org", "wrong") for _ in range(GUESS_BURST)} == {401}
    assert guess("eve@example.org", "wrong") == 429


def test_guesses_at_the_same_moment_are_counted_too(visit: Visitor) -> None:
    request = {
        "method": "POST",
        "url": "/api/login",
        "json": {"email": "walker-0001@example.org", "password": "wrong"},
    }
    statuses = [answer.status_code for answer in visit.ask_together(*[request] * (3 * GUESS_BURST))]
    assert (statuses.count(401), statuses.count(429)) == (GUESS_BURST, 2 * GUESS_BURST)


def test_right_passwords_are_not_counted(guess: Callable[[str, str], int]) -> None:
    assert {guess("walker-0001@example.org", "tour-0001") for _ in range(GUESS_BURST + 2)} == {200}
