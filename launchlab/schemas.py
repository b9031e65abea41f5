"""The JSON Schemas of what users write, for editors, and of what ``--json`` prints, for programs."""

from __future__ import annotations

import enum
from typing import Any

from pydantic import BaseModel, TypeAdapter

from devices.catalogue import Network, Phone
from launchlab.project_file import ProjectFile
from profiles.profile_file import ProfileFile, StagedFile
from reports.exports import document, history

# The dialect that pydantic writes.
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Schema(enum.StrEnum):
    """What has a schema."""

    PROJECT = "project"
    PROFILE = "profile"
    PHONE = "phone"
    NETWORKS = "networks"
    DOCUMENT = "document"
    HISTORY = "history"


def schema_of(kind: Schema) -> dict[str, Any]:
    """Return the JSON Schema of *kind*."""
    match kind:
        case Schema.PROJECT:
            return _of(ProjectFile, "launchlab.toml")
        case Schema.PROFILE:
            either = TypeAdapter(ProfileFile | StagedFile).json_schema()
            return {"$schema": _DIALECT, **either, "title": "a load profile"}
        case Schema.PHONE:
            return _named_by_place(_of(Phone, "an emulated phone"))
        case Schema.NETWORKS:
            line = _named_by_place(Network.model_json_schema())
            return {
                "$schema": _DIALECT,
                "title": "emulated lines",
                "description": "A table for each line.",
                "type": "object",
                "additionalProperties": line,
            }

        case Schema.DOCUMENT:
            return document.schema()
        case Schema.HISTORY:
            return history.schema()


def _of(model: type[BaseModel], title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT, **model.model_json_schema(), "title": title}


def _named_by_place(schema: dict[str, Any]) -> dict[str, Any]:
    """Take out the name, which the file or the table gives."""
    properties = {key: value for key, value in schema["properties"].items() if key != "name"}
    required = [key for key in schema["required"] if key != "name"]
    return {**schema, "properties": properties, "required": required}
