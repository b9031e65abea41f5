"""The rules no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from launchlab.cli.app import app

ROOT = Path(__file__).parents[1]
PACKAGES = ("launchlab", "profiles", "scenarios", "devices", "lab", "reports", "tourapp", "benchmarks")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_fits_in_one_reading(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=relative)
def test_a_package_init_holds_only_its_docstring(path: Path) -> None:
    # Importing lab.kernel.model runs lab/__init__.py: an import there would pull the whole lab along.
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert [type(node) for node in body] == [ast.Expr]


@pytest.mark.parametrize("name", ["noxfile.py", "locustfile.py"])
def test_an_entry_file_only_wires(name: str) -> None:
    # import-linter cannot see single files, so these stay small enough to see through.
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 80


def test_the_readme_names_only_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shell = re.findall(r"^```sh\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)
    named = {match[1] for block in shell for match in re.finditer(r"^launchlab (\w+)", block, re.MULTILINE)}
    groups = [group.name for group in app.registered_groups]
    commands = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert named
    assert named <= {*groups, *commands}
