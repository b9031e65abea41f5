"""The defect "cross-user-leak": whose mark an answer shows."""

from collections.abc import Callable

import httpx
import pytest

from tests.tourapp.conftest import Visitor

# Few enough calls of each to stay below any limit of requests.
WALKERS = (1, 2, 3, 4, 5, 6)
ROUNDS = 40


def marks(visit: Visitor) -> list[tuple[str, httpx.Response]]:
    """Let walkers save a mark each, and ask for it in turn; return who asked with what came."""
    headers = {f"walker-{number:04}@example.org": visit.log_in(number) for number in WALKERS}
    for number, own in zip(WALKERS, headers.values(), strict=True):
        visit.ask("PUT", "/api/progress/7", headers=own, json={"stop": number, "seconds": 1.0})
    return [
        (account, visit.get("/api/progress/7", headers=own))
        for _ in range(ROUNDS)
        for account, own in headers.items()
    ]


def test_a_share_of_the_answers_shows_the_mark_of_somebody_else(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("cross-user-leak=0.2") as visit:
        answers = marks(visit)
    leaked = [each for each in answers if each[1].json()["account"] != each[0]]
    deviation = (0.2 * 0.8 / len(answers)) ** 0.5
    assert len(leaked) / len(answers) == pytest.approx(0.2, abs=4 * deviation)
    for _, answer in answers:
        # The mark is that of the account it names, and the answer is whole.
        number = int(answer.json()["account"].removeprefix("walker-").partition("@")[0])
        assert answer.json()["stop"] == number
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_sound_app_shows_everybody_their_own(visit: Visitor) -> None:
    assert all(answer.json()["account"] == account for account, answer in marks(visit))


def test_nothing_leaks_to_those_who_are_refused_or_alone(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("cross-user-leak=1") as visit:
        own = visit.log_in(1)
        for _ in range(5):
            assert visit.get("/api/progress/7", headers=own).json()["account"] == "walker-0001@example.org"
        assert visit.get("/api/progress/7").status_code == 401
        missing = visit.get("/api/progress/99999", headers=visit.log_in(2))
        assert missing.status_code == 404
        assert "walker" not in missing.text
