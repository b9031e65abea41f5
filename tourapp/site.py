"""What the handlers of one running app share: the open databases, the accounts, and the defects at work."""

from dataclasses import dataclass

from tourapp.clock import Clock
from tourapp.identity.accounts import Accounts
from tourapp.identity.admission import Admission
from tourapp.identity.passes import Passes
from tourapp.media.packing import Packing
from tourapp.settings import Settings
from tourapp.store.catalogue import Catalogue
from tourapp.store.logbook import Logbook
from tourapp.store.progress import Progress
from tourapp.store.reviews import Reviews
from tourapp.store.sync import Sync
from tourapp.store.telemetry import Telemetry
from tourapp.store.towns import Towns
from tourapp.telemetry.metrics import Metrics
from tourapp.wire.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One open app; `clock` gives seconds since the epoch."""

    settings: Settings
    catalogue: Catalogue
    packing: Packing
    towns: Towns
    logbook: Logbook
    progress: Progress
    sync: Sync
    reviews: Reviews
    accounts: Accounts
    passes: Passes
    admission: Admission
    delivery: Delivery
    telemetry: Telemetry
    metrics: Metrics
    clock: Clock

    async def close(self) -> None:
        """Finish what was accepted and close the databases."""
        self.accounts.close()
        self.towns.close()
        await self.logbook.close()
        self.catalogue.connection.close()
