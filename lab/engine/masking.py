"""A driver whose trials show no secret: what its lane leaves behind is masked before it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.engine.mask import Mask
from lab.engine.plan import Order
from lab.engine.runner import Driver, Watch
from lab.kernel.model import Case, Trial


@dataclass(frozen=True, slots=True)
class MaskedDriver:
    """Makes the trials of *driver*, and masks their caveats and artifacts."""

    driver: Driver
    mask: Mask

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Make one trial; an interrupted one is masked as well."""
        try:
            trial = self.driver.trial(order, watch)
        finally:
            self.mask.scrub(order.folder)
        caveats = tuple(replace(caveat, advice=self.mask(caveat.advice)) for caveat in trial.caveats)
        return replace(trial, caveats=caveats)

    def duration(self, case: Case) -> float:
        """Return what the driver says."""
        return self.driver.duration(case)
