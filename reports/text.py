"""Text from the subject, made safe to read: nothing hidden in it, nothing endless.

Escaping is the template's work; this is about what escaping lets through: control characters that
reverse or hide what follows, and names that bury a page.
"""

from __future__ import annotations

import unicodedata

NAME = 200
SENTENCE = 400


def visible(text: str) -> str:
    """Replace every character that would act instead of being seen by a sign for it."""
    return text if text.isprintable() else "".join(map(_sign, text))


def plain(text: str, limit: int = NAME) -> str:
    """Return *text* with nothing hidden, and its middle cut out where it exceeds *limit*."""
    # Cut first as well: signs are longer than what they stand for, and the text may be huge.
    return _shortened(visible(_shortened(text, limit)), limit)


def sentence(text: str) -> str:
    """Return a sentence that quotes names of the subject: nothing hidden, first letter a capital."""
    tame = plain(text, SENTENCE)
    return tame[:1].upper() + tame[1:]


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = limit - 3
    return f"{text[: kept - kept // 2]} … {text[len(text) - kept // 2 :]}"


def _sign(character: str) -> str:
    code = ord(character)
    # Zs holds the spaces that other scripts use; they are seen as spaces.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    # Unicode has a picture for each ASCII control character.
    return chr(0x2400 + code) if code < ord(" ") else f"[U+{code:04X}]"
