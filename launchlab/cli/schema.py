"""``launchlab schema``: what files may say, for editors."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    kind: Annotated[str, typer.Argument(help="project, profile, phone, networks or document.")] = "project",
) -> None:
    """Print the JSON Schema of a kind of file, or of --json."""
    import json

    from lab.kernel.errors import UsageError
    from launchlab.schemas import Schema, schema_of

    known = [each.value for each in Schema]
    if kind not in known:
        raise UsageError.unknown("schema", kind, known)
    typer.echo(json.dumps(schema_of(Schema(kind)), indent=2))
