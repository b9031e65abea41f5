"""The files of deploy/ agree with each other, with the tour app and with the specification of Compose."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = ("app", "front")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def locked(name: str) -> set[str]:
    """Return the entries of a lock file: each a version of a library, with its hashes."""
    return set(re.split(r"\n(?=\S)", text_of(name).strip()))


def name_of(requirement: str) -> str:
    """Return the name in a requirement, as registries write it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].replace("_", "-").lower()


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text_of("deploy/compose.yaml"))
    return read


def test_the_compose_file_keeps_to_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    told = subprocess.run(
        [*command, DEPLOY / "compose.yaml"], capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(composed: dict[str, Any], name: str) -> None:
    service = composed["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["pids_limit"] > 0


def test_what_is_mounted_is_there(composed: dict[str, Any]) -> None:
    mounted = [entry.split(":")[0] for name in SERVICES for entry in composed["services"][name]["volumes"]]
    files = [source for source in mounted if source.startswith("./")]
    assert files
    assert all((DEPLOY / source).exists() for source in files)
    assert {source for source in mounted if source not in files} == composed["volumes"].keys()


def test_one_file_asks_where_the_other_listens(composed: dict[str, Any]) -> None:
    image = text_of("deploy/tourapp.Dockerfile")
    server = re.search(r"^server (\w+):(\d+) ", text_of("deploy/nginx/servers.conf"), re.MULTILINE)
    listen = re.search(r"^listen (\d+)", text_of("deploy/nginx/listen.conf"), re.MULTILINE)
    assert server
    assert listen
    assert server[1] in composed["services"]
    assert f"EXPOSE {server[2]}" in image
    assert f'"--port", "{server[2]}"' in image
    front = composed["services"]["front"]
    assert front["ports"][0].endswith(f":{listen[1]}")
    assert f":{listen[1]}/" in front["healthcheck"]["test"][-1]


def words_for_the_app(composed: dict[str, Any], **settings: str) -> list[str]:
    """Return what the app is told, as Compose puts in *settings* and cuts the line."""
    line = composed["services"]["app"]["command"]
    return shlex.split(re.sub(r"\$\{(\w+):-([^}]*)\}", lambda name: settings.get(name[1]) or name[2], line))


def test_the_app_takes_published_tokens_only_when_told_to(composed: dict[str, Any]) -> None:
    told = ["--workers", "2", "--release", "1.0"]
    assert words_for_the_app(composed) == told
    assert words_for_the_app(composed, TOURAPP_OPTIONS="--demo-tokens") == [*told, "--demo-tokens"]


def test_the_notes_tell_each_setting() -> None:
    settings = set(re.findall(r"\$\{(\w+):-", text_of("deploy/compose.yaml")))
    table = [line for line in text_of("deploy/README.md").splitlines() if line.startswith("| `")]
    assert settings == set(re.findall(r"`([A-Z_]+)`", " ".join(line.split("|")[1] for line in table)))
    opening = text_of("deploy/compose.yaml").partition("x-hardened")[0]
    assert settings == set(re.findall(r"(?:TOURAPP|FRONT)_[A-Z]+", opening))


def test_the_app_is_reached_through_the_front_only(composed: dict[str, Any]) -> None:
    app = composed["services"]["app"]
    assert "ports" not in app
    assert app["networks"] == ["inside"]
    assert composed["networks"]["inside"] == {"internal": True}


def test_the_image_holds_versions_that_are_tested() -> None:
    assert locked("requirements/tourapp.txt") <= locked("requirements/lab.txt")


def test_the_image_holds_all_that_the_tour_app_imports() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tourapp").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"tourapp"}
    known = packages_distributions()
    there = {name_of(entry) for entry in locked("requirements/tourapp.txt")}
    assert "starlette" in tops
    assert {top for top in tops if not there & set(map(name_of, known.get(top, [])))} == set()


def test_the_tour_app_asks_for_nothing_that_launchlab_does_not_install() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    assert set(project["dependency-groups"]["tourapp"]) <= set(project["project"]["dependencies"])


def test_the_notes_name_files_that_exist() -> None:
    named = re.findall(r"(?:deploy|requirements)/[\w./-]*\w", text_of("deploy/README.md"))
    assert named
    assert [name for name in named if not Path(ROOT, name).exists()] == []
