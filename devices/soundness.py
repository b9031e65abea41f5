"""What speaks against a visit: artifacts in, caveats out.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from devices.artifacts import Artifacts, Ending, Failure
from lab.kernel.model import Caveat

# The first status that means an error (RFC 9110, section 15.5).
_FIRST_ERROR_STATUS = 400
# A throttled page runs at 1/rate of its speed, measured as 1/5 to 1/8 for a rate of 4.  A ratio
# under a third of the way from 1 to the rate cannot be a throttle that works.
_THROTTLE_SHARE = 1 / 3
# Addresses and messages come from the subject; a caveat quotes so much of them.
_QUOTED = 200
# What Chromium says of a host that its rules do not know; those that they know are never looked up.
_BLOCKED = "net::ERR_NAME_NOT_RESOLVED"
# A name may have 253 characters, and a page may speak of any number.
_HOSTS_NAMED = 5
_HOST_LENGTH = 60


def caveats_of(artifacts: Artifacts) -> tuple[Caveat, ...]:
    """Return every reason to trust the visit less, the fatal ones first."""
    found = [
        *_failures(artifacts),
        *_wrong_page(artifacts),
        *_blocked(artifacts),
        *_no_paint(artifacts),
        *_throttle(artifacts),
        *_restless(artifacts),
    ]
    return tuple(sorted(found, key=lambda caveat: not caveat.fatal))


def _failures(artifacts: Artifacts) -> Iterator[Caveat]:
    if artifacts.failure is not None:
        yield Caveat(
            code=f"visit-{artifacts.failure.ending.value.replace(' ', '-')}",
            advice=_advice(artifacts.failure, artifacts),
            fatal=True,
        )


def _advice(failure: Failure, artifacts: Artifacts) -> str:
    detail, url = _quoted(failure.detail), artifacts.url
    match failure.ending:
        case Ending.TIMED_OUT:
            return f"{url} was not done in time, during {failure.step}: {detail}"
        case Ending.CRASHED:
            return (
                f"the browser crashed during {failure.step}: {detail}; "
                "see whether memory or /dev/shm is short."
            )
        case Ending.UNREACHABLE:
            if _BLOCKED in detail:
                return f"{url} led to a host that may not be reached: {detail}."
            return f"{url} could not be opened: {detail}; see whether the subject runs."
        case Ending.BROKEN:
            return (
                f"the journey {artifacts.journey!r} from {url} could not be walked, at step "
                f"{failure.step}: {detail}; see the picture of that moment in the artifacts."
            )
        case Ending.STOPPED:
            return "the user stopped the visit."


def _quoted(text: str, length: int = _QUOTED) -> str:
    """Return *text*, with an ellipsis where it is cut: so a cut secret is known for one."""
    return text if len(text) <= length else f"{text[:length]}…"


def _wrong_page(artifacts: Artifacts) -> Iterator[Caveat]:
    document = artifacts.document
    if document is None:
        return
    if origin_of(document.url) != origin_of(artifacts.url):
        yield Caveat(
            code="left-subject",
            advice=f"the visit to {artifacts.url} ended on {_quoted(document.url)}, which is not the "
            "subject; name that address as the subject if it is meant.",
            fatal=True,
        )
    if document.status is not None and document.status >= _FIRST_ERROR_STATUS:
        yield Caveat(
            code="http-status",
            advice=f"{artifacts.url} answered with status {document.status}; an error page was measured.",
            fatal=True,
        )


def _blocked(artifacts: Artifacts) -> Iterator[Caveat]:
    """Tell of requests that were refused because their host is not on the allow-list, or is dead."""
    # Where a page was led away, only the visit's own failure says why; its request is told as aborted.
    cut = artifacts.failure is not None and _BLOCKED in artifacts.failure.detail
    hosts = sorted(
        {
            _host(transfer.url)
            for transfer in (*artifacts.transfers, *artifacts.walked)
            if transfer.fault == _BLOCKED or (cut and transfer.document and transfer.status is None)
        }
        | {_host(asked.url) for asked in artifacts.worker_faults if asked.fault == _BLOCKED}
    )
    dead = [host for host in hosts if host in artifacts.dead]
    blocked = [host for host in hosts if host not in artifacts.dead]
    if blocked:
        yield Caveat(
            code="blocked-hosts",
            advice=f"the page asked for what may not be reached, and nothing was sent there: "
            f"{_listed(blocked)}; add it to `allow` in launchlab.toml if the page needs it.",
        )
    if dead:
        yield Caveat(
            code="dead-hosts",
            advice=f"the page asked for what is on the allow-list and has no address to measure: "
            f"{_listed(dead)}; see what these names mean.",
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _listed(hosts: Sequence[str]) -> str:
    named = ", ".join(_quoted(host, _HOST_LENGTH) for host in hosts[:_HOSTS_NAMED])
    more = len(hosts) - _HOSTS_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _no_paint(artifacts: Artifacts) -> Iterator[Caveat]:
    document = artifacts.document
    if document is not None and document.first_content is None:
        yield Caveat(
            code="never-painted",
            advice=f"{artifacts.url} showed no text and no image; see its console errors in the artifacts.",
            fatal=True,
        )


def _throttle(artifacts: Artifacts) -> Iterator[Caveat]:
    throttle = artifacts.throttle
    if throttle is None or throttle.rate <= 1:
        return
    seen = throttle.free / throttle.slowed if throttle.slowed > 0 else throttle.rate
    if seen < 1 + (throttle.rate - 1) * _THROTTLE_SHARE:
        yield Caveat(
            code="throttle-missing",
            advice=f"the page ran {seen:.1f} times slower than free where {throttle.rate:g} was asked "
            "for; free the machine of other work, or use another browser version.",
            fatal=True,
        )


def _restless(artifacts: Artifacts) -> Iterator[Caveat]:
    if not artifacts.settled:
        yield Caveat(
            code="browser-restless",
            advice="the browser did not come to rest before the visit, so paint may be late; "
            "free the machine of other work.",
        )
    # A visit that failed was cut off, and says so already.
    if not artifacts.quiet and artifacts.failure is None:
        yield Caveat(
            code="still-loading",
            advice=f"{artifacts.url} still fetched when it was read; its bytes are not counted.",
        )


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of *url*, a default port included (RFC 6454, section 4)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
