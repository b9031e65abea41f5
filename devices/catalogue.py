"""The phones and networks that can be emulated: read from TOML, checked before a browser starts.

An error names the file, the key, the value seen and what would have been accepted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lab.kernel import units
from lab.kernel.errors import UsageError
from lab.kernel.toml_file import checked, table_of

PHONES = Path(__file__).with_name("phones")
NETWORKS = Path(__file__).with_name("networks.toml")


def _seconds(written: object) -> float:
    return units.parse(str(written), units.Unit.SECOND)


def _bytes_per_second(written: object) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(kbit/s|Mbit/s)", str(written))
    if match is None:
        raise ValueError("a rate such as '9000 kbit/s' or '9 Mbit/s'")
    return float(match[1]) * {"kbit/s": 1e3, "Mbit/s": 1e6}[match[2]] / 8


Seconds = Annotated[float, BeforeValidator(_seconds)]
BytesPerSecond = Annotated[float, BeforeValidator(_bytes_per_second), Field(gt=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Screen(_Entry):
    """A phone's screen in CSS pixels; *page_height* is what the address bar leaves to the page."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    page_height: int = Field(gt=0)
    device_scale_factor: float = Field(gt=0)


class Phone(_Entry):
    """An emulated phone.

    *user_agent* holds ``{major}`` in place of the browser's major version.  *cpu_slowdown* is how
    many times slower than this machine its main thread shall run.
    """

    name: str
    title: str
    user_agent: str
    touch: bool
    cpu_slowdown: float = Field(ge=1)
    screen: Screen


class Network(_Entry):
    """An emulated line; rates in bytes per second, the round trip in seconds."""

    name: str
    title: str
    download: BytesPerSecond
    upload: BytesPerSecond
    round_trip: Seconds


_EntryT = TypeVar("_EntryT", Phone, Network)


def phone_of(name: str, folder: Path = PHONES) -> Phone:
    """Return the phone *name*.  Raises UsageError if there is none, or its file is wrong."""
    known = phone_names(folder)
    if name not in known:
        raise UsageError.unknown("phone", name, known)
    path = folder / f"{name}.toml"
    return _entry(Phone, path, name, table_of(path))


def phone_names(folder: Path = PHONES) -> tuple[str, ...]:
    """Return the names of the phones, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def network_of(name: str, path: Path = NETWORKS) -> Network:
    """Return the network *name*.  Raises UsageError if there is none, or its entry is wrong."""
    lines = table_of(path)
    if name not in lines:
        raise UsageError.unknown("network", name, lines)
    return _entry(Network, path, name, lines[name], within=f"{name}.")


def network_names(path: Path = NETWORKS) -> tuple[str, ...]:
    """Return the names of the networks, sorted."""
    return tuple(sorted(table_of(path)))


def _entry(kind: type[_EntryT], path: Path, name: str, table: Any, within: str = "") -> _EntryT:
    named = {"name": name, **table} if isinstance(table, dict) else table
    return checked(kind, path, named, within)
