"""Latency counts on HdrHistogram's log-linear index: microseconds, three digits, nothing rounded twice.

The index of a value is the one that HdrHistogram (3 significant digits, lowest value 1) gives it,
so counts move between this module and any HDR tool without loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# 2,048 sub-buckets keep 3 digits; see HdrHistogram's counts index.
_SUB_BUCKET_BITS = 11
_HALF = 1 << (_SUB_BUCKET_BITS - 1)
# One hour, the customary highest trackable value of HDR plots.
HIGHEST_MICROSECONDS = 3_600_000_000
# A percentile exists only with this many values above it; fewer make it a single request's fate.
EXCEEDANCES = 10


def index_of(microseconds: int) -> int:
    """Return the counts index of a value; values beyond an hour count as an hour."""
    value = min(microseconds, HIGHEST_MICROSECONDS)
    shift = value.bit_length() - _SUB_BUCKET_BITS
    return value if shift <= 0 else ((shift + 1) << (_SUB_BUCKET_BITS - 1)) + (value >> shift) - _HALF


def indices_of(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what ``index_of`` returns, for many values at once; none is below zero."""
    values = np.minimum(microseconds, HIGHEST_MICROSECONDS)
    # The exponent is the bit length: every value fits into a float's 53 bits.
    lengths = np.frexp(values.astype(np.float64))[1]
    shifts = np.maximum(lengths - _SUB_BUCKET_BITS, 0).astype(np.int64)
    indices: NDArray[np.int64] = (shifts << (_SUB_BUCKET_BITS - 1)) + (values >> shifts)
    return indices


def bucket_of(index: int) -> tuple[int, int]:
    """Return a bucket's lowest value and its width, in microseconds."""
    if index < 2 * _HALF:
        return index, 1
    shift = (index >> (_SUB_BUCKET_BITS - 1)) - 1
    return ((index & (_HALF - 1)) + _HALF) << shift, 1 << shift


def grain_of(seconds: float) -> float:
    """Return the width, in seconds, of the bucket that holds a value."""
    _, width = bucket_of(index_of(int(seconds * 1e6)))
    return width / 1e6


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts per index, sorted by index: two arrays of equal length."""

    indices: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Histogram:
        """Build from a sparse mapping of index to count."""
        indices = np.fromiter(sorted(counts), dtype=np.int64, count=len(counts))
        return cls(indices, np.array([counts[int(index)] for index in indices], dtype=np.int64))

    @classmethod
    def merged(cls, parts: Iterable[Histogram]) -> Histogram:
        """Add up the counts of *parts*; lossless, and the order does not matter."""
        kept = list(parts)
        indices = np.concatenate([np.empty(0, np.int64), *(part.indices for part in kept)])
        counts = np.concatenate([np.empty(0, np.int64), *(part.counts for part in kept)])
        unique, places = np.unique(indices, return_inverse=True)
        total = np.zeros(len(unique), np.int64)
        np.add.at(total, places, counts)
        return cls(unique, total)

    @property
    def size(self) -> int:
        """The number of values counted."""
        return int(self.counts.sum())

    def evident(self, highest: float) -> float:
        """Return the highest share, up to *highest*, that leaves enough values above it for a quantile."""
        return max(0.0, min(highest, 1 - EXCEEDANCES / max(self.size, 1)))

    def mean(self) -> float:
        """Return the mean in seconds, from the middle of each bucket (within 0.05 %)."""
        return float(np.average(self._middles(), weights=self.counts))

    def quantile(self, share: float) -> float | None:
        """Return the value in seconds below which *share* of the counts lie, or None.

        None unless at least EXCEEDANCES values lie above it: a percentile of fewer is the fate of
        single requests.
        """
        # The complement is formed first, so that 0.95 of 200 leaves 10 above and not 9.999.
        above = self.size - round(share * self.size, 9)
        if above < EXCEEDANCES:
            return None
        rank = max(1, int(np.ceil(round(share * self.size, 9))))
        return float(self._middles()[np.searchsorted(np.cumsum(self.counts), rank)])

    def share_below(self, seconds: float) -> float:
        """Return the share of the counts that are at most *seconds*; all of none."""
        if not self.size:
            return 1.0
        return float(self.counts[self._middles() <= seconds].sum()) / self.size

    def buckets(self) -> Iterator[tuple[int, int, int]]:
        """Yield lowest value, width (both in microseconds) and count of each bucket in use."""
        for index, count in zip(self.indices, self.counts, strict=True):
            yield *bucket_of(int(index)), int(count)

    def _middles(self) -> NDArray[np.float64]:
        middles = [low + (width - 1) / 2 for low, width, _ in self.buckets()]
        return np.array(middles, dtype=np.float64) / 1e6


class Counts:
    """Counts that others are added to, one array that grows to the highest index seen."""

    # So many indices more at once: one power of two of microseconds.
    _STEP = _HALF

    def __init__(self) -> None:
        self._counts = np.zeros(0, np.int64)

    def add(self, counts: Mapping[int, int]) -> None:
        """Add a sparse mapping of index to count."""
        if not counts:
            return
        indices = np.fromiter(counts.keys(), np.int64, len(counts))
        beyond = int(indices.max()) + 1 - len(self._counts)
        if beyond > 0:
            more = np.zeros(-(-beyond // self._STEP) * self._STEP, np.int64)
            self._counts = np.concatenate([self._counts, more])
        np.add.at(self._counts, indices, np.fromiter(counts.values(), np.int64, len(counts)))

    def histogram(self) -> Histogram:
        """Return what was counted so far."""
        indices = np.flatnonzero(self._counts)
        return Histogram(indices, self._counts[indices])
