"""The defects that can be switched on: what each does, how strongly, and what a lab should find.

A defect has one home: a module of `tourapp.defects` for what the server does, the templates for what browsers
get.
"""

import enum
from collections.abc import Mapping

from tourapp.registry.fault import ON, SHARE, Fault, Scale, Unit


class Defect(enum.StrEnum):
    """One deliberate fault of the subject."""

    SLOW_SEARCH = "slow-search"
    N_PLUS_ONE = "n-plus-one"
    MISSING_INDEX = "missing-index"
    NO_COMPRESSION = "no-compression"
    NO_ETAG = "no-etag"
    CACHE_STAMPEDE = "cache-stampede"
    MEMORY_LEAK = "memory-leak"
    LOCK_CONVOY = "lock-convoy"
    ERRORS = "errors"
    SLOW_REQUESTS = "slow-requests"
    POOL_EXHAUSTION = "pool-exhaustion"
    FAIL_FAST = "fail-fast"
    HERO_IMAGE = "hero-image"
    LAYOUT_SHIFT = "layout-shift"
    SCROLL_TASK = "scroll-task"
    BLOCKING_SCRIPT = "blocking-script"
    BACKGROUND_TIMERS = "background-timers"
    DOUBLE_POLLING = "double-polling"
    OVERSIZED_BUNDLE = "oversized-bundle"
    MISSING_ALT = "missing-alt"
    MISSING_LABEL = "missing-label"
    LOW_CONTRAST = "low-contrast"
    MISSING_HEADERS = "missing-headers"
    COOKIE_FLAGS = "cookie-flags"
    CROSS_USER_LEAK = "cross-user-leak"


# Which defects are at work, each with its strength; empty in a sound app.
Defects = Mapping[Defect, float]


