"""Holds every answer against the API's own document, so that the document stays true."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator

# The router's own: whatever the address takes, it takes no other method.
METHOD_NOT_ALLOWED = 405


class Promises:
    """What the document promises of each operation."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._paths = {_pattern(path): operations for path, operations in document["paths"].items()}
        self._validator = cache(self._made_validator)

    def hold(self, answer: httpx.Response) -> None:
        """Fail when the answer of a documented operation is not as documented."""
        operation = self._operation(answer.request)
        if operation is None:
            return
        if answer.status_code == METHOD_NOT_ALLOWED:
            assert answer.headers["allow"]
            return
        told = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:200]}"
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, f"the document knows no such status: {told}"
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        content = promised.get("content", {})
        assert media_type in content or not (content or answer.content), f"no such content: {told}"
        self._hold_headers(answer, promised["headers"], told)
        reference = content.get(media_type, {}).get("schema", {}).get("$ref")
        if reference is not None:
            errors = [error.message for error in self._validator(reference).iter_errors(answer.json())]
            assert not errors, f"not as documented: {told}: {errors}"

    def _hold_headers(self, answer: httpx.Response, promised: Collection[str], told: str) -> None:
        """Fail when a header is missing or unannounced, save those that nothing is told of."""
        for name, header in self._document["components"]["headers"].items():
            if name not in promised:
                assert name not in answer.headers, f"no word of {name}: {told}"
            elif name in answer.headers:
                assert re.search(header["schema"].get("pattern", ""), answer.headers[name]), f"{name}: {told}"
            else:
                assert not header["required"], f"no {name}: {told}"

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        for pattern, operations in self._paths.items():
            if pattern.fullmatch(request.url.path):
                found: dict[str, Any] | None = operations.get(request.method.lower())
                return found
        return None

    def _made_validator(self, reference: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": reference, "components": self._document["components"]})


def _pattern(path: str) -> re.Pattern[str]:
    """Match the addresses of a path; like the router, the document names ``near`` before the numbers."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
