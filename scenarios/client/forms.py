"""Names and values, as queries and forms have them: application/x-www-form-urlencoded.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

Pairs: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


def fields(pairs: Pairs) -> Iterator[tuple[Any, Any]]:
    """Yield one name and value a field: a value of many is repeated, and None is left out; as in requests."""
    for name, values in pairs.items() if isinstance(pairs, Mapping) else pairs:
        many = hasattr(values, "__iter__") and not isinstance(values, (str, bytes))
        for value in values if many else (values,):
            if value is not None:
                yield name, value


def urlencoded(pairs: Pairs) -> str:
    """Return the fields as one line of ASCII."""
    return urlencode(list(fields(pairs)))
