"""What the JSON objects share: how their parts are described, and how they are written."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict


class Part:
    """A part of an object: described fields, all of them present, and no others."""

    __slots__ = ()
    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def written(plain: Any) -> str:
    """Return JSON in plain ASCII, so that nothing in it acts on a terminal or a pipeline."""
    text = json.dumps(plain, indent=1, allow_nan=False)
    # GitHub obeys "##[command]" anywhere in a line, and Azure Pipelines "##vso[command]".  The sign stands
    # in strings only, where an escape means the same.
    return text.replace("#", "\\u0023") + "\n"
