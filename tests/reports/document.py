"""A page as a test sees it: its elements, their text, its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "img", "input"}


@dataclass(slots=True)
class Element:
    """One element with the text in it."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, with every run of white space as one space."""
        return " ".join("".join(self.parts).split())


class Document(HTMLParser):
    """Every element in document order; text belongs to all elements around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that has no inside."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self._open[-1].tag == tag, f"<{self._open[-1].tag}> closed by </{tag}>"
        self._open.pop()

    def handle_data(self, text: str) -> None:
        """Give text to every element around it."""
        for element in self._open:
            element.parts.append(text)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with *tag* whose attributes contain these words."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(value in element.attributes.get(name, "").split() for name, value in wanted.items())
        ]

    @property
    def text(self) -> str:
        """The text of the whole page."""
        return self.all("html")[0].text
