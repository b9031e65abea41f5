"""A process in which Locust has patched the interpreter: runs calls or scenes, and prints what they came to.

``python -m tests.scenarios.patched calls SITE OTHER``, or ``bins`` or ``scenes`` for ``calls``.
"""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from typing import Any

# Locust patches the interpreter on import, before anything else has its sockets.
import locust
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from scenarios.engine.session import LeanSession
from tests.scenarios.patched import scenes
from tests.scenarios.patched.bins import BINS
from tests.scenarios.patched.calls import CALLS, Call, outcome

SESSIONS = {"fast": FastHttpSession, "requests": HttpSession, "lean": LeanSession}
TABLES = {"calls": CALLS, "bins": BINS}


def called(call: Call, kind: str, site: str, other: str) -> dict[str, Any]:
    session = SESSIONS[kind](base_url=site, request_event=EventHook(), user=None)
    try:
        return outcome(call(session, other))
    except Exception as error:  # noqa: BLE001 - it is the outcome
        return {"raised": type(error).__name__, "said": str(error)}


def played(scene: Any, site: str, other: str) -> str | None:
    try:
        scene(**{name: {"site": site, "other": other}[name] for name in inspect.signature(scene).parameters})
    except Exception:  # noqa: BLE001 - it is the outcome
        return traceback.format_exc()
    return None


def main() -> None:
    what, site, other = sys.argv[1:]
    if what in TABLES:
        told: Any = {
            name: {kind: called(call, kind, site, other) for kind in SESSIONS}
            for name, call in TABLES[what].items()
        }
    else:
        told = {
            name: played(scene, site, other)
            for name, scene in list(vars(scenes).items())
            if name.startswith("scene_")
        }
    print(json.dumps(told))  # noqa: T201 - read by the test that started this


assert locust.__name__
main()
