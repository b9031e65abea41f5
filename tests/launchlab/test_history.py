"""``launchlab history``: what is said at the terminal, on the page and to programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from lab.kernel.errors import UsageError
from lab.kernel.history import History
from lab.store.store import Store
from launchlab import history as looking
from launchlab.schemas import Schema, schema_of
from tests.builders import SPOILT, START, VISIT, a_run, a_trial
from tests.reports.document import Document
from tests.stores import a_promotion, measured

KEY = "response_p95"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return thirty runs, of which the last ten are a fifth slower, and one visit of a phone."""
    kept, rng = Store.at(tmp_path_factory.mktemp("history") / "store"), np.random.default_rng(2)
    for number in range(30):
        level = 0.12 if number >= 20 else 0.1
        values = level * np.exp(0.02 * rng.standard_normal(2))
        trials = [a_trial(index, readings={KEY: float(value)}) for index, value in enumerate(values)]
        trials.append(a_trial(2, readings={KEY: 99.0}, caveats=(SPOILT,)))
        if number == 29:
            trials.append(a_trial(case=VISIT, readings={"fcp": 0.5}))
        run = a_run(trials, release=f"1.{number // 10}")
        measured(kept, replace(run, id=f"run-{number:03}", started_at=START + timedelta(hours=number)))
    for number, name in ((5, "run-005"), (19, "run-019"), (25, "run-005")):
        kept.promote(a_promotion(name, at=START + timedelta(hours=number)))
    return kept


def found(store: Store, key: str = KEY, **chosen: str) -> list[History]:
    how = looking.look(key, by_release=False, last=None, least=None)
    return looking.histories(store, key, looking.Choice(**chosen), how)


def told(store: Store, capsys: pytest.CaptureFixture[str], **how: object) -> str:
    arguments: dict[str, object] = {"html": None, "json": False} | how
    looking.tell(store, KEY, found(store), **arguments)  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_the_terminal_names_the_change_its_runs_and_what_to_type_next(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    text = told(store, capsys)
    assert "tour: browse at demo" in text
    assert "30 runs, oldest first: 1 change of level." in text
    assert "slower by 20 %" in text or "slower by 21 %" in text
    assert "since release 1.2" in text
    assert "For triage only" in text
    assert "Next: launchlab compare run-019 run-020" in text


def test_invalid_trials_are_in_no_history(store: Store) -> None:
    (history,) = found(store)
    assert {point.trials for point in history.points} == {2}
    assert max(point.value for point in history.points) < 1


def test_decisions_stand_at_the_run_they_are_about(store: Store) -> None:
    (history,) = found(store)
    decided = {point.run: point.decisions for point in history.points if point.decisions}
    assert set(decided) == {"run-005", "run-019"}
    assert decided["run-005"][0].startswith("promoted as 'main'")
    assert decided["run-005"][1].startswith("rolled back to as 'main'")
    assert "it keeps its limits" in decided["run-019"][0]


def test_the_page_says_what_it_is_for_and_has_every_run(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p95.html"
    assert str(path) in told(store, capsys, html=path)
    document = Document(path.read_text())
    assert document.all("h1")[0].text == "When did the 95th percentile of response time change?"
    assert document.all("p", class_="answer")[0].text == "1 change in 30 runs"
    assert "For triage only" in document.all("p", class_="banner")[0].text
    assert "launchlab compare run-019 run-020" in document.text
    assert "promoted as 'main'" in document.text
    numbers, runs = document.all("table")[1], [f"run-{number:03}" for number in range(30)]
    assert all(run in numbers.text for run in runs)
    assert not {"script", "link", "img", "iframe"} & {element.tag for element in document.elements}


def test_programs_get_one_object_that_keeps_to_its_schema(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    made = json.loads(told(store, capsys, json=True))
    Draft202012Validator(schema_of(Schema.HISTORY)).validate(made)
    (history,) = made["histories"]
    assert (made["reading"], made["unit"], history["case"]) == (KEY, "s", "browse at demo")
    assert [shift["run"] for shift in history["shifts"]] == ["run-020"]
    assert len(history["points"]) == 30


@pytest.mark.parametrize(
    ("key", "chosen", "named"),
    [
        ("respons_p95", {}, "unknown metric 'respons_p95'.*Known:.*response_p95"),
        ("ttfb", {}, "unknown reading 'ttfb'.  Known: fcp, response_p95"),
        ("response_p95{GET /}", {}, "unknown reading.*Known: response_p95"),
        (KEY, {"case": "brwose"}, "unknown case 'brwose'.  Known: browse at demo"),
        (KEY, {"subject": "shop"}, "unknown subject 'shop'.  Known: tour"),
    ],
)
def test_what_no_run_has_is_a_usage_error_that_names_what_they_have(
    store: Store, key: str, chosen: dict[str, str], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        found(store, key, **chosen)


def test_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Next: launchlab demo"):
        found(Store.at(tmp_path / "store"))


@pytest.mark.parametrize("least", ["much", "2 ms"])
def test_a_noise_floor_is_a_proportion_where_values_compare_by_ratio(least: str) -> None:
    with pytest.raises(UsageError, match=r"--least.*'1 %'"):
        looking.look(KEY, by_release=False, last=None, least=least)


def test_a_page_that_cannot_be_written_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        looking.tell(store, KEY, found(store), html=tmp_path / "none" / "x.html", json=False)


def test_one_run_alone_has_a_page_too(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    looking.tell(store, "fcp", found(store, "fcp"), html=None, json=False)
    text = capsys.readouterr().out
    assert "too few to tell a change" in text
    assert "Next: launchlab report run-029" in text
