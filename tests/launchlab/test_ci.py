"""The pipelines that ``launchlab ci`` prints: sound files, with commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from launchlab.cli.app import app
from launchlab.cli.ci import PIPELINES, Service
from tests.commandline import understand


def pipeline(service: Service) -> Any:
    return yaml.safe_load((PIPELINES / f"{service}.yml").read_text(encoding="utf-8"))


def commands(service: Service) -> list[str]:
    match service:
        case Service.GITHUB:
            lines = [step["run"] for step in pipeline(service)["jobs"]["gate"]["steps"] if "run" in step]
        case Service.GITLAB:
            lines = pipeline(service)["launchlab"]["script"]
    # A command ends where the shell's own words go on.
    return [found[0] for line in lines if (found := re.search(r"\blaunchlab [a-z][^;|&]*", line))]


SERVICES = pytest.mark.parametrize("service", Service)


@SERVICES
def test_a_pipeline_is_printed_as_it_lies(service: Service) -> None:
    answer = CliRunner().invoke(app, ["ci", service])
    assert answer.stdout == (PIPELINES / f"{service}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("service", "schema"),
    [(Service.GITHUB, "vendor.github-workflows"), (Service.GITLAB, "vendor.gitlab-ci")],
)
def test_a_pipeline_keeps_to_the_official_schema(service: Service, schema: str) -> None:
    asked = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    answer = subprocess.run(
        [*asked, str(PIPELINES / f"{service}.yml")], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("line", sorted({line for service in Service for line in commands(service)}))
def test_a_pipeline_asks_for_commands_and_options_that_exist(line: str) -> None:
    understand(line)


@SERVICES
def test_a_pipeline_prepares_imports_and_judges_in_this_order(service: Service) -> None:
    assert [line.split()[1] for line in commands(service)] == ["doctor", "baseline", "gate"]


def test_the_report_is_kept_whatever_the_gate_says() -> None:
    steps = pipeline(Service.GITHUB)["jobs"]["gate"]["steps"]
    upload = next(step for step in steps if "upload-artifact" in step.get("uses", ""))
    assert upload["if"] == "always()"
    assert ".launchlab/runs" in upload["with"]["path"]
    assert upload["with"]["include-hidden-files"] is True

    artifacts = pipeline(Service.GITLAB)["launchlab"]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["paths"] == [".launchlab/runs"]


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    answer = CliRunner().invoke(app, ["ci", "jenkins"])
    assert answer.exit_code == 2
    assert "github" in answer.stderr
    assert "gitlab" in answer.stderr
