"""Each contract of pyproject.toml catches what it is meant for: a violation, seeded in a copy of the code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = [contract["name"] for contract in LINTER["contracts"]]

# A contract, the module that breaks it, and what that imports.  A module that is not there yet is made.
SEEDS = [
    ("Imports point down", "lab.kernel.units", "lab.stats.ranks"),
    ("Imports point down", "lab.engine.runner", "scenarios.driver"),
    ("Imports point down", "lab.engine.plan", "lab.store.records"),
    ("Imports point down", "devices.driver", "scenarios.readings"),
    ("The core decides; it never touches the world", "lab.stats.ranks", "pathlib"),
    (
        "The lab process never loads Locust, which monkey-patches the interpreter on import",
        "scenarios.driver",
        "scenarios.engine.shape",
    ),
    ("Locust has one door", "scenarios.stray", "locust"),
    ("The client knows nothing of Locust", "scenarios.client.dialling", "scenarios.engine.shape"),
    ("Playwright has one door", "devices.driver", "playwright"),
    ("Jinja has one door, and the tour app its own", "launchlab.judging", "jinja2"),
    (
        "Child processes have one door, and the search for a browser another",
        "scenarios.driver",
        "subprocess",
    ),
    ("SQL has one door, and the tour app its own", "launchlab.judging", "sqlite3"),
    (
        "Alembic has one door, which opens only when a store has to be migrated",
        "lab.store.database",
        "alembic",
    ),
    ("Only the command line talks to the terminal", "lab.engine.doctor", "rich"),
    ("Reports read records, which somebody hands them", "reports.render", "lab.store.records"),
    ("The subject knows nothing of the lab", "tourapp.web.pages", "profiles.profile"),
    ("The tour app's rooms lie in layers", "tourapp.store.sessions", "tourapp.identity.tokens"),
    ("The tour app's rooms lie in layers", "tourapp.api.reviews", "tourapp.web.inputs"),
    ("The tour app's rooms lie in layers", "tourapp.settings", "tourapp.media.files"),
    (
        "What the tour app tells and shows is made without touching the world",
        "tourapp.media.ranges",
        "pathlib",
    ),
    ("The lab knows its subject by its address only", "scenarios.driver", "tourapp.registry.releases"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in LINTER["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def told_of(folder: Path) -> str:
    """Return what import-linter says of the code in *folder*, unwrapped."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    environment = {**os.environ, "COLUMNS": "300"}
    answer = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return answer.stdout


def broken(told: str) -> list[str]:
    """Return the contracts that are broken; every contract was looked at."""
    assert all(f"{name} KEPT" in told or f"{name} BROKEN" in told for name in CONTRACTS), told
    return [name for name in CONTRACTS if f"{name} BROKEN" in told]


def test_the_code_keeps_every_contract(copy: Path) -> None:
    assert broken(told_of(copy)) == []


@pytest.mark.parametrize(("contract", "module", "imported"), SEEDS)
def test_a_contract_catches_its_violation_and_names_the_module(
    copy: Path, contract: str, module: str, imported: str
) -> None:
    path = copy.joinpath(*module.split(".")).with_suffix(".py")
    with path.open("a", encoding="utf-8") as source:
        source.write(f"\nimport {imported}\n")
    told = told_of(copy)
    assert broken(told) == [contract]
    assert f"{module} -> {imported}" in told.partition("Broken contracts")[2]


def test_a_room_of_the_tour_app_that_is_in_no_layer_is_found(copy: Path) -> None:
    (copy / "tourapp" / "attic.py").write_text('"""A room that nobody gave a place."""\n', encoding="utf-8")
    told = told_of(copy)
    assert broken(told) == ["The tour app's rooms lie in layers"]
    assert "attic" in told.partition("Broken contracts")[2]


def test_every_contract_has_a_violation_that_shows_it_works() -> None:
    assert {contract for contract, _, _ in SEEDS} == set(CONTRACTS)
