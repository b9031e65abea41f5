"""Where the defects of requests and answers join the app: layers round each of its handlers."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from starlette.middleware import Middleware

from tourapp.api.problem import FAILED, refusal
from tourapp.clock import Clock, Pause
from tourapp.defects.chance import Chance
from tourapp.defects.convoy import Convoy
from tourapp.defects.failing import Failing
from tourapp.defects.headers import BareCookies, MissingHeaders
from tourapp.defects.hoarding import Hoarding
from tourapp.defects.mixing import Mixing
from tourapp.defects.slowing import Slowing
from tourapp.defects.targets import is_call, is_search
from tourapp.registry.defect import Defect
from tourapp.settings import Settings

# A layer for a strength.
Layer = Callable[[float], Middleware]

# Seconds that a slow request takes longer: far above any sound answer, below the patience of any client.
SLOWNESS = 0.5

# These spoil answers that are otherwise complete, so they come outside of all that is sound.
OUTSIDE: Mapping[Defect, Layer] = {
    Defect.MISSING_HEADERS: lambda _: Middleware(MissingHeaders),
    Defect.COOKIE_FLAGS: lambda _: Middleware(BareCookies),
}


def with_faults(
    sound: Sequence[Middleware], settings: Settings, *, pause: Pause, clock: Clock
) -> list[Middleware]:
    """Return the layers of the app, outermost first, with those of the defects at work."""
    return [
        *_at_work(OUTSIDE, settings),
        *sound,
        *_at_work(_inside(settings.workers, pause, clock), settings),
    ]


def _at_work(layers: Mapping[Defect, Layer], settings: Settings) -> list[Middleware]:
    return [layer(settings.defects[defect]) for defect, layer in layers.items() if defect in settings.defects]


def _inside(workers: int, pause: Pause, clock: Clock) -> Mapping[Defect, Layer]:
    """Return the layers inside of what is sound, which so sees, counts and logs what they do."""
    always = Chance(Defect.SLOW_SEARCH, 1)
    return {
        Defect.MEMORY_LEAK: lambda size: Middleware(Hoarding, round(size)),
        # Connections are spread evenly over the workers, each of which sees only its own.
        Defect.LOCK_CONVOY: lambda users: Middleware(Convoy, users / workers, pause, clock),
        Defect.ERRORS: lambda share: Middleware(
            Failing,
            is_call,
            Chance(Defect.ERRORS, share),
            refusal(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED),
        ),
        Defect.FAIL_FAST: lambda share: Middleware(
            Failing,
            is_search,
            Chance(Defect.FAIL_FAST, share),
            refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too many searches at a time; try again in a moment",
                {"retry-after": "1"},
            ),
        ),
        Defect.SLOW_REQUESTS: lambda share: Middleware(
            Slowing, is_call, Chance(Defect.SLOW_REQUESTS, share), SLOWNESS, pause
        ),
        Defect.SLOW_SEARCH: lambda seconds: Middleware(Slowing, is_search, always, seconds, pause),
        Defect.CROSS_USER_LEAK: lambda share: Middleware(Mixing, Chance(Defect.CROSS_USER_LEAK, share)),
    }
