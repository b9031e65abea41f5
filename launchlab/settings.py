"""Where each setting comes from: a flag beats the environment, that the project file, that the default."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from lab.engine.secrets import shown
from launchlab.project import UNNAMED, Project, is_own


class Origin(enum.Enum):
    """What decided a setting, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as it is in force; *place* is the flag, the variable or the key that decided."""

    name: str
    value: str
    origin: Origin
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line or the environment said about a setting."""

    value: str
    origin: Origin


# Settings that can also be given with a command, and their keys in the project file.
_GIVEN = {
    "project": "",
    "store": "",
    "url": "subject.url",
    "release": "subject.release",
    "baseline": "gate.baseline",
    "chromium": "",
    "database": "",
}
_FILED = {
    "inconclusive": "gate.inconclusive",
    "invalid share": "gate.invalid_share",
    "allow": "allow",
    "headers": "subject.headers",
}


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"LAUNCHLAB_{name.upper()}"


def in_force(
    project: Project, written: Mapping[str, object], given: Mapping[str, Given]
) -> Iterator[Setting]:
    """Yield every setting as it is in force.

    *written* is the project file's table; *given* is what command line and environment said.
    """
    values = _values(project)
    keys = {**_GIVEN, **_FILED}
    if not is_own(project, given["url"].value if "url" in given else None):
        # What the file says of its own subject does not hold for another.
        values |= {"release": UNNAMED, "headers": "none"}
        keys |= {"release": "", "headers": ""}
    for name, key in keys.items():
        if name in given:
            said = given[name]
            place = f"--{name}" if said.origin is Origin.FLAG else variable(name)
            yield Setting(name=name, value=said.value, origin=said.origin, place=place)
        elif key and _holds(written, key):
            yield Setting(name=name, value=values[name], origin=Origin.FILE, place=key)
        else:
            yield Setting(name=name, value=values[name], origin=Origin.DEFAULT)


def _values(project: Project) -> dict[str, str]:
    return {
        "project": str(project.path),
        "store": ".launchlab",
        "url": project.source.url or "started here",
        "release": project.release,
        "baseline": project.baseline,
        "chromium": "the newest that is found",
        "database": "SQLite beside the records",
        "inconclusive": project.inconclusive.value,
        "invalid share": f"{project.policy.invalid_share:.0%}",
        "allow": ", ".join(entry.host for entry in project.source.allow) or "loopback only",
        # References, and never what they lead to; nor what was written out and will be refused.
        "headers": ", ".join(map(shown, project.headers.items())) or "none",
    }


def _holds(table: Mapping[str, object], key: str) -> bool:
    *sections, last = key.split(".")
    found = reduce(_section, sections, table)
    return last in found


def _section(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    inner = table.get(name)
    return inner if isinstance(inner, Mapping) else {}
