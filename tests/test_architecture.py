"""The rules no linter knows."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from nox import registry

# Reading the noxfile is what makes its sessions known.
import noxfile  # noqa: F401
from docs import reference
from lab.stats.trend import Trend
from scenarios.engine.frames import Kind
from scenarios.engine.signals import Signals
from scenarios.integrity.balance import Balance
from scenarios.integrity.bias import Bias
from scenarios.integrity.served import Sent
from tests.commandline import understand

ROOT = Path(__file__).parents[1]
PACKAGES = (
    *("launchlab", "profiles", "scenarios", "devices", "lab", "reports", "tourapp"),
    *("benchmarks", "calibration"),
)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_fits_in_one_reading(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=relative)
def test_a_package_init_holds_only_its_docstring(path: Path) -> None:
    # Importing lab.kernel.model runs lab/__init__.py: an import there would pull the whole lab along.
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert [type(node) for node in body] == [ast.Expr]


def test_what_calls_itself_pure_is_held_to_it() -> None:
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    pure = [each["source_modules"] for each in contracts if "pathlib" in each.get("forbidden_modules", [])]
    held = tuple(f"{module}." for modules in pure for module in modules)
    told = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if re.search(r"(?i)\bpure\b", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    ]
    assert "scenarios.client.heads" in told
    assert [module for module in told if not f"{module}.".startswith(held)] == []


@pytest.mark.parametrize("name", ["noxfile.py", "locustfile.py"])
def test_an_entry_file_only_wires(name: str) -> None:
    # import-linter cannot see single files, so these stay small enough to see through.
    assert len(text_of(name).splitlines()) <= 80


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_a_page_tells_to_type_only_what_exists(page: str) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", text_of(page), flags=re.MULTILINE | re.DOTALL)
    assert blocks
    for line in "".join(blocks).splitlines():
        match line.split():
            case ["launchlab", *_]:
                understand(line)
            case ["make", target, *_]:
                assert re.search(rf"^{target}:", text_of("Makefile"), re.MULTILINE), line
            case [".venv/bin/nox", "-s", session, *_]:
                assert session in registry.get(), line
            case _:
                pass


@pytest.mark.parametrize("kind", [Balance, Bias, Signals, Trend, Sent])
def test_the_page_of_artifacts_names_every_field(kind: type) -> None:
    assert [each.name for each in fields(kind) if f"`{each.name}`" not in text_of("docs/artifacts.md")] == []


def test_the_page_of_artifacts_names_every_kind_of_count() -> None:
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in text_of("docs/artifacts.md")] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_a_page_points_only_to_files_that_exist(page: str) -> None:
    # Capitals are placeholders, as in `scenarios/journeys/NAME.py`.
    named = re.findall(r"[`(]([a-z_]+/[a-z_\-/.]*)[`)]", text_of(page))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(("name", "text"), reference.pages().items(), ids=str)
def test_a_page_that_is_made_from_the_code_is_current(name: Path, text: str) -> None:
    assert text_of(f"docs/{name}") == text, "run nox -s docs"
