"""What the handlers of one running app share: the open databases, the accounts, and the defects at work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tourapp.defects.parts import catalogue_of, delivery_of, logbook_of
from tourapp.identity.accounts import Accounts
from tourapp.identity.tokens import Tokens
from tourapp.serving.delivery import Delivery
from tourapp.settings import Settings
from tourapp.store.catalogue import Card, Catalogue
from tourapp.store.database import open_catalogue
from tourapp.store.logbook import Logbook
from tourapp.store.progress import Progress

Pause = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One open app; `pause` waits for seconds without holding up other requests, `clock` is the epoch's."""

    settings: Settings
    catalogue: Catalogue
    logbook: Logbook
    progress: Progress
    accounts: Accounts
    tokens: Tokens
    delivery: Delivery
    pause: Pause
    clock: Clock

    async def search(self, text: str, limit: int) -> tuple[Card, ...]:
        """Search the catalogue."""
        return self.catalogue.search(text, limit)

    async def close(self) -> None:
        """Finish what was accepted and close the databases."""
        self.accounts.close()
        await self.logbook.close()
        self.catalogue.connection.close()


def open_site(settings: Settings, *, pause: Pause, clock: Clock) -> Site:
    """Open the databases, which must exist; in the process that serves, as connections survive no fork."""
    logbook = logbook_of(settings.defects, settings.logbook, pause)
    return Site(
        settings=settings,
        catalogue=catalogue_of(settings.defects, open_catalogue(settings.catalogue)),
        logbook=logbook,
        progress=Progress(logbook),
        accounts=Accounts(),
        tokens=Tokens(key=logbook.signing_key, clock=clock),
        delivery=delivery_of(settings.defects),
        pause=pause,
        clock=clock,
    )
