"""Clouds of resampled ratios: around what was measured, as wide as trials differ, and no verdict."""

from __future__ import annotations

import numpy as np
import pytest

from lab.stats.bootstrap import DRAWS, ratios


def test_the_cloud_lies_around_the_measured_ratio_as_wide_as_its_error() -> None:
    rng = np.random.default_rng(1)
    old, new = (level * np.exp(0.02 * rng.normal(size=(20, 1))) for level in (1.0, 1.1))
    cloud = ratios(old.tolist(), new.tolist(), rng)
    assert cloud.shape == (DRAWS,)
    assert float(np.mean(cloud)) == pytest.approx(float(new.mean() / old.mean()), rel=0.002)
    assert float(np.std(cloud)) == pytest.approx(1.1 * 0.02 * np.sqrt(2 / 20), rel=0.3)


def test_rounds_within_trials_widen_it_only_by_their_own_noise() -> None:
    rng = np.random.default_rng(2)
    trials = 1 + 0.01 * rng.normal(size=(10, 1)) + 0.01 * rng.normal(size=(10, 100))
    assert float(np.std(ratios(trials.tolist(), trials.tolist(), rng))) < 0.01


def test_it_covers_too_little_with_few_trials_which_is_why_no_verdict_uses_it() -> None:
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(300):
        old, new = (np.exp(0.02 * rng.normal(size=(4, 1))) for _ in range(2))
        low, high = np.quantile(ratios(old.tolist(), new.tolist(), rng), (0.025, 0.975))
        missed += not low <= 1 <= high
    assert missed > 0.08 * 300


def test_a_side_without_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="no trials"):
        ratios([], [[1.0]], np.random.default_rng(1))
