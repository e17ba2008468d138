"""Finding a mark: every alignment and stretch of time is tried, and the best ones are read together."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.watermark.cells import HOP, Floats, band_energy, loudness, spectra
from voicehub.watermark.code import CHECK_BITS, CODED_BITS, decode, encode
from voicehub.watermark.features import contrast, loudest, weights
from voicehub.watermark.pattern import PERIOD, PILOT, SLOTS, Pattern, summed

_OFFSETS = tuple(range(0, HOP, HOP // 4))  # samples: where frames may begin
_UNIT = 25  # frames, half a second: stretches begin and end there
_LEAST_UNITS = 2
_LONGEST_UNITS = 60
_MOST_CHANCE = 1e-4  # of a false alarm by the pilot alone, at all speeds together
_LIKELY = 3.6  # deviations of the pilot, enough where the checksum of the payload holds as well
_JOINED = 3.3  # for a further stretch to be read together with the best one
_LEAST_CONFIDENCE = 0.82  # of the bits; chance gives 0.73, and more than 0.82 once in fifty
_SPEEDS = tuple(1 + number / 80 for number in (1, -1, 2, -2, 3, -3, 4, -4))  # up to 5 %
_LIKELY_FAR = 4.2  # at other speeds, of which there are many
_READINGS = 2  # of the payload, each with a checksum that may hold by chance


@dataclass(frozen=True)
class Detection:
    """A mark that was found.

    ``score`` is the pilot's strength in deviations; ``false_positive`` a bound on the probability
    that sound of this length, made without the key, gives as much; ``bit_confidence`` the share of the coded
    bits, weighted by how clearly each is heard, that agrees with the payload; ``exact`` says that
    the checksum of the payload holds: without it only the mark as such is certain.
    """

    payload: int
    score: float
    false_positive: float
    start_seconds: float
    end_seconds: float
    bit_confidence: float
    exact: bool


@dataclass(frozen=True)
class _View:
    """Sound framed from one offset: what is seen of each cell, with the pilot's sums over time."""

    seen: Floats  # weighted contrast (frames, bands)
    sums: Floats  # of the pilot (units + 1, PERIOD), cumulated
    squares: Floats


@dataclass(frozen=True)
class _Stretch:
    """Units ``first`` up to ``last`` of a view in which the pattern stands at ``phase``."""

    score: float
    view: int
    phase: int
    first: int
    last: int


def find(samples: Floats, pattern: Pattern) -> Detection | None:
    """Return the mark in ``samples``, or None; where there is none, other speeds are tried."""
    most = _MOST_CHANCE / (1 + len(_SPEEDS))
    found = _find_at(samples, pattern, _OFFSETS, _LIKELY, most)
    if found is not None:
        return found
    others = []
    for speed in _SPEEDS:
        restored = resample(samples, SAMPLE_RATE, SAMPLE_RATE * speed)
        found = _find_at(restored, pattern, _OFFSETS[::2], _LIKELY_FAR, most)
        if found is not None:
            others.append(_as_heard(found, speed))
    return max(others, key=lambda each: each.score, default=None)


def _as_heard(found: Detection, speed: float) -> Detection:
    """Return what was found in restored sound with the times and the chance of the sound as given."""
    return replace(
        found,
        start_seconds=found.start_seconds / speed,
        end_seconds=found.end_seconds / speed,
        false_positive=min(1.0, found.false_positive * len(_SPEEDS)),
    )


def _find_at(
    samples: Floats, pattern: Pattern, offsets: Sequence[int], likely: float, most: float
) -> Detection | None:
    """Return the mark in ``samples`` whose pilot has no more chance than ``most``, or is ``likely`` with a checksum."""
    views = list(_views(samples, pattern, offsets))
    stretches = _best_stretches(views, pattern)
    if not stretches or stretches[0].score < likely:
        return None
    best = stretches[0]
    readings = [_read(views, stretches, pattern)]
    if len(stretches) > 1:
        readings.append(_read(views, stretches[:1], pattern))
    soft, payload, exact = max(readings, key=lambda reading: reading[2])
    agreement = soft * encode(payload)
    confidence = float(np.maximum(agreement, 0).sum() / (np.abs(soft).sum() + 1e-9))
    exact = exact and confidence >= _LEAST_CONFIDENCE
    chance = _chance(best.score, views)
    if chance > most and not exact:
        return None
    seconds = _UNIT * HOP / SAMPLE_RATE
    return Detection(
        payload,
        best.score,
        chance * (_READINGS * 2.0**-CHECK_BITS if exact else 1.0),
        min(stretch.first for stretch in stretches) * seconds,
        min(max(stretch.last for stretch in stretches) * seconds, len(samples) / SAMPLE_RATE),
        confidence,
        exact,
    )


