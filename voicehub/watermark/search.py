"""Finding a mark: every alignment is tried, the best is read."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.watermark.cells import HOP, Floats, band_energy, loudness, spectra
from voicehub.watermark.code import decode, encode
from voicehub.watermark.features import contrast, limited, weights
from voicehub.watermark.pattern import PERIOD, PILOT, Pattern

_OFFSETS = range(0, HOP, HOP // 4)  # samples: where frames may begin
_THRESHOLD = 5.2  # deviations of the pilot from nothing
_SURE = 3.5  # the same where the checksum holds as well
_MIN_FRAMES = 10


@dataclass(frozen=True)
class Detection:
    """A mark that was found.

    ``score`` is the pilot's strength in deviations; ``false_positive`` the estimated probability
    that unmarked speech gives as much; ``bit_confidence`` the share of coded bits that agree with
    the payload, weighted by how clearly they are heard; ``exact`` says that the checksum of the
    payload holds: without it only the mark as such is certain.
    """

    payload: int
    score: float
    false_positive: float
    start_seconds: float
    end_seconds: float
    bit_confidence: float
    exact: bool


def detect(samples: Floats, pattern: Pattern) -> Detection | None:
    """Return the best mark in ``samples``, or None."""
    best = None
    for offset in _OFFSETS:
        level = loudness(band_energy(spectra(samples, offset)))
        if len(level) < _MIN_FRAMES:
            continue
        weight = weights(level)
        seen = limited(contrast(level)) * weight
        scores = _pilot_scores(seen, weight, pattern)
        phase = int(scores.argmax())
        if best is None or scores[phase] > best[0]:
            best = (float(scores[phase]), phase, seen, weight)
    if best is None or best[0] < _SURE:
        return None
    score, phase, seen, weight = best
    soft = _soft_bits(seen, weight, pattern, phase)
    payload, exact = decode(soft)
    if score < _THRESHOLD and not exact:
        return None
    agreement = soft * encode(payload)
    confidence = float(np.maximum(agreement, 0).sum() / (np.abs(soft).sum() + 1e-9))
    tries = len(_OFFSETS) * PERIOD * float(norm.sf(score))
    return Detection(
        payload, score, min(1.0, tries), 0.0, len(samples) / SAMPLE_RATE, confidence, exact
    )


def _pilot_scores(seen: Floats, weight: Floats, pattern: Pattern) -> Floats:
    """Return the pilot's strength, in deviations, for each phase of the period."""
    pilot = np.where(pattern.bit == PILOT, pattern.sign, 0)
    folded, squares = _folded(seen), _folded(seen**2)
    scores = np.empty(PERIOD, np.float32)
    for phase in range(PERIOD):
        here = np.roll(pilot, -phase, 0)
        scores[phase] = (folded * here).sum() / np.sqrt((squares * here**2).sum() + 1e-9)
    return scores


def _folded(values: Floats) -> Floats:
    """Return the sums (PERIOD, bands) over all periods."""
    periods = -(-len(values) // PERIOD)
    padded = np.zeros((periods * PERIOD, values.shape[1]), np.float32)
    padded[: len(values)] = values
    return padded.reshape(periods, PERIOD, -1).sum(0)


def _soft_bits(seen: Floats, weight: Floats, pattern: Pattern, phase: int) -> Floats:
    rows = (np.arange(len(seen)) + phase) % PERIOD
    bit = pattern.bit[rows].ravel()
    total = np.bincount(bit, (seen * pattern.sign[rows]).ravel(), PILOT + 1)
    squares = np.bincount(bit, (seen**2).ravel(), PILOT + 1)
    return (total / np.sqrt(squares + 1e-9))[:PILOT].astype(np.float32)
