"""Takes over files of other tools: reads them, and keeps what they say as a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PureWindowsPath

from rich.console import Console

from lab.interop import assembly
from lab.interop.assembly import Identity
from lab.interop.foreign import MOST, MOST_TRIALS, Account, ForeignFile
from lab.interop.formats import ACCEPTED, READERS, recognised
from lab.interop.tool import Tool
from lab.kernel.errors import ForeignFileError, UsageError
from lab.kernel.model import Run, Trial
from lab.kernel.record import write_bytes
from lab.kernel.words import counted
from lab.store.records import new_id
from lab.store.store import Store
from launchlab.project import Project
from launchlab.screen import seen, show_runs

# What the subject is called where no project names it.
_UNNAMED = "imported"
# What LHCI writes into its folder besides reports that are named one by one.
_MANIFEST = "manifest.json"

# In bytes, held in memory at once: as much as a thousand reports of Lighthouse.
_MOST_TOGETHER = 600_000_000
# Cases that are named where a run is told in a line.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How files are to be taken: of which tool, and under which names; None leaves it to the files."""

    tool: Tool | None = None
    release: str | None = None
    journey: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One file as it was, and what it says."""

    path: Path
    content: bytes
    tool: Tool
    account: Account


def run_of(paths: Sequence[Path], project: Project, wanted: Wanted | None = None) -> Run:
    """Return the run that the files at *paths* tell of; nothing is kept.

    A folder stands for the files in it.  Raises ForeignFileError for what cannot be read, and UsageError
    when files do not belong together.
    """
    return _run(_all(paths, wanted or Wanted()), project, wanted or Wanted())


def bring_in(store: Store, paths: Sequence[Path], project: Project, wanted: Wanted) -> Run:
    """Keep the run that the files at *paths* tell of, with the files as artifacts; return it.

    Raises what ``run_of`` raises, and UnwritableError.
    """
    files = _all(paths, wanted)
    run = _run(files, project, wanted)
    # The run's own record comes last: without it there is no run, so a crash leaves none that is half.
    for trial, file in _with_files(run.trials, files):
        if file is None:
            store.records.save_trial(run.id, trial)
            continue
        name = f"{file.tool.value}.json"
        write_bytes(store.records.artifact_folder(run.id, trial.case, trial.index) / name, file.content)
        store.records.save_trial(run.id, replace(trial, artifacts=(name,)))
    store.keep(run)
    return store.records.load_run(run.id)


def show(run: Run, to: Console) -> None:
    """Print what was kept, and how far it is to be trusted."""
    names = dict.fromkeys(seen(case.name) for case in run.cases)
    told = ", ".join(list(names)[:_SHOWN]) + (
        f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    )
    to.print(f"release {seen(run.subject.release)}: {counted(len(run.trials), 'trial')} of {told}")
    show_runs(to, [run])
    to.print(f"Next: launchlab compare OLD {run.id}", style="dim")


def is_dossier(path: Path) -> bool:
    """Whether the file at *path* is one of our own records: an envelope that names its kind."""
    with suppress(OSError, ValueError, RecursionError), path.open("rb") as file:
        body = json.loads(file.read(MOST))
        return isinstance(body, dict) and "format" in body and "kind" in body
    return False


def _all(paths: Sequence[Path], wanted: Wanted) -> list[_Read]:
    files = [path for given in paths for path in _files(given)]
    if not 1 <= len(files) <= MOST_TRIALS:
        raise UsageError(f"{len(files)} files are given; accepted: 1 to {MOST_TRIALS}.")
    read: list[_Read] = []
    size = 0
    for path in files:
        read.append(_read(path, wanted.tool))
        size += len(read[-1].content)
        if size > _MOST_TOGETHER:
            raise UsageError(f"the files hold more than {_MOST_TOGETHER:,} bytes together.  Import fewer.")
    tools = {each.tool: each.path for each in read}
    if len(tools) > 1:
        told = ", ".join(f"{path} of {tool.value}" for tool, path in tools.items())
        raise UsageError(f"the files are of several tools: {told}.  Import those of one together.")
    seen: dict[bytes, Path] = {}
    for each in read:
        earlier = seen.setdefault(sha256(each.content).digest(), each.path)
        if earlier is not each.path:
            raise UsageError(f"{each.path} holds the same as {earlier}.  A copy is no second trial.")
    return read


def _files(given: Path) -> Iterator[Path]:
    """Yield the files that *given* stands for: itself, or the reports in a folder, by name."""
    folder = given.parent if given.name == _MANIFEST else given
    if not folder.is_dir():
        yield given
    elif (folder / _MANIFEST).is_file():
        yield from _listed(folder)
    else:
        reports = sorted({*folder.glob("lhr-*.json"), *folder.glob("*.report.json")})
        found = reports or sorted(folder.glob("*.json"))
        if not found:
            raise UsageError(f"there is no JSON file in {str(folder)!r}.")
        yield from found


def _listed(folder: Path) -> Iterator[Path]:
    """Yield the reports of LHCI's manifest, all of them: which it calls representative plays no part."""
    manifest = _opened(folder / _MANIFEST)
    for entry in manifest.body if isinstance(manifest.body, list) else [None]:
        path = entry.get("jsonPath") if isinstance(entry, dict) else None
        if not isinstance(path, str):
            raise manifest.fault("the file", "is no manifest of LHCI: a list of objects with jsonPath")
        # The path is of the machine that wrote it, and nothing outside of this folder is read.
        yield folder / PureWindowsPath(path).name


def _opened(path: Path) -> ForeignFile:
    return ForeignFile.of(path.name, *_content(path))


def _content(path: Path) -> tuple[bytes, datetime]:
    """Return what the file holds, up to one byte more than is accepted, and when it was written."""
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}.")
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
        return content, datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def _read(path: Path, tool: Tool | None) -> _Read:
    content, written_at = _content(path)
    try:
        file = ForeignFile.of(path.name, content, written_at)
    except ForeignFileError as error:
        told = f"{path} is no exported baseline and no file of another tool: {error}"
        raise ForeignFileError(f"{told}  Accepted: {ACCEPTED}.") from None
    told = tool or recognised(file)
    return _Read(path=path, content=content, tool=told, account=READERS[told](file))


def _run(files: Sequence[_Read], project: Project, wanted: Wanted) -> Run:
    accounts = {str(each.path): each.account for each in files}
    commit = assembly.commit_of(accounts)
    # Twelve digits name a commit in any repository of a usual size.
    release = wanted.release or (commit[:12] if commit else files[0].path.stem)
    now = datetime.now(UTC)
    identity = Identity(
        run=new_id(now, release),
        # Anew each time: a file held against itself is no session either.
        session=new_id(now, "import"),
        subject=_UNNAMED if project.bundled else project.source.name,
    )
    return assembly.run_of(accounts, files[0].tool, identity, release=release, journey=wanted.journey)


def _with_files(trials: Sequence[Trial], files: Sequence[_Read]) -> Iterator[tuple[Trial, _Read | None]]:
    """Yield each trial, with its file where it is the first of that file."""
    firsts: dict[int, _Read] = {}
    place = 0
    for each in files:
        firsts[place] = each
        place += len(each.account.trials)
    for number, trial in enumerate(trials):
        yield trial, firsts.get(number)
