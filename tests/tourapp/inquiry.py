"""Runs Schemathesis on a real server: it makes up calls from the API's document, and judges the answers."""

import subprocess
import sys
from pathlib import Path

import httpx

from tests.tourapp.servers import started

COMMAND = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def findings(folder: Path, *, seed: int, examples: int) -> str:
    """Return what Schemathesis has to say against the app, "" when it has nothing.

    `examples` is the number of calls made up for each operation in each of its phases.
    """
    with started("--workers", "2", "--database", str(folder / "tours.sqlite")) as (_, address):
        credentials = {"email": "walker-0001@example.org", "password": "tour-0001"}
        token = httpx.post(f"{address}/api/login", json=credentials).json()["token"]
        command = (
            *(COMMAND, f"--config-file={CONFIGURATION}", "run", f"{address}/openapi.json"),
            *(f"--header=Authorization: Bearer {token}", "--continue-on-failure", "--no-color"),
            *(f"--seed={seed}", f"--max-examples={examples}", "--generation-database=none"),
        )
        ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr
