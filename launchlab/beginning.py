"""Writes a project to begin with: a launchlab.toml, a locustfile and a profile, with comments."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from lab.engine import allowlist
from lab.engine.allowlist import Entry
from lab.engine.names import addresses_of
from lab.kernel.errors import RefusedError, UnreachableError, UsageError
from lab.kernel.record import write_text
from launchlab.project import FILE

_TEMPLATES = Path(__file__).with_name("starter")


def begin(url: str, folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the files of a project for *url* into *folder*; return those written, and those kept.

    A locustfile or profile that is there already is kept and used.  Raises UsageError when there is
    a project, or when *url* is no address to measure.
    """
    project = folder / FILE
    if project.exists():
        raise UsageError(f"{project} exists already.  Edit it, or begin in another folder.")
    files = {
        folder / "locustfile.py": _template("locustfile.py"),
        folder / "profiles" / "first.toml": _template("first.toml"),
        # Last: with it the project exists.
        project: _project(url),
    }
    kept = [path for path in files if path.exists()]
    written = [path for path in files if path not in kept]
    for path in written:
        write_text(path, files[path])
    return written, kept


def needs_permission(url: str) -> bool:
    """Whether *url* has to be on the allow-list; a name that means nothing here has to be, too.

    Raises UsageError for what is no address to measure, RefusedError for what never is.
    """
    try:
        allowlist.check(url, (), addresses_of)
    except UnreachableError:
        return True
    except RefusedError:
        allowlist.check(url, (Entry(host=_host(url)),), addresses_of)
        return True
    return False


def _project(url: str) -> str:
    wanted = needs_permission(url)
    host = _host(url) if wanted else "staging.example.org"
    filled = {
        "{if}": "Remove the sign in front if you are the one who may" if wanted else "For example",
        "{host}": json.dumps(host),
        "{name}": json.dumps(_host(url)),
        "{url}": json.dumps(url.rstrip("/")),
    }
    text = _template("launchlab.toml")
    for sign, value in filled.items():
        text = text.replace(sign, value)
    return text


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _template(name: str) -> str:
    return (_TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")
