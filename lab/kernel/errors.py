"""What goes wrong, and the exit code that says so.

Expected outcomes (a missed target, too few trials) are values; only broken machinery and wrong
input are errors.  Each message says what, the value seen, and the way out.

* LabError                  1    launchlab itself failed
  + UsageError              2    unknown name, contradictory options, wrong configuration
    + ForeignFileError      2    a file of another tool that is none, or not as that tool writes it
  + DriverError             1    a generator or browser could not be started at all
  + RecordError             1    an unreadable record, or one of a newer format
    + AlteredError          1    a record that is not what was written
  + UnwritableError         1    a full or read-only disk; if a verdict was reached, its code unless 0
  + UnreachableError        6    the subject does not answer
  + RefusedError            7    the address is not on the allow-list
  + InterruptedRunError     130  stopped by the user at once (143 by SIGTERM, 129 by a closed terminal);
                                 what was measured is kept

A closed pipe (``| head``) is no error: the command ends with 141, as SIGPIPE ends other programs.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from lab.kernel.verdict import Outcome


class ExitCode(enum.IntEnum):
    """The process exit codes, a stable contract with CI."""

    PASSED = 0
    BROKEN = 1
    USAGE = 2
    FAILED = 3
    INCONCLUSIVE = 4
    INVALID = 5
    UNREACHABLE = 6
    REFUSED = 7
    # 128 + N, as a shell says it of signal N: SIGHUP, SIGINT, SIGPIPE, SIGTERM.
    HUNG_UP = 129
    INTERRUPTED = 130
    UNREAD = 141
    TERMINATED = 143

    @classmethod
    def of(cls, outcome: Outcome) -> ExitCode:
        """Translate a verdict's outcome."""
        match outcome:
            case Outcome.PASSED:
                return cls.PASSED
            case Outcome.FAILED:
                return cls.FAILED
            case Outcome.INCONCLUSIVE:
                return cls.INCONCLUSIVE
            case Outcome.INVALID | Outcome.NOT_COMPARABLE:
                return cls.INVALID


class LabError(Exception):
    """Launchlab could not do its work; the message ends with the way out."""

    exit_code = ExitCode.BROKEN


class UsageError(LabError):
    """The command or a file asks for something that does not exist or contradicts itself."""

    exit_code = ExitCode.USAGE

    @classmethod
    def unknown(cls, kind: str, name: str, accepted: Iterable[str]) -> UsageError:
        """Name the unknown thing, and the names that would have been accepted."""
        names = ", ".join(sorted(accepted)) or "none"
        return cls(f"unknown {kind} {name!r}.  Known: {names}.")


class ForeignFileError(UsageError):
    """A file of another tool cannot be taken over; the message names the file and the field."""


class DriverError(LabError):
    """A generator or a browser could not be started at all."""


class RecordError(LabError):
    """A record cannot be read, or its format is newer than this launchlab."""


class AlteredError(RecordError):
    """What is on record is not what was written: its digest is another."""


class UnwritableError(LabError):
    """The disk takes no more: it is full, or has become read-only."""

    @classmethod
    def of(cls, place: object, error: OSError) -> UnwritableError:
        """Name what could not be written, and the operating system's reason."""
        return cls(
            f"cannot write {place}: {error.strerror}.  What was finished before is kept.  "
            "Make room or let it be written, or name another --store."
        )


class UnreachableError(LabError):
    """The subject does not answer."""

    exit_code = ExitCode.UNREACHABLE


class RefusedError(LabError):
    """The address is not on the allow-list, so nothing was sent to it."""

    exit_code = ExitCode.REFUSED


class InterruptedRunError(LabError):
    """Stopped by the user before the session could end by itself; finished trials are kept."""

    exit_code = ExitCode.INTERRUPTED
