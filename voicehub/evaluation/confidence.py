"""How sure a figure is: median, spread and bootstrap confidence intervals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from voicehub.errors import InputError

Statistic = Callable[[NDArray[np.float64]], float]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    ci_low: float
    ci_high: float

    def as_dict(self) -> dict[str, float]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Summary:
    """A sample's median and mean, its spread, and the confidence interval of the median."""

    count: int
    median: float
    mean: float
    quartile_low: float
    quartile_high: float
    minimum: float
    maximum: float
    ci_low: float
    ci_high: float

    @property
    def iqr(self) -> float:
        """Interquartile range."""
        return self.quartile_high - self.quartile_low

    def as_dict(self) -> dict[str, float | int]:
        """Return the fields by name."""
        return asdict(self)


def summarise(values: Sequence[float] | NDArray[np.floating], seed: int = 0) -> Summary:
    """Describe ``values``; the interval is the 95 % bootstrap interval of the median."""
    rows = _checked(values)
    quartile_low, median, quartile_high = np.percentile(rows, [25, 50, 75])
    low, high = bootstrap_interval(rows, median_of, seed)
    return Summary(
        len(rows),
        float(median),
        float(rows.mean()),
        float(quartile_low),
        float(quartile_high),
        float(rows.min()),
        float(rows.max()),
        low,
        high,
    )


def estimate(
    values: Sequence[float] | NDArray[np.floating], statistic: Statistic, seed: int = 0
) -> Estimate:
    """Return ``statistic`` of ``values`` with its interval; rows are single numbers or vectors."""
    rows = _checked(values)
    return Estimate(float(statistic(rows)), *bootstrap_interval(rows, statistic, seed))


def bootstrap_interval(
    values: Sequence[float] | NDArray[np.floating],
    statistic: Statistic,
    seed: int,
    resamples: int = 2000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of ``statistic`` over resampled rows of ``values``.

    Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics, 1979. Rows,
    single numbers or vectors, are drawn with replacement. The interval is too narrow for fewer
    than about ten.
    """
    if not 0 < level < 1:
        raise InputError(f"need 0 < level < 1, got {level:g}")
    rows = _checked(values)
    draws = np.random.default_rng(seed).integers(0, len(rows), (resamples, len(rows)))
    results = [statistic(rows[draw]) for draw in draws]
    tail = 50 * (1 - level)
    low, high = np.percentile(results, [tail, 100 - tail])
    return float(low), float(high)


def binomial_interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a probability that gave ``hits`` in ``trials``.

    Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika, 1934. Without a
    trial it is anything from 0 to 1.
    """
    if not 0 <= hits <= trials:
        raise InputError(f"need 0 <= hits <= trials, got {hits} of {trials}")
    tail = (1 - level) / 2
    low = beta.ppf(tail, hits, trials - hits + 1) if hits else 0.0
    high = beta.ppf(1 - tail, hits + 1, trials - hits) if hits < trials else 1.0
    return float(low), float(high)


def median_of(values: NDArray[np.float64]) -> float:
    """Return the median as a float."""
    return float(np.median(values))


def pooled_rate(pairs: NDArray[np.float64]) -> float:
    """Return the sum of the first column over that of the second: word errors over words."""
    return float(pairs[:, 0].sum() / pairs[:, 1].sum())


def pooled_ratio(rows: NDArray[np.float64]) -> float:
    """Return one pooled rate over another: rows of errors and words of a system, then of natural speech."""
    return pooled_rate(rows[:, :2]) / max(pooled_rate(rows[:, 2:]), 1e-9)


def paired_ratio(
    fake: Sequence[float] | NDArray[np.floating],
    real: Sequence[float] | NDArray[np.floating],
    seed: int = 0,
) -> Summary:
    """Describe the ratios fake / real of figures measured on the same items in the same order."""
    top, bottom = _checked(fake), _checked(real)
    if top.shape != bottom.shape:
        raise InputError(f"paired ratios need one shape, got {top.shape} and {bottom.shape}")
    if (bottom == 0).any():
        raise InputError("a ratio to zero has no value; leave such pairs out first")
    return summarise(top / bottom, seed)


def _checked(values: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    rows = np.asarray(values, np.float64)
    if rows.size == 0 or not np.isfinite(rows).all():
        raise InputError(f"need one or more finite numbers, got an array of shape {rows.shape}")
    return rows
