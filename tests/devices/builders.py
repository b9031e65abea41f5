"""Evidence with sound defaults, so that a test's body shows only what matters."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices import artifacts
from devices.artifacts import Artifacts, Document, Paint, Transfer
from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.kernel.model import Case, Lane, Subject

# One visit to a page of 95 bytes with a script of 9,000, on Chromium 156 over 4g.
RECORDED = Path(__file__).with_name("fixtures") / "visit.json"


def recorded() -> Artifacts:
    return artifacts.from_json(RECORDED.read_text(encoding="utf-8"))


def a_document(**changes: Any) -> Document:
    return Document(
        **{
            "url": "http://subject.test/",
            "status": 200,
            "response_start": 0.005,
            "load_end": 0.25,
            "activation_start": 0.0,
            "hidden_at": None,
            "isolated": False,
            "paints": (Paint(name="first-contentful-paint", start=0.172, painted=0.1664),),
            **changes,
        }
    )


def a_transfer(**changes: Any) -> Transfer:
    return Transfer(
        **{
            "url": "http://subject.test/",
            "kind": "Document",
            "document": True,
            "started": 0.0,
            "answered": 0.09,
            "finished": 0.1,
            "status": 200,
            "size": 1000,
            "cached": False,
            "fault": None,
            **changes,
        }
    )


def a_visit(**changes: Any) -> Artifacts:
    return Artifacts(
        **{
            "url": "http://subject.test/",
            "browser": "156.0.0.0",
            "command_line": "chromium --headless",
            "settled": True,
            "quiet": True,
            "failure": None,
            "document": a_document(),
            "transfers": (a_transfer(),),
            "console_errors": (),
            "throttle": None,
            "steps": (),
            **changes,
        }
    )


def an_order(folder: Path, url: str, *, deadline: float = 30.0, **changes: Any) -> Order:
    defaults = {"journey": "tours", "phone": "pixel-7", "network": "4g", "variant": "cold"}
    return Order(
        case=Case(lane=Lane.DEVICES, **{**defaults, **changes}),
        subject=Subject(name="subject", release="1.0", url=url),
        seed=1,
        index=0,
        deadline=deadline,
        folder=folder,
    )


@dataclass
class Onlooker:
    """A watch that remembers what it was told; *stop* is its answer to whether to stop."""

    stop: bool = False
    seen: list[Progress] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        """Remember *progress*."""
        self.seen.append(progress)

    def stopping(self) -> bool:
        """Answer *stop*."""
        return self.stop
