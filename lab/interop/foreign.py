"""A file of another tool: JSON that is taken apart under guard, and what its reader made of it.  Pure.

Whoever writes such a file is trusted with nothing: too much, text that is no JSON, a key given twice,
NaN, wrong types and missing fields all end as a ForeignFileError that names the file and the field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lab.kernel.errors import ForeignFileError
from lab.kernel.model import Caveat, Trial

# In bytes.  pytest-benchmark with all its rounds writes about 20 bytes a round: three million of them.
MOST = 64_000_000
# What one file may hold: as many as a plan may ask for.
MOST_TRIALS = 1000
# No clock, counter or size of these tools comes near, and sums of a thousand such stay finite.
_LARGEST = 1e15
# Names are shown, and become keys of readings.
_LONGEST_NAME = 300

PartT = TypeVar("PartT", bound=BaseModel)


def _moment(value: Any) -> datetime:
    """Read a moment of ISO 8601; one without a zone is taken for UTC, since no file says better."""
    if not isinstance(value, str):
        raise ValueError("a moment like '2026-11-24T04:20:15+00:00'")  # noqa: TRY004  (what pydantic expects)
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a moment like '2026-11-24T04:20:15+00:00'") from None


Amount = Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=int(_LARGEST))]
Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Section(BaseModel):
    """A part of a file: the fields that are read, of exactly their types; all others are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, populate_by_name=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one file of another tool says, in our words.

    *facts* must not differ between runs that are compared; *commit* is the code that was measured,
    where the file says so.
    """

    trials: tuple[Trial, ...]
    facts: Mapping[str, str]
    circumstances: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """The JSON in a file, and when the file was written, for tools that do not say when they ran."""

    name: str
    written_at: datetime
    body: Any

    @classmethod
    def of(cls, name: str, content: bytes, written_at: datetime) -> ForeignFile:
        """Take *content* apart.  Raises ForeignFileError for what is too large or no clean JSON."""
        if len(content) > MOST:
            raise ForeignFileError(f"{name} is larger than {MOST:,} bytes; no such file of these tools is.")
        try:
            body = json.loads(content, object_pairs_hook=_once, parse_constant=_no_number)
        # RecursionError: brackets within brackets, without end.  UnicodeDecodeError is a ValueError.
        except (ValueError, RecursionError) as error:
            raise ForeignFileError(f"{name} is not JSON: {error}.") from None
        return cls(name=name, written_at=written_at, body=body)

    def read(self, section: type[PartT], content: Any = None, within: str = "") -> PartT:
        """Return *content*, which stands at *within*, as *section*; by default all of the file.

        Raises ForeignFileError about the first field that does not fit.
        """
        try:
            return section.model_validate(self.body if content is None else content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
        place = ".".join([*filter(None, [within]), *(str(part) for part in first["loc"])]) or "the file"
        if first["type"] == "missing":
            raise self.fault(place, "is missing")
        wanted = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        raise self.fault(place, f"is {_shown(first['input'])}; accepted: {wanted}")

    def fault(self, place: str, what: str) -> ForeignFileError:
        """Return the error to raise about what stands at *place*."""
        return ForeignFileError(f"{self.name}: {place[:_LONGEST_NAME]} {what}.")


def known(facts: Mapping[str, object]) -> dict[str, str]:
    """Return those *facts* that a file tells, as text."""
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; of a key that comes twice nobody knows which is meant."""
    built: dict[str, Any] = {}
    for key, value in pairs:
        if key in built:
            raise ValueError(f"the key {key[:_LONGEST_NAME]!r} comes twice in one object")
        built[key] = value
    return built


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."  # noqa: PLR2004  (a line of a terminal)
