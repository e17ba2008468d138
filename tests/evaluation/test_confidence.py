"""Medians, spreads and bootstrap intervals by hand."""

import numpy as np
import pytest

from voicehub.errors import InputError
from voicehub.evaluation.confidence import (
    binomial_interval,
    bootstrap_interval,
    median_of,
    paired_ratio,
    pooled_rate,
    summarise,
)


def test_summary_by_hand() -> None:
    summary = summarise([1.0, 2.0, 3.0, 4.0, 10.0])
    assert (summary.count, summary.median, summary.mean) == (5, 3, 4)
    assert (summary.minimum, summary.maximum) == (1, 10)
    assert (summary.quartile_low, summary.quartile_high, summary.iqr) == (2, 4, 2)
    assert summary.minimum <= summary.ci_low <= summary.median <= summary.ci_high


def test_one_value_has_no_width() -> None:
    summary = summarise([0.25])
    assert (summary.ci_low, summary.median, summary.ci_high) == (0.25, 0.25, 0.25)


def test_interval_of_two_values_reaches_both() -> None:
    """A quarter of the resamples of [0, 1] is all 0 and a quarter all 1, far above 2.5 %."""
    assert bootstrap_interval([0.0, 1.0], median_of, seed=1) == (0.0, 1.0)


def test_interval_repeats_with_its_seed_and_narrows_with_more_data() -> None:
    values = np.random.default_rng(5).normal(size=400)
    assert bootstrap_interval(values, median_of, 3) == bootstrap_interval(values, median_of, 3)
    low, high = bootstrap_interval(values, median_of, 3)
    wide_low, wide_high = bootstrap_interval(values[:20], median_of, 3)
    assert high - low < wide_high - wide_low


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(60):
        low, high = bootstrap_interval(rng.normal(size=40), median_of, trial, resamples=300)
        hits += low <= 0 <= high
    assert hits >= 50


def test_pooled_rate_weighs_by_words() -> None:
    pairs = np.array([[1.0, 10.0], [3.0, 3.0]])
    assert pooled_rate(pairs) == 4 / 13
    low, high = bootstrap_interval(pairs, pooled_rate, seed=0)
    assert (low, high) == (0.1, 1.0)


def test_paired_ratio_by_hand() -> None:
    ratios = paired_ratio([1.0, 2.0, 9.0], [2.0, 2.0, 3.0])
    assert (ratios.minimum, ratios.median, ratios.maximum) == (0.5, 1.0, 3.0)


def test_what_has_no_figure_is_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(0,\)"):
        summarise([])
    with pytest.raises(InputError, match="finite"):
        summarise([1.0, float("nan")])
    with pytest.raises(InputError, match="zero"):
        paired_ratio([1.0], [0.0])
    with pytest.raises(InputError, match="one shape"):
        paired_ratio([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="0 < level < 1"):
        bootstrap_interval([1.0], median_of, 0, level=95)


def test_exact_binomial_intervals_are_those_of_the_tables() -> None:
    assert binomial_interval(0, 1000) == pytest.approx((0.0, 1 - 0.025 ** (1 / 1000)))
    assert binomial_interval(0, 0) == (0.0, 1.0)
    assert binomial_interval(10, 10) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert binomial_interval(8, 10) == pytest.approx((0.4439, 0.9748), abs=1e-4)
    with pytest.raises(InputError):
        binomial_interval(3, 2)
