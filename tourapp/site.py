"""What the handlers of one running app share: the open databases, the accounts, and the defects at work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tourapp.defects.defect import SEARCH_DELAY, Defect
from tourapp.identity.accounts import Accounts
from tourapp.identity.tokens import Tokens
from tourapp.settings import Settings
from tourapp.store.catalogue import Card, Catalogue
from tourapp.store.database import open_catalogue
from tourapp.store.progress import Progress

Pause = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One open app; `pause` waits for seconds without holding up other requests."""

    settings: Settings
    catalogue: Catalogue
    progress: Progress
    accounts: Accounts
    tokens: Tokens
    pause: Pause

    async def search(self, text: str, limit: int) -> tuple[Card, ...]:
        """Search the catalogue, slowly where that defect is switched on."""
        if Defect.SLOW_SEARCH in self.settings.defects:
            await self.pause(SEARCH_DELAY)
        return self.catalogue.search(text, limit)

    def close(self) -> None:
        """Finish what was accepted and close the databases."""
        self.accounts.close()
        self.progress.close()
        self.catalogue.connection.close()


def open_site(settings: Settings, *, pause: Pause, clock: Clock) -> Site:
    """Open the databases, which must exist; in the process that serves, as connections survive no fork."""
    progress = Progress(settings.logbook)
    return Site(
        settings=settings,
        catalogue=Catalogue(open_catalogue(settings.catalogue)),
        progress=progress,
        accounts=Accounts(),
        tokens=Tokens(key=progress.signing_key, clock=clock),
        pause=pause,
    )
