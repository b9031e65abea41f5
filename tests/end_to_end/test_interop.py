"""Files of other tools at the command line: made by the tools, kept, compared, and handed on."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import environment, launchlab
from tests.interop.files import FIXTURES

pytestmark = pytest.mark.end_to_end

BENCHMARK = """
def test_join(benchmark):
    benchmark(",".join, ["a"] * 100)
"""


def made_by(*arguments: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment(), check=True, capture_output=True
    )


def kept(folder: Path, *arguments: str) -> str:
    """Import; return the name of the run that was kept."""
    ended = launchlab("import", *arguments, folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert "imported: read from" in ended.stdout
    return next(line.split()[1] for line in ended.stdout.splitlines() if line.startswith("run "))


def test_what_pyperf_writes_today_is_read_process_by_process(tmp_path: Path) -> None:
    quick = ("--processes", "3", "--values", "2", "--warmups", "1", "--min-time", "0.001", "--quiet")
    made_by(
        "pyperf", "timeit", "--name", "join", *quick, "-o", "out.json", "','.join('abc')", folder=tmp_path
    )
    run = kept(tmp_path, "out.json")
    trials = list((tmp_path / ".launchlab" / "runs" / run / "trials").glob("*.json"))
    assert len(trials) == 3


def test_what_pytest_benchmark_writes_today_is_a_trial_a_file(tmp_path: Path) -> None:
    (tmp_path / "test_words.py").write_text(BENCHMARK)
    quick = ("-p", "no:locust", "-p", "no:cacheprovider", "--benchmark-max-time", "0.01")
    for name in ("1.json", "2.json"):
        made_by("pytest", *quick, "--benchmark-json", name, "test_words.py", folder=tmp_path)
    run = kept(tmp_path, "1.json", "2.json", "--release", "1.0", "--kind", "pytest-benchmark")
    ended = launchlab("export", run, "-", "--format", "csv", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    lines = list(csv.DictReader(ended.stdout.splitlines()))
    medians = [float(line["value"]) for line in lines if line["metric"] == "time_median"]
    written = [json.loads((tmp_path / name).read_text()) for name in ("1.json", "2.json")]
    assert medians == [report["benchmarks"][0]["stats"]["median"] for report in written]
    assert {line["release"] for line in lines} == {"1.0"}


def test_files_are_compared_and_exported_without_being_kept(tmp_path: Path) -> None:
    before, after = (str(FIXTURES / f"pyperf-{number}.json") for number in (1, 2))
    ended = launchlab("compare", before, after, "--json", folder=tmp_path)
    assert ended.returncode == 4, ended.stderr
    document = json.loads(ended.stdout)
    assert {finding["reading"] for finding in document["findings"]} == {
        "time_median",
        "time_minimum",
        "time_mean",
    }
    assert document["caveats"][0]["code"] == "imported"
    assert launchlab("export", after, "out.json", "--format", "bencher", folder=tmp_path).returncode == 0
    benchmarks = json.loads((tmp_path / "out.json").read_text())
    assert set(benchmarks) == {"bench: join", "bench: sort"}
    again = launchlab("export", after, "out.json", "--format", "bencher", folder=tmp_path)
    assert (again.returncode, "--overwrite" in again.stderr) == (2, True)
    assert not list((tmp_path / ".launchlab").glob("runs/*"))


def test_an_import_travels_as_a_baseline_and_is_rebuilt_from_its_records(tmp_path: Path) -> None:
    files = [str(FIXTURES / f"locust-{number}.json") for number in (1, 2, 3)]
    run = kept(tmp_path, *files, "--release", "1.0")
    promote = ("baseline", "promote", run, "--why", "the old load")
    refused = launchlab(*promote, folder=tmp_path)
    assert (refused.returncode, "was never judged" in refused.stderr) == (2, True)
    assert launchlab(*promote, "--accept-regression", folder=tmp_path).returncode == 0
    assert launchlab("baseline", "export", folder=tmp_path).returncode == 0
    rebuilt = launchlab("store", "rebuild", folder=tmp_path)
    assert (rebuilt.returncode, "runs kept: 1" in rebuilt.stdout) == (0, True)
    again = kept(tmp_path, *files, "--release", "1.1")
    ended = launchlab("compare", "main.baseline.json", again, folder=tmp_path)
    assert ended.returncode == 4, ended.stderr
    assert "measured at another time" in ended.stdout


def test_a_file_of_no_known_tool_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    ended = launchlab("import", "notes.json", folder=tmp_path)
    assert ended.returncode == 2
    assert "Accepted: JSON of pyperf or pytest-benchmark, k6's --summary-export" in ended.stderr
    ended = launchlab("import", "notes.json", "--kind", "k6", folder=tmp_path)
    assert (ended.returncode, "metrics is missing" in ended.stderr) == (2, True)
