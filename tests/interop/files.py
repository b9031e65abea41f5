"""Files of other tools to test with, as the tools wrote them; see fixtures/README.md."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.interop.foreign import Account, ForeignFile
from lab.interop.formats import READERS, recognised
from lab.kernel.model import Trial

FIXTURES = Path(__file__).parent / "fixtures"
WRITTEN = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def content(name: str) -> Any:
    """Return what the fixture *name* holds."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def told(body: Any, name: str = "file.json") -> Account:
    """Return what a file that holds *body* says; its tool is recognised."""
    file = ForeignFile.of(name, json.dumps(body).encode(), WRITTEN)
    return READERS[recognised(file)](file)


def fixture(name: str) -> Account:
    """Return what the fixture *name* says."""
    return told(content(name), name)


def only(account: Account) -> Trial:
    """Return the one trial of a file that is one process."""
    (trial,) = account.trials
    return trial
