"""How much of the speaker is left in content: who speaks, told by a linear classifier from what the generator hears.

What a classifier finds is at least there; that it finds nothing does not show that nothing is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svd

from voicehub.audio.waveform import Waveform
from voicehub.evaluation.confidence import bootstrap_interval, pooled_rate
from voicehub.features.mel import FRAMES_PER_SECOND, HOP_LENGTH
from voicehub.model.analysis import analyse
from voicehub.model.base import Base
from voicehub.model.content import decode_phones, one_hot
from voicehub.speaker.embedding import default_encoder

WINDOW_FRAMES = int(FRAMES_PER_SECOND)  # about one second
_CONSTANT = 1e-6  # deviation under which a feature says nothing: a phone that is never heard
Features = NDArray[np.float64]


@dataclass(frozen=True)
class Excerpt:
    """One utterance: by what is heard and by level, the samples (n, features) that a classifier gets."""

    speaker: str
    samples: Mapping[str, Mapping[str, NDArray[np.floating]]]


def listen(base: Base, waveform: Waveform, speaker: str) -> Excerpt:
    """Return what the generator hears of a recording's content and, to compare, what it must not hear.

    Levels: ``utterance`` is mean and standard deviation of each channel over the frames; ``covariances`` adds those of
    every two channels; ``second`` is mean and deviation over each second. An embedding is itself, of all or a second.
    """
    analysis = analyse(base, waveform)
    posteriors = analysis.posteriors()
    heard = {
        "decoded phones": one_hot(decode_phones(analysis.logits), len(posteriors)),
        "posteriors": posteriors,
        "detail": analysis.detail,
        "posteriors and detail": np.concatenate([posteriors, analysis.detail]),
        "log mel": analysis.mel,
    }
    samples: dict[str, dict[str, NDArray[np.floating]]] = {
        name: {
            "utterance": spread(frames)[None],
            "covariances": covariances(frames)[None],
            "second": np.stack([spread(window) for window in _windows(frames, WINDOW_FRAMES)]),
        }
        for name, frames in heard.items()
    }
    embed = default_encoder().embed
    seconds = _windows(waveform.samples[None], WINDOW_FRAMES * HOP_LENGTH)
    samples["GE2E embedding"] = {
        "utterance": embed(waveform)[None],
        "second": np.stack([embed(Waveform(each[0].copy())) for each in seconds]),
    }
    return Excerpt(speaker, samples)


def measure_leak(excerpts: Sequence[Excerpt]) -> list[dict[str, Any]]:
    """Return for each thing that is heard how often the speaker is told from it, by level."""
    speakers = [each.speaker for each in excerpts]
    return [
        {"heard": name}
        | {
            level: _share([each.samples[name][level] for each in excerpts], speakers)
            for level in levels
        }
        for name, levels in excerpts[0].samples.items()
    ]


def spread(frames: NDArray[np.floating]) -> Features:
    """Return mean and standard deviation of each channel of (channels, frames): (2 * channels,)."""
    wide = frames.astype(np.float64)
    return np.concatenate([wide.mean(1), wide.std(1)])


def covariances(frames: NDArray[np.floating]) -> Features:
    """Return ``spread`` and the covariance of each pair of channels: (2 c + c (c - 1) / 2,)."""
    both = np.cov(frames.astype(np.float64), bias=True)
    return np.concatenate([spread(frames), both[np.triu_indices(len(both), 1)]])


def _windows(row: NDArray[np.float32], length: int) -> list[NDArray[np.float32]]:
    """Cut (channels, n) into as many stretches of ``length`` as it holds."""
    count = row.shape[1] // length
    return np.split(row[:, : count * length], count, axis=1)


def _share(samples: Sequence[NDArray[np.floating]], speakers: Sequence[str]) -> dict[str, Any]:
    hits = identified(samples, speakers)
    accuracy = pooled_rate(hits)
    return {
        "accuracy": accuracy,
        "95": bootstrap_interval(hits, pooled_rate, seed=0),
        "ratio": accuracy * len(set(speakers)),  # to chance
    }


def identified(
    samples: Sequence[NDArray[np.floating]], speakers: Sequence[str]
) -> NDArray[np.float64]:
    """Return how many of each utterance's samples are given to their speaker, and how many there are: (utterances, 2).

    ``samples`` holds (n, features) of each utterance. A speaker's utterances are dealt out to two halves by turns;
    each half is judged by a classifier that was fitted to the other.
    """
    turns: Counter[str] = Counter()
    half = np.zeros(len(samples), np.int64)
    for at, speaker in enumerate(speakers):
        half[at] = turns[speaker] % 2
        turns[speaker] += 1
    hits = np.zeros((len(samples), 2))
    for part in (0, 1):
        known = [at for at in range(len(samples)) if half[at] != part]
        rows = np.concatenate([samples[at] for at in known])
        labels = np.array([speakers[at] for at in known for _ in samples[at]])
        classes, weights, bias = fit_discriminant(rows, labels)
        for at in np.flatnonzero(half == part):
            given = classes[(samples[at] @ weights + bias).argmax(1)]
            hits[at] = (given == speakers[at]).sum(), len(given)
    return hits


def fit_discriminant(
    rows: Features, labels: NDArray[np.str_]
) -> tuple[NDArray[np.str_], Features, Features]:
    """Return classes, weights (features, classes) and bias (classes,) of a linear discriminant with equal priors.

    Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics, 1936. There may be more
    features than rows: features are scaled to unit deviation within classes, and their covariance is drawn towards the
    unit matrix by the share b²/d² of Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance
    matrices", Journal of Multivariate Analysis, 2004.
    """
    classes, index = np.unique(labels, return_inverse=True)
    means = np.stack([rows[index == k].mean(0) for k in range(len(classes))])
    residual = rows - means[index]
    deviation = residual.std(0)
    told = deviation > _CONSTANT
    scale = np.where(told, 1 / np.maximum(deviation, _CONSTANT), 0.0)
    residual, scaled_means = residual * scale, means * scale
    count, width = len(residual), max(1, int(told.sum()))
    _, singular, axes = svd(residual, full_matrices=False)
    variance = singular**2 / count
    level = max(variance.sum() / width, _CONSTANT)
    distance = (variance**2).sum() - width * level**2
    noise = ((residual**2).sum(1) ** 2).mean() / count - (variance**2).sum() / count
    share = np.clip(noise / max(distance, 1e-12), 1e-6, 1.0)
    inside = scaled_means @ axes.T
    shrunk = (1 - share) * variance + share * level
    # Outside the rows' span the covariance is the unit matrix's part alone.
    solved = (scaled_means - inside @ axes) / (share * level) + (inside / shrunk) @ axes
    return classes, (solved * scale).T, -0.5 * (solved * scaled_means).sum(1)
