"""Runs Schemathesis on a real server: it makes up calls from the API's document, and judges the answers."""

import subprocess
import sys
from pathlib import Path

from tests.tourapp.servers import started

COMMAND = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# It belongs to no session, so that no call made up for the logout can end it.
TOKEN = "demo.walker-0001@example.org"  # noqa: S105  (published: the app takes it with --demo-tokens only)


def findings(folder: Path, *, seed: int, examples: int) -> str:
    """Return what Schemathesis has to say against the app, "" when it has nothing.

    `examples` is the number of calls made up for each operation in each of its phases.
    """
    arguments = ("--workers", "2", "--demo-tokens", "--database", str(folder / "tours.sqlite"))
    with started(*arguments) as (_, address):
        command = (
            *(COMMAND, f"--config-file={CONFIGURATION}", "run", f"{address}/openapi.json"),
            *(f"--header=Authorization: Bearer {TOKEN}", "--continue-on-failure", "--no-color"),
            *(f"--seed={seed}", f"--max-examples={examples}", "--generation-database=none"),
        )
        ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr
