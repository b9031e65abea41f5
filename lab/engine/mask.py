"""Hides the values of secrets in text and files, wherever these are kept or shown.

Evidence is bytes: a log may hold anything, and a secret in it may be escaped as JSON or a URL
escapes it, or be cut off where an example was shortened.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from os.path import commonprefix
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_plus

from lab.kernel.errors import UnwritableError
from lab.kernel.record import replacing

# Fewer characters would also be found in innocent text, and masking would garble it.
SHORTEST = 6
SHOWN = b"***"
# So much of a secret that is cut off is hidden as well; less is no help to whoever reads it.
_CUT = 8
# What follows where text was cut off: the end of a JSON string or a line, or an ellipsis.
_CUT_OFF = re.compile(rb'"|\r?\n|\xe2\x80\xa6|\\u2026|\Z')
_CUT_OFF_LENGTH = 6
# Read at once: large enough to be quick, small enough for any memory.
_CHUNK = 1 << 20


class Mask:
    """Hides the values of secrets in text and in files."""

    def __init__(self, values: Iterable[str] = (), chunk: int = _CHUNK) -> None:
        # "Bearer abc" is a secret as a whole, and so is what follows the scheme.
        parts = {part for value in values for part in (value, value.rpartition(" ")[2])}
        self._forms = {form for part in parts if len(part) >= SHORTEST for form in _forms(part)}
        heads = sorted({form[:_CUT] for form in self._forms}, key=len, reverse=True)
        self._heads = re.compile(b"|".join(map(re.escape, heads)) or rb"(?!)")
        self._longest = max(map(len, self._forms), default=0)
        self._chunk = chunk

    def __call__(self, text: str) -> str:
        """Return *text* with every secret hidden."""
        content = text.encode(errors="replace")
        pieces, _ = self._masked(content, len(content))
        return b"".join(pieces).decode(errors="replace") if len(pieces) > 1 else text

    def scrub(self, folder: Path) -> None:
        """Hide the secrets in every file below *folder*; each is replaced as a whole, or not at all.

        Raises UnwritableError for a file that cannot be scrubbed, once all others are.
        """
        if not self._forms:
            return
        failed: list[UnwritableError] = []
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            try:
                self._scrub(path)
            except (OSError, UnwritableError) as error:
                fault = f"{path} may hold a secret, and cannot be cleared of it ({error}).  Remove it."
                failed.append(UnwritableError(fault))
        if failed:
            raise failed[0]

    def _scrub(self, path: Path) -> None:
        with path.open("rb") as file:
            if all(len(pieces) == 1 for pieces in self._read(file)):
                return
            file.seek(0)
            with replacing(path) as clean:
                os.fchmod(clean.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
                for pieces in self._read(file):
                    clean.writelines(pieces)

    def _read(self, file: BinaryIO) -> Iterator[list[bytes]]:
        """Yield what *file* holds, in lists of pieces as ``_masked`` makes them."""
        kept = b""
        while more := file.read(self._chunk):
            content = kept + more
            # What begins later may go on in what is not read yet.
            certain = len(content) - self._longest - _CUT_OFF_LENGTH
            pieces, kept = self._masked(content, max(0, certain))
            yield pieces
        yield self._masked(kept, len(kept))[0]

    def _masked(self, content: bytes, certain: int) -> tuple[list[bytes], bytes]:
        """Return *content* in pieces, with the secrets hidden that begin before *certain*, and the rest.

        One piece means that nothing was hidden.
        """
        pieces: list[bytes] = []
        done = 0
        for start, end in self._places(content, certain):
            pieces += (content[done:start], SHOWN)
            done = end
        certain = max(certain, done)
        return [*pieces, content[done:certain]], content[certain:]

    def _places(self, content: bytes, certain: int) -> Iterator[tuple[int, int]]:
        at = 0
        while (found := self._heads.search(content, at)) and found.start() < certain:
            start = found.start()
            end = max(_end(form, content, start) for form in self._forms)
            if end > start:
                yield start, end
            at = max(end, start + 1)


def _end(form: bytes, content: bytes, start: int) -> int:
    """Return where the *form* that begins at *start* ends or is cut off; *start* when it is not there."""
    here = content[start : start + len(form)]
    shared = len(commonprefix((form, here)))  # noqa: RUF071  (bytes are what is compared, not paths)
    end = start + shared
    whole = shared == len(form) or (shared >= _CUT and _CUT_OFF.match(content, end))
    return end if whole else start


def _forms(value: str) -> set[bytes]:
    """Return *value* as it may be written: as it is sent, in JSON (RFC 8259), in a URL (RFC 3986)."""
    escaped = json.dumps(value)[1:-1]
    written = {
        value,
        escaped,
        # As PHP writes it.
        escaped.replace("/", r"\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value),
        quote_plus(value),
    }
    # Headers are sent in Latin-1, and a log may hold them as they came.
    return {form.encode() for form in written} | {value.encode("latin-1", "replace")}