def _views(samples: Floats, pattern: Pattern, offsets: Sequence[int]) -> Iterator[_View]:
    """Yield the views of ``samples`` from each of ``offsets``; none of what is too short."""
    pilot = np.where(pattern.bit == PILOT, pattern.sign, np.float32(0))
    for offset in offsets:
        level = loudness(band_energy(spectra(samples, offset)))
        if len(level) < _LEAST_UNITS * _UNIT:
            return
        top = loudest(level)
        seen = contrast(level, top) * weights(level, top)
        yield _View(seen, _cumulated(seen @ pilot.T), _cumulated(seen**2 @ (pilot**2).T))


def _cumulated(by_row: Floats) -> Floats:
    """Return sums from the beginning to each unit (units + 1, PERIOD): by phase, not by pattern row."""
    frames = len(by_row)
    time = np.arange(frames)[:, None]
    by_phase = by_row[time, (time + np.arange(PERIOD)) % PERIOD]
    starts = np.arange(0, frames, _UNIT)
    units = np.add.reduceat(by_phase, starts, axis=0)
    if frames % _UNIT and len(units) > 1 and frames % _UNIT < _UNIT // 2:
        units[-2] += units[-1]
        units = units[:-1]
    return np.concatenate([np.zeros((1, PERIOD), np.float32), np.cumsum(units, 0)])


def _chance(score: float, views: list[_View]) -> float:
    """Return a bound on the probability that any alignment of unmarked sound reaches ``score``.

    Whatever the sound, the signs of the pilot are independent of it, so the score is a sum of
    independent signs over values of unit energy: Hoeffding's inequality bounds each alignment, and
    there are no more than so many.
    """
    units = len(views[0].sums) - 1
    lengths = range(_LEAST_UNITS, min(units, _LONGEST_UNITS) + 1)
    tries = len(views) * PERIOD * sum(units - length + 1 for length in lengths)
    return min(1.0, tries * math.exp(-(score**2) / 2))


def _proven(views: list[_View], stretch: _Stretch, pattern: Pattern) -> _Stretch:
    """Return ``stretch`` with the score of its sums over repetitions of the pattern.

    What stands out at the same place of every repetition, as a steady tone does, looks like more
    evidence than it is while each repetition counts on its own.
    """
    seen, first = _seen(views, stretch)
    folded = np.zeros((-(-len(seen) // PERIOD), PERIOD, seen.shape[1]), np.float32)
    folded.reshape(-1, seen.shape[1])[: len(seen)] = seen
    bit, sign = pattern.rows(PERIOD, stretch.phase + first)
    pilot = bit == PILOT
    values = folded.sum(0)[pilot]
    score = float(values @ sign[pilot] / np.sqrt(values @ values + 1e-6))
    return replace(stretch, score=score)


def _best_stretches(views: list[_View], pattern: Pattern) -> list[_Stretch]:
    """Return the strongest stretches that do not overlap, the strongest first."""
    found = []
    for number, view in enumerate(views):
        units = len(view.sums) - 1
        for length in range(_LEAST_UNITS, min(units, _LONGEST_UNITS) + 1):
            sums = view.sums[length:] - view.sums[:-length]
            squares = view.squares[length:] - view.squares[:-length]
            scores = sums / np.sqrt(squares + 1e-6)
            phases = scores.argmax(1)
            for first, phase in enumerate(phases):
                score = float(scores[first, phase])
                if score >= _JOINED:
                    found.append(_Stretch(score, number, int(phase), first, first + length))
    found.sort(key=lambda stretch: -stretch.score)
    chosen: list[_Stretch] = []
    for stretch in found:
        if all(stretch.last <= other.first or stretch.first >= other.last for other in chosen):
            proven = _proven(views, stretch, pattern)
            if proven.score >= _JOINED:
                chosen.append(proven)
    return sorted(chosen, key=lambda stretch: -stretch.score)


def _seen(views: list[_View], stretch: _Stretch) -> tuple[Floats, int]:
    """Return what is seen of ``stretch``, and the frame at which it begins."""
    first = stretch.first * _UNIT
    view = views[stretch.view]
    at_end = stretch.last == len(view.sums) - 1
    return view.seen[first : None if at_end else stretch.last * _UNIT], first


def _read(
    views: list[_View], stretches: list[_Stretch], pattern: Pattern
) -> tuple[NDArray[np.float32], int, bool]:
    """Return the soft bits of ``stretches`` together, their payload, and whether its checksum holds."""
    total, squares = np.zeros(SLOTS), np.zeros(SLOTS)
    for stretch in stretches:
        seen, first = _seen(views, stretch)
        bit, sign = pattern.rows(len(seen), stretch.phase + first)
        total += summed(bit, seen * sign, SLOTS)
        squares += summed(bit, seen**2, SLOTS)
    soft = (total / np.sqrt(squares + 1e-9))[:CODED_BITS].astype(np.float32)
    payload, exact = decode(soft)
    return soft, payload, exact
