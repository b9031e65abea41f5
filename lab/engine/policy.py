"""How sure the gate must be before it says anything.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.kernel.verdict import Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How sure the gate must be."""

    # 0.01 over the whole run: one false alarm in a hundred releases.
    alpha: float = 0.01
    # One-sided: what is called "no worse" is so in 97.5 of 100 cases.
    confidence: float = 0.975
    # Unadjusted: few trials cannot reach an adjusted level (3 and 3 give 0.05 at best).
    rank_alpha: float = 0.05
    # Of the warnings "worse, though within what is accepted", this share may be false.
    warn_share: float = 0.05
    # More unsound trials than this, and the rest are no fair sample.
    invalid_share: float = 0.2
    # How much worse than the pinned baseline all releases since it may be together: two steps of what one
    # release may be (the usual pass margin), so that slow drift cannot hide in small steps.
    cumulative: float = 0.10
    allowances: tuple[Allowance, ...] = ()

    def at_each_of(self, looks: int) -> Policy:
        """Return how sure it must be at each of so many planned looks, to be as sure over all of them.

        Both levels are divided equally (Bonferroni), which holds however the looks depend on each other.
        """
        return replace(self, alpha=self.alpha / looks, confidence=1 - (1 - self.confidence) / looks)


USUAL = Policy()
