"""Quantities in the files that users write: text with a unit there, a number in base units here.

Each type is a float for pydantic, and a string with its accepted units in the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from lab.kernel.units import Unit, examples, parse, pattern, suffixes


class _Written:
    """Reads a quantity of *unit*; a bare number only where the unit may be left out."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def read(self, value: Any) -> Any:
        """Return *value* in base units.  Raises ValueError, naming the accepted units."""
        bare = isinstance(value, int | float) and not isinstance(value, bool)
        if bare and "" in suffixes(self._unit):
            return value
        try:
            return parse(str(value), self._unit)
        except ValueError:
            raise ValueError(f"a quantity like {', '.join(map(repr, examples(self._unit)))}") from None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        handler(schema)
        text: JsonSchemaValue = {
            "type": "string",
            "pattern": pattern(self._unit),
            "examples": examples(self._unit),
        }
        return {"anyOf": [text, {"type": "number"}]} if "" in suffixes(self._unit) else text


_SECOND, _RATIO = _Written(Unit.SECOND), _Written(Unit.RATIO)
_RATE, _LINE = _Written(Unit.PER_SECOND), _Written(Unit.BYTE_PER_SECOND)

Seconds = Annotated[float, BeforeValidator(_SECOND.read), _SECOND]
Ratio = Annotated[float, Field(ge=0, le=10), BeforeValidator(_RATIO.read), _RATIO]
PerSecond = Annotated[float, Field(gt=0), BeforeValidator(_RATE.read), _RATE]
BytesPerSecond = Annotated[float, Field(gt=0), BeforeValidator(_LINE.read), _LINE]
