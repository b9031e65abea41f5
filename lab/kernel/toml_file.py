"""Reads the TOML files that users write; an error names file, key, the value seen and what is accepted."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lab.kernel.errors import UsageError

ModelT = TypeVar("ModelT", bound=BaseModel)


def table_of(path: Path) -> dict[str, Any]:
    """Return the content of *path*.  Raises UsageError when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def checked(model: type[ModelT], origin: Path | str, table: Any, within: str = "") -> ModelT:
    """Return *table*, found in *origin* below the key *within*, as *model*.

    Raises UsageError about the first fault.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
    key = within + (".".join(str(part) for part in first["loc"]) or "the file")
    match first["type"]:
        case "missing":
            fault = f"{key} is missing"
        case "extra_forbidden":
            fault = f"{key} is not a key here"
            if len(first["loc"]) == 1:
                fault += f"; accepted: {', '.join(field for field in model.model_fields if field != 'name')}"
        case _:
            wanted = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            fault = f"{key} is {first['input']!r}; accepted: {wanted}"
    raise UsageError(f"{origin}: {fault}.")
