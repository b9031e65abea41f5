"""Which requests a defect strikes: a share of them, spread without a pattern, the same in every run."""

from random import Random

from tourapp.registry.defect import Defect


class Chance:
    """Strikes each time with the probability `share`, independently of the times before.

    Independently, as labs count on it when they give intervals for shares; seeded by the name of the defect,
    so that no clock decides and two defects strike different requests.
    """

    def __init__(self, defect: Defect, share: float) -> None:
        self._random = Random(str(defect))  # noqa: S311 - which request, not a secret
        self._share = share

    def strikes(self) -> bool:
        """Tell whether it strikes this time."""
        return self._random.random() < self._share
