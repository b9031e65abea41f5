"""How a visitor of a crowd writes its requests, and reads the answers that it goes on with."""

from __future__ import annotations

import gzip
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import brotli
import msgspec

from scenarios.engine.answers import Decoding
from tests.crowd import Ask, Reply

Told = TypeVar("Told")

# Requests that end with something told, which a visit goes on with.
Step = Generator[Ask, Reply, Told]

# The answers that a request may have (RFC 9110, section 15).
OK = frozenset({200})
CREATED = frozenset({201})
PARTIAL = frozenset({206})

# Answers that are remembered as they were read, so that the crowd does not compete with the server for time:
# a page for each cursor of all tours and of each city, and the tours that are opened most.
REMEMBERED = 4_096

# How the bodies of answers come; what is small comes as it is.
CODINGS = {"": bytes, "br": brotli.decompress, "gzip": gzip.decompress}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes requests to one host, under the names that they are counted by."""

    host: str

    def get(
        self,
        name: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        accepted: frozenset[int] = OK,
        read: bool = False,
    ) -> Ask:
        """Ask for what is at a path."""
        return Ask(f"GET {name}", self._head("GET", path, headers or {}), accepted, read)

    def send(
        self,
        method: str,
        name: str,
        path: str,
        content: Any,
        headers: Mapping[str, str],
        *,
        accepted: frozenset[int] = OK,
    ) -> Ask:
        """Send content as JSON."""
        body = msgspec.json.encode(content)
        told = {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
        return Ask(f"{method} {name}", self._head(method, path, told) + body, accepted)

    def _head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        lines = {"Host": self.host, "Accept-Encoding": "gzip, deflate, br", **headers}
        told = "".join(f"{name}: {text}\r\n" for name, text in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode()


def told(ask: Ask, decoder: Decoding[Told]) -> Step[Told]:
    """Ask, and read what is told; raises msgspec.DecodeError when it is not of that kind."""
    reply = yield ask
    content: Told = _read(decoder, reply.coding, reply.body)  # type: ignore[arg-type]  # all are hashable
    return content


@lru_cache(maxsize=REMEMBERED)
def _read(decoder: Decoding[Any], coding: str, body: bytes) -> Any:
    return decoder.decode(CODINGS[coding](body))
