"""Reads a page as a browser would: elements with their attributes, never by searching text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

# Elements without an end.
VOID = {"meta", "link", "img", "input", "br", "hr", "path", "circle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: its attributes (one without a value is ""), all text within, and the tags around it."""

    tag: str
    attributes: Mapping[str, str]
    around: tuple[str, ...]
    text: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


class Markup(HTMLParser):
    """The elements of one page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    @classmethod
    def of(cls, text: str) -> Self:
        page = cls()
        page.feed(text)
        page.close()
        return page

    def every(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def with_attribute(self, name: str) -> list[Element]:
        return [element for element in self.elements if name in element.attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag=tag, attributes=attributes, around=tuple(each.tag for each in self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)
