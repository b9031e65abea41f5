"""What a request carries: text, bytes, a form, JSON, files or a stream, made ready to be sent.

Shapes and bytes are those of FastHttpSession and, where that knows none, of requests.  A stream is checked
while it is sent, and read anew for each sending, if it can be.
"""

from __future__ import annotations

import json as _json  # what callers name json is the value to send
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from scenarios.client.errors import UnsendableBodyError
from scenarios.client.forms import Pairs, fields, urlencoded

Files: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

# As much as a socket's send buffer takes at once by default on Linux, give or take.
_BLOCK = 65_536

# Name, content, media type and headers, as requests describes a file, and geventhttpclient's boundary.
_MOST_WORDS = 5

_TEXT = "text/plain; charset=utf-8"
_BINARY = "application/octet-stream"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The bytes of a body, at once or in blocks, none of them empty.

    *length* is their number, None if only the end will tell (send them chunked).  *content_type* is what a
    request says that names none itself.  A *replayable* body can be iterated anew, for a retry or a redirect.
    """

    content: bytes | Iterable[bytes]
    length: int | None
    content_type: str | None
    replayable: bool = True


_NOTHING = Body(content=b"", length=0, content_type=None)


def encoded(data: Any = None, json: Any = None, files: Files | None = None) -> Body:
    """Return the body for what a user sends; *json* counts only where *data* is empty.

    Raises UnsendableBodyError for what is no body, and for text or JSON together with files.
    """
    if files:
        return _multipart(data, json, files)
    if data:
        return _of_data(data)
    if json is not None:
        return _whole(_dumped(json), _JSON)
    return _NOTHING


def _whole(content: bytes, content_type: str) -> Body:
    return Body(content=content, length=len(content), content_type=content_type)


def _dumped(value: Any) -> bytes:
    try:
        return _json.dumps(value).encode()
    except (TypeError, ValueError) as error:
        raise UnsendableBodyError(f"no JSON can be made of {value!r:.80}: {error}.") from error


def _of_data(data: Any) -> Body:
    match data:
        case bytes() | bytearray() | memoryview():
            return _whole(bytes(data), _BINARY)
        case str():
            return _whole(data.encode(), _TEXT)
        case Mapping():
            return _whole(urlencoded(data).encode(), _FORM)
        case [(_, _), *_]:
            return _whole(urlencoded(_pairs(data)).encode(), _FORM)
        case _:
            return _of_file(data) if hasattr(data, "read") else _of_blocks(data)


def _pairs(data: Sequence[Any]) -> Pairs:
    if all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in data):  # noqa: PLR2004 - a pair
        return data
    raise UnsendableBodyError(f"{data!r:.80} is no form: some entries are not pairs of a name and a value.")


def _of_blocks(data: Any) -> Body:
    if not hasattr(data, "__iter__"):
        raise UnsendableBodyError(
            f"{data!r:.80} is no body.  Send text, bytes, a dict, a list of pairs, a file or blocks of bytes."
        )
    once = isinstance(data, Iterator)
    return Body(content=_Stream(data), length=None, content_type=_BINARY, replayable=not once)


def _of_file(file: Any) -> Body:
    try:
        if isinstance(file.read(0), str):
            return _whole(file.read().encode(), _BINARY)
        start = file.tell()
        length = file.seek(0, os.SEEK_END) - start
        file.seek(start)
    except (AttributeError, OSError):  # a pipe, or an object that can be read and nothing else
        blocks = iter(lambda: file.read(_BLOCK), b"")
        return Body(content=_Stream(blocks), length=None, content_type=_BINARY, replayable=False)
    except ValueError as error:
        raise UnsendableBodyError(
            f"{file!r:.80} cannot be read: {error}  Open it where it is sent."
        ) from error
    return Body(content=_File(file, start, length), length=length, content_type=_BINARY)


class _Stream:
    """Blocks from the user, checked one by one."""

    def __init__(self, blocks: Iterable[Any]) -> None:
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            if isinstance(block, str):
                block = block.encode()  # noqa: PLW2901 - the same block, as it is sent
            elif not isinstance(block, (bytes, bytearray, memoryview)):
                raise UnsendableBodyError(f"{block!r:.80} is no block of a body.  Yield bytes or text.")
            if len(block):  # an empty one would end a chunked body
                yield bytes(block)


class _File:
    """The rest of a file from *start*, *length* bytes, read anew each time."""

    def __init__(self, file: Any, start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._length = length

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        left = self._length
        while left:
            block = self._file.read(min(left, _BLOCK))
            if not block:
                raise UnsendableBodyError(
                    f"{self._file!r} became {left} bytes shorter than its {self._length} while it was sent.  "
                    "Send a file that nobody writes to."
                )
            left -= len(block)
            yield block


def _multipart(data: Any, json: Any, files: Files) -> Body:
    if (json is not None and not data) or not isinstance(data or {}, (Mapping, list, tuple)):
        raise UnsendableBodyError(
            "files go with fields only.  Send the text or JSON as one of the files: "
            "files={'note': (None, json.dumps(...), 'application/json')}."
        )
    simple = data if isinstance(data, Mapping) else _pairs(data or ())
    parts = [RequestField(_text(name), _value(value)) for name, value in fields(simple)]
    for part in parts:
        part.make_multipart()
    boundary: str | None = None
    for name, file in files.items() if isinstance(files, Mapping) else files:
        file_name, content, content_type, headers, own_boundary = _described(name, file)
        boundary = boundary or own_boundary
        if content is not None:
            part = RequestField(_text(name), _read(content), file_name, headers)
            part.make_multipart(content_type=content_type)
            parts.append(part)
    content, content_type = encode_multipart_formdata(parts, boundary)
    return _whole(content, content_type)


def _described(name: Any, file: Any) -> tuple[Any, ...]:
    """Return file name, content, media type, headers and boundary; what a user leaves out is None."""
    if not isinstance(file, (tuple, list)):
        return _name_of(file) or _text(name), file, None, None, None
    missing = _MOST_WORDS - len(file)
    if not 0 <= missing <= _MOST_WORDS - 2:
        raise UnsendableBodyError(
            f"file {name!r} is described by {len(file)} values.  Give (name, content), and after these, "
            "if you wish, its media type and its headers."
        )
    return (*file, *[None] * missing)


def _name_of(file: Any) -> str | None:
    name = getattr(file, "name", None)
    if not isinstance(name, (str, bytes)):
        return None
    name = os.fsdecode(name)
    # Files without a name call themselves "<stdin>", "<fdopen>".
    return None if name[:1] == "<" or name[-1:] == ">" else Path(name).name


def _read(content: Any) -> str | bytes:
    if hasattr(content, "read"):
        content = content.read()
    if isinstance(content, (bytearray, memoryview)):
        return bytes(content)
    return _value(content)


def _value(value: Any) -> str | bytes:
    return value if isinstance(value, (str, bytes)) else str(value)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
