"""The phones and networks that can be emulated: read from TOML, checked before a browser starts.

An error names the file, the key, the value seen and what would have been accepted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from lab.kernel.errors import UsageError
from lab.kernel.quantities import BytesPerSecond, Seconds
from lab.kernel.toml_file import checked, table_of

PHONES = Path(__file__).with_name("phones")
NETWORKS = Path(__file__).with_name("networks.toml")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Screen(_Entry):
    """A phone's screen, in CSS pixels."""

    width: int = Field(gt=0)
    """The screen's width."""
    height: int = Field(gt=0)
    """The screen's height."""
    page_height: int = Field(gt=0)
    """What the address bar leaves to the page."""
    device_scale_factor: float = Field(gt=0)
    """Physical pixels to a CSS pixel."""


class Phone(_Entry):
    """An emulated phone."""

    name: str
    """The file's name, without its ending."""
    title: str
    """What reports call it."""
    user_agent: str
    """What it says it is; {major} stands for the browser's major version."""
    touch: bool
    """Whether it is used by touch."""
    cpu_slowdown: float = Field(ge=1)
    """How many times slower than this machine its main thread runs."""
    screen: Screen
    """Its screen."""


class Network(_Entry):
    """An emulated line."""

    name: str
    """The table's name."""
    title: str
    """What reports call it."""
    download: BytesPerSecond
    """The rate towards the phone."""
    upload: BytesPerSecond
    """The rate from the phone."""
    round_trip: Seconds
    """The time to the server and back."""


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
