"""Opens a site: the databases, the accounts, and the parts as the defects at work make them."""

from tourapp.clock import Clock, Pause
from tourapp.defects.parts import catalogue_of, delivery_of, logbook_of, towns_of
from tourapp.identity.accounts import Accounts
from tourapp.identity.admission import REQUEST_BURST, REQUEST_RATE, Admission
from tourapp.identity.endings import Endings
from tourapp.identity.passes import Passes
from tourapp.identity.refresh import Succession
from tourapp.identity.throttle import Throttle
from tourapp.identity.tokens import Tokens
from tourapp.media.library import open_library
from tourapp.media.packing import Packing
from tourapp.settings import Settings
from tourapp.site import Site
from tourapp.store.database import open_catalogue
from tourapp.store.logbook import Logbook
from tourapp.store.progress import Progress
from tourapp.store.reviews import Reviews
from tourapp.store.sessions import Sessions
from tourapp.store.sync import Sync
from tourapp.store.telemetry import Telemetry
from tourapp.telemetry.metrics import Metrics


def open_site(settings: Settings, *, worker: int, pause: Pause, clock: Clock) -> Site:
    """Open the databases, which must exist; in the process that serves, as connections survive no fork."""
    metrics = Metrics(worker, settings.metrics)
    logbook = logbook_of(settings.defects, settings.logbook, committed=metrics.commit, pause=pause)
    catalogue = catalogue_of(settings.defects, open_catalogue(settings.catalogue))
    passes = _passes(logbook, clock)
    return Site(
        settings=settings,
        catalogue=catalogue,
        packing=Packing(catalogue, open_library(settings.media)),
        towns=towns_of(settings.defects, settings.catalogue, clock=clock, visited=metrics.cities),
        logbook=logbook,
        progress=Progress(logbook),
        sync=Sync(logbook),
        reviews=Reviews(logbook, clock),
        accounts=Accounts(processes=settings.workers, clock=clock, waiting=metrics.logins_waiting.set),
        passes=passes,
        admission=Admission(
            tokens=passes.tokens,
            endings=passes.endings,
            throttle=Throttle(rate=REQUEST_RATE, burst=REQUEST_BURST, clock=clock),
            demo_tokens=settings.demo_tokens,
        ),
        delivery=delivery_of(settings.defects),
        telemetry=Telemetry(logbook),
        metrics=metrics,
        clock=clock,
    )


def _passes(logbook: Logbook, clock: Clock) -> Passes:
    sessions = Sessions(logbook, clock)
    return Passes(
        tokens=Tokens(key=logbook.signing_key, clock=clock),
        succession=Succession(logbook.signing_key),
        sessions=sessions,
        endings=Endings(sessions, clock),
    )