# The strengths are such that a lab of one machine can tell them from its noise, where a sound answer takes
# about a millisecond; in the browser they are what the published limits call poor.
FAULTS: Mapping[Defect, Fault] = {
    Defect.SLOW_SEARCH: Fault(
        does="every search takes longer",
        finding="search is slower by as much, and nothing else is",
        metric="mean and p95 of GET /api/search",
        strength=0.4,
        scale=Scale(Unit.SECONDS, 0, 60),
    ),
    Defect.N_PLUS_ONE: Fault(
        does="a search asks the database again for each hit, each of its stops, and each field of those",
        finding="search takes 2 ms longer with 20 hits, 9 ms with 100: p95 grows with their number",
        metric="mean and p95 of GET /api/search, by limit; processor time of the subject",
    ),
    Defect.MISSING_INDEX: Fault(
        does="the table of stops has no index, and has grown to this many rows",
        finding="a tour takes as long as reading all stops of all tours; lists are as quick as ever",
        metric="mean and p95 of GET /api/tours/{tour_id}; processor time of the subject",
        # Ten times the stops that the content has; reading them takes about 14 ms of a core.
        strength=240_000,
        scale=Scale(Unit.ROWS, 0, 2_000_000),
    ),
    Defect.NO_COMPRESSION: Fault(
        does="bodies are sent as they are, whatever the client accepts",
        finding="lists weigh nearly four times as much; no answer names a content-encoding",
        metric="transfer; header content-encoding",
    ),
    Defect.NO_ETAG: Fault(
        does="answers have no tag to ask after, so everything is sent again",
        finding="a repeat visit transfers as much as the first; no answer is a 304",
        metric="transfer of repeat visits; share of 304; header etag",
    ),
    Defect.CACHE_STAMPEDE: Fault(
        does="the list of cities is kept for this long, then counted anew by everyone who finds it too old",
        finding="GET /api/cities is quick but for a burst of slow answers each time the list is too old, the "
        "slower the more ask",
        metric="p99 against p50 of GET /api/cities; processor time of the subject",
        strength=1,
        scale=Scale(Unit.SECONDS, 0, 3_600),
    ),
    Defect.MEMORY_LEAK: Fault(
        does="each request leaves this much memory behind, up to a gigabyte a worker",
        finding="memory grows by as much a request and is never given back",
        metric="resident memory of the subject, over the requests served",
        strength=50_000,
        scale=Scale(Unit.BYTES, 0, 10_000_000),
    ),
    Defect.LOCK_CONVOY: Fault(
        does="above this many users at a time, all requests pass one lock, 20 ms each",
        finding="a cliff: below it nothing, above it 50 requests a second and worker, with an idle processor",
        metric="throughput and p95 by number of users",
        # Half of what the profile of the gate brings.
        strength=100,
        scale=Scale(Unit.USERS, 0, 1_000_000),
    ),
    Defect.ERRORS: Fault(
        does="this share of the API's answers is a 500",
        finding="failed requests on every call alike",
        metric="error ratio",
        strength=0.01,
        scale=SHARE,
    ),
    Defect.SLOW_REQUESTS: Fault(
        does="this share of the API's answers takes half a second longer",
        finding="the median is sound, the 95th percentile is not; the mean grows by 42 ms at a share of 1/12",
        metric="p95 and p99 against p50, on every call alike",
        strength=1 / 12,
        scale=SHARE,
    ),
    Defect.POOL_EXHAUSTION: Fault(
        does="this many connections to the logbook, each given back a quarter of a second late",
        finding="calls that need the logbook stop at four times as many a second and worker, and wait ever "
        "longer; the catalogue is as quick as ever",
        metric="throughput and p95 of /api/progress, by rate",
        strength=10,
        scale=Scale(Unit.CONNECTIONS, 1, 10_000),
    ),
    Defect.FAIL_FAST: Fault(
        does="this share of searches is refused at once instead of being done",
        finding="the mean over all answers improves, and the error ratio rises: no faster release",
        metric="error ratio of GET /api/search; its latency over granted requests only",
        strength=0.2,
        scale=SHARE,
    ),
    Defect.HERO_IMAGE: Fault(
        does="the page of a tour opens with a picture of this size",
        finding="data and the largest paint of a first visit grow with it",
        metric="transfer; largest contentful paint",
        strength=4_000_000,
        scale=Scale(Unit.BYTES, 0, 50_000_000),
    ),
    Defect.LAYOUT_SHIFT: Fault(
        does="what is on the page moves down after it was painted, by this share of the screen",
        finding="the page shifts under the reader's finger",
        metric="cumulative layout shift",
        # The page of a tour scores 0.27 with it on a phone; above 0.25 is called poor (web.dev/articles/cls).
        strength=0.3,
        scale=SHARE,
    ),
    Defect.SCROLL_TASK: Fault(
        does="every frame of a scroll waits for a task of this length",
        finding="scrolling falls to some 30 frames a second",
        metric="frame rate; share of late frames",
        strength=0.03,
        scale=Scale(Unit.SECONDS, 0, 1),
    ),
    Defect.BLOCKING_SCRIPT: Fault(
        does="a script in the head keeps the browser from rendering",
        finding="the first paint comes later by as much",
        metric="first contentful paint",
        strength=0.4,
        scale=Scale(Unit.SECONDS, 0, 10),
    ),
    Defect.BACKGROUND_TIMERS: Fault(
        does="timers keep this share of a core busy while nobody looks",
        finding="an idle page uses the processor",
        metric="processor time of an idle page; battery",
        strength=0.2,
        scale=SHARE,
    ),
    Defect.DOUBLE_POLLING: Fault(
        does="two timers ask for the same thing, each this often",
        finding="an idle page keeps the radio awake, with each address asked for twice",
        metric="requests of an idle page; battery",
        strength=5,
        scale=Scale(Unit.SECONDS, 0.1, 3_600),
    ),
    Defect.OVERSIZED_BUNDLE: Fault(
        does="the pages load a script of this size, which is of no use to them",
        finding="data and script bytes of a first visit grow with it, by three quarters of its size where it "
        "is sent compressed",
        metric="transfer; script bytes",
        strength=1_500_000,
        scale=Scale(Unit.BYTES, 0, 50_000_000),
    ),
    Defect.MISSING_ALT: Fault(
        does="pictures have no text for those who do not see them",
        finding="WCAG 1.1.1, non-text content (axe: image-alt)",
        metric="accessibility findings",
    ),
    Defect.MISSING_LABEL: Fault(
        does="fields have no label, nor anything else that names them",
        finding="WCAG 4.1.2, name, role, value (axe: label)",
        metric="accessibility findings",
    ),
    Defect.LOW_CONTRAST: Fault(
        does="quiet text, such as places and dates, is pale on its ground",
        finding="WCAG 1.4.3, contrast (axe: color-contrast)",
        metric="accessibility findings",
    ),
    Defect.MISSING_HEADERS: Fault(
        does="answers carry none of the headers that tell browsers to be careful",
        finding="no content-security-policy, x-content-type-options or referrer-policy",
        metric="security findings: headers",
    ),
    Defect.COOKIE_FLAGS: Fault(
        does="cookies are set without HttpOnly, Secure and SameSite",
        finding="scripts and other sites can use the session cookie",
        metric="security findings: cookies",
    ),
    Defect.CROSS_USER_LEAK: Fault(
        does="this share of the answers to GET /api/progress shows the mark of somebody else",
        # Seen with 100 users who sync for 30 s, 2 wrong answers of 150; visitors ask for progress too seldom.
        finding="answers whose account is not the one that asked; it takes several accounts that ask one "
        "worker, and at this share some 150 of their answers: 100 users of the journey sync for 30 s, not "
        "the 10 visitors of a smoke test",
        metric="failed checks of GET /api/progress/{tour_id}",
        strength=0.02,
        scale=SHARE,
    ),
}


class UnknownStrengthError(ValueError):
    """A defect was asked for with a strength that it cannot have."""


def defect_of(text: str) -> tuple[Defect, float]:
    """Read ``NAME`` or ``NAME=strength``.

    Raises ValueError with the accepted names, and UnknownStrengthError with the accepted strengths.
    """
    name, given, strength = text.partition("=")
    if name not in set(Defect):
        raise ValueError(f"there is no defect {name!r}; there are {', '.join(Defect)}")
    defect = Defect(name)
    fault = FAULTS[defect]
    if not given:
        return defect, fault.strength
    if fault.scale == ON:
        raise UnknownStrengthError(f"{name} is there or not; leave out the strength {strength!r}")
    try:
        number = float(strength)
    except ValueError:
        number = float("nan")
    if not fault.scale.lowest <= number <= fault.scale.highest:
        raise UnknownStrengthError(
            f"the strength of {name} must be {fault.scale.unit} from {fault.scale.lowest:g} to "
            f"{fault.scale.highest:g}, not {strength!r}"
        )
    return defect, number
