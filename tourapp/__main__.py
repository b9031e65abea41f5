"""The command `python -m tourapp`: prepares the databases and serves them."""

import argparse
import os
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tourapp.content.seed import CONTENT_VERSION
from tourapp.media.folder import ForeignFolderError, UnusableFolderError
from tourapp.media.library import ensure_library
from tourapp.registry import listing
from tourapp.registry.defect import FAULTS, Defect, defect_of
from tourapp.registry.releases import Release
from tourapp.serving.server import CannotListenError, serve
from tourapp.settings import Settings
from tourapp.store.database import ForeignFileError, ensure_catalogue, ensure_logbook

DEFAULT_SEED = 1

DESCRIPTION = """
Serve the tour app: 2,000 tours in 120 cities, as JSON under /api and as pages under /.
Accounts: walker-0001@example.org with password tour-0001, up to walker-100000.
Prints one line when it answers; SIGTERM finishes the requests at hand and exits 0.
`python -m tourapp defects` lists the defects that can be switched on.
"""


# What keeps the app from starting, each with what to do about it.
STOPPING = (
    ForeignFileError,
    ForeignFolderError,
    UnusableFolderError,
    CannotListenError,
    sqlite3.Error,
    OSError,
)


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Serve until stopped, or list the defects.

    Return the exit code: 0 stopped or listed, 1 could not start, 2 (by argparse) misused, 130 interrupted
    before it served.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["defects"]:
        return _list_defects(given[1:], out)
    parser = _parser()
    if given and not given[0].startswith("-"):
        parser.error(
            f"there is no command {given[0]!r}; 'defects' lists the defects, and options alone serve"
        )
    options = parser.parse_args(given)
    names = [defect.value for defect, _ in options.defect]
    if len(set(names)) < len(names):
        parser.error(f"argument --defect: {max(names, key=names.count)} is given twice; give it once")
    with tempfile.TemporaryDirectory(prefix="tourapp-") as folder:
        try:
            settings = _settings(options, Path(folder))
            ensure_catalogue(settings.catalogue, options.seed)
            ensure_library(settings.media)
            ensure_logbook(settings.logbook)
            serve(
                settings,
                host=options.host,
                port=options.port,
                workers=options.workers,
                announce=lambda address: _announce(out, settings, address),
            )
        except STOPPING as error:
            sys.stderr.write(f"tourapp: {error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("tourapp: interrupted\n")
            return 130
    return 0


def _list_defects(arguments: Sequence[str], out: TextIO) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tourapp defects",
        description="List what --defect can switch on, and what a lab should find.",
    )
    parser.add_argument("--json", action="store_true", help="as JSON, in base units")
    options = parser.parse_args(arguments)
    out.write(listing.document().decode() if options.json else listing.table())
    return 0


def _settings(options: argparse.Namespace, private: Path) -> Settings:
    release = Release(options.release)
    return Settings(
        catalogue=options.database or cache_folder() / f"tours-{options.seed}-{CONTENT_VERSION}.sqlite",
        media=options.media or cache_folder() / "media",
        logbook=_beside(options.database) if options.database else private / "logbook.sqlite",
        release=release,
        defects={**release.defects, **dict(options.defect)},
        demo_tokens=options.demo_tokens,
        workers=options.workers,
        metrics=private / "metrics",
    )


def cache_folder() -> Path:
    """Return the folder that all starts of this user share: what it holds is the same for each of them.

    Anybody may put something of this name among the temporary files, and what lies in it is believed.
    Raises PermissionError unless it is a real folder of ours into which nobody else may write.
    """
    folder = Path(tempfile.gettempdir()) / f"tourapp-cache-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or others_write:
        raise PermissionError(
            f"{folder} is no folder of your own, or others may write into it."
            " Remove it, or give --database and --media paths of your own."
        )
    return folder


def _beside(catalogue: Path) -> Path:
    return catalogue.with_name(f"{catalogue.stem}.logbook.sqlite")


def _announce(out: TextIO, settings: Settings, address: str) -> None:
    defects = ", ".join(_shown(*each) for each in sorted(settings.defects.items())) or "none"
    out.write(f"tourapp {settings.release} answers at {address} (defects: {defects})\n")
    out.flush()


def _shown(defect: Defect, strength: float) -> str:
    """Name a defect, with its strength where that is not the usual one."""
    return defect.value if strength == FAULTS[defect].strength else f"{defect}={strength:g}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tourapp",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, required=True, help="port to listen on; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--release",
        choices=[release.value for release in Release],
        default=Release.V1_0.value,
        help="release to serve; 1.2 has slow-search and blocking-script (default: %(default)s)",
    )
    parser.add_argument(
        "--defect",
        type=_defect,
        metavar="NAME[=STRENGTH]",
        action="append",
        default=[],
        help="switch on a defect besides those of the release; may be repeated; `python -m tourapp defects` "
        "lists them",
    )
    parser.add_argument(
        "--demo-tokens",
        action="store_true",
        help="also take the published token of each account, demo.walker-0001@example.org and so on, so that "
        "a crowd need not log in first",
    )
    parser.add_argument(
        "--database",
        type=_database,
        metavar="PATH",
        help="keep the catalogue at PATH and what walkers write at <stem>.logbook.sqlite beside it, and "
        "reuse both (default: a cached catalogue, and a new logbook that is deleted at the end)",
    )
    parser.add_argument(
        "--media",
        type=lambda text: Path(text).resolve(),
        metavar="FOLDER",
        help="keep sound and pictures in FOLDER; making them takes some seconds once (default: a cache)",
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="seed of the content (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=_worker_count, default=1, help="processes to serve with (default: 1)"
    )
    return parser


def _defect(text: str) -> tuple[Defect, float]:
    try:
        return defect_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _database(text: str) -> Path:
    """Return the path of the catalogue; a folder that is not there is rather a slip than a wish."""
    path = Path(text).resolve()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}; make it, or name another")
    return path


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _worker_count(text: str) -> int:
    return _whole(text, 1, 64)


def _whole(text: str, lowest: int, highest: int) -> int:
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise argparse.ArgumentTypeError(f"must be a whole number from {lowest} to {highest}")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
