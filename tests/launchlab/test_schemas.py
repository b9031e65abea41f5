"""The JSON Schemas for editors: they accept what the loaders accept, and refuse the rest."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.catalogue import NETWORKS, PHONES
from launchlab.project import BUNDLED, DEMO
from launchlab.schemas import Schema, schema_of
from profiles.loader import SHIPPED

FILES = [
    *((Schema.PROJECT, path) for path in (BUNDLED / "launchlab.toml", DEMO)),
    *((Schema.PROFILE, path) for path in sorted(SHIPPED.glob("*.toml"))),
    *((Schema.PHONE, path) for path in sorted(PHONES.glob("*.toml"))),
    (Schema.NETWORKS, NETWORKS),
]


def validate(kind: Schema, table: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema_of(kind)).validate(table)


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda each: getattr(each, "stem", each))
def test_every_shipped_file_is_what_its_schema_says(kind: Schema, path: Path) -> None:
    validate(kind, tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", Schema)
def test_a_schema_is_one_and_describes_every_key(kind: Schema) -> None:
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    tables = [schema, *schema.get("$defs", {}).values()]
    for table in tables:
        for name, key in table.get("properties", {}).items():
            assert key.get("description"), name


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Schema.PROFILE, "users = 5\nhold = 5"),
        (Schema.PROFILE, "users = 5\nhold = '5 lightyears'"),
        (Schema.PROFILE, "users = 5\nhold = '5 s'\nspeed = 3"),
        (Schema.PROJECT, "[subject]\nname = 'x'"),
        (Schema.PROJECT, "[subject]\nname = 'x'\nrelease = '1'\nready = 'health'"),
        (Schema.PROJECT, "[subject]\nname = 'x'\nrelease = '1'\n[gate]\ninconclusive = 'shrug'"),
        (Schema.NETWORKS, "[tin]\ntitle = 'tin'\ndownload = 9\nupload = '1 kbit/s'\nround_trip = '1 s'"),
    ],
)
def test_what_a_loader_would_refuse_is_refused_by_the_schema(kind: Schema, text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(kind, tomllib.loads(text))
