"""What decides what a journey does: its own file, and all of ours that it leans on."""

from __future__ import annotations

from pathlib import Path

from scenarios.driver import sources_of
from scenarios.sources import leaned_on

VISITORS = b"from scenarios.journeys.browse import Browser\n"
BROWSE = b"import random\nfrom scenarios.tours import checks\nclass Browser: ...\n"
CHECKS = b"from scenarios.journeys import browse\n"
MODULES = {
    "scenarios.journeys.browse": BROWSE,
    "scenarios.journeys.login": b"import locust\n",
    "scenarios.tours.checks": CHECKS,
}


def test_an_edit_of_what_is_imported_is_an_edit_of_the_journey() -> None:
    before = leaned_on(VISITORS, MODULES.get)
    after = leaned_on(VISITORS, {**MODULES, "scenarios.journeys.browse": BROWSE + b"# quicker\n"}.get)
    assert before != after
    deeper = leaned_on(VISITORS, {**MODULES, "scenarios.tours.checks": b""}.get)
    assert before != deeper


def test_what_no_import_leads_to_does_not_count() -> None:
    assert leaned_on(VISITORS, MODULES.get) == {
        "scenarios.journeys.browse": BROWSE,
        "scenarios.tours.checks": CHECKS,
    }
    assert leaned_on(b"import locust\nfrom launchlab.load import LoadUser\n", MODULES.get) == {}


def test_a_file_that_cannot_be_read_as_python_leans_on_nothing() -> None:
    assert leaned_on(b"def:", MODULES.get) == {}
    assert leaned_on(b"\0", MODULES.get) == {}


def test_the_visitors_lean_on_each_journey_of_theirs_and_on_what_they_look_at() -> None:
    texts = sources_of("visitors", {})
    browse = Path("scenarios/journeys/browse.py").read_bytes()
    assert browse in texts.values()
    assert {
        "scenarios.journeys.walk",
        "scenarios.tours.visitor",
        "scenarios.tours.account_checks",
        "scenarios.tours.shapes",
        "scenarios.engine.answers",
        "scenarios.engine.users",
    } < texts.keys()
    assert "scenarios.journeys.login" not in texts


def test_an_own_locustfile_counts_with_what_it_takes_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "mine.py"
    own.write_text("from scenarios.journeys.hit import Hitter\n")
    texts = sources_of("mine", {"mine": own})
    assert texts[""] == own.read_bytes()
    assert "scenarios.journeys.hit" in texts
