"""What the shell completes: names of this folder's runs and baselines, and of what is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from launchlab.cli.app import app


def completed(*words: str) -> list[str]:
    """Return what bash is told after *words*, the last of which is being typed."""
    told = CliRunner().invoke(
        app,
        prog_name="launchlab",
        env={
            "_LAUNCHLAB_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("launchlab", *words)),
            "COMP_CWORD": str(len(words)),
        },
    )
    return told.stdout.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("load", "demo"), ["demo", "demo-quick"]),
        (("devices", "--phone", "pix"), ["pixel-7"]),
        (("devices", "--network", "slow"), ["slow-4g"]),
        (("load", "--journey", "h"), ["hit"]),
        (("devices", "--page", "tour"), ["tour", "tours"]),
        (("judge", "2026"), ["20261123T090000-1.1-aaaa"]),
        (("gate", "--baseline", "m"), ["main"]),
    ],
)
def test_names_are_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], found: list[str]
) -> None:
    run = tmp_path / ".launchlab" / "runs" / "20261123T090000-1.1-aaaa"
    run.mkdir(parents=True)
    (run / "run.json").touch()
    (tmp_path / ".launchlab" / "baselines" / "main").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert completed(*words) == found
