"""Digests: whether what is on record is still what was written.  Pure.

They tell damage and edits by hand.  They are no signatures: whoever may write a record can write its digest
too, so who may write the store or the repository decides what it says.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lab.kernel.model import Run, Trial


def of(body: Any) -> str:
    """Return the SHA-256 of *body*, made of what JSON knows, in a canonical form.

    Keys in order, no spaces, plain ASCII: what another program reads and writes again, indented as it likes,
    keeps its digest.  Numbers are written as Python does, which is the shortest text that reads back as the
    same.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def of_run(run: Run) -> str:
    """Return the digest of all that a comparison takes from *run*: where it was made, and its readings.

    Named field by field: the records of a later launchlab may have more fields, and the digest of an old
    run must stay what it was.  Names of artifacts, which may be pruned, and words are left out.
    """
    return of(
        {
            "run": run.id,
            "session": run.session,
            "subject": run.subject.name,
            "release": run.subject.release,
            "facts": dict(run.environment.facts),
            "trials": sorted((_content(trial) for trial in run.trials), key=json.dumps),
        }
    )


def _content(trial: Trial) -> list[Any]:
    case = trial.case
    return [
        [case.lane.value, case.journey, case.profile, case.phone, case.network, case.variant],
        trial.index,
        trial.sound,
        dict(sorted(trial.readings.items())),
        dict(sorted(trial.resolutions.items())),
    ]
